"""A page of a PDF as a picture, and where a quote stands on it.

`draw` and `find` do the work; `picture_of` has it done in a process of its own, with limits of memory and time, for PDFium may die of a
hostile file. Knows nothing of documents: a quote comes as text, with what stands before and behind it.
"""

from __future__ import annotations

import difflib
import json
import struct
import subprocess
import sys
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from index.errors import LoadError
from index.formats.pdf.words import Word, drawn

SECONDS, MEMORY = 20, 3_000_000_000  # of one page: time on the processor, address space in bytes
MOST_PIXELS = 12_000_000
_ENOUGH = 0.6  # of a quote's letters that have to be found
_APART = 3  # times the quote's length that its pieces may stand apart


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page in shares of its width and height, from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Quote:
    """A text to find on a page, with some of what stands before and behind it there."""

    text: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page: its number, how many there are, the boxes of the quote, and a PNG where one was asked for."""

    page: int
    pages: int
    boxes: tuple[Box, ...]
    png: bytes


def picture_of(pdf: bytes, page: int, *, width: int = 0, quote: Quote | None = None) -> Picture:
    """Page `page` (from 1), `width` pixels wide (0: no picture). Raises `LoadError` for a page or file that cannot be drawn."""
    asked = json.dumps({"page": page, "width": width, "quote": asdict(quote) if quote else None}).encode()
    command = [sys.executable, "-P", "-m", __name__]  # -P: nothing is imported from the folder where it runs
    try:
        done = subprocess.run(command, input=asked + b"\n" + pdf, capture_output=True, timeout=2 * SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise LoadError(f"page {page} takes too long to draw. Open the original.") from error
    head, _, png = done.stdout.partition(b"\n")
    if done.returncode or not head:
        raise LoadError(f"page {page} cannot be drawn. Open the original.")
    told = json.loads(head)
    if "problem" in told:
        raise LoadError(told["problem"])
    return Picture(page, told["pages"], tuple(Box(*box) for box in told["boxes"]), png)


def draw(page: Any, width: int) -> bytes:
    """The page as a PNG, `width` pixels wide or as wide as its height allows."""
    wide, tall = page.get_size()
    scale = min(width / max(wide, 1), (MOST_PIXELS / max(wide * tall, 1)) ** 0.5)
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
    line = 3 * bitmap.width
    buffer = bytes(bitmap.buffer)
    rows = b"".join(b"\0" + buffer[y * bitmap.stride : y * bitmap.stride + line] for y in range(bitmap.height))
    size = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", size) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def find(page: Any, quote: Quote) -> list[Box]:
    """Where the quote stands on the page, a box for each piece of a line; none when it is not found."""
    import ctypes

    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    try:
        words = [word for word, _ in drawn(textpage)]
    finally:
        textpage.close()
    size = 10_000  # the page is thought so many pixels wide and high
    boxes = []
    x, y = ctypes.c_int(), ctypes.c_int()
    for word in _lines([words[n] for n in places(words, quote)]):
        corners = []
        for at in ((word.left, word.bottom), (word.right, word.top)):
            raw.FPDF_PageToDevice(page, 0, 0, size, size, 0, *at, x, y)  # knows how the page is turned and cropped
            corners.append((x.value / size, y.value / size))
        (a, b), (c, d) = corners
        boxes.append(Box(min(a, c), min(b, d), max(a, c), max(b, d)))
    return boxes


def places(words: Sequence[Word], quote: Quote) -> list[int]:
    """Which of the words make the quote: by its letters alone, for words are divided and spaced otherwise on the page. Where the letters
    stand twice, what is around them decides; where they do not stand in one piece, the longest pieces are taken."""
    letters, owner = "", []
    for n, word in enumerate(words):
        own = _letters(word.text)
        letters += own
        owner += [n] * len(own)
    wanted = _letters(quote.text)
    if not wanted:
        return []
    before, after = _letters(quote.before), _letters(quote.after)
    found = -1
    best = -1
    at = letters.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        near = _alike(letters[:at][::-1], before[::-1]) + _alike(letters[end:], after)
        if near > best:
            found, best = at, near
        at = letters.find(wanted, at + 1)
    if found >= 0:
        return sorted(set(owner[found : found + len(wanted)]))
    blocks = difflib.SequenceMatcher(None, letters, wanted, autojunk=False).get_matching_blocks()
    kept = [block for block in blocks if block.size >= 4]
    if sum(block.size for block in kept) < _ENOUGH * len(wanted) or kept[-1].a + kept[-1].size - kept[0].a > _APART * len(wanted):
        return []
    return sorted({n for block in kept for n in owner[block.a : block.a + block.size]})


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _alike(one: str, other: str) -> int:
    """How many signs they share at the beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _lines(words: Sequence[Word]) -> list[Word]:
    """Neighbouring words of a line as one."""
    made: list[Word] = []
    for word in words:
        last = made[-1] if made else None
        if last is not None and _neighbours(last, word):
            left, right = min(last.left, word.left), max(last.right, word.right)
            made[-1] = Word("", left, min(last.bottom, word.bottom), right, max(last.top, word.top), word.size)
        else:
            made.append(word)
    return made


def _neighbours(one: Word, other: Word) -> bool:
    """Whether two words stand side by side, or on a turned page one above the other."""
    height, width = min(one.top - one.bottom, other.top - other.bottom), min(one.right - one.left, other.right - other.left)
    across, along = min(one.top, other.top) - max(one.bottom, other.bottom), min(one.right, other.right) - max(one.left, other.left)
    gap = 1.5 * max(one.size, other.size, 1)
    return (across > 0.5 * height and along > -gap) or (along > 0.5 * width and across > -gap and height > width)


def _main() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = json.loads(sys.stdin.buffer.readline())
    told, png = _answer(sys.stdin.buffer.read(), **asked)
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + png)


def _answer(data: bytes, page: int, width: int, quote: dict[str, str] | None) -> tuple[dict[str, Any], bytes]:
    import pypdfium2 as pdfium

    try:
        pdf = pdfium.PdfDocument(data)
        if not 1 <= page <= len(pdf):
            return {"problem": f"the document has the pages 1 to {len(pdf)}, got {page}."}, b""
        sheet = pdf[page - 1]
        boxes = [list(asdict(box).values()) for box in find(sheet, Quote(**quote))] if quote else []
        return {"pages": len(pdf), "boxes": boxes}, draw(sheet, width) if width else b""
    except (pdfium.PdfiumError, MemoryError) as error:
        return {"problem": f"page {page} cannot be drawn ({error}). Open the original."}, b""


if __name__ == "__main__":
    _main()
