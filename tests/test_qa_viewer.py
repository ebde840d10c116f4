"""A document for the page: set out, as pictures, with the quote's place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.catalog.inventory import FileRow
from index.formats.load import load_file
from index.schema import Document
from qa.web.app import create_app
from tests.fakes import PAPER, FakeEngine
from tests.pdf_pages import draw, lines
from tests.serving import serving, wait_until_ready

QUOTE = "The lift at the second pier stops on Sundays and on holidays."


@pytest.fixture
def place(tmp_path: Path) -> Path:
    def page(n: int) -> Callable[[Any], None]:
        texts = [f"Page {n} tells of pier number {n}.", *([QUOTE] if n == 2 else [])]
        return lambda sheet: lines(sheet, 60, 700, texts)

    made = tmp_path / "piers.pdf"
    made.write_bytes(draw(*map(page, (1, 2, 3))))
    return made


@pytest.fixture
def document(place: Path) -> Document:
    return load_file(place, "harbour/piers.pdf", max_bytes=10**6)[0]


@pytest.fixture
def client(document: Document, place: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    engine = FakeEngine((document, PAPER))
    digest = hashlib.sha256(place.read_bytes()).hexdigest()
    size = place.stat().st_size
    engine.catalog.file_rows[document.source] = FileRow(str(place), str(tmp_path), document.source, size, 0, 0, 0, digest, "r")
    with serving(create_app(lambda: engine, tmp_path / "c.sqlite3")) as base, httpx.Client(base_url=base, timeout=30) as made:
        wait_until_ready(base)
        yield made


def test_a_document_is_set_out_by_places_in_its_text(client: httpx.Client) -> None:
    found = client.get("/api/layout/paper.md").json()
    assert found["text"] == PAPER.text and found["title"] == PAPER.title and not found["pictures"]
    heading, prose = found["parts"][:2]
    start, end = heading["lines"][0][0]
    assert (heading["kind"], heading["level"], PAPER.text[start:end]) == ("heading", 1, "Trade")
    assert prose["kind"] == "prose"
    assert client.get("/api/layout/absent.txt").status_code == 404


def test_pages_of_a_pdf(client: httpx.Client, document: Document) -> None:
    found = client.get(f"/api/layout/{document.source}").json()
    assert found["pictures"] and [spot["place"] for spot in found["places"]] == ["p. 1", "p. 2", "p. 3"]
    response = client.get(f"/api/pictures/{document.source}", params={"page": 2, "width": 300})
    assert response.headers["content-type"] == "image/png" and response.content.startswith(b"\x89PNG")
    assert response.headers["x-content-type-options"] == "nosniff"
    for params in ({"page": 4}, {"page": 1, "width": 2400}):
        status = client.get(f"/api/pictures/{document.source}", params=params).status_code
        assert status == (409 if params["page"] == 4 else 200)
    for params in ({"page": 0}, {"page": 1, "width": 100_000}, {}):
        assert client.get(f"/api/pictures/{document.source}", params=params).status_code == 422
    no_pdf = client.get("/api/pictures/paper.md", params={"page": 1})
    assert no_pdf.status_code == 409 and "no PDF" in no_pdf.text


def test_a_quote_has_its_page_and_boxes(client: httpx.Client, document: Document) -> None:
    start = document.text.index(QUOTE)
    told = client.get(f"/api/marks/{document.source}", params={"start": start, "end": start + len(QUOTE)}).json()
    assert (told["pages"], told["page"]) == (3, 2) and [mark["page"] for mark in told["marks"]] == [2]
    ((left, top, right, bottom),) = told["marks"][0]["boxes"]
    assert 0.09 < left < 0.11 and left < right < 0.6 and 0.17 < top < bottom < 0.2
    across = client.get(f"/api/marks/{document.source}", params={"start": 0, "end": len(document.text)}).json()
    assert [mark["page"] for mark in across["marks"]] == [1, 2, 3]
    for start, end in ((5, 2), (0, 10**6)):
        assert client.get(f"/api/marks/{document.source}", params={"start": start, "end": end}).status_code == 400


def test_a_file_that_changed_is_not_drawn(client: httpx.Client, document: Document, place: Path) -> None:
    place.write_bytes(draw(lambda sheet: lines(sheet, 60, 700, ["Something else."])))
    assert client.get(f"/api/pictures/{document.source}", params={"page": 1}).status_code == 409
