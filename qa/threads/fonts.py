"""Fonts of this machine that have every letter of a text, for files that carry their own. Knows nothing of what the text is."""

from __future__ import annotations

import os
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from index.errors import UsageError
from qa.threads.apart import apart

_ENDINGS = {".ttf", ".otf", ".ttc", ".otc"}
_REGULAR, _BOLD = range(350, 501), range(600, 801)  # usWeightClass of OpenType


@dataclass(frozen=True, slots=True)
class Font:
    """One face. `ranges` are the first and last code points of what it has letters for, in order, flat."""

    path: Path
    number: int
    family: str
    weight: int
    plain: bool
    sans: bool
    ranges: tuple[int, ...]

    def has(self, point: int) -> bool:
        """Whether there is a glyph for the code point."""
        at = bisect_right(self.ranges, point)
        return at % 2 == 1 or (at > 0 and self.ranges[at - 1] == point)


def fonts_for(text: str, fonts: Sequence[Font] | None = None) -> list[Font]:
    """As few upright fonts of normal weight as have every letter, the one with most first; what only some symbols lack is left out.

    Raises `UsageError` when a letter, a digit or a mark is in none: it would be lost.
    """
    able = [font for font in (installed() if fonts is None else fonts) if font.plain and font.weight in _REGULAR]
    missing = {ord(c) for c in text if not _unseen(c)}
    chosen: list[Font] = []
    while missing:
        best = max(able, key=lambda font: (sum(map(font.has, missing)), font.sans, -len(font.ranges)), default=None)
        if best is None or not any(map(best.has, missing)):
            break
        chosen.append(best)
        missing = {point for point in missing if not best.has(point)}
    lost = "".join(sorted(chr(point) for point in missing if unicodedata.category(chr(point))[0] in "LMN"))
    if lost or not chosen:
        scripts = sorted({unicodedata.name(c, "unnamed").split()[0].capitalize() for c in lost})
        raise UsageError(
            f"a PDF needs a font for each of its letters, and this machine has none for {', '.join(scripts[:5]) or 'any'} letters"
            f"{f' ({lost[:10]})' if lost else ''}. Install one (on Debian: fonts-noto), or save as Word or Markdown."
        )
    return chosen


def bold_of(font: Font) -> Font | None:
    """The bold face of a font's family."""
    return next((other for other in installed() if (other.family, other.plain) == (font.family, True) and other.weight in _BOLD), None)


def spelled(text: str, fonts: Iterable[Font]) -> str:
    """The text with its Unicode name in place of each symbol that no font has: `[grinning face]`."""
    known = list(fonts)

    def one(c: str) -> str:
        if _unseen(c) or any(font.has(ord(c)) for font in known):
            return c
        return f"[{unicodedata.name(c, f'U+{ord(c):04X}').lower()}]"

    return "".join(map(one, text))


def _unseen(c: str) -> bool:
    """White space, joiners and what chooses among pictures: nothing is lost where a font lacks it."""
    return c.isspace() or unicodedata.category(c) == "Cf" or "\ufe00" <= c <= "\ufe0f"


@cache
def installed() -> list[Font]:
    """The fonts in the folders where systems and people keep them; files that are none are passed over. Read once in a process."""
    return apart(_found, _folders())


def _found(folders: Sequence[Path]) -> list[Font]:
    return [font for folder in folders for path in sorted(folder.rglob("*")) if path.suffix.lower() in _ENDINGS for font in _faces(path)]


def _folders() -> list[Path]:
    home, environment = Path.home(), os.environ
    if sys.platform == "darwin":
        places = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    elif sys.platform == "win32":
        places = [Path(environment.get("WINDIR", "C:/Windows"), "Fonts"), home / "AppData/Local/Microsoft/Windows/Fonts"]
    else:
        data = [Path(one) for one in (environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":") if one]
        places = [*(one / "fonts" for one in data), home / ".local/share/fonts", home / ".fonts"]
    return [place for place in dict.fromkeys(places) if place.is_dir()]


def _faces(path: Path) -> Iterator[Font]:
    from fontTools.ttLib import TTFont, TTLibError

    number, count = 0, 1
    while number < count:
        try:
            with TTFont(path, fontNumber=number, lazy=True) as face:
                count = getattr(face.reader, "numFonts", 1)
                if "OS/2" in face and ("glyf" in face or "CFF " in face) and (letters := face.getBestCmap()):
                    yield _face(path, number, face, sorted(letters))
        except (TTLibError, OSError, ValueError, LookupError, AssertionError, AttributeError):  # what fontTools raises for damaged files
            return
        number += 1


def _face(path: Path, number: int, face: Any, points: list[int]) -> Font:
    about = face["OS/2"]
    family = face["name"].getBestFamilyName() or path.stem
    narrow = about.usWidthClass < 5 or bool(face["post"].isFixedPitch)
    shape = about.panose
    sans = shape.bFamilyType == 2 and shape.bSerifStyle >= 11  # PANOSE: Latin text, styles without serifs
    upright = not about.fsSelection & 1
    ranges: list[int] = []
    for point in points:
        if ranges and ranges[-1] == point - 1:
            ranges[-1] = point
        else:
            ranges += [point, point]
    return Font(path, number, family, about.usWeightClass, upright and not narrow, sans, tuple(ranges))
