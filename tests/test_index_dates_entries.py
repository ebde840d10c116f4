"""Dated entries of a document, and dates that stand inside its opening paragraph."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.dates.entries import find_entries, find_told
from index.dates.published import find_published
from index.dates.quoted import said_on
from index.formats.load import load_file
from index.schema import Document
from index.structure.units import units_of

BODY = "The crane lifts boats of up to six tonnes, and whoever needs it asks at the office two days before, in writing or by telephone."
NEWEST_FIRST = f"""# Harbour fees

{BODY}

## 2026-03-02
- Berths cost 40 crowns.

## 2026-01-15
- The crane costs 20 crowns.

## 2025-11-01
- Water is free.

# Where to pay

At the office.
"""
PUT_RIGHT = """# Corrections 2025

**20 June.** The ferry has two decks, not three.

**6 October.** The fair had 900 visitors. We wrote 700.

# Corrections 2026

**12 January.** The pilot is called Nyberg.
"""
BOARD = """HARBOUR NOTICES

3 November 2025
SWEEP
The sweep comes on Thursday.

10 November 2025
CRANE
The crane is being painted.

8 January 2026
WASHING
A wash costs 2.40 crowns.
"""
LOG = """INCIDENT LOG - harbour office

2025-09-04 10:20  Lift stuck. Freed by the company.
2025-09-17 14:05  A van scraped a car.
"""
GERMAN = """# Berichtigungen 2025

6. Oktober: Der Markt hatte 900 Besucher.

14. November: Der Lotse heißt Nyberg.
"""
RELEASES = """# Ferry planner

## 2.7.0 (7 May 2026)

### New

- Tides.

## [2.6.1] - 2026-02-24

- Print.

## 2.6.0 (3 December 2025): winter

- Wind.
"""
PROGRAMME = """# Harbour week: programme

## Friday, 7 June 2026

The band plays.

## Saturday, 8 June 2026

The crane dances.
"""


def load(folder: Path, name: str, text: str) -> Document:
    (folder / name).write_text(text, encoding="utf-8")
    return load_file(folder / name, name, max_bytes=100_000)[0]


@pytest.mark.parametrize(
    ("name", "text", "newest", "said"),
    [
        ("fees.md", NEWEST_FIRST, "2026-03-02", {"40 crowns": "2026-03-02", "20 crowns": "2026-01-15", "Water": "2025-11-01"}),
        ("a.md", PUT_RIGHT, "2026-01-12", {"two decks": "2025-06-20", "We wrote": "2025-10-06", "Nyberg": "2026-01-12"}),
        ("a.txt", BOARD, "2026-01-08", {"Thursday": "2025-11-03", "painted": "2025-11-10", "A wash": "2026-01-08"}),
        ("a.txt", LOG, "2025-09-17", {"Freed": "2025-09-04", "a car": "2025-09-17"}),
        ("a.md", GERMAN, "2025-11-14", {"900": "2025-10-06", "Nyberg": "2025-11-14"}),
        ("a.md", RELEASES, "2026-05-07", {"Tides": "2026-05-07", "Print": "2026-02-24", "Wind": "2025-12-03"}),
        ("corrections-2026.txt", "Put right\n\n5 May. A.\n\n12 May. B.\n", "2026-05-12", {"A.": "2026-05-05", "B.": "2026-05-12"}),
    ],
)
def test_what_an_entry_says_has_its_day_and_the_document_that_of_the_newest(
    tmp_path: Path, name: str, text: str, newest: str, said: dict[str, str]
) -> None:
    document = load(tmp_path, name, text)
    assert document.published.date == newest
    assert {words: said_on(document, document.text.index(words)).date for words in said} == said


def test_what_stands_outside_the_entries_has_the_date_of_the_document(tmp_path: Path) -> None:
    document = load(tmp_path, "fees.md", NEWEST_FIRST)
    for words in ("six tonnes", "At the office"):
        assert said_on(document, document.text.index(words)) == document.published


def test_headings_that_the_format_marks_are_entries_too(tmp_path: Path) -> None:
    page = (
        "<h1>Fees</h1><h2>2 March 2026: berths</h2><p>40 crowns.</p><h2>15 January 2026</h2><p>20 crowns.</p><h2>May 2025</h2><p>Free.</p>"
    )
    document = load(tmp_path, "a.html", f"<html><body><main>{page}<h1>Pay</h1><p>Here.</p></main></body></html>")
    assert [said_on(document, document.text.index(words)).date for words in ("40", "20 crowns", "Free", "Here")] == [
        "2026-03-02",
        "2026-01-15",
        "2025-05-01",
        "2026-03-02",
    ]


TIMELINE = """# The harbour in 2025: a timeline

