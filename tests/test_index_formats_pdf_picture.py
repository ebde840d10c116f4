"""Pages of a PDF as pictures, and quotes found on them."""

from __future__ import annotations

import io
import subprocess
from typing import Any

import pytest

from index.errors import LoadError
from index.formats.pdf import picture as module
from index.formats.pdf.picture import Box, Quote, picture_of, places
from index.formats.pdf.words import Word
from tests.pdf_pages import draw, lines

image = pytest.importorskip("PIL.Image")


def boxes(pdf: bytes, quote: str, page: int = 1, **around: str) -> list[Box]:
    return list(picture_of(pdf, page, quote=Quote(quote, **around)).boxes)


def letter(sheet: Any) -> None:
    lines(sheet, 60, 780, ["The lift stops on Sundays.", "It is mended by the harbour office, which is", "closed in July."])


def near(box: Box, left: float, top: float, right: float, bottom: float) -> bool:
    return all(abs(a - b) < 0.02 for a, b in zip((box.left, box.top, box.right, box.bottom), (left, top, right, bottom), strict=True))


def test_a_page_is_drawn() -> None:
    found = picture_of(draw(letter, letter), 2, width=600)
    shown = image.open(io.BytesIO(found.png))
    assert (found.page, found.pages, found.boxes) == (2, 2, ())
    assert shown.size[0] == 600 and abs(shown.size[1] - 849) <= 1
    pixels = shown.convert("L")
    assert pixels.getpixel((5, 5)) == 255 and pixels.crop((60, 50, 300, 75)).getextrema()[0] < 90, "white paper, dark letters"


def test_a_quote_has_a_box_for_each_line() -> None:
    (box,) = boxes(draw(letter), "The lift stops on Sundays.")
    assert near(box, 60 / 595, 1 - 788 / 842, 177 / 595, 1 - 778 / 842)
    first, second = boxes(draw(letter), "It is mended by the harbour office, which is closed in July.")
    assert near(first, 60 / 595, 1 - 775 / 842, 251 / 595, 1 - 765 / 842) and near(
        second, 60 / 595, 1 - 762 / 842, 127 / 595, 1 - 752 / 842
    )
    assert boxes(draw(letter), "The ferry never stops.") == []
    assert boxes(draw(letter), "…") == []


def test_of_two_equal_places_the_one_with_the_same_neighbours_is_taken() -> None:
    pdf = draw(lambda sheet: lines(sheet, 60, 700, ["Adults", "Fee 12 euros", "Children", "Fee 12 euros", "Dogs", "Fee 12 euros"]))
    (box,) = boxes(pdf, "Fee 12 euros", before="Adults\nFee 12 euros\n\nChildren\n", after="\nDogs")
    assert abs(box.top - (1 - (700 - 3 * 13 + 8) / 842)) < 0.01


def test_words_that_the_page_divides_are_found() -> None:
    pdf = draw(lambda sheet: lines(sheet, 60, 700, ["They spoke of infra-", "structure for the harbour."]))
    assert len(boxes(pdf, "They spoke of infrastructure for the harbour.")) == 2


def test_a_quote_in_other_order_is_found_in_pieces_that_stand_together() -> None:
    words = [Word(text, n, 0, n + 1, 1, 1) for n, text in enumerate("alpha beta gamma delta epsilon zeta eta theta".split())]
    assert places(words, Quote("gamma delta xx epsilon")) == [2, 3, 4]
    assert places(words, Quote("gamma omega omikron sigma")) == []
    far = [Word(text, n, 0, n + 1, 1, 1) for n, text in enumerate(["gamma", *["filler"] * 40, "delta"])]
    assert places(far, Quote("gamma xx delta")) == [], "what stands far apart is no quote"


def test_turned_pages() -> None:
    def turned(sheet: Any) -> None:
        sheet.setPageRotation(90)
        lines(sheet, 60, 500, ["The lift stops on Sundays."])

    found = picture_of(draw(turned), 1, width=842, quote=Quote("The lift stops on Sundays."))
    (box,) = found.boxes
    shown = image.open(io.BytesIO(found.png)).convert("L")
    wide, tall = shown.size
    crop = (int(box.left * wide), int(box.top * tall), int(box.right * wide) + 1, int(box.bottom * tall) + 1)
    inside = shown.crop(crop)
    assert inside.size[1] > 4 * inside.size[0], "the line stands upright on the turned page"
    assert inside.getextrema()[0] < 120, "there are letters in the box"
    shown.paste(255, crop)
    assert shown.crop((crop[0], 0, crop[2], tall)).getextrema()[0] > 200, "and none beside it"


@pytest.mark.parametrize(
    ("data", "page", "told"),
    [(b"", 1, "cannot be drawn"), (b"%PDF-1.7 nonsense", 1, "cannot be drawn"), (b"MZ" * 500, 1, "cannot be drawn")],
)
def test_what_is_no_pdf_is_told(data: bytes, page: int, told: str) -> None:
    with pytest.raises(LoadError, match=told):
        picture_of(data, page, width=100)


def test_a_page_that_is_not_there() -> None:
    with pytest.raises(LoadError, match="pages 1 to 1, got 2"):
        picture_of(draw(letter), 2, width=100)


def test_a_vast_page_is_drawn_smaller() -> None:
    canvas = pytest.importorskip("reportlab.pdfgen.canvas")
    buffer = io.BytesIO()
    sheet = canvas.Canvas(buffer, pagesize=(100, 14_000))
    sheet.drawString(10, 10, "deep down")
    sheet.save()
    shown = image.open(io.BytesIO(picture_of(buffer.getvalue(), 1, width=2400).png))
    assert shown.size[0] * shown.size[1] <= module.MOST_PIXELS * 1.01


def test_a_drawing_that_dies_or_hangs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Died:
        returncode, stdout = -11, b""

    monkeypatch.setattr(subprocess, "run", lambda *_, **__: Died)
    with pytest.raises(LoadError, match="cannot be drawn"):
        picture_of(b"", 1)

    def hang(*_: Any, **__: Any) -> Any:
        raise subprocess.TimeoutExpired("x", 1)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(LoadError, match="too long"):
        picture_of(b"", 1)
