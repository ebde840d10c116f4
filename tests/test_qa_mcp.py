"""`footnote mcp` with the SDK's own client over a real pipe."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from qa.schema import Answer
from tests.fakes import PAPER, PRESS

pytest.importorskip("mcp", reason="the SDK is in the extra [mcp]")

ROOT = Path(__file__).parents[1]
QUESTION = "How much has Korea invested?"
QUOTE = "Korea has invested 9.6 billion dollars in Kazakhstan since 1992."
SCRIPT = """
import os, sys
from index.errors import NoIndex
from qa.api.mcp import run_stdio
from tests.fakes import FakeEngine

class Noisy(FakeEngine):
    def refresh(self):
        print("a library prints to standard output")
        os.write(1, b"and so does native code\\n")
        super().refresh()

def opener():
    if sys.argv[1] == "no index":
        raise NoIndex("there is no index at .footnote. Run: footnote index FOLDER")
    return Noisy(pause=float(sys.argv[1]))

run_stdio(opener)
"""


def session(use: Callable[[Any], Awaitable[None]], argument: str = "0") -> None:
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = StdioServerParameters(command=sys.executable, args=["-c", SCRIPT, argument], env=env)

    async def main() -> None:
        async with asyncio.timeout(120), Client(server) as client:
            await use(client)

    asyncio.run(main())


def test_tools() -> None:
    async def use(client: Any) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"ask", "search", "get_document"}
        assert all(tool.annotations.read_only_hint and tool.output_schema and tool.description for tool in tools.values())
        got = await client.call_tool("ask", {"question": QUESTION, "since": "2020"})
        assert not got.is_error and got.content[0].text.startswith(f"## {QUESTION}") and "[^1]: Plant opens" in got.content[0].text
        whole = {name: value for name, value in got.structured_content.items() if name in Answer.model_fields}
        assert Answer(**whole).citations[0].quote == QUOTE
        within = await client.call_tool("ask", {"question": QUESTION, "sources": [PAPER.source]})
        assert {c["source"] for c in within.structured_content["citations"]} <= {PAPER.source}
        refused = await client.call_tool("ask", {"question": "Who is the moon?"})
        assert refused.structured_content["abstained"] and "Nearest passages" in refused.content[0].text
        hits = (await client.call_tool("search", {"question": QUESTION, "k": 1})).structured_content["hits"]
        assert [hit["text"] for hit in hits] == [QUOTE]

    session(use)


def test_documents_as_tool_and_as_resources() -> None:
    async def use(client: Any) -> None:
        cited = (await client.call_tool("ask", {"question": QUESTION})).structured_content["citations"][0]
        part = await client.call_tool("get_document", {name: cited[name] for name in ("source", "start", "end")})
        assert part.structured_content["text"] == cited["quote"] and part.structured_content["characters"] == len(PRESS.text)
        assert part.structured_content["date_known"] == "as the document says"
        listed = {resource.name: resource for resource in (await client.list_resources()).resources}
        assert set(listed) == {PRESS.source, PAPER.source}
        for document in (PRESS, PAPER):
            read = await client.read_resource(listed[document.source].uri)
            assert read.contents[0].text == document.text
        assert len((await client.list_resource_templates()).resource_templates) == 1

    session(use)


def test_bad_input_is_an_error_of_the_tool_and_the_server_goes_on() -> None:
    async def use(client: Any) -> None:
        for tool, arguments, words in (
            ("ask", {"question": QUESTION, "since": "soon"}, "YYYY"),
            ("ask", {"question": ""}, "question"),
            ("ask", {}, "question"),
            ("search", {"question": QUESTION, "k": 1000}, "50"),
            ("get_document", {"source": "../../etc/passwd"}, "no document"),
            ("get_document", {"source": PRESS.source, "start": 10_000}, "characters"),
        ):
            got = await client.call_tool(tool, arguments)
            assert got.is_error and words in got.content[0].text, (tool, arguments, got.content)
        with pytest.raises(Exception, match="no document"):
            await client.read_resource("footnote://document/..%2F..%2Fetc%2Fpasswd")
        assert not (await client.call_tool("ask", {"question": QUESTION})).is_error

    session(use)


def test_without_an_index_the_tools_say_so() -> None:
    async def use(client: Any) -> None:
        assert len((await client.list_tools()).tools) == 3
        got = await client.call_tool("ask", {"question": QUESTION})
        assert got.is_error and "footnote index" in got.content[0].text

    session(use, "no index")


def test_a_cancelled_call_stops_its_work() -> None:
    async def use(client: Any) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await client.call_tool("ask", {"question": QUESTION})
        got = await client.call_tool("get_document", {"source": PRESS.source})
        assert got.structured_content["text"] == PRESS.text

    session(use, "0.7")
