"""Does a claim say of somebody what its quote says of somebody else? By the clauses of both.

"Doosan has a part in a steam plant and Samsung builds a refinery" does not carry "Samsung has a part in a steam plant": the words are
those of a clause with another subject. Refuses only where a clause of another subject has more of the claim's words than all clauses of
its own subject together. A pronoun, and "the company" behind a name, may be anybody named before. Does not know whether two names are
one firm.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.english.clauses import Clause, Subject, clauses
from qa.english.lexicon import fold, related, stem, tokens, word_set
from qa.english.names import find_names, same_name

# A clause of another subject must have this share of the claim's words.
SHARE = 0.5
_LIGHT = frozenset(map(stem, word_set("be is are was were been has have had having do does did make made take give")))
# Whoever speaks or is spoken to.
_ANYBODY = word_set("i we you there who what this that these those one")
# "A met B" is "B met A".
MUTUAL = frozenset(
    map(stem, word_set("meet sign discuss agree cooperate talk hold share join strengthen expand trade negotiate visit be and partner"))
)


def other_subject(claim: str, quotes: Sequence[str]) -> str | None:
    """Why a clause of `claim` has another subject than the clause of `quotes` that says it; None when nothing speaks against it."""
    if any(_stands_in(claim, quote) for quote in quotes):
        return None
    said = [(number, clause) for number, quote in enumerate(quotes) for clause in clauses(quote)]
    if len(said) < 2:
        return None
    for clause in clauses(claim):
        if clause.subject.kind == "noun" and (rival := _told_of(clause, said, quotes)):
            return f"the quote says this of {rival.phrases[0]!r}, not of {clause.subject.phrases[0]!r}"
    return None


def does_all(name: str, claim: str, quotes: Sequence[str]) -> bool:
    """Whether a clause of `quotes` has `name` do all that a clause of `claim` has it do: "flies to Oslo, and carries mail" carries mail."""
    mine = [clause for clause in clauses(claim) if clause.subject.kind == "noun" and _named(clause.subject.phrases[:1], (name,))]
    theirs = [clause for quote in quotes for clause in clauses(quote)] if mine else []
    return bool(mine) and all(any(_does(clause, other) for other in theirs) for clause in mine)


def _does(claim: Clause, clause: Clause) -> bool:
    same = _acts(claim.subject, clause) and claim.passive == clause.passive and related(claim.verb, clause.verb)
    said = clause.words | clause.reported
    return same and all(any(related(w, other) for other in said) for w in claim.words | claim.reported)


def _stands_in(claim: str, quote: str) -> bool:
    mine, theirs = ("".join(f" {t.word}" for t in tokens(fold(text))) + " " for text in (claim, quote))
    return mine in theirs


def _told_of(claim: Clause, said: Sequence[tuple[int, Clause]], quotes: Sequence[str]) -> Subject | None:
    """The other subject that the quotes say the claim's clause of."""
    wanted = claim.words | claim.reported
    if not wanted or not any(_acts(claim.subject, c) for _, c in said):
        return None  # a subject that does nothing in the quotes may be another word for one that does
    own: set[str] = set()
    rivals: list[tuple[int, Clause]] = []
    for number, clause in said:
        if _may_be(claim, clause, [c for n, c in said if n == number]):
            own |= _shared(wanted, clause, claim)
        else:
            rivals.append((number, clause))
    for _, clause in rivals:
        shared = _shared(wanted, clause, claim)
        if len(shared) > len(own) and len(shared) >= SHARE * len(wanted) and _same_act(claim, clause):
            return clause.subject
    return None


def _shared(wanted: frozenset[str], clause: Clause, claim: Clause) -> set[str]:
    there = clause.words | (clause.reported if claim.reported else frozenset())
    return {w for w in wanted if any(related(w, other) for other in there)}


def _same_act(claim: Clause, clause: Clause) -> bool:
    """Whether both clauses can be about one act, and the claim's subject is no other party to it."""
    party = claim.subject.head in clause.words or any(_named(claim.subject.phrases, (phrase,)) for phrase in clause.objects)
    if party and (claim.passive != clause.passive or not claim.transitive or clause.verb in MUTUAL):
        return False
    if claim.reported or clause.reported:
        return bool(claim.reported and clause.reported)
    if claim.verb in _LIGHT or clause.verb in _LIGHT:  # "has a plan to build" is "plans to build"
        return not party and (_light_says(claim, clause) or _light_says(clause, claim))
    return related(claim.verb, clause.verb)


def _light_says(one: Clause, other: Clause) -> bool:
    """Whether a clause whose verb says nothing by itself can have the act of the other among its words."""
    return one.verb in _LIGHT and (other.verb in _LIGHT or any(related(other.verb, word) for word in one.words))


def _may_be(claim: Clause, clause: Clause, text: Sequence[Clause]) -> bool:
    """Whether the subject of a quote's clause can be the claim's."""
    theirs = clause.subject
    if theirs.kind == "unknown" or _is(claim.subject, theirs):
        return True
    if clause.suffers and not claim.suffers:
        return True  # who did it is not said
    mentions = [c for c in text if _acts(claim.subject, c)]
    before = any(c.subject.start < theirs.start for c in mentions)
    if theirs.kind == "pronoun":
        if theirs.head in _ANYBODY:
            return True
        named = any(c.subject.kind == "noun" and c.subject.start < theirs.start for c in text)
        return before or not named
    if theirs.definite and not find_names(theirs.phrases[0]):
        earlier = [c for c in text if c.subject.start < theirs.start and not c.equates]
        if theirs.inside and any(_takes_up(theirs, phrase) for c in earlier for phrase in c.objects):
            return False
        return before or not any(c.sentence == clause.sentence for c in mentions)
    return False


def _takes_up(subject: Subject, phrase: str) -> bool:
    """Whether "the gallery" is the gallery of "lent it to the gallery in Maribor"."""
    return any(t.stem == subject.head for t in tokens(phrase) if t.content)


def _acts(one: Subject, clause: Clause) -> bool:
    """Whether `one` is the subject of the clause for certain: by name, or the same noun."""
    other = clause.subject
    if other.kind != "noun":
        return False
    names = [n.text for phrase in one.phrases[:1] for n in find_names(phrase)]
    if names:
        return any(same_name(a, b.text) for a in names for phrase in other.phrases for b in find_names(phrase))
    return related(one.head, other.head)


def _is(one: Subject, other: Subject) -> bool:
    return other.kind == "noun" and _named(one.phrases, other.phrases)


def _named(phrases: Sequence[str], others: Sequence[str]) -> bool:
    """Whether a name or, for want of one, a noun of one phrase stands in the other."""
    for first in phrases:
        for second in others:
            mine, theirs = find_names(first), find_names(second)
            if mine and theirs:
                same = any(same_name(a.text, b.text) for a in mine for b in theirs)
            else:
                same = any(related(a.stem, b.stem) for a in tokens(first) if a.content for b in tokens(second) if b.content)
            if same or fold(first) == fold(second):
                return True
    return False
