"""Rotas, lists of crosses and a withdrawn decision from file to footnote, through the real engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index.models.protocol import Embedder
from qa.engine import Engine
from qa.read.protocol import Reader
from tests.asked import engine_over
from tests.needs import requires_models
from tests.office_files import para, word

pytestmark = [pytest.mark.models, requires_models]

ROTA = [
    ["", "Mon", "Tue", "Wed", "Thu", "Fri"],
    ["Ingrid Moe", "N", "", "N", "", ""],
    ["Tor Vang", "", "N", "", "C", ""],
    ["Lise Dahl", "C", "", "", "N", "H"],
]
ROOMS = """<html><head><title>Rooms of the community centre</title></head><body><h1>Rooms of the community centre</h1>
<p>● = available, ○ = on request, – = not available</p><table><tr><th>Room</th><th>Projector</th><th>Piano</th><th>Kitchen</th></tr>
<tr><td>Birch room</td><td>●</td><td>–</td><td>○</td></tr><tr><td>Great hall</td><td>●</td><td>●</td><td>–</td></tr>
<tr><td>Loft</td><td>–</td><td>○</td><td>●</td></tr></table><p>Keys are at the desk.</p></body></html>"""
WATCH = """Watch list of the cable ferry

E early (05:00-13:00)   L late (13:00-21:00)   R rest day

Skipper          Sat   Sun   Mon   Tue
Halvor Nes       E     E     R     L
Grete Lunde      L     R     E     E
Odd Fjell        R     L     L     R

The ferry does not run at night.
"""
HOURS = """From: Per Holt <per@club.example>
Subject: Pool hours
Date: Tue, 3 Feb 2026 10:00:00 +0100

Hello,

the pool is open from 8 to 20.
"""
CORRECTED = """From: Per Holt <per@club.example>
Subject: Re: Pool hours
Date: Thu, 12 Feb 2026 10:00:00 +0100

Hello,

I must correct my mail of 3 February. The pool is open from 9 to 19.

On Tue, 3 Feb 2026, Per Holt wrote:
> the pool is open from 8 to 20.
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, reader: Reader) -> Iterator[Engine]:
    root = tmp_path_factory.mktemp("rotas")
    (root / "docs").mkdir()
    rows = "".join(f"<w:tr>{''.join(f'<w:tc>{para(cell)}</w:tc>' for cell in row)}</w:tr>" for row in ROTA)
    body = para("Night rota of the lock keepers, week 23") + f"<w:tbl>{rows}</w:tbl>"
    body += para("N = night shift, C = on call by telephone, H = holiday") + para("Changes go to the lock master by Friday noon.")
    (root / "docs" / "rota.docx").write_bytes(word(body))
    for name, text in {"rooms.html": ROOMS, "watch.txt": WATCH, "hours.eml": HOURS, "re-hours.eml": CORRECTED}.items():
        (root / "docs" / name).write_text(text, encoding="utf-8")
    with engine_over(root, embedder, reader) as made:
        yield made


@pytest.mark.parametrize(
    ("question", "first", "explained"),
    [
        ("Who has the night shift on Tuesday?", "Tor Vang | Tue: N | Thu: C", "N = night shift"),
        ("Who is on call on Monday?", "Lise Dahl | Mon: C | Thu: N | Fri: H", "C = on call"),
        ("Is there a kitchen in the Birch room?", "Room: Birch room | Projector: ● | Piano: – | Kitchen: ○", "○ = on request"),
        ("Who has the late watch on Saturday?", "Grete Lunde      L     R     E     E", "L late"),
    ],
)
def test_the_row_with_the_mark_is_cited_and_the_line_that_explains_it(engine: Engine, question: str, first: str, explained: str) -> None:
    quotes = [citation.quote for citation in engine.ask(question).citations]
    assert quotes[0] == first
    assert any(explained in quote for quote in quotes[1:])


def test_a_mark_that_nobody_has_is_not_answered(engine: Engine) -> None:
    assert engine.ask("Who has the night shift on Saturday?").abstained


def test_what_a_later_mail_corrects_comes_after_it_and_its_footnote_says_so(engine: Engine) -> None:
    answer = engine.ask("When is the pool open?")
    assert "from 9 to 19" in answer.citations[0].quote and answer.citations[0].source == "re-hours.eml"
    assert {c.source: c.later_version for c in answer.citations} == {"re-hours.eml": None, "hours.eml": "re-hours.eml"}
