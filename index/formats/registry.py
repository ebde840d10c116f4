"""Which reader takes which file ending.

Importing all readers takes longer than reading a small file, so each is imported by the first file that it is for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.errors import LoadError
from index.formats.archive import Limits, MemberReader, read_zip
from index.formats.extract import Extract
from index.formats.pdf import ocr
from index.formats.records import RecordFields, read_csv, read_jsonl
from index.formats.text import read_markdown, read_text

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")  # read where text recognition is installed


@dataclass(frozen=True, slots=True)
class Reading:
    """A file to be read, with all that a reader may need: limits, the meaning of columns, where problems go, and how the files
    inside are read (`member`) and which of them can be (`readable`)."""

    data: bytes
    source: str
    limits: Limits
    fields: RecordFields | None
    problems: list[LoadError] | None
    member: MemberReader
    readable: Callable[[str], bool]


Reader = Callable[[Reading], list[Extract]]


def _html(r: Reading) -> list[Extract]:
    from index.formats.html.page import read_html

    return read_html(r.data, r.source)


def _pdf(r: Reading) -> list[Extract]:
    from index.formats.pdf.pages import read_pdf

    return read_pdf(r.data, r.source, r.problems)


def _scan(r: Reading) -> list[Extract]:
    from index.formats.scan import read_scan

    return read_scan(r.data, r.source, r.problems)


def _mail(r: Reading) -> list[Extract]:
    from index.formats.mail.message import read_mail

    return read_mail(r.data, r.source, r.member, r.readable, r.problems)


def _mailbox(r: Reading) -> list[Extract]:
    from index.formats.mail.message import read_mailbox

    return read_mailbox(r.data, r.source, r.member, r.readable, r.problems)


def _outlook(r: Reading) -> list[Extract]:
    from index.formats.mail.outlook import read_outlook

    return read_outlook(r.data, r.source, r.member, r.readable, r.problems)


def _json(r: Reading) -> list[Extract]:
    from index.formats.structured import read_json

    return read_json(r.data, r.source, r.fields)


def _docx(r: Reading) -> list[Extract]:
    from index.formats.office.word import read_docx

    return read_docx(r.data, r.source, r.limits)


def _pptx(r: Reading) -> list[Extract]:
    from index.formats.office.powerpoint import read_pptx

    return read_pptx(r.data, r.source, r.limits, r.problems)


def _xlsx(r: Reading) -> list[Extract]:
    from index.formats.office.excel import read_xlsx

    return read_xlsx(r.data, r.source, r.limits, r.problems)


def _opendocument(kind: str) -> Reader:
    def read(r: Reading) -> list[Extract]:
        from index.formats.office.opendocument import read_opendocument

        return read_opendocument(r.data, r.source, r.limits, kind, r.problems)

    return read


def _rtf(r: Reading) -> list[Extract]:
    from index.formats.office.rtf import read_rtf

    return read_rtf(r.data, r.source)


def _epub(r: Reading) -> list[Extract]:
    from index.formats.epub import read_epub

    return read_epub(r.data, r.source, r.limits, r.problems)


def _calendar(r: Reading) -> list[Extract]:
    from index.formats.calendar import read_calendar

    return read_calendar(r.data, r.source)


def _subtitles(r: Reading) -> list[Extract]:
    from index.formats.subtitles import read_subtitles

    return read_subtitles(r.data, r.source)


READERS: dict[str, Reader] = {
    **dict.fromkeys((".txt", ".text"), lambda r: read_text(r.data, r.source, "text")),
    **dict.fromkeys((".md", ".markdown"), lambda r: read_markdown(r.data, r.source)),
    **dict.fromkeys((".html", ".htm", ".xhtml"), _html),
    ".pdf": _pdf,
    ".eml": _mail,
    ".mbox": _mailbox,
    ".msg": _outlook,
    **dict.fromkeys((".csv", ".tsv"), lambda r: read_csv(r.data, r.source, r.fields)),
    **dict.fromkeys((".jsonl", ".ndjson"), lambda r: read_jsonl(r.data, r.source, r.fields)),
    ".json": _json,
    ".docx": _docx,
    ".pptx": _pptx,
    ".xlsx": _xlsx,
    ".odt": _opendocument("odt"),
    ".ods": _opendocument("ods"),
    ".odp": _opendocument("odp"),
    ".rtf": _rtf,
    ".epub": _epub,
    ".ics": _calendar,
    **dict.fromkeys((".vtt", ".srt"), _subtitles),
    ".zip": lambda r: read_zip(r.data, r.source, r.limits, r.member, r.readable, r.problems),
}
if ocr.available():  # without it the report names pictures among what is not read
    READERS |= dict.fromkeys(PICTURES, _scan)
ENDINGS = tuple(READERS)
