from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates.published import find_event_dates, find_published, parse_stamp, resolve_event_date
from index.dates.words import find_dates, sole_date
from index.formats.load import load_file
from index.schema import Published, Span

SENTENCE = "The ministry said that the plant in the north will be ready in spring, and that three hundred people will work there."


def day(value: str) -> tuple[date, date]:
    return (date.fromisoformat(value),) * 2


def days(first: str, last: str) -> tuple[date, date]:
    return date.fromisoformat(first), date.fromisoformat(last)


# -- complete dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "June 12, 2024", "Jun. 12, 2024", "12 June 2024", "12th of June 2024", "2024-06-12", "2024/6/12", "12.06.2024", "12 июня 2024 г.",
        "2024년 6월 12일", "2024.06.12", "2024-06-12T18:40:00+05:00", "20240612T1840", "JUNE 12 2024", "2024年6月12日", "12 маусым 2024",
    ],
)  # fmt: skip
def test_ways_of_writing_a_day(text: str) -> None:
    assert [hit.value for hit in find_dates(f"Word {text}, word")] == [date(2024, 6, 12)]


@pytest.mark.parametrize(
    "text", ["04/06/2023", "June 31, 2024", "30 February 2024", "3.5.2", "version 2024.13.45", "in 2024", "1.25 2012", "May 5"]
)
def test_what_is_no_complete_date(text: str) -> None:
    assert find_dates(text) == []


def test_slashes_count_when_only_one_reading_is_possible() -> None:
    assert [hit.iso for hit in find_dates("13/06/2024 and 06/14/2024 and 05/05/2024")] == ["2024-06-13", "2024-06-14", "2024-05-05"]


def test_months_of_other_languages_by_dateparser() -> None:
    assert [hit.iso for hit in find_dates("Berlin, 3. März 2021", foreign=True)] == ["2021-03-03"]
    assert find_dates("about 12 people 2021", foreign=True) == []


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["%d %B %Y", "%B %d, %Y", "%Y-%m-%d", "%d.%m.%Y", "%a, %d %b %Y"]))
def test_every_day_is_read_back(value: date, pattern: str) -> None:
    assert [hit.value for hit in find_dates(value.strftime(pattern))] == [value]


@given(st.text(max_size=200))
def test_hits_lie_inside_the_text_in_order(text: str) -> None:
    hits = find_dates(text, months=True)
    assert all(0 <= a.start < a.end <= len(text) for a in hits)
    assert [a.start for a in hits] == sorted(a.start for a in hits)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2024-06-12T18:40:00Z", Published("2024-06-12", "day", "markup")),
        ("20240612", Published("2024-06-12", "day", "markup")),
        ("2024-06", Published("2024-06-01", "month", "markup")),
        ("June 2024", Published("2024-06-01", "month", "markup")),
        ("2024", Published("2024-01-01", "year", "markup")),
        ("26-FEB-1987 15:01:01.79", Published("1987-02-26", "day", "markup")),
        ("yesterday", None),
        ("", None),
    ],
)
def test_stamps(stamp: str, expected: Published | None) -> None:
    assert parse_stamp(stamp, "markup") == expected


