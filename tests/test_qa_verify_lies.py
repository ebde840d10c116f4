"""A liar changes one thing in each sentence of the example corpus: no lie is supported, every sentence supports itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.text.sentences import sentence_spans
from qa.check.verify import Item, verify_many
from qa.english.names import find_names, same_name
from qa.english.quantities import find_quantities
from tests.judged import shipped
from tests.needs import requires_parser

pytestmark = requires_parser

EXAMPLES = Path(__file__).parents[1] / "examples" / "kazakhstan-korea"
STRANGERS = ["Toyota", "Uzbekistan", "Kazatomprom", "Moon Jae-in", "Baku", "LG Chem"]
SCALES = [
    ("billion", "million"),
    ("million", "billion"),
    ("thousand", "million"),
    ("%", " percentage points"),
    ("more than ", ""),
    ("over ", ""),
]


def sentences() -> list[str]:
    found = []
    for path in sorted([*EXAMPLES.glob("*.md"), *EXAMPLES.glob("*.txt")]):
        text = path.read_text(encoding="utf-8")
        found += [text[s.start : s.end] for s in sentence_spans(text)]
    return [s for s in dict.fromkeys(found) if 40 < len(s) < 350 and s.endswith((".", "”", '"')) and "\n" not in s]


def numbers_changed(text: str) -> Iterator[str]:
    for number in find_quantities(text):
        digits = re.search(r"\d[\d,.]*\d|\d", number.text)
        if digits:
            at = number.start + digits.start()
            yield text[:at] + str(int(digits[0][0]) % 9 + 1) + digits[0][1:] + text[at + len(digits[0]) :]
        for old, new in SCALES:
            if old in number.text:
                yield text[: number.start] + number.text.replace(old, new, 1) + text[number.end :]
        if number.bound == "exact" and number.kind in ("money", "count") and digits:
            yield f"{text[: number.start]}more than {text[number.start :]}"


def names_changed(text: str) -> Iterator[str]:
    for place, name in enumerate(find_names(text)):
        stranger = STRANGERS[place % len(STRANGERS)]
        if not same_name(stranger, name.text) and not re.match(r"\w+\s+\w+s\b", name.text):
            yield text[: name.start] + stranger + text[name.end :]


def denied(text: str) -> Iterator[str]:
    verb = re.search(r"\b(?:is|are|was|were|has|have|will|had)\b", text)
    if verb:
        yield f"{text[: verb.end()]} not{text[verb.end() :]}"
        yield f"{text[: verb.end()]} never{text[verb.end() :]}"


def staged(text: str) -> Iterator[str]:
    verb = re.search(r"\b(?:is|are|was|were)\b", text)
    if verb:
        yield f"{text[: verb.start()]}will be{text[verb.end() :]}"
        if not re.search(r"\b(?:once|if|should|is to|are to)\b", text, re.IGNORECASE):  # there "may" is only weaker
            yield f"{text[: verb.start()]}may be{text[verb.end() :]}"
    for plan in re.finditer(r"\b(?:plans? to|intends? to|will|may)\s+(\w+)", text):
        yield f"{text[: plan.start()]}has already {plan[1].removesuffix('e')}ed{text[plan.end() :]}"


@pytest.mark.parametrize(("lie", "least"), [(numbers_changed, 80), (names_changed, 120), (denied, 80), (staged, 60)])
def test_no_lie_is_supported(lie, least: int) -> None:  # type: ignore[no-untyped-def]
    items = [Item(told, [text]) for text in sentences() for told in lie(text)]
    accepted = [(i.claim, i.quotes[0]) for i, v in zip(items, verify_many(items, shipped()), strict=True) if v.label == "supported"]
    assert len(items) >= least
    assert not accepted, f"{len(accepted)} of {len(items)}: {accepted[:5]}"


def test_every_sentence_supports_itself() -> None:
    items = [Item(text, [text]) for text in sentences()]
    refused = [(v.reason, i.claim) for i, v in zip(items, verify_many(items, shipped()), strict=True) if v.label != "supported"]
    assert len(items) >= 80
    assert not refused, f"{len(refused)} of {len(items)}: {refused[:5]}"
