"""Negation, modality and opposites: does a claim assert a thing in the way its quote does?

A cue ("not", "plans to", "if", "is building") governs the content words that follow it in its clause (its scope). Claim and
quote are compared on the words they share: a cue on one side over words that the other side states without it is a mismatch.
Knows English surface forms only: no parse tree, no irony, no double negation ("not impossible").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from qa.english.clauses import told_to
from qa.english.lexicon import OPPOSITES, Token, negated, related, tokens, word_set

CueKind = Literal["negation", "denial", "possible", "plan", "will", "duty", "condition", "ongoing"]

_I = re.IGNORECASE
_CUES: list[tuple[CueKind, str]] = [
    (
        "negation",
        r"\b(?:not(?! only\b)|never|neither|nor|without|cannot|no longer|hardly|scarcely|nobody|nothing|none|nowhere)\b|"
        r"n['’]t\b|\bno(?= [a-z])(?! (?:more|fewer|less|later|doubt)\b)",
    ),
    (
        "negation",
        r"\b(?:fail(?:s|ed|ing)? to|failure to|refus(?:es|ed|ing|al)? to|declin(?:es|ed|ing)? to|unable to|inability to|"
        r"reluctant to|unwilling to|yet to|stop(?:s|ped)?(?= \w+ing)|ceas(?:es|ed)|cancel(?:s|led|ed)?|abandon(?:s|ed)?|"
        r"scrapp?(?:s|ed)?|halt(?:s|ed)?|suspend(?:s|ed)?|ruled? out|avoid(?:s|ed)?|prevent(?:s|ed)?|lack(?:s|ed)?|instead of|"
        r"rather than|far from|unlikely to|un(?=confirmed|signed|finished|completed))\b",
    ),
    (
        "denial",
        r"\b(?:den(?:y|ies|ied)|refut(?:es|ed)|reject(?:s|ed)?|dismiss(?:es|ed)?|disput(?:es|ed)|rumou?rs?(?: that)?|alleg(?:es|"
        r"ed|edly|ations?)|reportedly|supposedly|claims? that|false(?:ly)?|it is (?:not true|untrue)|contrary to)\b",
    ),
    (
        "possible",
        r"\b(?:may(?! \d)|might|could|can|possib(?:le|ly|ility)|perhaps|maybe|potential(?:ly)?|probabl[ey]|likely|consider(?:s|"
        r"ed|ing)?|discuss(?:es|ed|ing)?|discussion of|explor(?:es|ed|ing)|stud(?:y|ies|ied|ying) the|negotiat(?:es|ed|ing)|"
        r"talks (?:on|about|over)|proposals? (?:to|for)|propos(?:es|ed|ing)|interested in|interest in|readiness to|ready to|"
        r"willing(?:ness)? to|opportunit(?:y|ies) (?:to|for)|feasibility|prospects? (?:for|of)|potential for|appears? to|"
        r"seems? to)\b",
    ),
    (
        "plan",
        r"\b(?:plan(?:s|ned|ning)?|intend(?:s|ed|ing)?|intention to|aim(?:s|ed|ing)? (?:to|at)|hop(?:es?|ed|ing) to|want(?:s|"
        r"ed)? to|wish(?:es|ed|ing)? to|seek(?:s|ing)? to|expect(?:s|ed)?|is to|are to|was to|were to|set to|due to (?=be\b|"
        r"\w+ in)|scheduled|slated|poised to|projected|forecast|estimated to|predict(?:s|ed)?|agreed? (?:to|on)|agreement to|"
        r"promis(?:es?|ed|ing)|pledg(?:es?|ed|ing)|vow(?:s|ed)?|commit(?:s|ted)? to|prepar(?:es|ed|ing) to|going to|look(?:s|"
        r"ing) to|eager to|plans for|target(?:s|ed))\b",
    ),
    ("will", r"\b(?:will|shall|would|won['’]t)\b|['’]ll\b"),
    (
        "duty",
        r"\b(?:must|should|ought to|needs? to|have to|has to|call(?:s|ed|ing)? (?:on|for|upon)|urg(?:es?|ed|ing)|ask(?:s|"
        r"ed)|request(?:s|ed)?|demand(?:s|ed)?(?= that| to)|recommend(?:s|ed)?|suggest(?:s|ed)?|invit(?:es?|ed)|encourag(?:es?|"
        r"ed))\b",
    ),
    ("condition", r"\b(?:if|unless|provided that|as long as|in case|whether|once|would have|were it)\b"),
    ("ongoing", r"\b(?:under construction|under way|underway|ongoing|in progress|continu(?:es?|ing) to|being)\b"),
]
_CUE_PATTERNS = [(kind, re.compile(pattern, _I)) for kind, pattern in _CUES]
_PROGRESSIVE = re.compile(
    r"(?:\b(?:is|are|am|was|were|be|been)|['’]s|['’]re)\s+(?:\w+ly\s+|now\s+|also\s+|still\s+|already\s+)?(?P<verb>[a-z]{2,}ing)\b", _I
)
_NO_PROGRESSIVE = word_set(
    "interesting according including regarding following pending missing willing exciting encouraging leading outstanding going"
)
_CLAUSE_END = re.compile(
    r"[;:.!?()\n—–]|,(?=\s+(?:but|while|which|who|whereas|although|though|said|noted|he|she|they|it|we|and (?:he|she|they|it|we|the))\b)"
    r"|\b(?:but|while|whereas|although|though|because)\b",
    _I,
)
_IRREGULAR_PAST = word_set("""
built made begun began grown grew risen rose fallen fell sold bought won lost held met taken took given gave sent spent led become
became come came gone went seen saw found paid kept written wrote brought got put set cut hit
""")
_SCOPE_WORDS = {"negation": 4, "denial": 12, "condition": 12}
# "To find out if the pipe is of lead, ..." says nothing of the pipe.
_ASKING = re.compile(r"\bto (?:find out|see|check|know|learn|tell|test|determine|ask|verify)\s$", _I)
_PREDICATE = re.compile(r"\b(?:is|are|was|were|be|been|remains?)\s(?:also\s|only\s)?$", _I)
_READER = re.compile(r"\byou\s(?:\w+ly\s|also\s|then\s)?$", _I)
_DENYING: tuple[CueKind, ...] = ("negation", "denial")
# Kinds of quote cue that a cue of the claim may rest on: a weaker claim may rest on a stronger quote.
_RESTS_ON: dict[CueKind, frozenset[CueKind]] = {
    "negation": frozenset({"negation", "denial"}),
    "denial": frozenset({"negation", "denial"}),
    "possible": frozenset({"possible", "plan", "will", "duty", "condition"}),
    "plan": frozenset({"plan", "will"}),
    "will": frozenset({"will"}),
    "duty": frozenset({"duty"}),
    "condition": frozenset({"condition"}),
    "ongoing": frozenset({"ongoing"}),
}


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that changes how the words of its scope are asserted."""

    start: int
    end: int
    text: str
    kind: CueKind
    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a claim is not asserted as its quote asserts it; `contradicts` when the quote says the opposite."""

    reason: str
    contradicts: bool
    kind: Literal["negation", "modality", "opposite"] = "modality"


@lru_cache(maxsize=4096)
def find_cues(text: str) -> tuple[Cue, ...]:
    """The cues of `text` in order, each with the stems of the content words it governs, nearest first."""
    words = tokens(text)
    found = []
    for kind, pattern in _CUE_PATTERNS:
        for match in pattern.finditer(text):
            if kind != "will" or not _is_noun(text, match):
                found.append(
                    Cue(*match.span(), match[0], kind, (*_said_before(text, words, match), *_scope(text, words, match.end(), kind)))
                )
    for match in _PROGRESSIVE.finditer(text):
        verb = match["verb"].lower()
        if verb not in _NO_PROGRESSIVE and not any(c.start == match.start("verb") for c in found):
            found.append(Cue(*match.span(), match[0], "ongoing", _scope(text, words, match.start("verb"), "ongoing")))
    return tuple(sorted(_without_shadows(found), key=lambda c: c.start))


def _is_noun(text: str, match: re.Match[str]) -> bool:
    return match[0] == "Will" or bool(re.search(r"\b(?:the|his|her|their|its|political|good|a)\s$", text[: match.start()], _I))


def _without_shadows(cues: list[Cue]) -> list[Cue]:
    """Drop a cue that lies inside another ("can" in "cannot")."""
    return [c for c in cues if not any(o.start <= c.start and c.end <= o.end and o.end - o.start > c.end - c.start for o in cues)]


def _said_before(text: str, words: Sequence[Token], match: re.Match[str]) -> tuple[str, ...]:
    """The words of "working at home" in "working at home is possible"."""
    if match[0].lower() != "possible" or not _PREDICATE.search(text[: match.start()]):
        return ()
    ends = [end.end() for end in _CLAUSE_END.finditer(text, 0, match.start())]
    return tuple(t.stem for t in words if t.start >= (ends[-1] if ends else 0) and t.end <= match.start() and t.content)


def _scope(text: str, words: Sequence[Token], start: int, kind: CueKind) -> tuple[str, ...]:
    end = _CLAUSE_END.search(text, start)
    limit = end.start() if end else len(text)
    inside = [t.stem for t in words if t.start >= start and t.end <= limit and t.content]
    return tuple(inside[: _SCOPE_WORDS.get(kind, 8)])


def mismatch(claim: str, quotes: Sequence[str]) -> Mismatch | None:
    """The first way in which `claim` asserts more than `quotes` do, or the opposite; None when there is none.

    A cue of the claim must be answered by a cue of a quote over a shared word; a cue of a quote that governs words of the
    claim must be answered in the claim, unless another quote states the same words without it.
    """
    return _claim_cue_unanswered(claim, quotes) or _quote_cue_ignored(claim, quotes) or find_opposite(claim, quotes)


def _shares(scope: Sequence[str], other: Sequence[str]) -> bool:
    return any(related(a, b) for a in scope for b in other)


def _claim_cue_unanswered(claim: str, quotes: Sequence[str]) -> Mismatch | None:
    theirs = [cue for quote in quotes for cue in find_cues(quote)]
    mine = find_cues(claim)
    said = {t.stem for quote in quotes for t in tokens(quote)}
    for cue in mine:
        same = [c for c in theirs if c.kind in _RESTS_ON[cue.kind]]
        if any(_rests_on(cue, c, said) for c in same):
            continue
        if cue.kind == "ongoing" and not _stated_done(cue, quotes):
            continue
        if _asks(cue, claim) or _tells_reader(cue, claim, quotes):
            continue
        if cue.kind in _DENYING:
            return Mismatch(f"the claim denies ({cue.text!r}) what the quote does not deny", True, "negation")
        return Mismatch(f"the claim says {cue.text!r}, the quote does not", False)
    denials = [sum(c.kind == "negation" for c in cues) for cues in (mine, theirs)]
    return Mismatch("the claim denies more often than the quote", True, "negation") if denials[0] > denials[1] else None


def _asks(cue: Cue, text: str) -> bool:
    """Whether "if" or "whether" stands in what is done to find something out."""
    return cue.kind == "condition" and bool(_ASKING.search(text[: cue.start]))


def _tells_reader(cue: Cue, text: str, others: Sequence[str]) -> bool:
    """Whether "you must close the valve" or "you can close the valve" is another text's "Close the valve"."""
    if cue.kind not in ("possible", "duty") or not cue.scope or not _READER.search(text[: cue.start]):
        return False
    return any(related(cue.scope[0], verb) for other in others for verb in told_to(other))