*Kept by the office. Last change: 20 May 2026*

- **3 February**: the crane is ordered, 40 tonnes.
- **5 to 17 March**: the quay is closed.
- **28 December 2025 to 2 January 2026** - the lights are out.
- **24 April 2026**: the crane comes.

## Still open

- The paint of the crane.
"""


@pytest.mark.parametrize("mark", ["- **{}**: ", "- **{}:** ", "{} - ", "* {}: ", "## {}\n\n", "{}\n"])
def test_an_entry_of_a_timeline_has_its_day_and_the_document_its_own(tmp_path: Path, mark: str) -> None:
    days = ["3 February", "5 to 17 March", "28 December"]
    lines = [f"{mark.format(day)}{text}" for day, text in zip(days, ("The crane comes.", "The quay is shut.", "No lights."), strict=True)]
    text = "Harbour timeline\n\nUpdated 20 May 2026\n\nThe year 2025\n\n" + ("\n\n" if "\n" in mark else "\n").join(lines)
    document = load(tmp_path, "a.md", text)
    assert document.published.date == "2026-05-20"
    said = [said_on(document, document.text.index(words)).date for words in ("The crane", "The quay", "No lights", "Updated")]
    assert said == ["2025-02-03", "2025-03-05", "2025-12-28", "2026-05-20"]


def test_what_follows_the_entries_of_a_timeline_is_of_the_day_of_the_document(tmp_path: Path) -> None:
    document = load(tmp_path, "a.md", TIMELINE)
    days = [said_on(document, document.text.index(words)).date for words in ("ordered", "closed", "the lights", "crane comes", "paint")]
    assert days == ["2025-02-03", "2025-03-05", "2025-12-28", "2026-04-24", "2026-05-20"]


def test_a_list_of_days_that_have_passed_is_a_timeline_and_one_of_days_to_come_is_none() -> None:
    text = "The crane\n\nIt took long.\n\n- 3 May 2024: ordered.\n- 5 June 2024: paid.\n- 7 July 2025: put up.\n\nIt lifts boats."
    told = find_told(text, "2026-01-10")
    assert [(entry.iso, text[entry.start : entry.end].strip()) for entry in told] == [
        ("2024-05-03", "- 3 May 2024: ordered."),
        ("2024-06-05", "- 5 June 2024: paid."),
        ("2025-07-07", "- 7 July 2025: put up."),
    ]
    assert find_told(text, "2025-01-10") == ()
    assert find_told(text.replace("The crane", "Programme of the crane"), "2026-01-10") == ()
    assert find_told(text.replace(" 2024", "").replace(" 2025", ""), "2026-01-10") == ()


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (PROGRAMME, "a.md"),
        (PROGRAMME.replace("programme", "what is on"), "a.md"),
        (NEWEST_FIRST, "timetable.md"),
        (BOARD.replace("NOTICES", "WEEK"), "a.txt"),
        (LOG.replace("2025-09-04", "2025-10-04").replace("14:05", "10:00") + "2025-09-30 10:00 Nothing.\n", "a.txt"),
        (GERMAN.replace(" 2025", ""), "a.md"),
        (GERMAN.replace("2025", "2025/26"), "a.md"),
        ("# Corrections 2025\n\nThe fair was held on\n6 October. It had\n14 November. guests\n", "a.md"),
    ],
)
def test_other_dated_texts_have_no_entries(text: str, source: str) -> None:
    assert find_entries(text, source) == ()


def test_days_after_the_document_are_announced_in_it(tmp_path: Path) -> None:
    document = load(tmp_path, "a.md", f"---\ndate: 2026-01-20\n---\n{NEWEST_FIRST}")
    assert said_on(document, document.text.index("40 crowns")) == document.published
    assert said_on(document, document.text.index("20 crowns")).date == "2026-01-15"


def test_a_later_date_above_the_entries_is_that_of_the_document() -> None:
    assert find_published(f"Updated 1 April 2026\n\n{BOARD.replace('HARBOUR', 'NEW')}", source="notices.txt").date == "2026-04-01"


@pytest.mark.parametrize(
    ("opening", "date", "how"),
    [
        ("For skippers and crews of the harbour. Others ask the office. Updated 2 September 2026.", "2026-09-02", "updated"),
        ("Post 14 of the harbour office, grade five, 37 hours a week. Published on 3 November 2026.", "2026-11-03", "text"),
        ("Gültig ab 1. Februar 2026. Diese Ordnung gilt für alle Plätze im alten und im neuen Hafen.", "2026-02-01", "valid from"),
        ("Diese Ordnung gilt für alle Plätze im alten und im neuen Hafen. Zuletzt geändert am 3. März 2026.", "2026-03-03", "updated"),
        ("Veröffentlicht am 3. März 2026", "2026-03-03", "byline"),
        ("between the Trust (hereafter the owner) and Quay Works Ltd (the builder), signed on 3 March 2026.", "2026-03-03", "text"),
        ("zwischen dem Hafenamt (im Folgenden das Amt) und der Kranbau GmbH, unterzeichnet am 3. März 2026.", "2026-03-03", "text"),
        ("This agreement is made on 3 March 2026 between the harbour trust and Quay Works Ltd, who builds.", "2026-03-03", "text"),
        ("The contract between the trust and Quay Works, signed on 3 March 2026, is worth nine million crowns.", None, None),
        ("Between the trust and the works there has been peace since a contract was signed on 3 March 2026.", None, None),
        ("The town has had a crane since spring, the mayor said. The plan was published on 3 November 2026.", None, None),
        ("The rules were updated on 3 November 2026 by the board, and boats must now be tied up twice.", None, None),
        ("Diese Ordnung ersetzt die alte. Sie gilt nicht bis 3. März 2026. Boote sind doppelt festzumachen.", None, None),
    ],
)
def test_a_sentence_of_the_opening_that_says_no_more_than_when(opening: str, date: str | None, how: str | None) -> None:
    found = find_published(f"Harbour crane\n\n{opening}\n\n{BODY}\n")
    assert (found.date, found.how) == (date, how)


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Signed at Quayside on 12 December 2026.", "2026-12-12"),
        ("Unterzeichnet am 12. Dezember 2026", "2026-12-12"),
        ("Sandvik, den 12. Dezember 2026", "2026-12-12"),
        ("Ersetzt die Ordnung vom 3. März 2020.", None),
        ("They signed on 12 December 2026 and left.", None),
    ],
)
def test_the_day_above_the_signatures(line: str, date: str | None) -> None:
    assert find_published(f"Crane\n\n{BODY}\n\n{line}\n").date == date


def test_a_line_that_tells_a_change_is_no_heading(tmp_path: Path) -> None:
    page = "<h1>Questions</h1><p>Last changed on 8 September 2026</p><h3>Is there a crane?</h3><p>Yes, at the slipway.</p>"
    document = load(tmp_path, "a.html", f"<html><body><main>{page}</main></body></html>")
    assert [document.text[u.start : u.end] for u in units_of(document) if u.kind == "heading"] == ["Questions"]
    release = load(tmp_path, "b.txt", "Version 2.3, 3 May 2026\n\nThe crane is new.\n\nWhat changed on 1 May 2026\n\nThe quay is new.\n")
    assert len([u for u in units_of(release) if u.kind == "heading"]) == 2


def test_minutes_below_a_letterhead_are_called_after_their_day(tmp_path: Path) -> None:
    lines = "HARBOUR TRUST\nBOARD - MINUTES OF THE MEETING OF 11 MAY 2026\n\n1. CRANE\n" + BODY
    assert load(tmp_path, "a.txt", lines).title == "HARBOUR TRUST: BOARD - MINUTES OF THE MEETING OF 11 MAY 2026"
