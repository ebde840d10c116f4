"""PDF files of our own for tests: words put where a test wants them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest


def draw(*pages: Callable[[Any], None]) -> bytes:
    """A PDF of A4 pages, each drawn by a function that gets reportlab's canvas."""
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer, pagesize=(595, 842), invariant=True)
    for page in pages:
        sheet.setFont("Helvetica", 10)
        page(sheet)
        sheet.showPage()
    sheet.save()
    return buffer.getvalue()


def lines(
    sheet: Any, left: float, top: float, texts: Sequence[str], leading: float = 13, size: float = 10, font: str = "Helvetica"
) -> None:
    """Texts below each other; an empty one leaves a gap."""
    sheet.setFont(font, size)
    for number, text in enumerate(texts):
        sheet.drawString(left, top - number * leading, text)


def story(*flowables: Any, columns: int = 1) -> bytes:
    """A PDF made by reportlab's own layout, in one frame or in columns."""
    platypus = pytest.importorskip("reportlab.platypus")
    buffer = io.BytesIO()
    document = platypus.BaseDocTemplate(buffer, pagesize=(595, 842), invariant=True)
    width = 480 / columns
    frames = [platypus.Frame(57 + number * width, 60, width - 8, 720) for number in range(columns)]
    document.addPageTemplates(platypus.PageTemplate(frames=frames))
    document.build(list(flowables))
    return buffer.getvalue()


def chart(kind: str, width: float = 220) -> Any:
    """A chart of four birds or years, 130 points high: standing or lying bars, lines over a grid, or a pie with its labels."""
    shapes = pytest.importorskip("reportlab.graphics.shapes")
    charts = {
        "standing": pytest.importorskip("reportlab.graphics.charts.barcharts").VerticalBarChart,
        "lying": pytest.importorskip("reportlab.graphics.charts.barcharts").HorizontalBarChart,
        "lines": pytest.importorskip("reportlab.graphics.charts.linecharts").HorizontalLineChart,
        "pie": pytest.importorskip("reportlab.graphics.charts.piecharts").Pie,
    }
    drawing, made = shapes.Drawing(width, 130), charts[kind]()
    made.x, made.y, made.width, made.height = 60, 20, 100 if kind == "pie" else width - 85, 95
    if kind == "pie":
        made.data, made.labels = [40, 30, 20, 10], ["Hens", "Ducks", "Geese", "Doves"]
    else:
        made.data = [[310, 280, 240, 150], [290, 300, 200, 170]]
        made.categoryAxis.categoryNames = ["2021", "2022", "2023", "2024"] if kind == "lines" else ["Hens", "Ducks", "Geese", "Doves"]
        made.valueAxis.valueMin = 0
        made.categoryAxis.visibleGrid = made.valueAxis.visibleGrid = kind == "lines"
    drawing.add(made)
    return drawing
