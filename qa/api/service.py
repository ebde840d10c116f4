"""What every route shares: the engine, the queue, the conversations, and how errors become HTTP statuses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from index.errors import FootnoteError, IndexBusy, ModelError, StoreError, UsageError
from qa.api.access import Access, RateLimit
from qa.api.engine_host import EngineHost, NotReady
from qa.api.metrics import Metrics
from qa.api.work_queue import Job, QueueFull, Stopping, WorkQueue
from qa.engine_protocol import AnswerEngine, Shelf
from qa.schema import Answer, StreamEvent, Turn
from qa.threads.store import ThreadStore

T = TypeVar("T")
CHECK_SECONDS = 5.0
_LOG = logging.getLogger("footnote")


class ClientGone(Exception):
    """Nobody waits for the response any more."""


@dataclass
class Service:
    """The parts that live as long as the server."""

    host: EngineHost
    queue: WorkQueue
    threads: ThreadStore
    access: Access
    rates: RateLimit
    logins: RateLimit
    metrics: Metrics
    # The catalog keeps a connection for every thread that ever read it, so readers are few and stay the same.
    readers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, thread_name_prefix="reader"))
    # A store that hangs must hold up no reader, so looking after the stores has a thread of its own.
    doctor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="check"))
    stopping: bool = False
    # What else has to end with the server.
    ending: list[Callable[[], None]] = field(default_factory=list)
    _asked: dict[Hashable, Job[StreamEvent]] = field(default_factory=dict)

    async def submit(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        counted: bool = True,
    ) -> AsyncIterator[StreamEvent]:
        """Put a question in the line and return its events; errors known beforehand are raised here, before any output.

        A question that is being answered already, word for word and over the same index, is not answered twice: both
        clients get the events of one answer. `counted` answers appear in the metrics.
        """
        await run_in_threadpool(self.host.check)
        key = (question, tuple(history), since, until, tuple(sources), await self.with_shelf(lambda shelf: shelf.generation()))
        self._asked = {key: job for key, job in self._asked.items() if job.joinable}
        if key in self._asked:
            self.metrics.shared.inc()
            return self._asked[key].items()

        def work(job: Job[StreamEvent]) -> None:
            events = self.host.engine().stream(question, history=history, since=since, until=until, sources=sources)
            try:
                for event in events:
                    if job.stopped:
                        self.metrics.stopped.inc()
                        return
                    if event.answer is not None and counted:
                        self.metrics.answered(event.answer)
                    job.emit(event)
            finally:
                events.close()

        self._asked[key] = self._submit(_reporting(work))
        return self._asked[key].items()

    async def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        counted: bool = True,
    ) -> Answer:
        """The whole answer."""
        events = await self.submit(question, history=history, since=since, until=until, sources=sources, counted=counted)
        async for event in events:
            if event.answer is not None:
                return event.answer
        raise FootnoteError("the engine ended without an answer. See the server's log.")

    async def with_engine(self, call: Callable[[AnswerEngine], T]) -> T:
        """Run `call` on a worker, in turn with the questions."""
        await run_in_threadpool(self.host.check)
        job: Job[T] = self._submit(_reporting(lambda job: job.emit(call(self.host.engine()))))
        results = [item async for item in job.items()]
        return results[0]

    async def with_shelf(self, call: Callable[[Shelf], T]) -> T:
        """Read documents, beside running questions."""
        return await asyncio.get_running_loop().run_in_executor(self.readers, lambda: call(self.host.shelf()))

    async def stores_problem(self) -> str:
        """What keeps the stores from being read now; empty when nothing does."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await asyncio.get_running_loop().run_in_executor(self.doctor, self.host.check_stores)
        except FootnoteError as error:
            return str(error)
        except TimeoutError:
            return f"the vectors do not answer within {CHECK_SECONDS:.0f} s. Check the Chroma server."
        return ""

    def drain(self) -> None:
        """Finish running answers, refuse everything else."""
        self.stopping = True
        self.queue.drain()
        for end in self.ending:
            end()

    def _submit(self, work: Callable[[Job[T]], None]) -> Job[T]:
        try:
            return self.queue.submit(work)
        except QueueFull:
            self.metrics.refused.labels("queue").inc()
            raise


def _reporting(work: Callable[[Job[T]], None]) -> Callable[[Job[T]], None]:
    """`work` whose unexpected errors go to the log in full and to the client as one line."""

    def reported(job: Job[T]) -> None:
        try:
            work(job)
        except FootnoteError:
            raise
        except Exception as error:
            _LOG.exception("a question failed")
            raise FootnoteError("an unexpected error; the server's log has it.") from error

    return reported


def service_of(request: Request) -> Service:
    """The service behind a request."""
    service: Service = request.app.state.service
    return service


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; cancels it and raises `ClientGone` when the client leaves first."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        gone.cancel()
        task.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def status_of(error: FootnoteError) -> int:
    """The HTTP status of one of our errors."""
    if isinstance(error, QueueFull):
        return 429
    if isinstance(error, Stopping | StoreError | IndexBusy | ModelError):
        return 503
    return 400 if isinstance(error, UsageError) else 500


def error_response(
    status: int, message: str, *, kind: str | None = None, param: str | None = None, code: str | None = None, retry_after: int | None = None
) -> JSONResponse:
    """Every error leaves in the same shape, which OpenAI's clients read too."""
    kinds = {429: "rate_limit_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
    body = {"message": message, "type": kind or kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")}
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
    return JSONResponse({"error": {**body, "param": param, "code": code}}, status_code=status, headers=headers)


def footnote_error_response(error: FootnoteError) -> JSONResponse:
    """The response to one of our errors, logged."""
    status = status_of(error)
    _LOG.log(logging.ERROR if status == 500 else logging.WARNING, "%s: %s", status, error)
    retry = error.retry_after if isinstance(error, QueueFull) else 5 if status == 503 else None
    code = "queue_full" if status == 429 else "loading" if isinstance(error, NotReady) else None
    return error_response(status, str(error), code=code, retry_after=retry)
