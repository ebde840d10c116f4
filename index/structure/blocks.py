"""Blocks of a document to one text, with a span for each that says what the format knows of it.

The readers (`index.formats_*`) collect `Block`s in reading order; `assemble` joins them and `paged` does so page by page.
Labels are those of `index.schema.Document.blocks`; a block without a label is prose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.schema import Span

_LINES = {"item", "row", "header", "pair"}  # blocks that stand on neighbouring lines


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of text and what it is: a label of `Document.blocks`, or "" for prose.

    `gap` replaces the white space that parts it from the block before; `boilerplate` is the reason why nobody reads it.
    """

    text: str
    label: str = ""
    gap: str | None = None
    boilerplate: str = ""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A text, the spans of its labelled blocks, of its pages and of its boilerplate."""

    text: str
    blocks: tuple[Span, ...]
    pages: tuple[Span, ...] = ()
    boilerplate: tuple[Span, ...] = ()


def assemble(blocks: Iterable[Block]) -> Assembled:
    """Join blocks: items of a list and rows of a table stand on neighbouring lines, all else is parted by a blank line."""
    return paged([("", list(blocks))])


def paged(pages: Sequence[tuple[str, Sequence[Block]]]) -> Assembled:
    """Join the blocks of pages, each with the label of its page; a page without text has no span."""
    parts: list[str] = []
    spans: list[Span] = []
    labelled: list[Span] = []
    boilerplate: list[Span] = []
    at = 0
    for label, blocks in pages:
        start: int | None = None
        before: Block | None = None
        for block in blocks:
            if not block.text.strip():
                continue
            gap = _gap(before, block) if parts else ""
            parts += [gap, block.text]
            at += len(gap)
            start = at if start is None else start
            span = Span(at, at + len(block.text), block.boilerplate or block.label)
            if span.label:
                (boilerplate if block.boilerplate else labelled).append(span)
            at = span.end
            before = block
        if start is not None:
            spans.append(Span(start, at, label))
    return Assembled("".join(parts), tuple(labelled), tuple(spans), tuple(boilerplate))


def _gap(before: Block | None, block: Block) -> str:
    """What parts a block from the one before it on the page (None: it is the first there)."""
    if block.gap is not None:
        return block.gap
    if before is None or block.label not in _LINES:
        return "\n\n"
    return "\n" if before.label == block.label or (before.label, block.label) == ("header", "row") else "\n\n"