def _rests_on(cue: Cue, other: Cue, said: set[str]) -> bool:
    """Whether a cue of a quote carries one of the claim: over its nearest word when the quotes have that word, else over any near one."""
    if not cue.scope:
        return True
    nearest = cue.scope[0]
    if any(related(nearest, word) for word in said):
        return _shares((nearest,), other.scope)
    return _shares(cue.scope[:5], other.scope)


def _stated_done(cue: Cue, quotes: Sequence[str]) -> bool:
    """Whether a quote states as finished, or only as planned, what the claim's progressive says is going on."""
    verb = cue.scope[:2]
    done = any(_is_past(t, quote) and _shares(verb[:1], (t.stem,)) for quote in quotes for t in tokens(quote))
    return done or any(c.kind in ("plan", "will", "possible") and _shares(verb, c.scope) for quote in quotes for c in find_cues(quote))


def _is_past(token: Token, text: str) -> bool:
    word = token.word.lower()
    if not (word.endswith("ed") or word in _IRREGULAR_PAST):
        return False
    return not re.search(r"\bbeing\s+(?:\w+ly\s+)?$|\b(?:is|are|to be|be)\s+$", text[: token.start], _I)


def _quote_cue_ignored(claim: str, quotes: Sequence[str]) -> Mismatch | None:
    mine = find_cues(claim)
    words = [t.stem for t in tokens(claim) if t.content]
    for quote in quotes:
        for cue in find_cues(quote):
            hits = _governed(cue, words)
            if not hits or _stated_plainly(hits, cue, quotes):
                continue
            if any(_answers(c, cue) and _covers(c, cue, hits) for c in mine) or _tells_reader(cue, quote, [claim]):
                continue
            if cue.kind in _DENYING:
                return Mismatch(f"the quote denies it ({cue.text!r})", True, "negation")
            if cue.kind != "ongoing":
                return Mismatch(f"the quote says {cue.text!r}, the claim states it as a fact", False)
            done = _claims_done(claim, hits)
            if done:
                return Mismatch(f"the quote says it is going on ({cue.text!r}), the claim that it is done ({done!r})", False)
    return None


