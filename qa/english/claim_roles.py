"""Do the names of a claim play the part in it that they play in the quotes?

A name can be in the quote and the claim still be false: another name of the quote stands beside the claim's words; "from A to B"
has become "from B to A"; "A bought B" has become "B bought A"; "in A" has become "in B". Compares positions, and asks the parse only
whether a name that stands far from the claim's words does what they say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.text.sentences import sentence_spans
from qa.english.claim_subjects import MUTUAL, does_all, other_subject
from qa.english.lexicon import Token, related, tokens, word_set
from qa.english.names import find_names, ordinary, same_name

# A word belongs to a name when it stands at most this many words away, other names not counted.
REACH = 6
# Another name must stand nearer to the claim's words by this much.
MARGIN = 0.5
GIVEN = 4  # words that may stand between "A" and "to B": the verb and what is given
_DIRECTIONS = word_set("from to by against for in at near")
_PLACES = word_set("in at near")
_CLAUSE = re.compile(r"[.;:!?]\s|\n|,?\s(?:while|whereas|but|although)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Mention:
    """A name with the words around it: stem -> distance, and the preposition before it."""

    text: str
    start: int
    end: int
    near: dict[str, int]
    preposition: str


def check_roles(claim: str, quotes: Sequence[str]) -> str | None:
    """Why a name of `claim` plays another part in `quotes`, None when nothing speaks against it."""
    return _name_elsewhere(claim, quotes) or other_subject(claim, quotes)


def _name_elsewhere(claim: str, quotes: Sequence[str]) -> str | None:
    mine = _mentions(claim)
    if not mine:
        return None
    sides = [(quote, _mentions(quote)) for quote in quotes]
    return (
        _stands_elsewhere(claim, mine, quotes, [m for _, mentions in sides for m in mentions])
        or _directions_swapped(mine, sides)
        or _order_swapped(claim, mine, sides)
        or _elsewhere_in_its_sentence(claim, mine, quotes)
    )


def _mentions(text: str) -> list[_Mention]:
    words = tokens(text)
    parts = [
        (n.start + m.start(), n.start + m.end())
        for n in find_names(text)
        if not ordinary(text, n, verb=True)
        for m in re.finditer(r"\S+(?:\s+(?!(?:of|and|&)\b)\S+)*", n.text)
    ]
    spans = [(a, b) for a, b in parts if same_name(text[a:b], text[a:b]) and any(a <= t.start < b for t in words)]
    return [_mention(text, words, a, b, spans) for a, b in spans]


def _mention(text: str, words: Sequence[Token], start: int, end: int, names: Sequence[tuple[int, int]]) -> _Mention:
    near: dict[str, int] = {}
    before = [t for t in words if t.end <= start][::-1]
    after = [t for t in words if t.start >= end]
    for run, is_after in ((before, False), (after, True)):
        distance = 0
        for token in run:
            between = text[end : token.start] if is_after else text[token.end : start]
            if _CLAUSE.search(between) or distance >= REACH:
                break
            if any(a <= token.start < b for a, b in names) or token.word.lower() in ("and", "or", "as", "well"):
                continue
            distance += 1
            if token.content and not token.word[0].isdigit():
                near[token.stem] = min(distance, near.get(token.stem, distance))
    previous = [t.word.lower() for t in before[:2]]
    if previous[:1] == ["the"]:
        previous = previous[1:]
    preposition = previous[0] if previous and previous[0] in _DIRECTIONS else ""
    return _Mention(text[start:end], start, end, near, preposition)


def _closeness(word: str, distance: int, near: dict[str, int]) -> float:
    reach = [d for other, d in near.items() if related(word, other)]
    return 1.0 / max(distance, min(reach)) if reach else 0.0


def _stands_elsewhere(claim: str, mine: Sequence[_Mention], quotes: Sequence[str], theirs: Sequence[_Mention]) -> str | None:
    """The claim's words stand beside another name of the quotes, and clearly less so beside this one, which is not what does it."""
    for mention in mine:
        own = [m.near for m in theirs if same_name(mention.text, m.text)] or [{}]  # a name from the context stands beside nothing here
        rivals = [m for m in theirs if not same_name(mention.text, m.text) and not any(same_name(m.text, other.text) for other in mine)]
        for rival in rivals:
            pull = min(sum(_closeness(w, d, rival.near) - _closeness(w, d, near) for w, d in mention.near.items()) for near in own)
            if pull > MARGIN and not does_all(mention.text, claim, quotes):
                return f"the quote says this of {rival.text!r}, not of {mention.text!r}"
    return None


