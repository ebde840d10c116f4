"""A tree of HTML as blocks: headings, paragraphs, list items, rows of tables, pairs of name and value, quotes, code, captions.

Every visible text of the tree is in one block. What only navigates (menus, side bars, feet) is told by its elements and by the
names that authors give them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.structure.blocks import Block
from index.structure.tables import Cell, table_blocks
from index.text.marks import NOTE_MARK, raised

_HEADINGS = {f"h{level}": f"heading {level}" for level in range(1, 7)}
_SILENT = {"script", "style", "head", "title", "template", "img", "graphic", "meta", "link", "colgroup", "col", "rt", "rp"}
_BLOCK_TAGS = set(
    "address article aside body center details dialog div fieldset figure footer form header hgroup html legend main nav p search section"
    " summary tbody td tfoot th thead tr dd dt optgroup option caption".split()
)
_ASIDE = {"nav", "aside", "footer"}
_ASIDE_ROLES = {"navigation", "banner", "contentinfo", "complementary", "search"}
_ASIDE_NAMES = re.compile(
    r"(?i)(?:^|[\s_-])(?:nav|navbar|navigation|menu|footer|foot|sidebar|breadcrumbs?|cookies?|consent|share|sharing|social|related|comments?"
    r"|advert|adverts|advertisement|ads?|promo|newsletter-signup|subscribe|skip-link|pagination|recommended|popular|teasers?|widget)(?:$|[\s_-])"
)
_NOTE_REF = re.compile(r"(?i)(?:^|[\s_-])(?:noteref|footnote-?ref|reference|fnref|footnote)(?:$|[\s_-])")
_NOTE_ROLE = re.compile(r"\b(?:doc-)?(?:footnote|endnote|rearnote)\b")
_LONG_CELL = 500  # characters; a cell of more, in a table without column names, is part of a page's layout


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, the element it comes from, whether it stands in a menu or the like, and how much of it are links."""

    block: Block
    element: Any
    aside: bool
    linked: int


@dataclass(slots=True)
class _Out:
    """The pieces so far, and the running text that is not yet one."""

    pieces: list[Piece] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    linked: int = 0

    def say(self, text: str | None) -> None:
        """Add running text."""
        if text:
            self.text.append(re.sub(r"[ \t\r\n\f]+", " ", text))

    def before(self) -> str:
        """The end of the running text."""
        return "".join(self.text[-4:])

    def end(self, element: Any, aside: bool, label: str = "") -> None:
        """Make the running text a piece; an empty line in it parts two."""
        for part in re.split(r"\n[ \n]*\n", "".join(self.text)):
            self.add(tidy(part), element, aside, label)
        self.text = []
        self.linked = 0

    def add(self, text: str, element: Any, aside: bool, label: str = "") -> None:
        """Add a piece of text of its own."""
        if text:
            self.pieces.append(Piece(Block(text, label), element, aside, min(self.linked, len(text))))


def html_blocks(tree: Any) -> list[Block]:
    """All visible text of a page as blocks."""
    return [piece.block for piece in html_pieces(tree)]


def html_pieces(tree: Any) -> list[Piece]:
    """All visible text of a page, with where each block comes from."""
    body = tree.find("body")
    out = _Out()
    body = body if body is not None else tree
    _walk(body, out, False)
    out.end(body, False)
    return out.pieces


