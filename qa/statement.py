"""A question about a figure as the statement that its answer would make: "How much has Korea invested?" is "Korea has invested {}".

A cross-encoder judges a candidate figure by reading that statement. Where the grammar is not clear the words stay in the question's
order, which it reads nearly as well (EXPERIMENTS.md, "statements"). Knows the words behind a question's "how much", no documents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qa.language import parse

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_BE = ("is", "are", "was", "were")
_AUXILIARIES = (*_BE, *"do does did has have had will can could should would may might must shall".split())
_CLAUSE = ("that", "which", "who", "and")  # an auxiliary behind these is not the question's
_JOINED = re.compile(r"(?:of|with|in|from|between|for|at|on|more|less|fewer|ago|\w{3,}er)\b", re.IGNORECASE)
_WORTH = ("worth", "valued", "priced")
LONGEST_ASKED = 8  # words between "how many jobs" and its auxiliary

Bounds = tuple[int, int]  # the tokens at which the subject and the verb behind it end


def turned(rest: str, before: str = "", *, whole: bool = False, counts: bool = False) -> str | None:
    """What stands behind "how much" as a statement: "did Korea invest in Japan" as "Korea did invest {} in Japan".

    `rest` may begin with what the figure is of ("of new cars does Korea hold": "Korea does hold {} of new cars"); `before` is what stands
    before the question word ("by"); `whole`: all that is behind the verb is the subject ("what is the volume of trade?"); `counts`: the
    figure comes with what it counts, so that no "of" is missing behind it ("how many passengers a year").
    None when no subject stands behind an auxiliary: there the figure is the subject, or the grammar is beyond this.
    """
    words = rest.split()
    at = next((i for i, w in enumerate(words) if w.lower() in _AUXILIARIES), len(words))
    if at > LONGEST_ASKED or at >= len(words) - 1 or (at and words[at - 1].lower() in _CLAUSE):
        return None
    aux = words[at].lower()
    # The small parser errs behind a question word and reads a yes/no question well: "Does Korea hold?"
    doc = parse(f"{aux.capitalize()} {' '.join(words[at + 1 :])}?")
    bounds = _whole(doc) if whole and aux in _BE else _bounds(doc, aux)
    if bounds is None:
        return None
    subject, verb, tail = doc[1 : bounds[0]].text, doc[bounds[0] : bounds[1]].text, doc[bounds[1] :].text.rstrip(" ?.!")
    thing = " ".join(words[:at])
    asked = f"{{}} {thing}".strip() if counts else part_of(thing)
    order = (subject, aux, verb, tail, before, asked) if before else (subject, aux, verb, asked, tail)
    return " ".join(part for part in order if part)


def part_of(thing: str) -> str:
    """ "{} of direct investment" for "direct investment"; money needs no mention, and "more jobs" no preposition."""
    thing = re.sub(r"^money\b\s*", "", thing, flags=re.IGNORECASE)
    return f"{{}} {thing}".strip() if not thing or _JOINED.match(thing) or thing.split()[0].lower() in _AUXILIARIES else f"{{}} of {thing}"


def _whole(doc: Doc) -> Bounds:
    """ "Is the volume of trade?" is all subject; in "is trade with Korea worth?" it ends where something is said of it."""
    end = next((t.i for t in doc if t.lower_ in _WORTH), None)
    return (end, end + 1) if end is not None else (len(doc) - 1, len(doc) - 1)


def _bounds(doc: Doc, aux: str) -> Bounds | None:
    """The end of the subject and of the verb in a yes/no question that begins with its auxiliary; None when it has no subject."""
    first = doc[0]
    subject = next((t for t in doc[1:] if t.dep_ in ("nsubj", "nsubjpass", "expl") and (t.head.i == 0 or t.head.i > t.i)), None)
    if first.dep_ in ("aux", "auxpass"):
        return _around_verb(doc, first.head)
    if subject is not None and subject.head.i:  # "Do Korea and Japan trade?", where the auxiliary was taken for the verb
        return _around_verb(doc, subject.head)
    if aux in _BE:
        return _around_copula(first, subject)
    if subject is not None and subject.i >= 2 and subject.i + 2 == len(doc):  # "Will the plant cost?", where the verb was taken for a noun
        return subject.i, subject.i + 1
    return None


def _around_verb(doc: Doc, verb: Token) -> Bounds | None:
    start, end = verb.i, verb.i + 1
    while start > 1 and doc[start - 1].head.i == verb.i and doc[start - 1].dep_ in ("aux", "auxpass", "advmod", "neg"):
        start -= 1
    while end < len(doc) and doc[end].head.i == verb.i and doc[end].dep_ in ("prt", "acomp"):
        end += 1
    return (start, end) if any(t.pos_ in ("NOUN", "PROPN", "PRON", "ADJ", "X") for t in doc[1:start]) else None


def _around_copula(verb: Token, subject: Token | None) -> Bounds | None:
    """ "Are the projects worth?", "was mutual trade in 2012?", "are there in Kazakhstan?"."""
    subject = subject or next((t for t in verb.children if t.dep_ == "attr" and t.pos_ in ("NOUN", "PROPN")), None)
    if subject is None:
        return None
    said = next((t.i for t in subject.rights if (t.dep_ == "acl" and t.tag_ == "VBN") or t.lower_ in _WORTH), None)
    if said is not None:  # the small parser hangs it on the noun before it
        return said, said + 1
    end = subject.right_edge.i + 1
    return end, next((t.i + 1 for t in verb.children if t.dep_ == "acomp" and t.i == end), end)
