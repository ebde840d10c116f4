"""A conversation as a PDF: questions, answers, and the footnotes with their quotes below each answer. The letters' fonts are in the file.

Knows answers, nothing of where they are kept, nor where fonts come from (`qa.threads.fonts`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from index.errors import UsageError
from index.screen.plain import for_terminal
from qa.threads.apart import apart
from qa.threads.fonts import Font, bold_of, fonts_for, spelled
from qa.threads.word import Exchange
from qa.write.markdown import cited_place

if TYPE_CHECKING:
    from fpdf import FPDF

Run = tuple[str, bool]
"""Text, and whether it is bold."""
_MARGIN, _INDENT = 20, 6  # mm
_NUMBER = re.compile(r"\s*[-•*]\s+")


def pdf_file(title: str, exchanges: Sequence[Exchange]) -> bytes:
    """The whole file. Raises `UsageError` when no font of this machine has some of its letters."""
    parts = _parts(title, exchanges)
    fonts = fonts_for("".join(text for _, runs in parts for text, _ in runs))
    for package in ("uharfbuzz", "fpdf"):
        if find_spec(package) is None:
            raise UsageError(f"a PDF needs the package {package}: pip install 'footnote[web]'. Word and Markdown do not.")
    return apart(_drawn, title, parts, fonts, [bold_of(font) or font for font in fonts])


def _drawn(title: str, parts: Sequence[tuple[float, list[Run]]], fonts: Sequence[Font], bold: Sequence[Font]) -> bytes:
    pdf = _empty(title, fonts, bold)
    for size, runs in parts:
        _paragraph(pdf, size, [(spelled(text, fonts), heavy) for text, heavy in runs if text])
    return bytes(pdf.output())


def _parts(title: str, exchanges: Sequence[Exchange]) -> list[tuple[float, list[Run]]]:
    """Paragraphs from top to bottom: points of their letters, and what stands in them."""
    parts: list[tuple[float, list[Run]]] = [(18, [(_clean(title), True)])]
    for exchange in exchanges:
        parts.append((13, [(_clean(exchange.question), True)]))
        for line in (*exchange.lines, *exchange.notes):
            parts.append((10.5, [(_NUMBER.sub("• ", _clean(line)), False)]))
        for number, citation in sorted(exchange.citations.items()):
            before, short, after = (_clean(part, strip=False) for part in citation.parts)
            where = _clean(cited_place(citation))
            parts.append((9, [(f"[{number}] {where}: “{before}", False), (short, True), (f"{after}”", False)]))
        for near in exchange.nearest:
            parts.append((9, [(f"• {_clean(cited_place(near))}: “{_clean(near.quote)}”", False)]))
    return parts


def _empty(title: str, fonts: Sequence[Font], bold: Sequence[Font]) -> FPDF:
    import uharfbuzz  # noqa: F401  fpdf2 asks it to join and order the letters of Arabic
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_title(_clean(title))
    pdf.set_creator("footnote")
    pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
    pdf.set_auto_page_break(True, _MARGIN)
    for number, weights in enumerate(zip(fonts, bold, strict=True)):
        for style, face in zip(("", "B"), weights, strict=True):
            pdf.add_font(f"f{number}", style, face.path, collection_font_number=face.number)
    pdf.set_fallback_fonts([f"f{number}" for number in range(1, len(fonts))], exact_match=False)
    pdf.set_text_shaping(True)
    pdf.add_page()
    return pdf


def _paragraph(pdf: FPDF, size: float, runs: Sequence[Run]) -> None:
    """One paragraph; from right to left, and then in one weight, where its text begins so."""
    text = "".join(piece for piece, _ in runs)
    heading = size > 12
    height = size * 0.5  # mm: 1.4 times the letters
    pdf.ln(size * (0.45 if heading else 0.15))
    if heading and pdf.will_page_break(4 * height):  # a question does not stand alone at the foot of a page
        pdf.add_page()
    right = [unicodedata.bidirectional(c) in ("R", "AL") for c in text if unicodedata.bidirectional(c) in ("L", "R", "AL")]
    if heading or any(right):
        pdf.set_font("f0", "B" if heading else "", size)
        pdf.multi_cell(0, height, text, align="R" if right and right[0] else "L", new_x="LMARGIN", new_y="NEXT")
        return
    for piece, bold in runs:
        pdf.set_font("f0", "B" if bold else "", size)
        pdf.write(height, piece)
    pdf.ln(height)


def _clean(text: str, strip: bool = True) -> str:
    """On one line, without control characters."""
    line = re.sub(r"\s+", " ", re.sub(r"[\ud800-\udfff\ufffe\uffff]", "\ufffd", for_terminal(text)))
    return line.strip() if strip else line