def tidy(text: str) -> str:
    """White space of each line made single, empty lines dropped."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _walk(element: Any, out: _Out, aside: bool) -> None:
    """Add the text of `element` and of all below it; the caller ends the last block."""
    out.say(element.text)
    for child in element:
        if isinstance(child.tag, str):
            _enter(child, element, out, aside)
        out.say(child.tail)


def _enter(child: Any, parent: Any, out: _Out, aside: bool) -> None:
    tag = child.tag
    if tag in _SILENT:
        return
    if tag in ("br", "lb"):
        out.text.append("\n")
    elif tag == "sup":
        _superscript(child, out)
    elif tag == "a" and _refers(child):
        return
    elif tag == "a":
        said = len(out.text)
        _walk(child, out, aside)
        out.linked += sum(map(len, out.text[said:]))
    elif tag == "q":
        out.say("“")
        _walk(child, out, aside)
        out.say("”")
    elif _NOTE_ROLE.search(_role(child)):
        out.end(parent, aside)
        _note(child, out, aside)
    elif tag in _SPECIAL:
        out.end(parent, aside)
        _SPECIAL[tag](child, out, aside or is_aside(child))
    elif tag in _BLOCK_TAGS:
        out.end(parent, aside)
        inside = aside or is_aside(child)
        _walk(child, out, inside)
        out.end(child, inside)
    elif tag == "hr":
        out.end(parent, aside)
    else:
        _walk(child, out, aside)


def is_aside(element: Any) -> bool:
    """Whether an element is a menu, side bar, foot or the like, by its tag, role, class or id."""
    tag = element.tag
    if tag in _ASIDE and "note" not in _role(element):
        return True
    if tag == "header" and element.getparent() is not None and element.getparent().tag == "body":
        return element.find(".//h1") is None
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    return element.get("role") in _ASIDE_ROLES or (tag not in ("body", "html") and _ASIDE_NAMES.search(name[:200]) is not None)


def _superscript(element: Any, out: _Out) -> None:
    text = "".join(element.itertext())
    link = next(element.iter("a"), None)
    noted = _refers(element) or (link is not None and ("#" in (link.get("href") or "") or _refers(link)))
    out.say(raised(out.before(), text, (text.strip(), text.strip().strip("[]()")) if noted else ()))


def _role(element: Any) -> str:
    """What the page says an element is for: its role, and its type as EPUB has it."""
    return f"{element.get('role') or ''} {element.get('epub:type') or ''}"


def _refers(element: Any) -> bool:
    """Whether an element is the mark of a note."""
    if "noteref" in _role(element):
        return True
    return _NOTE_REF.search(element.get("class") or "") is not None and NOTE_MARK.fullmatch("".join(element.itertext()).strip()) is not None


def _note(element: Any, out: _Out, aside: bool) -> None:
    inner = _Out()
    _walk(element, inner, aside)
    inner.end(element, aside)
    for piece in inner.pieces:
        out.pieces.append(Piece(Block(piece.block.text, "note"), element, aside, piece.linked))


def _heading(element: Any, out: _Out, aside: bool) -> None:
    _walk(element, out, aside)
    text = tidy("".join(out.text)).replace("\n", " ")
    out.text = []
    out.add(text, element, aside, _HEADINGS[element.tag])
    out.linked = 0


def _list(element: Any, out: _Out, aside: bool) -> None:
    number = _whole(element.get("start"), 1)
    out.say(element.text)
    for child in element:
        if child.tag == "li":
            out.end(element, aside)
            number = _whole(child.get("value"), number)
            _item(child, out, aside, f"{number}." if element.tag == "ol" else "-")
            number += 1
        elif isinstance(child.tag, str):
            _enter(child, element, out, aside)
        out.say(child.tail)
    out.end(element, aside)


def _item(element: Any, out: _Out, aside: bool, mark: str = "-") -> None:
    """A list item is one block; lists and tables inside it follow as further blocks."""
    inner = _Out()
    _walk(element, inner, aside)
    inner.end(element, aside)
    own = 0
    while own < len(inner.pieces) and not inner.pieces[own].block.label:
        own += 1
    text = " ".join(piece.block.text for piece in inner.pieces[:own]).replace("\n", " ")
    if text:
        out.pieces.append(Piece(Block(f"{mark} {text}", "item"), element, aside, sum(piece.linked for piece in inner.pieces[:own])))
    out.pieces += inner.pieces[own:]


def _definitions(element: Any, out: _Out, aside: bool) -> None:
    """A list of terms: `term: definition` for short ones, the term as a block before longer ones."""
    terms: list[str] = []
    said = True
    _unnest(element)
    _stray(element, out, aside, ("dt", "dd", "div"))
    for child in element.iter("dt", "dd"):
        if next(a for a in child.iterancestors("dl")) is not element:
            continue
        inner = _Out()
        _walk(child, inner, aside)
        inner.end(child, aside)
        texts = [piece.block.text for piece in inner.pieces]
        if child.tag == "dt":
            terms = [*(terms if not said else []), *texts]
            said = False
            continue
        term = ", ".join(terms)
        plain = len(inner.pieces) == 1 and not inner.pieces[0].block.label
        if plain and term and not term.endswith(("?", ".", "!")):
            out.add(f"{term.rstrip(': ')}: {texts[0]}".replace("\n", " "), element, aside, "pair")
        else:
            if not said:
                out.add(term, element, aside)
            out.pieces += inner.pieces
        said = True
    if not said:
        out.add(", ".join(terms), element, aside)


def _unnest(element: Any) -> None:
    """Terms and definitions whose ends are left out (`<dt>Slip<dt>Ramp<dd>...`) stand beside each other; the parser puts them inside."""
    for child in list(element.iter("dt", "dd")):
        parent = child.getparent()
        while parent is not None and parent.tag in ("dt", "dd"):
            parent.addnext(child)  # what follows the child goes with it
            parent = child.getparent()


def _quote(element: Any, out: _Out, aside: bool) -> None:
    inner = _Out()
    last = element[-1] if len(element) else None
    if last is not None and last.tag == "cite" and not (last.tail or "").strip():  # who is quoted, on a line below
        last.tag = "footer"
    _walk(element, inner, aside)
    inner.end(element, aside)
    for piece in inner.pieces:
        out.pieces.append(Piece(Block(piece.block.text, piece.block.label or "quote"), element, aside, piece.linked))


def _code(element: Any, out: _Out, aside: bool) -> None:
    for line_break in element.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    out.add("".join(element.itertext()).strip("\n").rstrip(), element, aside, "code")


def _caption(element: Any, out: _Out, aside: bool) -> None:
    _walk(element, out, aside)
    out.end(element, aside, "caption")


def _table(element: Any, out: _Out, aside: bool) -> None:
    """Rows with their column names, or the cells one after the other where a table only lays out the page."""
    for caption in element.iterchildren("caption"):
        _caption(caption, out, aside)
    _stray(element, out, aside, ("caption", "tr", "row", "thead", "tbody", "tfoot"))
    rows: list[list[tuple[Any, list[Piece]]]] = []
    for row in _rows(element):
        line = []
        for cell in row.iterchildren("td", "th", "cell"):
            inner = _Out()
            _walk(cell, inner, aside)
            inner.end(cell, aside)
            line.append((cell, inner.pieces))
        rows.append(line)
    if _lays_out(element, rows):
        out.pieces += [piece for row in rows for _, pieces in row for piece in pieces]
        return
    cells = [[_cell(cell, pieces, len(rows)) for cell, pieces in row] for row in rows]
    for block in table_blocks(cells):
        out.add(block.text, element, aside, block.label)


def _stray(element: Any, out: _Out, aside: bool, parts: tuple[str, ...]) -> None:
    """What stands in a table or list of terms beside its parts: no browser hides it."""
    out.say(element.text)
    for child in element:
        if isinstance(child.tag, str) and child.tag not in parts:
            _enter(child, element, out, aside)
        out.say(child.tail)
    out.end(element, aside)


def _rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag in ("tr", "row"):
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def _cell(cell: Any, pieces: list[Piece], rows: int) -> Cell:
    items = [piece.block.text[2:] for piece in pieces if piece.block.text.startswith("- ")]
    listed = len(items) == len(pieces) and len(items) > 1
    text = "; ".join(items) if listed else " ".join(piece.block.text.removeprefix("- ") for piece in pieces)
    height = _whole(cell.get("rowspan"), 1)
    head = cell.tag == "th" or cell.get("role") == "head"
    return Cell(text, height or rows, _whole(cell.get("colspan"), 1) or 1, head)


def _lays_out(table: Any, rows: list[list[tuple[Any, list[Piece]]]]) -> bool:
    if table.get("role") in ("presentation", "none") or next(table.iterdescendants("table"), None) is not None:
        return True
    cells = [(cell, pieces) for row in rows for cell, pieces in row]
    if any(piece.block.label.startswith("heading") for _, pieces in cells for piece in pieces):
        return True
    if any(cell.tag == "th" for cell, _ in cells):
        return False
    longest = max((sum(len(piece.block.text) for piece in pieces) for _, pieces in cells), default=0)
    return all(len(row) <= 1 for row in rows) or (longest > _LONG_CELL and max(len(row) for row in rows) <= 3)


def _whole(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise


_SPECIAL = {
    **dict.fromkeys(_HEADINGS, _heading),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), _list),
    "li": _item,
    "dl": _definitions,
    "blockquote": _quote,
    "pre": _code,
    "figcaption": _caption,
    "table": _table,
}
