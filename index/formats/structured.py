"""JSON files: a list of objects is read like JSON Lines, one record a document; one object becomes one document.

An object's values stand as `name: value` lines, nested names as headings above them, lists of flat objects as rows of a table. Plain
values come before nested ones, so that none stands under a heading that is not its own. Knows nothing of schemas.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from index.dates.published import parse_stamp
from index.errors import LoadError
from index.formats.extract import Extract
from index.formats.records import RecordFields, field_of, read_jsonl, record_documents, value_text
from index.formats.text import decode
from index.structure.blocks import Block, assemble

DEEPEST = 6  # levels of headings; what is nested deeper stands as JSON in one line


def read_json(data: bytes, source: str, fields: RecordFields | None = None) -> list[Extract]:
    """The documents of a JSON file. Raises `LoadError` for what is not JSON, or holds no text.

    A file of JSON Lines under this ending is read as what it is.
    """
    text = decode(data, source)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text[: error.pos].strip().startswith("{"):
            return read_jsonl(data, source, fields)
        raise LoadError(f"{source}: line {error.lineno} must be JSON, got {error.msg.lower()}. Mend that line.") from error
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{source}: must be JSON that can be read, got {str(error)[:80]}. Save it in another way.") from error
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return record_documents(list(enumerate(value, start=1)), source, "jsonl", fields)
    if not isinstance(value, dict | list):
        raise LoadError(f"{source}: must hold an object or a list, got a single {type(value).__name__}. Save it as .txt.")
    return [_document(value, source, fields or RecordFields())]


def _document(value: dict[str, Any] | list[Any], source: str, fields: RecordFields) -> Extract:
    made = assemble(_blocks(value, "", 1))
    if not made.text.strip():
        raise LoadError(f"{source}: must hold text or numbers, found none. Fill or remove it.")
    record = {key: one for key, one in value.items() if _is_plain(one)} if isinstance(value, dict) else {}
    found = {role: _stated(record, role, getattr(fields, role)) for role in ("title", "date", "author", "publisher")}
    return Extract(
        text=made.text,
        format="json",
        identity=json.dumps(value, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass"),
        title=found["title"],
        author=found["author"],
        publisher=found["publisher"],
        published=parse_stamp(found["date"], "record") if found["date"] else None,
        prose=False,
        blocks=made.blocks,
    )


def _stated(record: Mapping[str, Any], role: str, mapped: str | None) -> str | None:
    key = field_of(record, role, mapped)
    return (value_text(record[key]) or None) if key is not None else None


def _blocks(value: Any, name: str, level: int) -> Iterator[Block]:
    """The blocks of a value; `name` is what its heading says, `level` that of the headings inside it."""
    if isinstance(value, dict):
        nested = {key: one for key, one in value.items() if not _is_plain(one)}
        yield from (Block(f"{_name(key)}: {said}", "pair") for key, one in value.items() if key not in nested and (said := _said(one)))
        for key, one in nested.items():
            yield from _below(_name(key), one, level)
    elif _is_table(value):
        for row in value:
            cells = " | ".join(f"{_name(key)}: {said}" for key, one in row.items() if (said := _said(one)))
            yield Block(f"- {cells}" if cells else "", "row")
    else:
        for number, one in enumerate(value, start=1):
            if _is_plain(one):
                yield Block(f"- {_said(one)}" if _said(one) else "", "item")
            else:
                yield from _below(_called(one) or f"{name} {number}".strip(), one, level)


def _below(name: str, value: Any, level: int) -> Iterator[Block]:
    """A nested value under its heading."""
    if level > DEEPEST:
        yield Block(f"{name}: {value_text(value)}", "pair")
        return
    inside = [block for block in _blocks(value, name, level + 1) if block.text]
    if inside:
        yield Block(name, f"heading {level}")
        yield from inside


def _called(value: Any) -> str | None:
    """What an object in a list calls itself."""
    return _stated({key: one for key, one in value.items() if isinstance(one, str)}, "title", None) if isinstance(value, dict) else None


def _is_plain(value: Any) -> bool:
    """One value, or a list that fits a line."""
    return not isinstance(value, dict | list) or (isinstance(value, list) and not any(isinstance(one, dict | list) for one in value))


def _is_table(value: Sequence[Any]) -> bool:
    return all(isinstance(one, dict) and all(_is_plain(cell) for cell in one.values()) for one in value)


def _said(value: Any) -> str:
    """A plain value on one line; yes and no for what is true or false."""
    if isinstance(value, list):
        return ", ".join(said for one in value if (said := _said(one)))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else " ".join(value_text(value).split())


def _name(key: str) -> str:
    """A key as words: "read_by" is "read by"."""
    return " ".join(key.replace("_", " ").split()) or "value"