# -- publication dates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f" date 2023-06-04 BAKU, Azerbaijan, June 4. {SENTENCE}", Published("2023-06-04", "day", "dateline")),
        (f"BAKU, June 4, 2023 (Agency) - {SENTENCE}", Published("2023-06-04", "day", "dateline")),
        (f"ASTANA. 14 June 2024. AGENCY - {SENTENCE}", Published("2024-06-14", "day", "dateline")),
        (f"2024년 6월 14일 서울 — {SENTENCE}", Published("2024-06-14", "day", "dateline")),
        (f"Plant opens\n\nPosted 24 June 2024 in Letters by the editor\n\n{SENTENCE}", Published("2024-06-24", "day", "byline")),
        (f"Plant opens\n\nSteppe Herald, June 19, 2024\n\n{SENTENCE}", Published("2024-06-19", "day", "byline")),
        (f"Plant opens\nMonday, 27 May 2024\n\n{SENTENCE}", Published("2024-05-27", "day", "byline")),
        (f"Plant opens\nBy Ann Lee | 27 May 2024 at 10:15 | 4 min\n\n{SENTENCE}", Published("2024-05-27", "day", "byline")),
        (f"Minutes\nTuesday 6 October 2026, 14:00, seminar room 2\n\n{SENTENCE}", Published("2026-10-06", "day", "byline")),
        (f"Plant opens\nPublished: 3 May 2024 Updated: 9 May 2024\n\n{SENTENCE}", Published("2024-05-03", "day", "byline")),
        (f"Minutes\n6 October 2026, 14.00, Map Room\n\n{SENTENCE}", Published("2026-10-06", "day", "byline")),
        (f"QUAY USERS\nMinutes of the meeting held on Tuesday 6 October 2026\n\n{SENTENCE}", Published("2026-10-06", "day", "byline")),
        (f"Pilots\n\nMeeting of 6 October 2026\n\n{SENTENCE}", Published("2026-10-06", "day", "byline")),
        (f"Handover for the night crew of the north quay\nA Berg, 9 June 2026\n\n{SENTENCE}", Published("2026-06-09", "day", "byline")),
        (f"Handover\nfrom: A Berg  to: B Lund   8 June 2026\n\n{SENTENCE}", Published("2026-06-08", "day", "byline")),
        (f"QUAY POST\nMonday, 8 June 2026               Local news, page 3\n\n{SENTENCE}", Published("2026-06-08", "day", "byline")),
        (f"Harbour watch, May 2026 (extract)\n\n{SENTENCE}", Published("2026-05-01", "month", "byline")),
        (f"Mooring talk\n\nA Berg, February 2026\n\n{SENTENCE}", Published("2026-02-01", "month", "byline")),
        (f"Discussion in 'Art' started by Ann, Dec 13, 2013.\n\nAnn\nMember\n\n{SENTENCE}", Published("2013-12-13", "day", "byline")),
        (f"Plant opens\n\n{SENTENCE}\n\n\nJune 12, 2024\n", Published("2024-06-12", "day", "end of text")),
        (f"Plant opens\n\n{SENTENCE}\n\nPublished on 3 May 2024" + f"\n\n{SENTENCE}" * 4, Published("2024-05-03", "day", "text")),
    ],
)  # fmt: skip
def test_places_where_a_text_states_its_date(text: str, expected: Published) -> None:
    assert find_published(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"Plant opens\n\nOn June 12, 2024, {SENTENCE}",
        f"Plant opens\n\nThe visit of June 12-13, 2024 was the first. {SENTENCE}",
        f"Agreements signed on June 12, 2024\n\n{SENTENCE}",
        f"Plant opens\n\nSupersedes the version of 9 August 2024\n\n{SENTENCE}",
        f"Plant opens\n\nNext revision: 9 August 2024\n\n{SENTENCE}",
        f"Plant opens\n\nReview date: 9 August 2027\n\n{SENTENCE}",
        f"Plant opens\n\nNext meeting: 9 August 2027\n\n{SENTENCE}",
        f"Plant opens\n\n{SENTENCE}\n\nDate of next meeting: 9 August 2027" + f"\n\n{SENTENCE}" * 4,
        f"Plant opens\n\nClosing date: 9 August 2027\n\n{SENTENCE}",
        f"Plant opens\n\nMinutes of the last meeting of 9 August 2024\n\n{SENTENCE}",
        f"Plant opens\n\nVersion 4, review date October 2027\n\n{SENTENCE}",
        f"Plant opens\n\nReplaces version 3.0 of June 2023\n\n{SENTENCE}",
        f"Plant opens\n\n6 October 2026, 14:00 tour\n7 October 2026, 14:00 supper\n\n{SENTENCE}",
        f"Six months to June 2026\n\n{SENTENCE}",
        f"Ferries, May 2026\nTrains, June 2026\n\n{SENTENCE}",
        f"Plant opens\n\nUpdated 9 August 2024. Updated 3 May 2024\n\n{SENTENCE}",
        f"Plant opens\n\nThe works cost more than the version of 9 August 2024 had said, and {SENTENCE}",
        f"Plant opens\n\n12 June 2024 - 14 June 2024\n\n{SENTENCE}",
        f"Plant opens\n\nOpen from 9 August 2024 to 3 May 2025\n\n{SENTENCE}",
        f"June 12, 2024, was a day to remember. {SENTENCE}",
        f"Plant opens\n\n{SENTENCE}\n\nComet seen\nMay 1, 2024\nBread dearer\nMay 2, 2024\n",
        f"Plant opens\n\n{SENTENCE}\n\n© 3 May 2024 Steppe Herald",
        f"{SENTENCE} They met on\nJune 12, 2024\n",
        f"ASTANA, June 4 - {SENTENCE}",
        "",
    ],
)
def test_null_rather_than_a_guess(text: str) -> None:
    assert find_published(text) == Published()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Updated 9 August 2024", Published("2024-08-09", "day", "updated")),
        ("Last revised: 9 August 2024", Published("2024-08-09", "day", "updated")),
        ("Fees as of 1 May 2026", Published("2026-05-01", "day", "updated")),
        ("Version 2.3, in force since 1 December 2025", Published("2025-12-01", "day", "valid from")),
        ("Version 2.3 of 9 August 2024, valid from 1 September 2024", Published("2024-08-09", "day", "updated")),
        ("Rates, valid from 1 July 2026 until further notice", Published("2026-07-01", "day", "valid from")),
        ("Edition March 2023", Published("2023-03-01", "month", "updated")),
        ("Our prices from 1 January 2026", Published("2026-01-01", "day", "valid from")),
        ("Valid from 1 July 2026. Supersedes the list of 1 July 2025", Published("2026-07-01", "day", "valid from")),
        ("Version 4, approved 9 October 2025, replaces version 3.0 of June 2023", Published("2025-10-09", "day", "updated")),
        (
            "Approved by the harbour trustees on 9 October 2025. Review date: October 2027",
            Published("2025-10-09", "day", "updated"),
        ),
        ("Reviewed 12 January 2026, review due January 2027", Published("2026-01-12", "day", "updated")),
        ("HARBOUR PLAN - EXTRACT                          Reviewed 12 January 2026", Published("2026-01-12", "day", "updated")),
        ("Issue 6, January 2026. Owner: A. Berg", Published("2026-01-01", "month", "updated")),
        ("Issued by the harbour office, September 2025", Published("2025-09-01", "month", "updated")),
        ("Version 4 (September 2025)", Published("2025-09-01", "month", "updated")),
        ("Effective 1 July 2026", Published("2026-07-01", "day", "valid from")),
        ("Last updated: 12 January 2026", Published("2026-01-12", "day", "updated")),
    ],
)
def test_the_state_of_a_document_is_its_date_where_it_gives_no_other(line: str, expected: Published) -> None:
    assert find_published(f"Harbour fees\n\n{line}\n\n{SENTENCE}") == expected
    assert find_published(f"Harbour fees\n\nPosted 3 May 2020\n{line}\n\n{SENTENCE}").how == "byline"


