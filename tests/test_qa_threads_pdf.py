"""A conversation as a PDF: no letter is lost without a word."""

from __future__ import annotations

import itertools
import sys
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from index.errors import UsageError
from qa.threads import fonts
from qa.threads.export import FORMATS
from qa.threads.fonts import Font, fonts_for, spelled
from qa.web.app import create_app
from tests.fakes import FakeEngine
from tests.serving import QUESTION, events_of, serving, wait_until_ready

ANSWER = FakeEngine().ask(QUESTION)
REFUSAL = FakeEngine().ask("Who is the moon?")


def font(name: str, letters: str, **more: object) -> Font:
    ranges = tuple(point for c in sorted(letters) for point in (ord(c), ord(c)))
    return Font(Path(name), 0, name, **{"weight": 400, "plain": True, "sans": True, "ranges": ranges, **more})  # type: ignore[arg-type]


def test_few_fonts_have_every_letter() -> None:
    latin, both, serif = font("latin", "abc"), font("both", "abcд"), font("serif", "abcд", sans=False)
    bold, korean = font("bold", "abcд한", weight=700), font("korean", "한")
    assert fonts_for("ab d".replace("d", "д"), [latin, serif, both, korean]) == [both]
    assert fonts_for("a\u200d한 c", [latin, bold, korean]) == [latin, korean]


@pytest.mark.parametrize(("text", "named"), [("ab 한국", "Hangul"), ("a १", "Devanagari"), ("ж", "Cyrillic")])
def test_letters_without_a_font_are_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(UsageError, match=rf"none for {named} letters.*save as Word"):
        fonts_for(text, [font("latin", "ab ")])
    with pytest.raises(UsageError, match="save as Word"):
        fonts_for("ab", [])


def test_symbols_without_a_font_are_named() -> None:
    latin = font("latin", "ab")
    assert fonts_for("a😀", [latin]) == [latin]
    assert spelled("a😀\ue000b", [latin]) == "a[grinning face][u+e000]b"


def test_ranges() -> None:
    one = Font(Path("f"), 0, "f", 400, True, True, (65, 70, 80, 80))
    assert [point for point in range(60, 90) if one.has(point)] == [*range(65, 71), 80]


@pytest.fixture
def able() -> None:
    """What a PDF needs of the machine."""
    if not (find_spec("fpdf") and find_spec("uharfbuzz")):
        pytest.skip("fpdf2 and uharfbuzz are in the extra [web]")
    try:
        fonts_for("aбع1")
    except UsageError as error:
        pytest.skip(f"needs a font of the system with Latin, Cyrillic and Arabic, like DejaVu: {error}")


@pytest.mark.usefixtures("able")
def test_a_pdf_holds_what_was_said() -> None:
    import pypdfium2

    loaded = set(sys.modules)

    russian = ANSWER.citations[0].model_copy(update={"quote": "Корея вложила 9,6 млрд", "highlight": None})
    arabic = ANSWER.citations[1].model_copy(update={"quote": "مليار", "highlight": None, "title": "<b>x</b> **y** [z](u)\x1b[31m"})
    other = ANSWER.model_copy(update={"question": "Сколько?", "citations": [russian, arabic]})
    data = FORMATS["pdf"][1]("Maße & more", list(itertools.chain(*[[ANSWER, REFUSAL, other]] * 8)))
    document = pypdfium2.PdfDocument(data)
    assert len(document) > 1 and document.get_metadata_dict()["Title"] == "Maße & more"
    text = " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    for said in (
        ANSWER.citations[0].quote,
        REFUSAL.related[0].quote,
        "Корея вложила 9,6 млрд",
        "Сколько?",
        "مليار",
        "**y** [z](u)",
        "Maße",
    ):
        assert said in text, said
    assert not {"uharfbuzz", "fontTools.ttLib"} & (sys.modules.keys() - loaded), "here it keeps spaCy from loading"
    assert "\x1b" not in text and "9.6 billion dollars in Kazakhstan since 1992. [1]" in text


@pytest.mark.usefixtures("able")
def test_hangul_is_drawn_where_a_font_has_it() -> None:
    import pypdfium2

    said = "한국은 카자흐스탄에 96억 달러를 투자했다."
    try:
        fonts_for(said)
    except UsageError:
        pytest.skip("needs a font with Hangul: apt-get install fonts-nanum")
    citation = ANSWER.citations[0].model_copy(update={"quote": said, "title": "한국 보고서", "highlight": None})
    data = FORMATS["pdf"][1]("대화", [ANSWER.model_copy(update={"question": "얼마를 투자했나요?", "citations": [citation]})])
    text = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    assert all(part in text for part in ("대화", "얼마를 투자했나요?", f"한국 보고서, 2024-06-13 (press/plant.txt): “{said}”"))


@pytest.mark.usefixtures("able")
def test_over_a_real_port_and_refused_where_letters_would_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(create_app(FakeEngine, tmp_path / "c.sqlite3")) as base:
        wait_until_ready(base)
        thread = events_of(httpx.post(f"{base}/api/chat", json={"question": QUESTION}))[0][1]["thread"]
        address = f"{base}/api/threads/{thread}/export?format=pdf"
        good = httpx.get(address, timeout=60)
        assert good.content.startswith(b"%PDF") and good.headers["content-type"] == "application/pdf"
        monkeypatch.setattr(fonts, "installed", lambda: [])
        refused = httpx.get(address)
    assert refused.status_code == 400 and "save as Word or Markdown" in refused.json()["error"]["message"]


def test_files_that_are_no_fonts_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not find_spec("fontTools"):
        pytest.skip("fontTools is in the extra [web]")
    for name, data in {
        "a.ttf": b"",
        "b.otf": b"OTTO" + bytes(60),
        "c.ttc": b"ttcf" + b"\xff" * 40,
        "d.ttf": b"\0\1\0\0" + bytes(range(200)),
    }.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "e.ttf").mkdir()
    monkeypatch.setattr(fonts, "_folders", lambda: [tmp_path])
    fonts.installed.cache_clear()
    try:
        assert fonts.installed() == []
    finally:
        fonts.installed.cache_clear()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = Font(Path("f"), 0, "f", 400, True, True, (32, 0x10FFFF))
    monkeypatch.setattr(fonts, "installed", lambda: [everything])
    monkeypatch.setitem(sys.modules, "uharfbuzz", None)
    with pytest.raises(UsageError, match=r"needs the package uharfbuzz: pip install 'footnote\[web\]'"):
        FORMATS["pdf"][1]("Title", [ANSWER])
