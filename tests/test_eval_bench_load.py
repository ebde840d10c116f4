"""Loading a server: every kind of client ends as it should, and what does not is counted."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from eval.bench import load
from qa.api.access import Access
from qa.web.app import create_app
from tests.fakes import FakeEngine
from tests.serving import QUESTION, serving, wait_until_ready


def figures(**more: object) -> load.Figures:
    return load.Figures(1, 1.0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statuses", "others", "errors"),
    [
        ({"200": 5, "429": 2}, {}, 0),
        ({"200": 5, "500": 2, "ReadError": 1}, {}, 3),
        ({}, {"uploading": {"201": 2, "202": 2, "429": 1}, "leaving": {"left": 3}, "slow": {"408": 1}, "wrong token": {"401": 4}}, 0),
        ({}, {"wrong token": {"401": 4, "200": 1}, "uploading": {"500": 1}, "slow": {"503": 1}, "leaving": {"ConnectError": 2}}, 5),
    ],
)
def test_what_counts_as_an_error(statuses: dict[str, int], others: dict[str, dict[str, int]], errors: int) -> None:
    assert figures(statuses=statuses, others=others).errors == errors


def test_the_table_tells_every_kind_of_client() -> None:
    told = load.table(figures(statuses={"200": 3}, others={"slow": {"408": 2}}, memory_mb=[500.0, 510.0], stop_s=1.25, stop_code=0))
    assert "| responses to clients: slow | 408: 2 |" in told and "500, 510" in told and "| 1.2, 0 |" in told


def test_clients_end_as_they_should(tmp_path: Path) -> None:
    app = create_app(FakeEngine, tmp_path / "c.sqlite3", Access(token=load.TOKEN))

    async def all_kinds(base: str) -> dict[str, Counter[str]]:
        ended: dict[str, Counter[str]] = {"leaving": Counter(), "wrong token": Counter()}
        async with httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {load.TOKEN}"}) as http:
            end = time.monotonic() + 0.1
            await load._again(load._leave, http, QUESTION, 1, end, ended["leaving"])
            await load._again(load._without_right, http, QUESTION, 1, time.monotonic() + 0.1, ended["wrong token"])
        return ended

    with serving(app) as base:
        wait_until_ready(base)
        ended = asyncio.run(all_kinds(base))
    assert ended == {"leaving": Counter(left=1), "wrong token": Counter({"401": 1})}
