"""Text recognition (OCR): a picture of a page to words with boxes, by RapidOCR, whose wheel brings its models (extra `ocr`).

Lines are found and read by the library. Here they become `Word`s as PDFium gives them, so that columns, tables, headings and paragraphs
are found in the same way as on a page with text. Knows nothing of files. Nothing is downloaded: the models are named by path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from index.errors import LoadError
from index.formats.guarded import more_time
from index.formats.pdf.words import Word

if TYPE_CHECKING:
    from PIL.Image import Image

INSTALL = "pip install 'footnote[ocr]'"
UNKNOWN = "in letters that recognition does not know (it reads Latin ones)"
NO_LINES: Mapping[str, int] = MappingProxyType({})
MOST_PAGES = 100  # of a file: more would take longer than reading a file may
LONG_SIDE = 2000  # pixels that the library reads at most; an A4 page has 170 dots an inch then
POINTS = 842.0  # of the longer side of a picture: as if it were a page of A4
SECONDS_A_PAGE = 20.0  # of processor; measured are 3 to 6, and the first page loads the models
DOUBTFUL = 0.98  # mean confidence; see docs/decisions.md
SURE = 0.5  # confidence below which a line is no text; the library's own limit
_LONG_LINE = 4.0  # heights; of a shorter line the number of signs says little
# Signs for each height that a line is long: on lines of our own Latin has 1.3 to 2, Greek (half of it read) .9, Cyrillic less than .2.
_FEW_SIGNS = 0.3
_WIDTH = 0.5  # of a letter, in sizes of its font
_SAME = 0.2  # sizes that differ less are one: the boxes of lines are not exact
_SHORT = 12  # letters: the width of a shorter line says little of the size


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was recognised: its text, confidence from 0 to 1, and box in pixels from the upper left corner."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Recognised:
    """The words of a page in points, y growing upwards, how sure their letters are on average (0 where there are none), and how many lines
    are of letters that the models do not know."""

    words: list[Word]
    confidence: float
    unknown: int = 0


@cache
def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("rapidocr") is not None


def recognise(picture: Image, points: float) -> Recognised:
    """The words on a picture whose longer side is `points` long. Raises `LoadError` when the library is damaged."""
    import numpy as np

    more_time(SECONDS_A_PAGE)
    scale = min(1.0, LONG_SIDE / max(picture.size))
    if scale < 1:
        picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    found = _engine()(np.asarray(picture.convert("RGB"))[:, :, ::-1], text_score=0.0)  # the library reads blue, green, red
    seen = [
        Line(" ".join(text.split()), float(score), *box.min(axis=0).tolist(), *box.max(axis=0).tolist())
        for text, score, box in zip(found.txts or (), found.scores or (), found.boxes if found.boxes is not None else (), strict=True)
    ]
    known = [not _is_unknown(line) for line in seen]
    lines = [line for line, read in zip(seen, known, strict=True) if read and line.text and line.confidence >= SURE]
    letters = sum(len(line.text) for line in lines)
    confidence = sum(line.confidence * len(line.text) for line in lines) / letters if letters else 0.0
    return Recognised(words_of(lines, points / max(picture.size), picture.height), confidence, known.count(False))


def _is_unknown(line: Line) -> bool:
    """Whether far fewer signs were recognised than a line of its length has: Cyrillic or Arabic, which the models leave out silently."""
    lengths = (line.right - line.left) / max(1.0, line.bottom - line.top)  # in heights of the line; a height has two letters
    return lengths > _LONG_LINE and sum(not c.isspace() for c in line.text) < _FEW_SIGNS * lengths


def words_of(lines: Sequence[Line], points: float, height: float) -> list[Word]:
    """The words of the lines on a picture `height` pixels high, each pixel `points` long; a word has its share of its line's box."""
    sizes = _sizes(lines)
    words = []
    for line, size in zip(lines, sizes, strict=True):
        letter = (line.right - line.left) / len(line.text)
        middle = height - (line.top + line.bottom) / 2
        at = 0
        for text in line.text.split(" "):
            left = line.left + at * letter
            right, bottom, top = left + len(text) * letter, middle - size / 2, middle + size / 2
            words.append(Word(text, left * points, bottom * points, right * points, top * points, size * points))
            at += len(text) + 1
    return words


def _sizes(lines: Sequence[Line]) -> list[float]:
    """The size of each line's type in pixels, by the width of its letters; near ones are taken for the same, short lines for the usual."""
    widths = [(line.right - line.left) / len(line.text) / _WIDTH for line in lines]
    long = [width for line, width in zip(lines, widths, strict=True) for _ in line.text if len(line.text) >= _SHORT]
    usual = median(long or widths) if lines else 0.0
    heights = median([line.bottom - line.top for line in lines]) if lines else 0.0
    sizes = []
    for line, width in zip(lines, widths, strict=True):
        size = width if len(line.text) >= _SHORT else usual * (line.bottom - line.top) / heights
        sizes.append(usual if abs(size - usual) <= _SAME * usual or (len(line.text) < _SHORT and size < 1.5 * usual) else size)
    return sizes


@cache
def _engine() -> Any:
    """The library with the models of its own wheel."""
    import rapidocr

    folder = Path(rapidocr.__file__).parent / "models"
    paths = {}
    for part, name in (("Det", "*_det_*.onnx"), ("Rec", "*_rec_*.onnx"), ("Cls", "*_cls_*.onnx")):
        found = sorted(folder.glob(name))
        if not found:  # the library would fetch them
            raise LoadError(f"text recognition needs its models, found no {name} in {folder}. Run: {INSTALL} --force-reinstall")
        paths[f"{part}.model_path"] = str(found[0])
    return rapidocr.RapidOCR(params={"Global.log_level": "error", **paths})


def tell(source: str, confidences: dict[str, float], more: Sequence[str] = (), unknown: Mapping[str, int] = NO_LINES) -> str:
    """What the report says of pages that were recognised, by label, of lines in letters that are not known, and of pages beyond
    `MOST_PAGES`."""
    doubtful = [f"{label} ({sure:.2f})" for label, sure in confidences.items() if sure < DOUBTFUL]
    number, mean = len(confidences), sum(confidences.values()) / len(confidences)
    said = f"{source}: read by text recognition (OCR): {number} page{'s' if number > 1 else ''}, mean confidence {mean:.2f}."
    if doubtful:
        said += f" Doubtful, to be compared with the original: page {listed(doubtful)}."
    strange = [
        f"{label} ({number} line{'s' if number > 1 else ''})" for label, number in unknown.items() if number and label in confidences
    ]
    if strange:
        said += f" Left out, {UNKNOWN}: page {listed(strange)}."
    if more:
        said += f" Not read, beyond {MOST_PAGES} such pages of a file: page {listed(more)}. Split the file."
    return said


def listed(pages: Sequence[str]) -> str:
    """The labels of pages for a line of the report."""
    return ", ".join(pages[:20]) + (f" and {len(pages) - 20} more" if len(pages) > 20 else "")
