"""Words of a PDF page with their boxes and fonts, by PDFium.

A word is what stands without a space; a sign set small and high at its end (the mark of a note) is a word of its own.
"""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass, replace
from typing import Any

HYPHENS = "\x02\ufffe\u00ad"  # what PDFium gives for a hyphen at the end of a line, and the soft hyphen
_BOLD = 600  # weight
_LEVEL = 12  # degrees; scans and slides stand a little aslant


@dataclass(frozen=True, slots=True)
class Word:
    """A word: text, box in points (y grows upwards), size of its font, whether it is bold or raised above its line."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool = False
    raised: bool = False

    @property
    def middle(self) -> float:
        """Height of its middle."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Turn:
    """How a page is turned to be read: by quarters to the right, from its width and height as drawn."""

    quarters: int = 0
    width: float = 0.0
    height: float = 0.0

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """A box as the reader sees it: left, bottom, right, top."""
        match self.quarters % 4:
            case 1:
                return (bottom, self.width - right, top, self.width - left)
            case 2:
                return (self.width - right, self.height - top, self.width - left, self.height - bottom)
            case 3:
                return (self.height - top, left, self.height - bottom, right)
            case _:
                return (left, bottom, right, top)


def page_words(textpage: Any, turn: Turn | None = None) -> tuple[list[Word], list[str]]:
    """The words of a page in the order in which they were drawn, and those that stand upright or aslant on it."""
    words: list[Word] = []
    aslant: list[str] = []
    turn = turn or Turn()
    for word, angle in drawn(textpage):
        if abs((angle + 90 * turn.quarters + 180) % 360 - 180) > _LEVEL:
            aslant.append(word.text)
        else:
            left, bottom, right, top = turn.box(word.left, word.bottom, word.right, word.top)
            words.append(replace(word, left=left, bottom=bottom, right=right, top=top))
    return words, aslant


def drawn(textpage: Any) -> list[tuple[Word, float]]:
    """Words in the order in which they were drawn, boxes as in the file, with the angle at which they stand."""
    import pypdfium2.raw as raw

    words: list[tuple[Word, float]] = []
    held: list[int] = []  # indices of the signs of one word
    signs: list[str] = []
    for index in range(textpage.count_chars()):
        sign = _sign(raw.FPDFText_GetUnicode(textpage, index))
        if sign.isspace() or not sign:
            if sign and signs:
                words += _words(raw, textpage, held, signs)
                held, signs = [], []
            continue
        if signs and signs[-1] in HYPHENS[:2] and held[-1] < index:  # the line ends after it, without a sign of its own
            words += _words(raw, textpage, held, signs)
            held, signs = [], []
        held.append(index)
        signs.append(sign)
    return words + (_words(raw, textpage, held, signs) if signs else [])


def _angle(raw: Any, textpage: Any, index: int) -> float:
    return math.degrees(max(raw.FPDFText_GetCharAngle(textpage, index), 0.0))


def _sign(code: int) -> str:
    if code == 0 or 0xD800 <= code <= 0xDFFF or (code < 32 and code not in (2, 9, 10, 13)):
        return ""
    return chr(code) if code <= 0x10FFFF else ""


def _words(raw: Any, textpage: Any, held: list[int], signs: list[str]) -> list[tuple[Word, float]]:
    """One word with its angle, or two where its last digits or signs are set smaller and higher than what stands before."""
    first, last = held[0], held[-1]
    angle = _angle(raw, textpage, first)
    size = raw.FPDFText_GetFontSize(textpage, first)
    if len(held) > 1 and abs(raw.FPDFText_GetFontSize(textpage, last) - size) > 0.1 * size:
        cut = next(i for i in range(1, len(held)) if abs(raw.FPDFText_GetFontSize(textpage, held[i]) - size) > 0.1 * size)
        head, tail = _word(raw, textpage, held[:cut], signs[:cut]), _word(raw, textpage, held[cut:], signs[cut:])
        if head is not None and tail is not None:
            return [(word, angle) for word in _raise([head, tail])]
    word = _word(raw, textpage, held, signs)
    return [(word, angle)] if word is not None else []


def _raise(words: list[Word]) -> list[Word]:
    """Mark the smaller of two words without a space between them as raised, when it stands higher."""
    first, second = words
    small, large = (first, second) if first.size < second.size else (second, first)
    if small.size < 0.85 * large.size and small.middle > large.middle:
        return [replace(word, raised=True) if word is small else word for word in words]
    text = first.text + second.text  # small capitals and the like
    box = (min(first.left, second.left), min(first.bottom, second.bottom), max(first.right, second.right), max(first.top, second.top))
    return [Word(text, *box, max(first.size, second.size), first.bold)]


def _word(raw: Any, textpage: Any, held: list[int], signs: list[str]) -> Word | None:
    first, last = _box(raw, textpage, held[0]), _box(raw, textpage, held[-1])
    if first is None or last is None:
        return None
    left, right = min(first[0], last[0]), max(first[1], last[1])
    height = max(first[3], last[3]) - min(first[2], last[2])
    size = raw.FPDFText_GetFontSize(textpage, held[0]) or height
    if size <= 1.5 or size > 3 * height:  # the font is scaled by the page
        size = height / 1.2
    bold = raw.FPDFText_GetFontWeight(textpage, held[0]) >= _BOLD or _bold_name(raw, textpage, held[0])
    return Word("".join(signs), left, min(first[2], last[2]), right, max(first[3], last[3]), size, bold)


def _bold_name(raw: Any, textpage: Any, index: int) -> bool:
    """Whether the name of the font says that it is bold: PDFium knows the weight of few fonts."""
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(textpage, index, name, 128, ctypes.byref(flags))
    return re.search(rb"(?i)bold|black|heavy|demi", name.value) is not None


def _box(raw: Any, textpage: Any, index: int) -> tuple[float, float, float, float] | None:
    """left, right, bottom, top of a sign; None when PDFium has none for it."""
    rect = raw.FS_RECTF()
    if not raw.FPDFText_GetLooseCharBox(textpage, index, ctypes.byref(rect)):
        return None
    return (rect.left, rect.right, rect.bottom, rect.top)
