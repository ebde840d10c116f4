"""One file -> its Documents, with text, metadata and marked boilerplate.

A file is read once, into memory, up to a size limit; formats are told by the file ending and checked by their content.
Knows nothing of stores: what is new, changed or gone is decided elsewhere.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from pathlib import Path, PurePosixPath

from index.dates import published as dates
from index.dates.states import find_state
from index.errors import LoadError, unreadable
from index.formats.archive import MAX_MEMBERS, MAX_RATIO, Limits
from index.formats.extract import Extract, digest
from index.formats.find import is_readable
from index.formats.records import RecordFields
from index.formats.registry import ENDINGS, READERS, Reading
from index.schema import Document, Published
from index.structure import boilerplate as clean
from index.structure import metadata
from index.text import language
from index.text.lines import label_rows, read_rows

# Part of what decides whether a file is read again. Raise it whenever the same file would give another Document; the test
# `test_the_loader_version_is_raised_with_what_the_loader_gives` notices when that was forgotten.
VERSION = "10"

_REMARKS = 20  # blocks of a sheet above which it may say of when it is
_LONE = re.compile("[\ud800-\udfff]")  # half of a pair
MASTHEAD = 200  # characters; what may stand above the title of a document

_NOT_INSIDE = (".zip", ".eml", ".mbox", ".msg")  # archives and mails inside others are not opened


def load_file(
    path: Path,
    source: str,
    *,
    max_bytes: int,
    fields: RecordFields | None = None,
    max_ratio: int = MAX_RATIO,
    max_members: int = MAX_MEMBERS,
    problems: list[LoadError] | None = None,
) -> list[Document]:
    """Read one file as documents (one, or one a record, archive member or attachment).

    `fields` maps the columns of CSV and JSON Lines files; `max_ratio` and `max_members` bound archives (see formats_archive).
    Members of an archive and attachments that fail are added to `problems`, and the rest is returned; without such a list
    their first failure is raised.

    Raises `LoadError` with one line (rule, value, fix) for a file that is unreadable, empty, larger than `max_bytes`, broken,
    protected, not of its ending's format, or of an unknown format.
    """
    suffix = path.suffix.lower()
    if suffix not in ENDINGS and not path.is_dir():
        raise LoadError(f"{source}: the file ending must be one of {' '.join(ENDINGS)}, got {suffix or 'none'!r}. Convert or rename it.")
    data = _read_bytes(path, source, max_bytes)
    documents: list[Document] = []
    for extract in _read(suffix, data, source, Limits(max_bytes, max_ratio, max_members), fields, problems):
        try:
            documents.append(complete(extract, source))
        except LoadError as error:
            if problems is None or not extract.suffix:
                raise
            problems.append(error)
    return documents


def _read(
    suffix: str, data: bytes, source: str, limits: Limits, fields: RecordFields | None, problems: list[LoadError] | None
) -> list[Extract]:
    """The reader for each ending; members of archives and attachments come back here."""

    def member(name: str, content: bytes) -> list[Extract]:
        inside = f"{source}#{name}"
        if not content.strip(b"\0 \t\r\n"):
            raise _empty(inside, content)
        return _read(PurePosixPath(name).suffix.lower(), content, inside, limits, fields, problems)

    def readable_member(name: str) -> bool:
        return is_readable(name) and not name.lower().endswith(_NOT_INSIDE)

    try:
        return READERS[suffix](Reading(data, source, limits, fields, problems, member, readable_member))
    except RecursionError as error:
        raise LoadError(f"{source}: must not be nested so deeply that it cannot be read. Save it in another way.") from error


def _read_bytes(path: Path, source: str, max_bytes: int) -> bytes:
    try:
        # Without O_NONBLOCK opening a pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as handle:
            info = os.fstat(handle.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise LoadError(f"{source}: must be an ordinary file, got a folder, pipe or device. Take it out of the list.")
            if info.st_size > max_bytes:
                raise _too_large(source, info.st_size, max_bytes)
            data = handle.read(max_bytes + 1)
    except OSError as error:
        raise unreadable(source, error) from error
    if len(data) > max_bytes:
        raise _too_large(source, len(data), max_bytes)
    if not data.strip(b"\0 \t\r\n"):
        raise _empty(source, data)
    return data


def _empty(source: str, data: bytes) -> LoadError:
    return LoadError(f"{source}: must have content, got an empty file ({len(data)} bytes). Fill or remove it.")


def _too_large(source: str, size: int, max_bytes: int) -> LoadError:
    return LoadError(f"{source}: must be at most {max_bytes / 1e6:g} MB, got {size / 1e6:.1f} MB. Split it, or raise index.max_file_mb.")


def complete(extract: Extract, source: str) -> Document:
    """Add to an extract what prose tells: boilerplate, title, author, publisher, publication date, language."""
    if _LONE.search(extract.text):  # of a header or a record; no store takes it, and a sign for a sign leaves the offsets
        extract = replace(extract, text=_LONE.sub("\ufffd", extract.text))
    if not extract.text.strip():
        raise LoadError(f"{source}{extract.suffix}: must have text, found only white space. Fill or remove it.")
    boilerplate = tuple(extract.boilerplate)
    found = beside = metadata.Heading()
    published = extract.published
    if extract.prose:
        rows = clean.mark(read_rows(extract.text))
        boilerplate = clean.merge(boilerplate, clean.spans_of(rows))
        rows = label_rows(rows, boilerplate)
        found = metadata.find_heading(extract.text, boilerplate, rows)
        if extract.byline:
            beside = metadata.byline_parts(extract.byline)
            published = published or dates.published_beside(extract.byline)
        if extract.format != "mail":  # a date in a mail's text is that of what it quotes or speaks of
            published = published or dates.find_published(
                extract.text, boilerplate=boilerplate, source=source, rows=rows, blocks=extract.blocks
            )
    elif published is None:
        published = find_state(read_rows(_remarks(extract))) or dates.file_name_date(source)
    return Document(
        source=source + extract.suffix,
        text=extract.text,
        format=extract.format,
        content_hash=digest(extract.identity),
        title=extract.title or (_first_heading(extract) if extract.prose else None) or found.title,
        author=extract.author or beside.author or found.author,
        publisher=extract.publisher or beside.publisher or found.publisher,
        published=published or Published(),
        # Pages often declare a language they are not in; a record is too short to tell, and its table has been asked.
        language=(language.detect(extract.text) if extract.prose or not extract.language else None) or extract.language,
        pages=extract.pages,
        boilerplate=boilerplate,
        blocks=extract.blocks,
    )


def _remarks(extract: Extract) -> str:
    """What stands above and between the rows of sheets, not in them: `Prices as of 1 May 2026`, also as a row of one cell."""
    lines, at = [], 0
    for block in extract.blocks[:_REMARKS]:
        one_cell = block.label == "row" and " | " not in extract.text[block.start : block.end]
        lines.append(extract.text[at : block.end if one_cell else block.start])
        at = block.end
    return "\n".join(lines)


def _first_heading(extract: Extract) -> str | None:
    """The heading that a document opens with, where its format says that it is one."""
    for block in extract.blocks:
        if block.label.startswith("heading"):
            above = extract.text[: block.start]
            prose = len(above) - sum(span.end - span.start for span in extract.boilerplate if span.end <= block.start)
            return " ".join(extract.text[block.start : block.end].split()) if prose < MASTHEAD else None
    return None
