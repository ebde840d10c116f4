"""Which pieces of a web page are its text: trafilatura says where the article is, the page's own structure says what belongs to it.

trafilatura drops lists, definitions and cells that it takes for menus; so its text only marks the part of the page, and everything
in that part is kept unless it navigates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.formats.html.layout import Piece
from index.structure.blocks import Block

_WORDS = 4  # in a row; as many must be alike for two texts to be one
_SHORT = 2000  # characters around an article that are worth keeping whatever they are
_LINKS = 0.7  # of a piece; what has more is a menu


def article_blocks(pieces: Sequence[Piece], extracted: str, byline: str = "") -> list[Block]:
    """The blocks of the article among the pieces of a page; all that do not navigate where no article was found.

    Lines of the `byline`, which is known apart, are left out where trafilatura leaves them out.
    """
    beside = set(byline.split("\n"))
    pieces = [piece for piece in pieces if piece.block.text.replace("\n", " ") not in beside or piece.block.text in extracted]
    shingles = set(_shingles(extracted))
    kept = [_is_in(piece.block.text, shingles) for piece in pieces]
    found = sum(len(piece.block.text) for piece, inside in zip(pieces, kept, strict=True) if inside)
    plain = [piece for piece in pieces if not piece.aside]
    if not found or found < 0.3 * sum(len(piece.block.text) for piece in plain):
        chosen = [piece for piece in plain if not _navigates(piece)] or plain or list(pieces)
        return [piece.block for piece in chosen]
    places = [number for number, inside in enumerate(kept) if inside]
    core = _common([pieces[number].element for number in places if not pieces[number].aside] or [pieces[places[0]].element])
    holder = _widen(core, [piece for piece in plain if not _navigates(piece)])
    out = []
    for number, (piece, inside) in enumerate(zip(pieces, kept, strict=True)):
        between = places[0] < number < places[-1]
        near = _below(piece.element, core) or (_below(piece.element, holder) and _is_structure(piece.block, number < places[0]))
        if inside or (near and not piece.aside and (between or not _navigates(piece))):
            out.append(piece.block)
    return out


def _is_structure(block: Block, above: bool) -> bool:
    """Whether a block beside an article is likely part of it: a table, a list, the title above."""
    return above and block.label == "heading 1" if block.label.startswith("heading") else bool(block.label)


def _navigates(piece: Piece) -> bool:
    return not piece.block.label.startswith("heading") and piece.linked > _LINKS * len(piece.block.text)


def _shingles(text: str) -> list[tuple[str, ...]]:
    words = text.split()
    return [tuple(words[at : at + _WORDS]) for at in range(max(len(words) - _WORDS + 1, 0))]


def _is_in(text: str, shingles: set[tuple[str, ...]]) -> bool:
    own = _shingles(text.removeprefix("- "))
    return bool(own) and sum(shingle in shingles for shingle in own) > 0.6 * len(own)


def _common(elements: Sequence[Any]) -> Any:
    """The innermost element that holds all of them."""
    path = [*reversed(list(elements[0].iterancestors())), elements[0]]
    for element in elements[1:]:
        others = {*element.iterancestors(), element}
        while path[-1] not in others:
            path.pop()
    return path[-1]


def _widen(holder: Any, plain: Sequence[Piece]) -> Any:
    """The outermost element around `holder` that at each step out brings at most as much text again: tables and lists beside it."""
    chain = [holder, *holder.iterancestors()]
    steps = {element: number for number, element in enumerate(chain)}
    texts = [0] * len(chain)
    for piece in plain:
        step = next((steps[a] for a in (piece.element, *piece.element.iterancestors()) if a in steps), len(chain) - 1)
        texts[step] += len(piece.block.text)
    inside = texts[0]
    for number in range(1, len(chain)):
        if texts[number] > max(inside, _SHORT):
            break
        holder = chain[number]
        inside += texts[number]
    return holder


def _below(element: Any, holder: Any) -> bool:
    return element is holder or any(ancestor is holder for ancestor in element.iterancestors())
