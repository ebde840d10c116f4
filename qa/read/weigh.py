"""What a reader does not see in a passage by itself: that it lacks a number, a month or a name of the question, that retrieval put it far
down, that a code of the question is its heading.

Signs that hold in any language that writes names with capitals. All but the last lower a probability. Numbers in words are not looked at,
but for quarters of a year.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from index.dates.periods import is_month, months_named, with_quarters
from index.schema import Unit
from index.screen.dates import date_text, in_words
from qa.english.lexicon import STOP, fold
from qa.read.protocol import Finding, Readable, Reading

_WORD = re.compile(r"[^\W\d_]+")
_NUMBERED = re.compile(r"\b[\w./-]*\d[\w./-]*")
_QUARTER, _IN_QUARTERS = re.compile(r"q[1-4]"), re.compile(r"\bQ[1-4]\b")
_GROUPED = re.compile(r"(?<=\d)[,’' \u00a0\u202f](?=\d{3}\b)")
# What is left of a unit's probability for each number that is missing. On ferry and cooperative (docs/decisions.md): 1 refuses 12 of the 23
# unanswerable questions, .5 14 of 23 with as many right; .3 no more.
LEFT = 0.5
# Taken from the logit for each missing name (two at most), and for each place of the passage among those found; swept together with the
# floor (docs/decisions.md).
PER_NAME, NAMES = 0.4, 2
# ... and for each name that the passage has, but neither the unit nor what stands above it: another may be meant there.
PER_NAME_AWAY = 0.5
PER_PLACE = 0.1
# Added to the logit of what stands under a heading that names a code of the question: under "E-17" the text need not say it again.
UNDER_CODE = 1.5
_CODE_WORDS = 5
_LISTED = frozenset({"item", "pair", "row"})


def weighed(question: str, reading: Reading) -> Reading:
    """The reading with each finding's probabilities lowered by what its passage lacks of the question and by its place, best first."""
    numbers, names, months = numbers_in(question), names_in(question), _months_in(question)
    codes = _codes(numbers)
    called = [name for name in names if not any(name in code.split() for code in codes)]  # the "QX" of "QX-18" is no name
    lacking = [_lacking_numbers(numbers, passage) + _lacking_months(months, passage) for passage in reading.passages]
    less = [PER_PLACE * n + PER_NAME * _lacking_names(names, passage) for n, passage in enumerate(reading.passages)]
    findings = [
        _lowered(
            f,
            LEFT ** lacking[f.passage],
            less[f.passage]
            + PER_NAME_AWAY * _names_away(called, reading.passages[f.passage], f.unit)
            - UNDER_CODE * _is_under(codes, reading.passages[f.passage], f.unit),
        )
        for f in reading.findings
    ]
    findings.sort(key=lambda f: (-f.score, f.passage, f.unit.start))
    return Reading(reading.passages, tuple(findings))


def _lowered(finding: Finding, share: float, less: float) -> Finding:
    return replace(finding, score=less_likely(share * finding.score, less), answers=less_likely(share * finding.answers, less))


def lowered(reading: Reading, less: Callable[[Finding], float]) -> Reading:
    """The reading with each finding's logits lowered by what `less` gives for it, best first."""
    findings = [_lowered(f, 1.0, down) if (down := less(f)) else f for f in reading.findings]
    findings.sort(key=lambda f: (-f.score, f.passage, f.unit.start))
    return Reading(reading.passages, tuple(findings))


def logit(probability: float) -> float:
    """The log of the odds, that of 0 and 1 bounded."""
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def less_likely(probability: float, less: float) -> float:
    """The probability whose logit is `less` below that of the given one."""
    odds = probability * math.exp(-less)
    return odds / (1 - probability + odds)


def names_in(question: str) -> list[str]:
    """The words of a question that begin with a capital, folded, but the first one, months and quarters; none where all of them do."""
    words = _WORD.findall(_IN_QUARTERS.sub(" ", with_quarters(question)))
    names = [w for w in words[1:] if w[0].isupper() and not is_month(w)]
    return list(dict.fromkeys(fold(w) for w in names if w.lower() not in STOP)) if len(names) < len(words) - 1 else []


