"""A Model Context Protocol server over one engine: tools `ask`, `search`, `get_document`; documents as resources.

The engine opens at the first call, so that a client's handshake is answered at once. One call at a time reaches it; a
call that the client cancels stops its work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import anyio
import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.server.mcpserver.resources import ResourceSecurity
from mcp_types import CallToolResult, Resource, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from index.errors import FootnoteError, UsageError
from index.screen.dates import date_known, date_text
from index.version import __version__
from qa.api.engine_host import EngineHost
from qa.api.models import AskResponse, SearchResponse, ask_response, search_response
from qa.engine_protocol import AnswerEngine, Opener
from qa.question.days import day
from qa.retrieve.search import FoundPassage, shown
from qa.schema import Answer, StreamEvent
from qa.write.markdown import answer_markdown

T = TypeVar("T")
SCHEME = "footnote://document/"
MAX_RESOURCES = 1_000
MAX_SLICE = 50_000
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_ABOUT = (
    "Answers from the user's own documents. 'ask' gives sentences with [n] footnotes to verbatim quotes, or says that the documents do not "
    "say; report a refusal as it is. 'search' gives passages. 'get_document' reads a source; offsets count its characters."
)

Question = Annotated[str, Field(min_length=1, max_length=2_000, description="a question in plain words")]
Date = Annotated[str | None, Field(description="YYYY, YYYY-MM or YYYY-MM-DD")]
Within = Annotated[
    list[str] | None,
    Field(max_length=500, description="only documents that one of these names: a source, a folder (reports/), a pattern (reports/*.pdf)"),
]


class DocumentSlice(BaseModel):
    """A part of a stored document; `text` is verbatim and begins at character `start`."""

    source: str
    title: str | None
    publisher: str | None
    published: str | None
    date_known: str
    start: int
    end: int
    characters: int
    text: str


class _Calls:
    """Runs blocking calls on the engine in a thread, one after the other."""

    def __init__(self, opener: Opener) -> None:
        self._host = EngineHost(opener)
        self._one = anyio.CapacityLimiter(1)
        self._used = threading.Lock()  # a cancelled call may still be ending on its thread

    async def __call__(self, call: Callable[[AnswerEngine, threading.Event], T]) -> T:
        """The result of `call`; our errors become tool errors. Cancelling sets the event that `call` is given."""
        stop = threading.Event()
        try:
            return await anyio.to_thread.run_sync(partial(self._run, call, stop), limiter=self._one, abandon_on_cancel=True)
        except FootnoteError as error:
            raise ToolError(str(error)) from error
        finally:
            stop.set()

    def _run(self, call: Callable[[AnswerEngine, threading.Event], T], stop: threading.Event) -> T:
        with self._used:
            return call(self._host.engine(), stop)

    def close(self) -> None:
        """Close the engine unless a call still runs in it."""
        if self._used.acquire(timeout=1.0):
            self._host.close()


class _Server(MCPServer[Any]):
    """The SDK's server with a resource list that follows the index."""

    def __init__(self, calls: _Calls) -> None:
        super().__init__("footnote", title="footnote", instructions=_ABOUT, version=__version__, log_level="WARNING")
        self._calls = calls

    async def list_resources(self) -> list[Resource]:
        """The first thousand documents; `get_document` and the template reach all of them."""
        listed = await self._calls(lambda engine, _stop: engine.catalog.documents())
        return [
            Resource(
                uri=f"{SCHEME}{quote(document.source, safe='')}",
                name=document.source,
                title=document.title,
                description=f"published {date_text(document.published) or 'at an unknown date'}",
                mime_type="text/plain",
            )
            for document in listed[:MAX_RESOURCES]
        ]


