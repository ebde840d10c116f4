"""A tree of elements as text: blocks apart by blank lines, list items and table rows one a line.

Understands the tags of trafilatura's trees (`head`, `item`, `row`, `lb`) and of HTML alike. Knows nothing of what is an
article and what is not.
"""

from __future__ import annotations

import re
from typing import Any

from index.extract import table_lines

_BLOCKS = {
    "p",
    "head",
    "quote",
    "code",
    "ab",
    "figDesc",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "figcaption",
    "dt",
    "dd",
}


_CONTAINERS = {
    "body",
    "main",
    "list",
    "ul",
    "ol",
    "dl",
    "html",
    "article",
    "section",
    "header",
    "doc",
    "quote",
    "blockquote",
    "div",
    "figure",
    "aside",
    "footer",
    "nav",
    "td",
    "address",
    "details",
}


def layout(body: Any) -> str:
    """Text of trafilatura's tree: blocks apart by blank lines, list items and table rows one a line."""
    blocks: list[str] = []
    _walk(body, blocks)
    return _join_blocks(blocks)


def layout_plain(tree: Any) -> str:
    """All visible text of a page, for pages where no article is found."""
    body = tree.find("body")
    blocks: list[str] = []
    _walk(body if body is not None else tree, blocks)
    return _join_blocks(blocks)


def _walk(element: Any, blocks: list[str]) -> None:
    """Append the blocks of `element`: a container's own text, its children, and the text after them."""
    _append(blocks, element.text)
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag == "table":
            blocks.append("\n".join(table_lines(_table_rows(child))))
        elif tag in ("item", "li"):
            _item(child, blocks)
        elif tag in _CONTAINERS and any(
            isinstance(c.tag, str) and (c.tag in _BLOCKS or c.tag in _CONTAINERS or c.tag in ("table", "item", "li")) for c in child
        ):
            _walk(child, blocks)
        elif tag in _BLOCKS or tag in _CONTAINERS:
            _append(blocks, _inline(child))
        elif tag in ("head_", "title", "lb", "br", "graphic", "img"):
            pass
        elif tag:
            _extend(blocks, _inline(child))
        if child.tail and child.tail.strip():
            _append(blocks, child.tail) if tag in _BLOCKS | _CONTAINERS | {"table", "item", "li"} else _extend(blocks, child.tail)


def _append(blocks: list[str], text: str | None) -> None:
    text = tidy(text or "")
    if text:
        blocks.append(text)


def _extend(blocks: list[str], text: str) -> None:
    """Inline text outside any block continues the block before it."""
    text = tidy(text)
    if text and blocks:
        blocks[-1] += (" " if text[:1].isalnum() else "") + text
    elif text:
        blocks.append(text)


def _item(item: Any, blocks: list[str]) -> None:
    """A list item is a line of its own; lists inside it follow as further lines."""
    nested = [c for c in item if c.tag in ("list", "ul", "ol", "table")]
    own = tidy((item.text or "") + "".join(_inline(c) + (c.tail or "") for c in item if c not in nested))
    if own:
        blocks.append("- " + own.replace("\n", " "))
    for child in nested:
        wrapper: list[str] = []
        _walk_one(child, wrapper)
        blocks.extend(wrapper)


def _walk_one(child: Any, blocks: list[str]) -> None:
    if child.tag == "table":
        blocks.append("\n".join(table_lines(_table_rows(child))))
    else:
        _walk(child, blocks)


def _inline(element: Any) -> str:
    """Text of an element with `lb`/`br` as line breaks."""
    parts = [element.text or ""]
    for child in element:
        if child.tag in ("lb", "br"):
            parts.append("\n")
        elif isinstance(child.tag, str):
            inner = _inline(child)
            parts.append(f"\n{inner}\n" if child.tag in _BLOCKS | {"item", "li"} else inner)
        parts.append(child.tail or "")
    return re.sub(r"[^\S\n]+", " ", "".join(p if p == "\n" else re.sub(r"\s+", " ", p) if "\n" not in p[:1] else p for p in parts))


def tidy(text: str) -> str:
    """White space of each line made single, empty lines dropped."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _table_rows(table: Any) -> list[list[str]]:
    rows = [row for row in table.iter("row", "tr")]
    return [[tidy(_inline(cell)) for cell in row if isinstance(cell.tag, str)] for row in rows]


def _join_blocks(blocks: list[str]) -> str:
    """List items and rows stay on neighbouring lines, other blocks are parted by a blank line."""
    out: list[str] = []
    before = ""
    for block in blocks:
        if not block:
            continue
        if out:
            out.append("\n" if block.startswith("- ") and before.startswith("- ") else "\n\n")
        out.append(block)
        before = block
    return "".join(out)