def _lacking_names(wanted: list[str], readable: Readable) -> int:
    if not wanted:
        return 0
    text = fold(_about(readable))
    return min(NAMES, sum(name not in text for name in wanted))


def _names_away(wanted: list[str], readable: Readable, unit: Unit) -> int:
    if not wanted:
        return 0
    document, whole = readable.document, fold(_about(readable))
    own = (readable.context, document.title, document.source, document.published.date, document.text[unit.start : unit.end])
    near = fold(" ".join(part for part in own if part))
    return min(NAMES, sum(name not in near and name in whole for name in wanted))


def numbers_in(question: str) -> list[str]:
    """The numbers, dates, codes and quarters of a question, folded: "2,400" as "2400", "QX-17/4" as "qx 17 4", "second quarter" as "q2"."""
    found = (_folded(match.group()) for match in _NUMBERED.finditer(_GROUPED.sub("", with_quarters(question))))
    return list(dict.fromkeys(number for number in found if number))


def _codes(numbers: Sequence[str]) -> list[str]:
    """Those of a question's numbers that have a letter and are no quarter: of what stands under that, all but one may be of others."""
    return [number for number in numbers if any(c.isalpha() for c in number) and not _QUARTER.fullmatch(number)]


def of_the_code(question: str, reading: Reading, findings: Sequence[Finding]) -> list[Finding]:
    """The findings without the items, pairs and rows that have none of the question's codes, where another of their document has one:
    asked what E-23 means, E-17 is beside the point."""
    codes = [code.replace(" ", "") for code in _codes(numbers_in(question))]
    if not codes:
        return list(findings)

    def has(finding: Finding) -> bool:
        passage, unit = reading.passages[finding.passage], finding.unit
        words = _folded(passage.document.text[unit.start : unit.end]).split()
        return any(code in _runs(words) for code in codes) or _is_under(codes, passage, unit)

    having = [has(finding) for finding in findings]
    named = {reading.passages[f.passage].document.source for f, named in zip(findings, having, strict=True) if named}
    return [
        f for f, named_itself in zip(findings, having, strict=True)
        if named_itself or f.unit.kind not in _LISTED or reading.passages[f.passage].document.source not in named
    ]  # fmt: skip


def _lacking_numbers(wanted: list[str], readable: Readable) -> int:
    if not wanted:
        return 0
    text = f" {_folded(_GROUPED.sub('', _about(readable)))} "
    closed = text.replace(" ", "")
    return sum(f" {number} " not in text and number.replace(" ", "") not in closed for number in wanted)


def _months_in(question: str) -> set[int]:
    """The months that a question names, but for its first word: "May" asks."""
    first = _WORD.search(question)
    return months_named(with_quarters(question[first.end() :])) if first else set()


def _lacking_months(wanted: set[int], readable: Readable) -> int:
    return len(wanted - months_named(_about(readable))) if wanted else 0


def _is_under(codes: list[str], readable: Readable, unit: Unit) -> bool:
    """Whether the innermost heading above a unit names one of the codes. The passage's context ends with that heading, or the passage
    holds it before the unit."""
    if not codes:
        return False
    text = readable.document.text
    inside = [u for u in readable.units if u.kind == "heading" and u.end <= unit.start]
    heading = text[inside[-1].start : inside[-1].end] if inside else readable.context.rsplit(" > ", 1)[-1]
    return any(code.replace(" ", "") in _runs(_folded(heading).split()) for code in codes)


def _runs(words: Sequence[str]) -> set[str]:
    """All runs of at most `_CODE_WORDS` neighbouring words, grown together: "e 23" is "e23"."""
    return {"".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, min(len(words), a + _CODE_WORDS) + 1)}


def _about(readable: Readable) -> str:
    """A passage with its context and with what is known of its document."""
    document = readable.document
    when = f"{date_text(document.published) or ''} {in_words(document.published)}"
    about = (document.title, document.source, when, document.publisher, document.author)
    return " ".join([readable.context, readable.text, *(part for part in about if part)])


def _folded(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in with_quarters(text).casefold()).split())