def _answers(claim_cue: Cue, quote_cue: Cue) -> bool:
    return quote_cue.kind in _RESTS_ON[claim_cue.kind] or (quote_cue.kind == "duty" and claim_cue.kind == "plan")


def _covers(claim_cue: Cue, quote_cue: Cue, hits: Sequence[str]) -> bool:
    """Whether a cue of the claim governs the word nearest to the quote's cue that the claim repeats, or else one that it paraphrases."""
    if claim_cue.kind == "ongoing":  # "under construction" names its verb itself
        return _shares([*claim_cue.scope, *(t.stem for t in tokens(claim_cue.text))], hits)
    nearest = next((word for word in quote_cue.scope if word in hits), None)
    return not claim_cue.scope or (nearest in claim_cue.scope if nearest else _shares(claim_cue.scope, hits))


def _governed(cue: Cue, words: Sequence[str]) -> list[str]:
    """The words of the claim that the quote's cue governs; a negation must govern one of the two nearest to it."""
    near = cue.scope[:2] if cue.kind == "negation" else cue.scope
    hits = [w for w in words if any(related(w, s) for s in near)]
    need = 1 if cue.kind in ("negation", "ongoing") or len(cue.scope) < 3 else 2
    return hits if len(hits) >= need else []


def _stated_plainly(hits: Sequence[str], cue: Cue, quotes: Sequence[str]) -> bool:
    """Whether the governed words also stand together in another quote outside the scope of any cue."""
    for quote in quotes:
        cues = find_cues(quote)
        if cue in cues:
            continue
        free = {t.stem for t in tokens(quote)} - {s for c in cues for s in c.scope}
        if all(any(related(h, f) for f in free) for h in hits):
            return True
    return False


def _claims_done(claim: str, hits: Sequence[str]) -> str | None:
    for token in tokens(claim):
        if _is_past(token, claim) and any(related(token.stem, h) for h in hits):
            return token.word
    done = re.search(
        r"(?<!\bbe )\b(?:completed|finished|finali[sz]ed|concluded|opened|(?:has|have|had) been \w+|(?:was|were) \w+ed)\b", claim, _I
    )
    return done[0] if done else None


def find_opposite(claim: str, quotes: Sequence[str]) -> Mismatch | None:
    """The first word of `claim` whose listed opposite stands in `quotes` instead of it."""
    theirs = {t.stem: t.word for quote in quotes for t in tokens(quote)}
    mine = {t.stem for t in tokens(claim)}
    for token in tokens(claim):
        if token.stem in theirs or any(related(token.stem, s) for s in theirs):
            continue
        for other in theirs:
            if (other in OPPOSITES.get(token.stem, ()) or negated(token.stem, other)) and other not in mine:
                return Mismatch(f"the claim says {token.word!r} where the quote says {theirs[other]!r}", True, "opposite")
    return None
