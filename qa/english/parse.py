"""English grammar for questions and evidence, by spaCy's small model; the words of a question that carry its topic.

The parser reads questions whole and sentences only once they are finalists: it runs at about 5,000 words a second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*(?:['’][a-z]{1,2}\b)?", re.UNICODE)

# Words that carry no topic: function words, question words, and the verbs that only hold a question together.
STOP_WORDS = frozenset(
    """
    a about above according after again against ago all already also although am among an and any are as at be became because
    become been before being below between both but by can could did do does doing done down during each either else ever every
    few for from further get gets give given go goes got had has have having he hence her here hers herself him himself his how
    however i if in instead into is it its itself just kind least less let like likely made make makes many may me might mine more
    most much must my myself namely near need neither no nor not now of off often on once one only onto or other others ought our
    ours out over own per perhaps please quite rather really refer s said same say says see seem seemed seems several shall she
    should since so some still such t tell than that the their theirs them themselves then there therefore these they thing things
    this those though through thus to together too toward towards under until up upon us use used very via was we well were what
    whatever when whenever where wherever whether which while who whoever whole whom whose why will with within without would yes
    yet you your yours
    """.split()
)


@lru_cache(maxsize=1)
def parser() -> Language:
    """The spaCy pipeline (tagger, parser, names), loaded once a process. Raises `ModelMissing`."""
    from index.imports import hidden, stubbed
    from index.models.registry import locate

    with hidden("torch"), stubbed("spacy.cli.info", info=None):  # of neither is anything used here
        import spacy

    return spacy.load(locate("en-core-web-sm").path, exclude=["senter"])


def parse(text: str) -> Doc:
    """One parsed text."""
    return parser()(text)


def parse_many(texts: Sequence[str]) -> list[Doc]:
    """Parsed texts, in order."""
    return list(parser().pipe(texts, batch_size=32))


def words(text: str) -> list[str]:
    """Words and numbers in order, lower-cased ("K-Silk" gives two, "6.5" one)."""
    return [w.lower() for w in _WORD.findall(text)]