@pytest.mark.parametrize(
    "text",
    [
        f"Harbour fees\n\nFor crews: A. Berg. {SENTENCE}\nUpdated 9 August 2024\n\n{SENTENCE}",
        f"Harbour fees\n\n{SENTENCE}\n\nLast updated: 9 August 2024",
    ],
)
def test_a_state_below_the_first_paragraph_or_at_the_end(text: str) -> None:
    assert find_published(text) == Published("2024-08-09", "day", "updated")


def test_of_a_paragraph_without_end_only_the_beginning_is_read_sentence_by_sentence() -> None:
    near, far = f"Harbour fees\n\n{SENTENCE} Updated 9 August 2024. {SENTENCE}", f"Harbour fees\n\n{SENTENCE * 30} Updated 9 August 2024."
    assert (find_published(near).date, find_published(far).date) == ("2024-08-09", None)


def test_a_date_in_a_menu_never_counts() -> None:
    text = f"Calendar 3 May 2024\n\nPlant opens\n\n{SENTENCE}\n\nJune 12, 2024\n"
    assert find_published(text, boilerplate=[Span(0, 19, "menu")]) == Published("2024-06-12", "day", "end of text")
    assert find_published(text, boilerplate=[Span(0, 19, "menu"), Span(text.index("June"), len(text), "headline list")]) == Published()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("news/2024-06-12-visit.txt", Published("2024-06-12", "day", "file name")),
        ("visit_20240612.txt", Published("2024-06-12", "day", "file name")),
        ("2024-06 report.pdf", Published("2024-06-01", "month", "file name")),
        ("a.zip#in/2024-06-12.txt", Published("2024-06-12", "day", "file name")),
        ("minutes 12 June 2024 FINAL.docx", Published("2024-06-12", "day", "file name")),
        ("minutes_12-jun-2024.docx", Published("2024-06-12", "day", "file name")),
        ("visit-14-06-2024.docx", Published("2024-06-14", "day", "file name")),
        ("visit-04-06-2024.docx", Published()),
        ("rota_june_2024.csv", Published("2024-06-01", "month", "file name")),
        ("prices until 12 June 2024.docx", Published()),
        ("12 June 2024 to 14 June 2024.docx", Published()),
        ("report-2024.pdf", Published()),
        ("000_b0b01d694a49a63a.txt", Published()),
        ("2024-13-45.txt", Published()),
        ("120240612345.txt", Published()),
    ],
)
def test_file_names(source: str, expected: Published) -> None:
    assert find_published(SENTENCE, source=source) == expected


@pytest.mark.shared
def test_the_five_real_documents(seeds: Path) -> None:
    found = {p.name[:3]: load_file(p, p.name, max_bytes=10**7)[0] for p in sorted(seeds.glob("*.txt"))}
    assert {name: document.published for name, document in found.items()} == {
        "000": Published(),
        "001": Published(),
        "002": Published("2024-06-12", "day", "end of text"),
        "003": Published("2023-06-04", "day", "dateline"),
        "004": Published("2013-12-13", "day", "byline"),
    }
    assert found["003"].title is None
    assert found["001"].title == "South Korea to Pioneer Mineral Exploration in Kazakhstan"
    assert {name: document.publisher for name, document in found.items() if document.publisher} == {
        "000": "Times of Central Asia",
        "002": "press service of the President of Kazakhstan",
        "003": "Trend",
    }


