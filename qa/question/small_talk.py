"""A greeting, thanks or goodbye gets a short line instead of a search.

Knows the commonest words of a few languages; knows nothing of documents.
"""

from __future__ import annotations

import re

REPLY = "Ask me something that your documents may answer."
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TALK = frozenset(
    """
    hello hi hey hiya howdy greetings good morning afternoon evening day night thanks thank you thx ty cheers bye goodbye see later ok okay
    great nice cool perfect super wow there all everybody everyone so very much a lot again how are you doing please sorry welcome
    hallo guten tag morgen abend danke vielen dank schön tschüss bonjour salut bonsoir merci beaucoup au revoir hola buenos días gracias
    muchas adiós ciao buongiorno grazie mille
    """.split()
)
_OPENS = frozenset(
    """
    hello hi hey hiya howdy greetings good thanks thank thx ty cheers bye goodbye ok okay great nice cool perfect super wow sorry
    hallo guten danke vielen bonjour salut merci hola gracias muchas adiós ciao buongiorno grazie
    """.split()
)
MOST = 8  # words


def is_small_talk(question: str) -> bool:
    """Whether nothing is asked: all words are those of greeting and thanking, and one that opens such talk comes first."""
    words = [word.casefold() for word in _WORD.findall(question)]
    return 0 < len(words) <= MOST and words[0] in _OPENS and _TALK.issuperset(words) and not any(c.isdigit() for c in question)
