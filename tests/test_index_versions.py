"""Which documents are versions of one, and what only looks like it."""

from __future__ import annotations

from index.catalog.rows import DocumentInfo
from index.dates.versions import find_versions, later_versions
from index.schema import DateSource, Published
from qa.retrieve.dedup import kin_line
from qa.schema import Citation

RULES = "The boat house is open from seven to nine. Keys are kept by the warden, who lends them for a day. Whoever loses one pays {} euros."


def info(source: str, title: str | None = None, date: str | None = None, how: DateSource | None = None, form: str = "text") -> DocumentInfo:
    return DocumentInfo(source, title, None, None, Published(date, "day" if date else None, how if date else None), "en", form, 0, 1, 100)


def found(*documents: tuple[DocumentInfo, str]) -> dict[str, str]:
    return find_versions([one for one, _ in documents], {one.source: text for one, text in documents}.__getitem__)


def test_the_later_of_two_years_in_file_names_is_told() -> None:
    old, new = info("rules-2023.txt"), info("rules-2026.md")
    assert found((old, RULES.format(40)), (new, RULES.format(55))) == {"rules-2023.txt": "rules-2026.md"}


def test_a_stated_version_goes_before_dates_and_is_compared_by_its_numbers() -> None:
    texts = {"a/rules.txt": "version 2.9", "b/rules.txt": "Version 2.10", "c/rules.txt": "v2.1"}
    dates = {"a/rules.txt": "2026-03-01", "b/rules.txt": "2025-03-01", "c/rules.txt": "2024-03-01"}
    documents = [(info(s, None, dates[s], "byline"), f"{stated}. {RULES.format(40)}") for s, stated in texts.items()]
    assert found(*documents) == {"a/rules.txt": "b/rules.txt", "c/rules.txt": "b/rules.txt"}


def test_titles_tell_versions_whose_files_are_named_otherwise() -> None:
    old = info("scan1.pdf", "House rules, edition 1", "2020-01-01", "updated"), RULES.format(40)
    new = info("new.docx", "HOUSE RULES - Edition 2"), RULES.format(55)
    assert found(old, new) == {"scan1.pdf": "new.docx"}


def test_a_state_is_enough_where_nothing_is_numbered() -> None:
    old, new = info("old/rules.txt", None, "2024-01-01", "valid from"), info("new/rules.txt", None, "2026-01-01", "valid from")
    assert found((old, RULES.format(40)), (new, RULES.format(55))) == {"old/rules.txt": "new/rules.txt"}


def test_what_is_no_version() -> None:
    alike = RULES.format(40), RULES.format(55)
    minutes = (
        info("minutes-2025-11-18.txt", None, "2025-11-18", "file name"),
        info("minutes-2025-12-16.txt", None, "2025-12-16", "file name"),
    )
    titled = info("m1.txt", "Minutes of 18 November 2025"), info("m2.txt", "Minutes of 16 December 2025")
    reports = info("a.txt", "Harbour opens", "2025-01-01", "dateline"), info("b.txt", "Harbour opens", "2025-02-01", "dateline")
    same_year = info("budget-2026.txt"), info("other/budget-2026.md")
    mails = info("re-rules-2023.eml", form="mail"), info("re-rules-2026.eml", form="mail")
    short = info("v1.txt"), info("v2.txt")
    for pair in (minutes, titled, reports, same_year, mails, short):
        assert found(*zip(pair, alike, strict=True)) == {}, pair
    other = "Nobody may swim in the basin while the ferry is under way. Dogs stay on a lead at all times of the day. There are two showers."
    assert found((info("rules-2023.txt"), alike[0]), (info("rules-2026.txt"), other)) == {}, "another text under the same name"
    assert found((info("rules-2023.txt"), ""), (info("rules-2026.txt"), "")) == {}


def test_versions_are_looked_for_once_for_a_state_of_the_index() -> None:
    class Shelf:
        state, asked = 1, 0

        def documents(self) -> list[DocumentInfo]:
            self.asked += 1
            return [info("rules-2023.txt"), info("rules-2026.txt")][: self.state + 1]

        def text_of(self, source: str) -> str:
            return RULES

        def generation(self) -> int:
            return self.state

    shelf = Shelf()
    assert later_versions(shelf) == later_versions(shelf) == {"rules-2023.txt": "rules-2026.txt"}
    assert shelf.asked == 1
    shelf.state = 0
    assert later_versions(shelf) == {}


def test_a_footnote_tells_the_later_version_before_the_copies() -> None:
    citation = Citation(n=1, source="a.txt", start=0, end=1, quote="A", copies=["b.txt"], later_version="c.txt")
    assert kin_line(citation) == "later version: c.txt; near-copy: b.txt"
    assert kin_line(citation.model_copy(update={"copies": []})) == "later version: c.txt"
    assert kin_line(citation.model_copy(update={"copies": [], "later_version": None})) == ""
