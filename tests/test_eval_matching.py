"""When a string counts as said, and where a quote is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases.matching import find_quote, normalise, overlap, says, says_all


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("DOOSAN Enerbility", "doosan enerbility"),
        ("a  combined\n cycle", "combined cycle"),
        ("a “combined” cycle", '"combined" cycle'),
        ("Korea’s plan", "Korea's plan"),
        ("biopharmaceutical", "pharma"),
        ("worth $9.6 billion", "9.6 billion"),
        ("the 11th, 37.", "37"),
        ("in 2011, 11 were signed", "11"),
        ("9.6 [1] billion", "9.6 billion"),
        ("Straße", "strasse"),
        ("ends in 2023.", "2023"),
    ],
)
def test_is_said(text: str, wanted: str) -> None:
    assert says(text, wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("in 2011", "11"),
        ("documents [11]", "11"),
        ("documents [3, 11]", "11"),
        ("18.5 billion", "8.5 billion"),
        ("37.5 percent", "37"),
        ("1,370 firms", "370"),
        ("740,000 jobs", "740"),
        ("combined power cycle", "combined cycle"),
        ("anything", ""),
    ],
)
def test_is_not_said(text: str, wanted: str) -> None:
    assert not says(text, wanted)


def test_every_group_needs_an_alternative() -> None:
    match = [["Doosan"], ["combined cycle", "combined-cycle"]]
    assert says_all("Doosan builds a combined-cycle plant", match)
    assert not says_all("Doosan builds a plant", match)
    assert not says_all("a combined cycle plant", match)


@settings(deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(deadline=None)
@given(st.text(), st.text(alphabet=st.characters(categories=["L"]), min_size=1), st.text())
def test_words_inside_a_text_are_said(before: str, wanted: str, after: str) -> None:
    assert says(f"{before} {wanted} {after}", wanted)


def test_quote_is_found_over_line_breaks_and_other_quotation_marks_at_every_place() -> None:
    text = 'He said “no\n plan”. Later: "no plan".'
    spans = find_quote(text, "'no plan'".replace("'", '"'))
    assert [text[a:b] for a, b in spans] == ["“no\n plan”", '"no plan"']
    assert find_quote(text, "no plans") == []
    assert find_quote(text, "  ") == []
    assert find_quote("a.b", "a?b") == []  # no character of a quote is a pattern


@settings(deadline=None)
@given(st.text(min_size=1), st.data())
def test_any_stretch_of_a_text_is_found_where_it_stands(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    quote = text[start : data.draw(st.integers(start + 1, len(text)))]
    if quote.strip():
        first = start + len(quote) - len(quote.lstrip())
        assert any(a == first or text[a:b].split() == quote.split() for a, b in find_quote(text, quote))


@pytest.mark.parametrize(("one", "other", "shared"), [((0, 5), (4, 9), True), ((0, 5), (5, 9), False), ((3, 3), (0, 9), False)])
def test_ranges_overlap_when_they_share_a_character(one: tuple[int, int], other: tuple[int, int], shared: bool) -> None:
    assert overlap(one, other) is overlap(other, one) is shared
