"""Documents as units: what each kind of line becomes, and what holds for any text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.schema import EVIDENCE_KINDS, Document, Span, Unit
from index.structure.context import contexts_of
from index.structure.units import context_of, headings_of, units_of
from qa.read.protocol import readable
from qa.schema import Passage
from tests.made import document


def made(text: str, kind: str = "markdown", **fields: object) -> Document:
    return Document("a", text, kind, "h", **fields)  # type: ignore[arg-type]


def shown(document: Document) -> list[tuple[str, str]]:
    return [(u.kind, document.text[u.start : u.end]) for u in units_of(document)]


def unit(document: Document, text: str) -> Unit:
    return next(u for u in units_of(document) if text in document.text[u.start : u.end])


GUIDE = made(
    "# Boat hire\n\nWe hire out rowing boats. They seat four.\n\n"
    "## Prices\n\n| Boat | Hour | Day |\n|---|---|---|\n| Skiff | 9 | 40 |\n| Punt | 7 | 31 |\n\n"
    "## Rules\n\nBring with you:\n\n- a life jacket\n- dry shoes\n  for everyone\n\n"
    "### Can I bring a dog?\n\nYes, on a lead.\n\n```\nboat --free\n```\n",
    title="Boat hire",
)


def test_markdown() -> None:
    assert shown(GUIDE) == [
        ("heading", "Boat hire"),
        ("sentence", "We hire out rowing boats."),
        ("sentence", "They seat four."),
        ("heading", "Prices"),
        ("header", "Boat | Hour | Day"),
        ("row", "Skiff | 9 | 40"),
        ("row", "Punt | 7 | 31"),
        ("heading", "Rules"),
        ("lead", "Bring with you:"),
        ("item", "a life jacket"),
        ("item", "dry shoes\n  for everyone"),
        ("question", "Can I bring a dog?"),
        ("sentence", "Yes, on a lead."),
        ("code", "boat --free"),
    ]


def test_what_units_hang_on() -> None:
    units = units_of(GUIDE)

    def above(text: str) -> str:
        hangs = unit(GUIDE, text).hangs
        assert hangs is not None
        return GUIDE.text[units[hangs].start : units[hangs].end]

    assert above("They seat four") == "We hire out rowing boats."
    assert above("Punt") == "Boat | Hour | Day"
    assert above("dry shoes") == "Bring with you:"
    assert above("Yes, on a lead") == "Can I bring a dog?"


def test_the_path_of_headings_and_the_context() -> None:
    units, dog = units_of(GUIDE), unit(GUIDE, "Yes, on a lead")
    assert headings_of(GUIDE, units, dog) == ["Rules", "Can I bring a dog?"]
    row = unit(GUIDE, "Punt")
    assert context_of(GUIDE, units, row.start, row.end) == "Boat hire > Prices\nBoat | Hour | Day"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Opening hours: 9 to 5\n", [("pair", "Opening hours: 9 to 5")]),
        ("He said: we will come. Then he left.\n", [("sentence", "He said: we will come."), ("sentence", "Then he left.")]),
        ("3.2 Leave\n\nAsk early.\n", [("heading", "3.2 Leave"), ("sentence", "Ask early.")]),
        ("2. Accounts\nThe accounts were approved.\n", [("heading", "2. Accounts"), ("sentence", "The accounts were approved.")]),
        ("1. Open the lid.\n2. Close it.\n", [("item", "Open the lid."), ("item", "Close it.")]),
        ("Q: Is it free?\nA: Yes, it is.\n", [("question", "Is it free?"), ("pair", "A: Yes, it is.")]),
        ("Figure 2: The yard\n", [("caption", "Figure 2: The yard")]),
        ("I am moving. What must I do?\n\nTell us.\n", [("question", "I am moving. What must I do?"), ("sentence", "Tell us.")]),
        (
            "No   Street       Year\nA1   Mill Lane    2013\nA2   Dock Road    2014\n",
            [("header", "No   Street       Year"), ("row", "A1   Mill Lane    2013"), ("row", "A2   Dock Road    2014")],
        ),
        ("- Boat: Skiff | Day: 40\n- Boat: Punt | Day: 31\n", [("row", "Boat: Skiff | Day: 40"), ("row", "Boat: Punt | Day: 31")]),
    ],
)
def test_plain_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert shown(made(text, "text")) == expected


@pytest.mark.parametrize("line", ["ALMATY, June 13, 2024 (Steppe Wire).", "April 12, 2024.", "12 May 2024"])
def test_a_dateline_is_no_evidence(line: str) -> None:
    assert [kind for kind, _ in shown(made(f"{line} The mill was sold.", "text"))][-1] == "sentence"
    assert all(kind != "sentence" for kind, text in shown(made(f"{line}\n\nThe mill was sold.", "text")) if "mill" not in text)
    assert shown(made("In May 2024 the mill was sold.", "text")) == [("sentence", "In May 2024 the mill was sold.")]


def test_a_hard_wrapped_paragraph_is_read_as_one() -> None:
    text = (
        "The tower was built by the guild of the salt traders and\nburnt down twice. It was rebuilt in stone after the second fire had\n"
        "taken half of the town.\n"
    )
    assert [kind for kind, _ in shown(made(text, "text"))] == ["sentence", "sentence"]


def test_what_only_calls_or_signs_is_no_evidence() -> None:
    body = "Dear all,\n\nThe keys are with Bo, who sits in room 4.\n\nKind regards,\nAda\n"
    mail = made(f"Subject: Keys\nFrom: Ada <ada@x.example>\n\n{body}", "mail")
    assert [text for kind, text in shown(mail) if kind == "sentence"] == ["The keys are with Bo, who sits in room 4."]


def test_the_head_of_a_mail_is_no_evidence_and_its_quotes_are() -> None:
    mail = made("Subject: Keys\nFrom: Ada <ada@x.example>\n\nThe keys are with Bo.\n\n> who has\n> the keys?\n", "mail")
    assert [kind for kind, _ in shown(mail)] == ["masthead", "masthead", "sentence", "question"]


def test_a_short_record_is_one_row() -> None:
    assert shown(made("part: Hinge\nprice: 4.20", "csv")) == [("row", "part: Hinge\nprice: 4.20")]


def test_boilerplate_gives_no_units() -> None:
    assert shown(made("Home\n\nThe mill stands.", "text", boilerplate=(Span(0, 4, "menu"),))) == [("sentence", "The mill stands.")]


def test_what_the_format_marked_goes_first() -> None:
    text = "Terms\nEither party may end it"
    document = made(text, "docx", blocks=(Span(0, 5, "heading 2"), Span(6, len(text), "item")))
    assert shown(document) == [("heading", "Terms"), ("item", "Either party may end it")]


pieces = st.sampled_from(
    ["# Title", "## Part", "A line. Another one.", "- item", "2. step", "| a | b |", "|---|---|", "Name: value", "What is it?", "> quoted",
     "```", "It goes on", "\t", "x" * 130 + ".", "İ ß 한국.", "e\u0301 🎉", "***", "Figure 1: x", "a  b   c    d", "“Open", "\x0c"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=14), st.sampled_from(["\n", "\n\n", "\r\n"]), st.sampled_from(["text", "markdown", "mail", "csv", "pdf"]))
def test_units_of_any_text(lines: list[str], joint: str, kind: str) -> None:
    document = made(joint.join(lines), kind)
    units = units_of(document)
    at = 0
    for n, u in enumerate(units):
        text = document.text[u.start : u.end]
        assert at <= u.start < u.end <= len(document.text)
        assert text == text.strip() and any(c.isalnum() for c in text)
        assert all(above < n and units[above].kind in ("heading", "question") for above in u.path)
        assert u.hangs is None or u.hangs < n
        at = u.end
    assert {u.kind for u in units} <= EVIDENCE_KINDS | {"heading", "lead", "question", "caption", "masthead", "header"}
    left = list(document.text)
    for u in units:
        left[u.start : u.end] = " " * (u.end - u.start)
    # What stands outside of units is marks, and the numbers and letters of list marks.
    assert not [word for word in "".join(left).split() if sum(c.isalnum() for c in word) > 3]


def test_a_document_without_a_title_goes_by_its_files_name() -> None:
    row = Document("shed/gear_hire-2025.csv#row-3", "item: snowshoes", "csv", "h")
    assert context_of(row, units_of(row), 0, len(row.text)) == "gear hire 2025"


def test_a_question_before_its_answer_is_no_evidence_and_the_answer_hangs_on_it() -> None:
    faq = made("Can I pay by card? No, cash only. We close at six.\n\nWho knows?\n", "text")
    units = units_of(faq)
    assert [(u.kind, u.hangs) for u in units][:3] == [("question", None), ("sentence", 0), ("sentence", None)]


def test_lines_that_begin_with_a_day_or_a_time_are_entries_of_a_log_whose_sentences_hang_on_the_first() -> None:
    log = made("Log of the workshop\n\n2024-05-07 Banner cleaned. It is of silk.\n2024-06-19 Ship model. The rigging was tied.\n", "text")
    units = units_of(log)
    assert [(kind, text) for kind, text in shown(log)][-4:] == [
        ("item", "2024-05-07 Banner cleaned."), ("item", "It is of silk."), ("item", "2024-06-19 Ship model."),
        ("item", "The rigging was tied."),
    ]  # fmt: skip
    assert [units[u.hangs].start if u.hangs is not None else None for u in units[-4:]] == [None, units[-4].start, None, units[-2].start]
    alone = made("The fire began at the mill.\n14:05 was the hour on the clock that stopped. Nobody was hurt.\n", "text")
    assert "item" not in [kind for kind, _ in shown(alone)]


def test_a_lone_line_that_is_a_date_is_no_heading() -> None:
    news = made("The bridge is open\n\nThursday, 13 June 2024\n\nThe mayor cut a ribbon. It rained.\n", "text")
    assert shown(news)[:2] == [("heading", "The bridge is open"), ("masthead", "Thursday, 13 June 2024")]
    assert unit(news, "ribbon").path == (0,)


def test_in_a_mail_the_heading_above_the_date_stays_one() -> None:
    mail = made("From: a@b.example\nSubject: News\n\nThe bridge is open\n\nMay 2026\n\nThe mayor cut a ribbon.\n", "mail")
    assert ("heading", "The bridge is open") in shown(mail)


def test_several_are_headings_of_what_was_noted_that_day() -> None:
    diary = made("Diary\n\n3 March 2025\nThe mason came. It rained.\n\n4 March 2025\nA pane broke.\n", "text")
    assert [text for kind, text in shown(diary) if kind == "heading"] == ["Diary", "3 March 2025", "4 March 2025"]


def test_a_marked_heading_stays_one_though_it_is_a_date() -> None:
    assert shown(made("# News\n\n## May 2026\n\nThe bridge is open.\n"))[1] == ("heading", "May 2026")


LEAD = "The harbour of Dunby will get a second crane, the office said on Monday, because the first one is too slow for the new boats."


@pytest.mark.parametrize(
    "line",
    [
        "DUNBY - ",
        "DUNBY — ",
        "PORT DUNBY, Harland – ",
        "ST. DUNBY, May 3 - ",
        "DUNBY, 3 May 2026 (Coast Wire) - ",
        "Dunby (CW) -- ",
        "Dunby, Harland, May 3, 2026 (Coast Wire) – ",
        "(Coast Wire) - ",
    ],
)
def test_what_an_article_says_begins_behind_its_dateline(line: str) -> None:
    text = f"Second crane for Dunby\n\nBy Ann Berg\n\n{line}{LEAD}\n\nDUNBY - The paint is grey."
    made = document(text, publisher="Coast Wire")
    said = [made.text[u.start : u.end] for u in units_of(made) if u.kind == "sentence"]
    assert said == [LEAD, "DUNBY - The paint is grey."]


@pytest.mark.parametrize(
    "line", ["WARNING - The crane turns.", "Ann Berg (chair) - The board met.", "Monday, 4 May - The office is shut.", "CLSD – closed."]
)
def test_what_only_looks_like_a_dateline_stays(line: str) -> None:
    for made in (document(f"Crane\n\n{LEAD}\n\n{line}", publisher="Coast Wire"), document(line, published=None)):
        assert made.text[units_of(made)[-1].start :] == line


def test_a_whole_dateline_is_one_in_any_paragraph() -> None:
    made = document(f"{LEAD}\n\nHARWICK, May 3 2026 (Coast Wire) - Lights go out at ten.", published=None)
    assert made.text[units_of(made)[-1].start :] == "Lights go out at ten."


@pytest.mark.parametrize(
    "line",
    [
        "(Reporting by Ann Berg)",
        "(Reporting by Ann Berg and Bo Lind in Dunby; Editing by Cy Moe)",
        "Additional reporting by Ann Berg. Editing by Bo Lind.",
    ],
)
def test_who_reported_is_no_evidence(line: str) -> None:
    made = document(f"{LEAD}\n\n{line}")
    assert [u.kind for u in units_of(made) if u.kind != "masthead"] == ["sentence"]
    said = document(f"{LEAD}\n\nReporting by radio begins on Monday.")
    assert [u.kind for u in units_of(said)] == ["sentence", "sentence"]


def test_a_headline_behind_a_colon_is_no_pair() -> None:
    title = "UPDATE: Two, not three, boats sank at the quay"
    made = document(f"{title}\n\nCrew: six\n\n{LEAD}", title=title)
    assert [u.kind for u in units_of(made)] == ["heading", "pair", "sentence"]


MAIL = "Subject: Oars\nFrom: Ann Berg <ann@quay.example>\nTo: Bo Lind <bo@quay.example>\n\nYou get two oars back.\n\nWhere are my oars?"


def test_a_mail_is_read_behind_who_wrote_it_to_whom_and_what_it_quotes_is_not() -> None:
    letter = made(MAIL, "mail", title="Oars", blocks=(Span(MAIL.index("Where"), len(MAIL), "quote"),))
    units = units_of(letter)
    answer, quoted = unit(letter, "two oars"), unit(letter, "my oars")
    spans = [Span(answer.start, answer.end), Span(quoted.start, quoted.end), Span(0, len(MAIL))]
    assert list(contexts_of(letter, units, spans)) == ["Oars\nFrom: Ann Berg; To: Bo Lind", "Oars", "Oars"], "the last holds them"
    told = {
        name: readable(Passage("c", "a", answer.start, answer.end, "", 1.0), letter, units, names=[name]).context
        for name in ("lind", "ida")
    }
    assert told == {"lind": "Oars\nFrom: Ann Berg; To: Bo Lind", "ida": "Oars"}, "read where the question names one of them"
