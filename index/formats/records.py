"""CSV, TSV and JSON Lines: one record is one document, `file.csv#row-3`.

Rows are numbered as a spreadsheet or an editor shows them: the heading of a CSV is row 1, the first line of a JSON Lines
file is row 1. A column of running text becomes the text of the document, the other columns follow as `name: value` lines
so that nothing is lost. Which column means what is told by its name, or by `RecordFields`. Knows nothing of nested tables.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from index.dates.published import parse_stamp
from index.errors import LoadError
from index.formats.extract import Extract
from index.formats.text import decode
from index.structure.blocks import Block, assemble
from index.text import language

RECORD_FORMATS = ("csv", "jsonl")
_HEAD_LINES = 8  # in which the heading of a table is looked for
_SAMPLE = 50  # records that tell the language of a table
_NAMES = {
    "text": ("text", "body", "content", "article", "story", "fulltext", "full_text", "description", "abstract", "summary", "message"),
    "title": ("title", "headline", "heading", "subject", "name"),
    "date": (
        "date",
        "published",
        "published_at",
        "publication_date",
        "pub_date",
        "pubdate",
        "datetime",
        "created",
        "created_at",
        "timestamp",
        "day",
    ),
    "author": ("author", "authors", "by", "byline", "writer"),
    "publisher": ("publisher", "outlet", "newspaper", "sitename", "site_name"),
    "language": ("language", "lang"),
}
# Who publishes an article, which has a text or a headline; of heat, water or figures it is something else.
_PUBLISHES_ARTICLES = ("source", "site")
_HEADLINES = ("title", "headline", "heading")


@dataclass(frozen=True, slots=True)
class RecordFields:
    """Names of the columns (keys) that hold these things; None lets the name decide."""

    text: str | None = None
    title: str | None = None
    date: str | None = None
    author: str | None = None
    publisher: str | None = None
    language: str | None = None


def read_csv(data: bytes, source: str, fields: RecordFields | None = None) -> list[Extract]:
    """Documents of the rows below the heading. Raises `LoadError` for a file without rows or without a heading."""
    text = decode(data, source)
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), dialect=_dialect(text)))
    except csv.Error as error:
        raise LoadError(f"{source}: must be a valid table, got {error}. Export it again as CSV in UTF-8.") from error
    above = _lines_above(rows)
    heading = [cell.strip() for cell in rows[above]] if rows else []
    if len(rows) < above + 2 or not any(heading):
        raise LoadError(f"{source}: a table needs a heading row and at least one more row, got {len(rows)} row(s). Add the heading.")
    names = [name or f"column {i}" for i, name in enumerate(heading, 1)]
    records = []
    for number, row in enumerate(rows[above + 1 :], start=above + 2):
        record = dict(
            zip([*names, *(f"column {i}" for i in range(len(names) + 1, len(row) + 1))], (cell.strip() for cell in row), strict=False)
        )
        if any(record.values()):
            records.append((number, record))
    found = record_documents(records, source, "csv", fields)
    title = " ".join(cell.strip() for row in rows[:above] for cell in row if cell.strip())
    return [replace(extract, title=": ".join(filter(None, (title, extract.title)))) for extract in found] if title else found


def _lines_above(rows: Sequence[Sequence[str]]) -> int:
    """How many lines stand above the heading: titles and remarks of one cell, where the two rows below have more."""

    def filled(row: Sequence[str]) -> int:
        return sum(bool(cell.strip()) for cell in row)

    above = 0
    while above < len(rows) and filled(rows[above]) < 2:
        above += 1
    return above if all(filled(row) > 1 for row in rows[above : above + 2]) and len(rows) > above + 1 else 0


def _dialect(text: str) -> type[csv.Dialect] | csv.Dialect:
    """Comma, semicolon, tab or bar: the one that the first line with any of them has most of (quoted parts apart)."""
    head = [line for line in text.split("\n", _HEAD_LINES)[:_HEAD_LINES] if re.search("[,;\t|]", _unquoted(line))] or [""]

    class Found(csv.excel):
        delimiter = max(",;\t|", key=lambda sign: [_unquoted(line).count(sign) for line in head])

    return Found


def _unquoted(line: str) -> str:
    return "".join(part for i, part in enumerate(line.split('"')) if i % 2 == 0)


def read_jsonl(data: bytes, source: str, fields: RecordFields | None = None) -> list[Extract]:
    """Documents of the lines, each a JSON object. Raises `LoadError` with the line number for a line that is not."""
    records: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(decode(data, source).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise LoadError(
                f"{source}: line {number} must be a JSON object, got {line.strip()[:40]!r} ({error}). Mend that line."
            ) from error
        if not isinstance(record, dict):
            raise LoadError(f"{source}: line {number} must be a JSON object, got a {type(record).__name__}. Mend that line.")
        records.append((number, record))
    return record_documents(records, source, "jsonl", fields)


def record_documents(records: list[tuple[int, dict[str, Any]]], source: str, kind: str, fields: RecordFields | None) -> list[Extract]:
    """A document for each numbered record that has text. Raises `LoadError` when none has, or when a mapped field is in none."""
    wanted = fields or RecordFields()
    keys = {key for _, record in records for key in record}
    for role in _NAMES:
        name = getattr(wanted, role)
        if name is not None and name not in keys:
            known = ", ".join(sorted(keys)[:12])
            raise LoadError(f"{source}: the column mapped to {role!r} must exist, got {name!r}; there are: {known}. Correct the mapping.")
    found = language.detect("\n".join(value_text(value) for _, record in records[:_SAMPLE] for value in record.values()))
    documents = [document for number, record in records for document in _document(number, record, kind, wanted, found)]
    if not documents:
        raise LoadError(f"{source}: must hold at least one record with text, found none. Fill or remove it.")
    return documents


def _document(number: int, record: Mapping[str, Any], kind: str, fields: RecordFields, usual: str | None) -> Iterator[Extract]:
    found = {role: field_of(record, role, getattr(fields, role)) for role in _NAMES}
    values = {role: value_text(record[key]) if key else "" for role, key in found.items()}
    # Title and text lead; every other field follows, so that a search for any of them finds the record.
    rest = [
        f"{key}: {value}"
        for key, value in ((k, value_text(v)) for k, v in record.items())
        if value and key not in (found["text"], found["title"])
    ]
    made = assemble([Block(values["title"]), Block(values["text"]), *(Block(line, "pair") for line in rest)])
    if not made.text.strip():
        return
    stated = values["language"].lower()
    yield Extract(
        text=made.text,
        format=kind,
        identity=json.dumps(record, ensure_ascii=False, sort_keys=True, default=str).encode(),
        suffix=f"#row-{number}",
        title=values["title"] or None,
        author=values["author"] or None,
        publisher=values["publisher"] or None,
        published=parse_stamp(values["date"], "record") if values["date"] else None,
        language=stated if len(stated) == 2 and stated.isalpha() else usual,
        prose=len(values["text"]) > 200,
        blocks=made.blocks,
    )


def field_of(record: Mapping[str, Any], role: str, mapped: str | None) -> str | None:
    """The key of a record that holds its title, date, author or the like: the mapped one, else told by its name."""
    if mapped is not None:
        return mapped if mapped in record else None
    lower = {key.lower().replace(" ", "_").replace("-", "_"): key for key in record}
    names = _NAMES[role]
    if role == "publisher" and any(name in lower for name in (*_NAMES["text"], *_HEADLINES)):
        names = (*names, *_PUBLISHES_ARTICLES)
    return next((lower[name] for name in names if name in lower), None)


def value_text(value: Any) -> str:
    """A field as text: lists joined by commas, objects as JSON, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(str(item) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