def build(opener: Opener) -> MCPServer[Any]:
    """The server; `opener` is called at the first tool call or resource listing."""
    calls = _Calls(opener)
    server = _Server(calls)
    _add_tools(server, calls)

    @server.resource(
        SCHEME + "{source}", name="document", mime_type="text/plain", security=ResourceSecurity(exempt_params=frozenset({"source"}))
    )
    async def document(source: str) -> str:
        """The stored text of a document (a name in the index, not a path on the disk)."""
        found = await calls(lambda engine, _stop: engine.catalog.document(source))
        if found is None:
            raise ResourceNotFoundError(f"no document {source[:200]!r}")
        return found.text

    return server


def _add_tools(server: MCPServer[Any], calls: _Calls) -> None:
    @server.tool(title="Ask the documents", annotations=_READS)
    async def ask(
        question: Question, since: Date = None, until: Date = None, sources: Within = None
    ) -> Annotated[CallToolResult, AskResponse]:
        """Answer a question; every sentence carries a footnote to a verbatim quote with its source and date."""
        answer = await calls(partial(_ask, question=question, since=since, until=until, sources=sources or ()))
        text = TextContent(type="text", text=answer_markdown(answer))
        return CallToolResult(content=[text], structured_content=ask_response(answer).model_dump(mode="json"))

    @server.tool(title="Search passages", annotations=_READS)
    async def search(
        question: Question, k: Annotated[int, Field(ge=1, le=50)] = 10, since: Date = None, until: Date = None, sources: Within = None
    ) -> SearchResponse:
        """The passages nearest to a question, best first."""

        def call(engine: AnswerEngine, _stop: threading.Event) -> list[FoundPassage]:
            first, last = _between(since, until)
            return shown(engine.catalog, question, engine.search(question, k=k, since=first, until=last, sources=sources or ()))

        return search_response(await calls(call))

    @server.tool(title="Read a document", annotations=_READS)
    async def get_document(
        source: Annotated[str, Field(max_length=4_096, description="as named in a citation")],
        start: Annotated[int, Field(ge=0)] = 0,
        end: Annotated[int | None, Field(ge=0, description="at most 50,000 characters after start")] = None,
    ) -> DocumentSlice:
        """The stored text of a document, whole or from `start` to `end`, with its title, publisher and date."""
        return await calls(lambda engine, _stop: _slice(engine, source, start, end))


def _ask(
    engine: AnswerEngine, stop: threading.Event, *, question: str, since: str | None, until: str | None, sources: Sequence[str]
) -> Answer:
    first, last = _between(since, until)
    events = engine.stream(question, since=first, until=last, sources=sources)
    try:
        answer = _last_answer(events, stop)
    finally:
        events.close()
    if answer is None:
        raise FootnoteError("the engine ended without an answer. Ask again.")
    return answer


def _last_answer(events: Iterable[StreamEvent], stop: threading.Event) -> Answer | None:
    for event in events:
        if event.answer is not None or stop.is_set():
            return event.answer
    return None


def _slice(engine: AnswerEngine, source: str, start: int, end: int | None) -> DocumentSlice:
    found = engine.catalog.document(source)
    if found is None:
        raise UsageError(f"no document {source[:200]!r}; the citations of 'ask' and 'search' name the sources.")
    length = len(found.text)
    stop = min(length, start + MAX_SLICE, length if end is None else end)
    if not start <= stop:
        raise UsageError(f"{source} has {length} characters, got start {start} and end {end}. Ask for a range inside it.")
    return DocumentSlice(
        source=found.source,
        title=found.title,
        publisher=found.publisher,
        published=date_text(found.published),
        date_known=date_known(found.published),
        start=start,
        end=stop,
        characters=length,
        text=found.text[start:stop],
    )


def _between(since: str | None, until: str | None) -> tuple[str | None, str | None]:
    return (day(since) if since else None, day(until, last=True) if until else None)


def run_stdio(opener: Opener) -> None:
    """Serve stdin and stdout until the client hangs up. The SDK keeps stray prints off the wire."""
    build(opener).run("stdio")
