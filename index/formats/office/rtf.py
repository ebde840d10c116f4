"""Rich text (.rtf), by striprtf of the extra `formats`: paragraphs, the rows of tables, notes, running heads and text boxes.

The library drops what stands outside the running text, and shows what is hidden or deleted; both are mended before it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from index.errors import LoadError
from index.formats.extract import Extract
from index.structure.blocks import Block, assemble
from index.structure.tables import plain_table

_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_APART = re.compile(r"\{\\(?:\*\\)?(footnote|shptxt|header[lrf]?|footer[lrf]?|fonttbl|title|author)\b")
_KEPT = ("fonttbl", "title", "author")  # groups that are looked at and stay where they are
_PLAIN = ("shptxt",)  # read like the text; notes, heads and feet are blocks of that kind
_RUN = re.compile(r"\{[^{}]*\}")
_HIDDEN = re.compile(r"\{(?:\\[a-z]+-?\d* ?)*?\\(?:v|deleted)(?![a-z0-9-])")  # "\v0" switches it off


def read_rtf(data: bytes, source: str) -> list[Extract]:
    """One document. Raises `LoadError` for a file that is no rich text, and without striprtf."""
    try:
        from striprtf.striprtf import rtf_to_text
    except ImportError as error:
        raise LoadError(
            f"{source}: RTF files need striprtf, which is not installed. Install the extra: pip install 'footnote[formats]'."
        ) from error
    if not data.lstrip().startswith(b"{\\rtf"):
        raise LoadError(f"{source}: an RTF file must begin with '{{\\rtf', found {data[:12]!r}. Give it its real file ending.")
    written = data.decode("latin-1")
    apart = list(_apart(written))
    page = re.search(r"\\ansicpg\d+", written)
    head = rf"{{\rtf1\ansi{page[0] if page else ''}" + next((written[a:b] for kind, a, b in apart if kind == "fonttbl"), "")

    def plain(group: str) -> str:
        return _joined(rtf_to_text(_RUN.sub(_shown, group), errors="replace"))  # type: ignore[no-untyped-call]

    def part(group: str) -> str:
        return " ".join(plain(f"{head}{_APART.sub('{', group, count=1)}}}").split())

    try:
        blocks = list(_blocks(plain(_without(written, apart))))
        for kind, start, end in apart:
            said = Block(part(written[start:end]), "" if kind in _PLAIN else "note")
            if kind not in _KEPT and any(sign.isalpha() for sign in said.text) and said not in blocks:  # sections repeat their heads
                blocks.append(said)
        known = {kind: part(written[a:b]) for kind, a, b in apart if kind in ("title", "author")}
    except (ValueError, LookupError, IndexError, KeyError, AttributeError) as error:
        raise LoadError(f"{source}: must be readable rich text, found it broken ({str(error)[:80]}). Save it again.") from error
    made = assemble(blocks)
    title, author = known.get("title") or None, known.get("author") or None
    return [Extract(text=made.text, format="rtf", identity=data, title=title, author=author, blocks=made.blocks)]


def _apart(written: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of the outermost groups that stand outside the running text, or that are looked at by themselves."""
    depth, opened, kind = 0, 0, ""
    for sign in _BRACE.finditer(written):
        if sign[0] == "{":
            depth += 1
            group = _APART.match(written, sign.start()) if not kind else None
            if group is not None:
                kind, opened, start = group[1], depth, sign.start()
        elif sign[0] == "}":
            if kind and depth == opened:
                yield kind, start, sign.end()
                kind = ""
            depth -= 1


def _without(written: str, apart: list[tuple[str, int, int]]) -> str:
    """The running text alone."""
    parts, at = [], 0
    for kind, start, end in apart:
        if kind not in _KEPT:
            parts.append(written[at:start])
            at = end
    return "".join([*parts, written[at:]])


def _shown(run: re.Match[str]) -> str:
    """A run, empty where it is hidden or deleted."""
    return "{}" if _HIDDEN.match(run[0]) else run[0]


def _joined(text: str) -> str:
    """The text with signs that the file writes in two halves made whole."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _blocks(text: str) -> Iterator[Block]:
    # striprtf gives the cells of a row on one line, each closed by a bar.
    for is_row, lines in groupby(text.split("\n"), key=lambda line: line.rstrip().endswith("|")):
        if is_row:
            yield from plain_table([line.rstrip().removesuffix("|").split("|") for line in lines])
        else:
            yield from (Block(" ".join(line.split())) for line in lines)
