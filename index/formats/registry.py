"""Which reader takes which file ending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.errors import LoadError
from index.formats import scan
from index.formats.archive import Limits, MemberReader, read_zip
from index.formats.calendar import read_calendar
from index.formats.epub import read_epub
from index.formats.extract import Extract
from index.formats.html.page import read_html
from index.formats.mail.message import read_mail, read_mailbox
from index.formats.mail.outlook import read_outlook
from index.formats.office.excel import read_xlsx
from index.formats.office.opendocument import read_opendocument
from index.formats.office.powerpoint import read_pptx
from index.formats.office.rtf import read_rtf
from index.formats.office.word import read_docx
from index.formats.pdf import ocr
from index.formats.pdf.pages import read_pdf
from index.formats.records import RecordFields, read_csv, read_jsonl
from index.formats.structured import read_json
from index.formats.subtitles import read_subtitles
from index.formats.text import read_markdown, read_text


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


def _text(r: Reading) -> list[Extract]:
    return read_text(r.data, r.source, "text")


def _markdown(r: Reading) -> list[Extract]:
    return read_markdown(r.data, r.source)


def _html(r: Reading) -> list[Extract]:
    return read_html(r.data, r.source)


def _opendocument(kind: str) -> Reader:
    return lambda r: read_opendocument(r.data, r.source, r.limits, kind, r.problems)


def _csv(r: Reading) -> list[Extract]:
    return read_csv(r.data, r.source, r.fields)


def _jsonl(r: Reading) -> list[Extract]:
    return read_jsonl(r.data, r.source, r.fields)


def _subtitles(r: Reading) -> list[Extract]:
    return read_subtitles(r.data, r.source)


READERS: dict[str, Reader] = {
    ".txt": _text,
    ".text": _text,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".pdf": lambda r: read_pdf(r.data, r.source, r.problems),
    ".eml": lambda r: read_mail(r.data, r.source, r.member, r.readable, r.problems),
    ".mbox": lambda r: read_mailbox(r.data, r.source, r.member, r.readable, r.problems),
    ".msg": lambda r: read_outlook(r.data, r.source, r.member, r.readable, r.problems),
    ".csv": _csv,
    ".tsv": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": lambda r: read_json(r.data, r.source, r.fields),
    ".docx": lambda r: read_docx(r.data, r.source, r.limits),
    ".pptx": lambda r: read_pptx(r.data, r.source, r.limits, r.problems),
    ".xlsx": lambda r: read_xlsx(r.data, r.source, r.limits, r.problems),
    ".odt": _opendocument("odt"),
    ".ods": _opendocument("ods"),
    ".odp": _opendocument("odp"),
    ".rtf": lambda r: read_rtf(r.data, r.source),
    ".epub": lambda r: read_epub(r.data, r.source, r.limits, r.problems),
    ".ics": lambda r: read_calendar(r.data, r.source),
    ".vtt": _subtitles,
    ".srt": _subtitles,
    ".zip": lambda r: read_zip(r.data, r.source, r.limits, r.member, r.readable, r.problems),
}
if ocr.available():  # without it the report names pictures among what is not read
    READERS |= dict.fromkeys(scan.ENDINGS, lambda r: scan.read_scan(r.data, r.source, r.problems))
ENDINGS = tuple(READERS)