# -- event dates -------------------------------------------------------------------------------------------------------

WEDNESDAY = Published("2024-06-12", "day", "byline")


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("On May 23, the minister", day("2024-05-23")),
        ("on December 9 and 10", days("2024-12-09", "2024-12-10")),
        ("June 12-13, 2023", days("2023-06-12", "2023-06-13")),
        ("12 июня", day("2024-06-12")),
        ("6월 12일", day("2024-06-12")),
        ("On the 12th, President", day("2024-06-12")),
        ("on the 30th", day("2024-05-30")),
        ("in December", days("2023-12-01", "2023-12-31")),
        ("in October", days("2024-10-01", "2024-10-31")),
        ("last June", days("2023-06-01", "2023-06-30")),
        ("next March", days("2025-03-01", "2025-03-31")),
        ("in January 1992", days("1992-01-01", "1992-01-31")),
        ("In 2012, trade", days("2012-01-01", "2012-12-31")),
        ("by the end of 2023", days("2023-01-01", "2023-12-31")),
        ("from 2014 to 2021", days("2014-01-01", "2021-12-31")),
        ("the first nine months alone of 2013", days("2013-01-01", "2013-09-30")),
        ("the second quarter of last year", days("2023-04-01", "2023-06-30")),
        ("next year", days("2025-01-01", "2025-12-31")),
        ("последний раз в прошлом году", days("2023-01-01", "2023-12-31")),
        ("지난해 투자", days("2023-01-01", "2023-12-31")),
        ("last week", days("2024-06-03", "2024-06-09")),
        ("yesterday", day("2024-06-11")),
        ("on Wednesday", day("2024-06-12")),
        ("last Wednesday", day("2024-06-05")),
        ("next Friday", day("2024-06-14")),
        ("three years ago", days("2021-01-01", "2021-12-31")),
        ("two months ago", days("2024-04-01", "2024-04-30")),
    ],
)
def test_event_dates_against_a_publication_day(phrase: str, expected: tuple[date, date]) -> None:
    assert resolve_event_date(phrase, WEDNESDAY) == expected


@pytest.mark.parametrize(
    "phrase", ["next year", "on May 23", "on the 12th", "yesterday", "on Friday", "last June", "in December", "지난해"]
)
def test_event_dates_stay_open_without_a_publication_date(phrase: str) -> None:
    assert resolve_event_date(phrase) is None
    assert [(e.first, e.last) for e in find_event_dates(phrase)] == [(None, None)]


def test_what_needs_more_than_is_known_stays_open() -> None:
    month, year = Published("2024-06-01", "month", "file name"), Published("2024-01-01", "year", "markup")
    assert resolve_event_date("yesterday", month) is None
    assert resolve_event_date("last June", month) == days("2023-06-01", "2023-06-30")
    assert resolve_event_date("last June", year) is None
    assert resolve_event_date("next year", year) == days("2025-01-01", "2025-12-31")
    assert resolve_event_date("June 12, 2023", Published()) == day("2023-06-12")


@pytest.mark.parametrize(
    "phrase",
    ["It may be so.", "They march on.", "May 12 million people come", "on the 12th anniversary", "2,024 jobs", "5.2024", "no time at all"],
)
def test_what_is_no_time(phrase: str) -> None:
    assert find_event_dates(phrase, WEDNESDAY) == []


def test_events_keep_their_place_in_the_text() -> None:
    text = "In 2023 the trade grew. On May 23 they met; the plant opens next year."
    assert [text[e.start : e.end] for e in find_event_dates(text, WEDNESDAY)] == ["In 2023", "May 23", "next year"]


@given(st.text(max_size=200), st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_events_of_any_text(text: str, published: date) -> None:
    events = find_event_dates(text + " on the 31st, next month, last February", Published(published.isoformat(), "day", "byline"))
    assert all(e.first and e.last and e.first <= e.last for e in events if e.first or e.last)
    assert all(a.end <= b.start for a, b in pairwise(events))


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("June 13, 2024", "2024-06-13"),
        ("Thursday, 13 June 2024:", "2024-06-13"),
        ("2024-06-13", "2024-06-13"),
        ("June 2024", "2024-06-01"),
        ("June 13, 2024, evening", None),
        ("13 June 2024 to 15 June 2024", None),
        ("Version 3, June 2024", None),
        ("The bridge", None),
    ],
)
def test_a_line_that_is_a_date_and_nothing_else(line: str, day: str | None) -> None:
    found = sole_date(line)
    assert (found.iso if found else None) == day
