from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from index.dates.quoted import said_on
from index.errors import LoadError, NotRead
from index.formats.load import load_file
from index.formats.mail.quotes import mail_blocks
from tests.office_files import labelled, load

BODY = """Dear Ole,

the crane comes on Friday.

Ann

On Mon, 2 March 2026 at 10:00, Ole Berg <ole@quay.example> wrote:
> When does the crane come? The old one
> broke last week.
>
> On Sun, 1 March 2026, Ann Lee wrote:
>> The slipway is closed.
--
Ann Lee, harbour office, 555 0101
"""

OUTLOOK = """Fine with me.

________________________________
From: Ole Berg <ole@quay.example>
Sent: Monday, 2 March 2026 10:00
To: Ann Lee
Subject: Crane

Can we order the larger crane?

Ole
"""


def message(body: str, subtype: str = "plain") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Ann Lee <ann@quay.example>"
    mail["Subject"] = "Crane"
    mail["Date"] = "Tue, 03 Mar 2026 09:00:00 +0100"
    mail.set_content(body, subtype=subtype)
    return mail


def test_quoted_replies_are_blocks_of_their_own_that_say_who_wrote_when() -> None:
    assert [(block.label, block.text) for block in mail_blocks(BODY)] == [
        ("", "Dear Ole,"),
        ("", "the crane comes on Friday."),
        ("", "Ann"),
        ("masthead", "On Mon, 2 March 2026 at 10:00, Ole Berg <ole@quay.example> wrote:"),
        ("quote", "When does the crane come? The old one\nbroke last week."),
        ("masthead", "On Sun, 1 March 2026, Ann Lee wrote:"),
        ("quote", "The slipway is closed."),
        ("note", "Ann Lee, harbour office, 555 0101"),
    ]


def test_a_repeated_message_under_a_head_of_its_own_is_a_quote() -> None:
    labels = [block.label for block in mail_blocks(OUTLOOK)]
    assert labels == ["", "masthead", "quote", "quote"]
    assert [block.label for block in mail_blocks("Name: Tern\nLength: 9 m\nCrew: 3")] == [""]


def test_wrapped_lines_of_a_quote_are_joined_beside_a_message_that_is_not_wrapped() -> None:
    long = "The crane comes on Friday, and the slipway stays closed until the end of May, when the divers have been and the paint is dry."
    quoted = "> Ole, when does the crane come, and is it true that we need a permit from\n> Sandvik Roads for it?\n> Yours\n> Ann"
    assert [block.text for block in mail_blocks(f"{long}\n\n{quoted}")] == [
        long,
        "Ole, when does the crane come, and is it true that we need a permit from Sandvik Roads for it?\nYours\nAnn",
    ]


def test_what_is_quoted_has_the_date_of_its_own_message(tmp_path: Path) -> None:
    document = load(tmp_path, "a.eml", message(BODY).as_bytes())

    def said(words: str) -> str | None:
        return said_on(document, document.text.index(words)).date

    assert [said("the crane comes"), said("The old one"), said("slipway"), said("555")] == [
        "2026-03-03",
        "2026-03-02",
        "2026-03-01",
        "2026-03-03",
    ]
    outlook = load(tmp_path, "b.eml", message(OUTLOOK).as_bytes())
    assert said_on(outlook, outlook.text.index("Can we")).date == "2026-03-02"
    unknown = load(tmp_path, "c.eml", message("Yes.\n\n> Is the slipway open?\n> It was not.").as_bytes())
    assert said_on(unknown, unknown.text.index("It was not")).date is None, "older than the mail, nobody knows by how much"
    html = "<p>Yes.</p><p>On 2 March 2026 Ole wrote:</p><blockquote>The slipway is open again since Monday.</blockquote>"
    marked = load(tmp_path, "d.eml", message(html, "html").as_bytes())
    assert said_on(marked, marked.text.index("slipway")).date == "2026-03-02"


def test_mails_with_html_only_keep_lists_and_tables(tmp_path: Path) -> None:
    html = "<table><tr><td><h1>Harbour news</h1><p>In May:</p><ul><li>new crane</li><li>new fees</li></ul>"
    html += "<table><tr><th>Day</th><th>Ferry</th></tr><tr><td>Monday</td><td>Tern</td></tr></table></td></tr></table>"
    document = load(tmp_path, "a.eml", message(html, "html").as_bytes())
    assert labelled(document, "item") == ["- new crane", "- new fees"]
    assert labelled(document, "row") == ["- Day: Monday | Ferry: Tern"]
    assert labelled(document, "pair")[:2] == ["Subject: Crane", "From: Ann Lee <ann@quay.example>"]


def test_a_plain_body_that_only_points_at_the_other_is_passed_over(tmp_path: Path) -> None:
    mail = message("See the HTML part.")
    mail.add_alternative("<p>The crane comes on Friday, and the slipway stays closed until the end of May.</p>", subtype="html")
    assert "stays closed until" in load(tmp_path, "a.eml", mail.as_bytes()).text


def test_attached_messages_are_read_and_attachments_that_are_not_are_named(tmp_path: Path) -> None:
    mail = message("See below.")
    mail.add_attachment(message("The older mail."))
    mail.add_attachment(b"\0\1", maintype="application", subtype="octet-stream", filename="plan.dwg")
    (tmp_path / "a.eml").write_bytes(mail.as_bytes())
    problems: list[LoadError] = []
    documents = load_file(tmp_path / "a.eml", "a.eml", max_bytes=10**6, problems=problems)
    assert [document.source for document in documents] == ["a.eml", "a.eml#message-1"]
    assert "The older mail." in documents[1].text and "Attachments: plan.dwg" in documents[0].text
    assert isinstance(problems[0], NotRead) and "a.eml#plan.dwg" in str(problems[0])