def _directions_swapped(mine: Sequence[_Mention], sides: Sequence[tuple[str, Sequence[_Mention]]]) -> str | None:
    for mention in mine:
        if not mention.preposition or mention.preposition in _PLACES:
            continue
        for _, theirs in sides:
            here = [m.preposition for m in theirs if same_name(m.text, mention.text) and m.preposition]
            rivals = [m for m in theirs if m.preposition == mention.preposition and not same_name(m.text, mention.text)]
            if rivals and here and mention.preposition not in here:
                return f"the quote says {rivals[0].preposition} {rivals[0].text!r}, the claim {mention.preposition} {mention.text!r}"
    return None


def _elsewhere_in_its_sentence(claim: str, mine: Sequence[_Mention], quotes: Sequence[str]) -> str | None:
    """The sentence that the claim retells names another place, and the claim's place only stands in another sentence."""
    placed = [m for m in mine if m.preposition in _PLACES]
    if not placed:
        return None
    wanted = [t.stem for t in tokens(claim) if t.content]
    sentences = [quote[s.start : s.end] for quote in quotes for s in sentence_spans(quote)]
    if len(sentences) < 2:
        return None
    told = [sum(any(related(w, t.stem) for t in tokens(sentence)) for w in wanted) for sentence in sentences]
    theirs = _mentions(sentences[told.index(max(told))])
    for mention in placed:
        other = next((m for m in theirs if m.preposition == mention.preposition and not same_name(m.text, mention.text)), None)
        if other and not any(same_name(m.text, mention.text) for m in theirs) and not any(same_name(m.text, other.text) for m in mine):
            return f"the quote says {other.preposition} {other.text!r}, not {mention.text!r}"
    return None


def _order_swapped(claim: str, mine: Sequence[_Mention], sides: Sequence[tuple[str, Sequence[_Mention]]]) -> str | None:
    claimed = _who_did_what(claim, mine)
    for quote, theirs in sides:
        said = _who_did_what(quote, theirs)
        for first, verb, second in claimed:
            same = any(_fits(first, verb, second, *other) for other in said)
            swapped = any(_fits(second, verb, first, *other) for other in said)
            if swapped and not same:
                return f"the quote says that {second!r} did this to {first!r}"
    return None


def _fits(first: str, verb: str, second: str, other_first: str, other_verb: str, other_second: str) -> bool:
    return related(verb, other_verb) and same_name(first, other_first) and same_name(second, other_second)


def _who_did_what(text: str, mentions: Sequence[_Mention]) -> list[tuple[str, str, str]]:
    """(doer, verb, other) for "A verb B" and "B was verbed by A" with nothing but small words between, and for "A sold shares to B"."""
    found = []
    for left, right in pairwise(mentions):
        between = tokens(text[left.end : right.start])
        content = [t for t in between if t.content]
        if not 1 <= len(content) <= GIVEN or _CLAUSE.search(text[left.end : right.start]) or content[0].stem in MUTUAL:
            continue
        last = between[-1].word.lower()
        if last == "to":
            found.append((left.text, content[0].stem, right.text))
        elif len(content) > 1:
            continue
        elif last == "by":
            found.append((right.text, content[0].stem, left.text))
        elif between[-1] is content[0] or last in ("the", "a"):
            found.append((left.text, content[0].stem, right.text))
    return found
