"""Pages without a text layer and pictures, read by text recognition: those tests need the extra `ocr`; the others go without."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from index.config import IndexConfig, load_settings
from index.errors import LoadError, NotRead, Remark
from index.formats import find, guarded, scan
from index.formats.guarded import GuardedLoader
from index.formats.load import load_file
from index.formats.pdf import ocr
from index.formats.pdf.ocr import Line, tell, words_of
from index.formats.pdf.words import Word
from index.schema import Document
from index.sync.build import build
from tests.fakes import fake_pipeline
from tests.pdf_pages import draw, lines

needs_ocr = pytest.mark.skipif(not ocr.available(), reason=f"needs the extra: {ocr.INSTALL}")
TITLE = "Rules of the boat house"
PROSE = [
    "The boat house opens at 7:30 on weekdays and at 9:00 on",
    "Sundays. The key costs 45 euros and is kept by Mrs. Brandt.",
]
TABLE = [("Boat", "Seats", "Price"), ("Heron", "4", "12.50"), ("Otter", "2", "8.00"), ("Plover", "6", "19.75")]


def page(*, noise: float = 0.0) -> Any:
    """A page of A4 at 150 dots an inch, its pixels disturbed by so much (standard deviation, of 255)."""
    import numpy as np
    from matplotlib import get_data_path
    from PIL import Image, ImageDraw, ImageFont

    fonts = Path(get_data_path()) / "fonts" / "ttf"
    text, large = (ImageFont.truetype(fonts / name, size) for name, size in (("DejaVuSerif.ttf", 26), ("DejaVuSerif-Bold.ttf", 42)))
    picture = Image.new("RGB", (1240, 1754), "white")
    pen = ImageDraw.Draw(picture)
    pen.text((120, 120), TITLE, font=large, fill="black")
    for number, line in enumerate(PROSE):
        pen.text((120, 230 + 38 * number), line, font=text, fill="black")
    for number, row in enumerate(TABLE):
        for left, cell in zip((120, 480, 720), row, strict=True):
            pen.text((left, 380 + 46 * number), cell, font=text, fill="black")
    disturbed = np.asarray(picture) + np.random.default_rng(0).normal(0, noise, (1754, 1240, 1))
    return Image.fromarray(disturbed.clip(0, 255).astype("uint8"))


def saved(picture: Any, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def read(folder: Path, name: str, data: bytes, problems: list[LoadError] | None = None) -> Document:
    (folder / name).write_bytes(data)
    return load_file(folder / name, name, max_bytes=20_000_000, problems=problems)[0]


@needs_ocr
@pytest.mark.parametrize(("name", "kind"), [("a.pdf", "PDF"), ("a.png", "PNG"), ("a.webp", "WEBP"), ("a.tiff", "TIFF")])
def test_a_scan_becomes_paragraphs_headings_and_tables(tmp_path: Path, name: str, kind: str) -> None:
    problems: list[LoadError] = []
    document = read(tmp_path, name, saved(page(), kind), problems)
    assert " ".join(PROSE) in document.text
    labelled = {document.text[span.start : span.end]: span.label for span in document.blocks}
    assert labelled[TITLE] == "heading 1"
    assert document.title == TITLE
    assert any(label == "row" and all(cell in text for cell in TABLE[3]) for text, label in labelled.items()), labelled
    assert [type(problem) for problem in problems] == [Remark]
    assert re.fullmatch(rf"{name}: read by text recognition \(OCR\): 1 page, mean confidence (0\.9\d|1\.00)\.", str(problems[0]))


@needs_ocr
def test_pages_are_told_apart_and_a_noisy_one_is_named(tmp_path: Path) -> None:
    problems: list[LoadError] = []
    document = read(tmp_path, "a.pdf", saved(page(), "PDF", save_all=True, append_images=[page(noise=140)]), problems)
    assert [span.label for span in document.pages] == ["1", "2"]
    assert "page 2 (" in str(problems[0])
    assert "Doubtful" in str(problems[0])
    assert "page 1 (" not in str(problems[0])


@needs_ocr
def test_a_page_on_which_nothing_is_recognised_is_named(tmp_path: Path) -> None:
    from PIL import Image

    problems: list[LoadError] = []
    data = saved(page(), "PDF", save_all=True, append_images=[Image.new("RGB", (1240, 1754), "white")])
    read(tmp_path, "a.pdf", data, problems)
    assert {type(problem): "page 2" in str(problem) for problem in problems} == {NotRead: True, Remark: False}


@needs_ocr
def test_lines_in_letters_that_recognition_does_not_know_are_told_and_left_out(tmp_path: Path) -> None:
    from matplotlib import get_data_path
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", 34)
    russian = ["Завод построят в Астане, сообщили", "в министерстве промышленности страны."]

    def drawn(texts: list[str]) -> Any:
        picture = Image.new("RGB", (1240, 600), "white")
        for number, text in enumerate(texts):
            ImageDraw.Draw(picture).text((100, 100 + 60 * number), text, font=font, fill="black")
        return picture

    problems: list[LoadError] = []
    found = read(tmp_path, "a.png", saved(drawn(["The key costs 45 euros this year.", *russian]), "PNG"), problems)
    assert found.text == "The key costs 45 euros this year."
    assert re.search(r"Left out, in letters that recognition does not know .*: page 1 \(\d lines?\)\.", str(problems[0]))
    with pytest.raises(NotRead, match="its text is in letters that recognition does not know"):
        read(tmp_path, "b.png", saved(drawn(russian), "PNG"))
    problems.clear()
    read(tmp_path, "c.pdf", saved(page(), "PDF", save_all=True, append_images=[drawn(russian)]), problems)
    assert any(isinstance(p, NotRead) and "page 2 was not read: its text is in letters" in str(p) for p in problems)


@needs_ocr
@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\nnothing", b"II*\0\xff\xff\xff\xff", b"GIF89a", b"RIFF\0\0\0\0WEBP"])
def test_a_broken_picture_is_told_in_a_line(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(LoadError, match=r"^a\.png: must be a readable picture"):
        read(tmp_path, "a.png", data)


@needs_ocr
def test_a_picture_without_text_and_a_vast_one_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    with pytest.raises(NotRead, match="no text was recognised"):
        read(tmp_path, "a.png", saved(Image.new("RGB", (300, 300), "white"), "PNG"))
    monkeypatch.setattr(scan, "MOST_PIXELS", 80_000)
    with pytest.raises(LoadError, match="million pixels, got 300 x 300"):
        read(tmp_path, "a.png", saved(Image.new("RGB", (300, 300), "white"), "PNG"))


@needs_ocr
def test_a_scan_is_read_within_the_limits_of_a_file_and_named_in_the_report(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "sky.png").write_bytes(saved(page().crop((0, 1000, 400, 1400)), "PNG"))
    (docs / "scan.pdf").write_bytes(saved(page(), "PDF", save_all=True, append_images=[page()]))
    settings = load_settings(IndexConfig, {"store": {"path": tmp_path / "db"}})
    # Two pages take more than a second: each brings its own time.
    report = build([docs], settings, pipeline=fake_pipeline(load_file=GuardedLoader(load_file, 1.0, 2000)))
    assert not report.failed
    assert list(report.unread) == ["sky.png"]
    assert "read by text recognition (OCR): 2 pages, mean confidence" in report.remarks["scan.pdf"]
    assert report.as_json()["remarks"] == report.remarks


def test_without_the_extra_a_scan_is_named_with_the_command_that_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "available", lambda: False)
    with pytest.raises(LoadError, match=r"has none \(1 pages\)\. To have its pictures read, run: pip install 'footnote\[ocr\]'"):
        read(tmp_path, "a.pdf", saved(page(), "PDF"))
    assert "pip install 'footnote[ocr]'" in find.why_unread("holiday/a.JPG")


def test_without_the_extra_a_page_among_others_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scanned(sheet: Any) -> None:
        sheet.drawImage(pytest.importorskip("reportlab.lib.utils").ImageReader(page()), 0, 0, 595, 842)

    monkeypatch.setattr(ocr, "available", lambda: False)
    problems: list[LoadError] = []
    read(tmp_path, "a.pdf", draw(lambda sheet: lines(sheet, 60, 700, PROSE), scanned), problems)
    assert [type(problem) for problem in problems] == [NotRead]
    assert str(problems[0]).endswith("To have it read, run: pip install 'footnote[ocr]'")


def test_words_share_the_box_of_their_line_and_uneven_boxes_are_one_size() -> None:
    even, uneven = Line("The ferry leaves", 1, 0, 100, 160, 121), Line("at noon and at night", 1, 0, 130, 204, 155)
    words = words_of([Line("Ferries", 1, 0, 0, 140, 44), even, uneven], 0.5, 1000)
    assert [word.text for word in words] == "Ferries The ferry leaves at noon and at night".split()
    assert words[1] == Word("The", 0, words[1].bottom, 15, words[1].top, words[1].size)
    assert words[1].size == words[-1].size < words[0].size
    assert words[0].bottom > words[1].top > words[1].bottom > words[-1].top


def test_the_report_names_doubtful_pages_and_those_beyond_the_limit() -> None:
    said = tell("a.tif", {"1": 0.98, "2": 0.6}, ["101", "102"])
    assert said == (
        "a.tif: read by text recognition (OCR): 2 pages, mean confidence 0.79. Doubtful, to be compared with the original: page 2 (0.60). "
        "Not read, beyond 100 such pages of a file: page 101, 102. Split the file."
    )


def test_more_time_is_for_the_process_with_a_limit_only() -> None:
    import signal

    guarded.more_time(5)
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0
    signal.setitimer(signal.ITIMER_PROF, 100)
    try:
        guarded.more_time(50)
        assert 140 < signal.getitimer(signal.ITIMER_PROF)[0] <= 150.1
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@needs_ocr
def test_models_are_those_of_the_wheel_or_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ocr._engine.cache_clear()
    monkeypatch.setattr(pytest.importorskip("rapidocr"), "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(LoadError, match="needs its models"):
        ocr._engine()
