"""Write the tables of docs/configuration.md from the settings classes: `python -m docs.make_configuration`.

Between the marks of that page stands what `tables` makes; the rest is written by hand. Knows the classes, not what options do.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from qa.config import Settings

PAGE = Path(__file__).parent / "configuration.md"
MARKS = re.compile(r"(?<=<!-- options -->\n).*(?=<!-- /options -->)", re.DOTALL)
FLAGS = {"store.path": "`--db DIR`", "uploads.folder": "`--files DIR`", "llm.kind": "`--no-llm` (makes it `none`)"}
KINDS = {str: "text", int: "whole number", float: "number", Path: "path", SecretStr: "secret text", dict: "table", bool: "true or false"}


def options(cls: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every option below `cls` with its whole name, `section.key`, in the order of the classes."""
    for name, field in cls.model_fields.items():
        if not is_section(field.annotation):
            yield f"{prefix}{name}", field


def sections(cls: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every section below `cls`, an outer one before those inside it."""
    for name, field in cls.model_fields.items():
        if is_section(field.annotation):
            yield f"{prefix}{name}", field.annotation  # type: ignore[misc]
            yield from sections(field.annotation, f"{prefix}{name}.")  # type: ignore[arg-type]


def is_section(annotation: Any) -> bool:
    """Whether a setting is a section, not an option."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def variable(name: str) -> str:
    """The environment variable of an option."""
    return f"FOOTNOTE_{name.upper().replace('.', '__')}"


def kind(field: FieldInfo) -> str:
    """What may stand there, in words: "whole number, 1 to 500"."""
    inner = [part for part in get_args(field.annotation) if part is not types.NoneType]
    optional = get_origin(field.annotation) in (Union, types.UnionType)
    annotation = inner[0] if optional else field.annotation
    annotation = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    bounds = {name: getattr(rule, name) for rule in field.metadata for name in ("ge", "gt", "le") if hasattr(rule, name)}
    said = KINDS[get_origin(annotation) or annotation]
    if "le" in bounds:
        return f"{said}, {bounds['ge']} to {bounds['le']}"
    return f"{said}, {bounds['ge']} or more" if "ge" in bounds else f"{said} above {bounds['gt']}" if "gt" in bounds else said


def default(field: FieldInfo) -> str:
    """The default as TOML writes it, or a dash."""
    value = field.default
    if value is None or value == {}:
        return "–"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def tables() -> str:
    """All sections as Markdown."""
    lines: list[str] = []
    for section, cls in sections(Settings):
        lines += ["", f"### [{section}]", "", " ".join((cls.__doc__ or "").split()), ""]
        lines += ["| option | takes | default | variable, flag | what it is |", "|---|---|---|---|---|"]
        for name, field in options(cls, f"{section}."):
            names = ", ".join(part for part in (f"`{variable(name)}`", FLAGS.get(name)) if part)
            lines.append(f"| `{name}` | {kind(field)} | {default(field)} | {names} | {field.description} |")
    return "\n".join([*lines[1:], ""])


def renewed(page: str) -> str:
    """The page with the tables as they are now."""
    return MARKS.sub(lambda _: f"\n{tables()}\n", page)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}.\n")
