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
            _table(child, blocks)
        elif _is_definitions(child):
            _definitions(child, blocks)
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
        _table(child, blocks)
    else:
        _walk(child, blocks)


def _table(table: Any, blocks: list[str]) -> None:
    """A table's rows, or, where it only arranges the page, what stands in its cells."""
    if not _arranges(table):
        rows = _table_rows(table)
        if _names_values(table) and all(len(row) == 2 for row in rows):
            blocks.extend(f"- {name.rstrip(' :')}: {' '.join(value.split())}" for name, value in rows if name and value)
        else:
            blocks.append("\n".join(table_lines(rows)))
        return
    for cell in table.iter("cell", "td", "th"):
        if next(cell.iterancestors("table"), None) is table:
            _walk(cell, blocks)


def _names_values(table: Any) -> bool:
    """Whether each row of a table is a name and its value: a heading cell, then a plain one."""
    cells = [[c for c in row if c.tag in ("cell", "td", "th")] for row in table.iter("row", "tr")]
    heads = [[c.tag == "th" or c.get("role") == "head" for c in row] for row in cells]
    return len(heads) > 0 and all(row == [True, False] for row in heads)


def _arranges(table: Any) -> bool:
    """Whether a table is a means of layout: it has tables in its cells, or one column whose cells have blocks or lists."""
    if next(table.iterdescendants("table"), None) is not None:
        return True
    widths = {sum(1 for c in row if c.tag in ("cell", "td", "th")) for row in table.iter("row", "tr")}
    block = next(table.iterdescendants("p", "h1", "h2", "h3", "div", "head", "ul", "ol", "dl", "list"), None)
    narrow: bool = widths <= {0, 1}
    return narrow and block is not None


def _is_definitions(element: Any) -> bool:
    return bool(element.tag == "dl" or (element.tag == "list" and element.get("rend") == "dl"))


def _definitions(element: Any, blocks: list[str]) -> None:
    """A list of terms: "- term: what is said of it", a line for each; a term's further definitions join its line."""
    term = ""
    for child in element.iter("dt", "dd", "item"):
        kind = child.tag if child.tag != "item" else (child.get("rend") or "")[:2]
        text = " ".join(_inline(child).split())
        if kind == "dt":
            if term and not (blocks and blocks[-1].startswith(f"- {term}: ")):
                blocks.append(f"- {term}")
            term = text.rstrip(" :")
        elif term and blocks and blocks[-1].startswith(f"- {term}: "):
            blocks[-1] += f"; {text}"
        elif text:
            blocks.append(f"- {term}: {text}" if term else f"- {text}")
    if term and not (blocks and blocks[-1].startswith(f"- {term}: ")):
        blocks.append(f"- {term}")


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
    return [[_cell(cell) for cell in row if isinstance(cell.tag, str)] for row in rows]


def _cell(cell: Any) -> str:
    """A cell's text; items of a list in it are parted by semicolons."""
    lines = tidy(_inline(cell))
    return "; ".join(lines.split("\n")) if next(cell.iterdescendants("li", "item"), None) is not None else lines


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


_CHROME = ("nav", "header", "footer", "aside", "form", "button", "select", "noscript")


def without_chrome(tree: Any) -> Any:
    """The tree without what stands around an article: navigation, page header and footer, forms. Changes the tree."""
    for element in list(tree.iter(*_CHROME)):
        parent = element.getparent()
        # A header inside an article holds its heading.
        if parent is not None and not (element.tag == "header" and next(element.iterancestors("article", "main"), None) is not None):
            element.drop_tree()
    return tree


def loses_cells(tree: Any, text: str) -> bool:
    """Whether a text lacks an item or a cell of a list or table of the page that is no list of links and stands in no page furniture."""
    there = _plain(text)
    for block in tree.iter("table", "ul", "ol", "dl"):
        if next(block.iterancestors(*_CHROME, "table", "ul", "ol", "dl"), None) is not None:
            continue
        whole = _plain("".join(block.itertext()))
        linked = sum(len(_plain("".join(a.itertext()))) for a in block.iter("a"))
        if not whole or 2 * linked > len(whole):
            continue
        cells = [_plain("".join(cell.itertext())) for cell in block.iter("li", "td", "th", "dt", "dd")]
        if any(cell and cell not in there for cell in cells):
            return True
    return False


def _plain(text: str) -> str:
    """Letters and digits alone, for telling whether a text holds another."""
    return "".join(c for c in text.casefold() if c.isalnum())
