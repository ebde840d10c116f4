"""A bounded queue between many requests and one set of models.

Each job runs on a worker thread and hands items to the event loop, where one or several clients wait for them. A job
whose last client left is dropped from the line, or told to stop; a full line refuses at once.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from index.errors import FootnoteError

T = TypeVar("T")


class QueueFull(FootnoteError):
    """Too many questions wait; `retry_after` says in how many seconds to come back."""

    def __init__(self, waiting: int, retry_after: int) -> None:
        super().__init__(f"{waiting} questions are waiting already. Try again in {retry_after} s.")
        self.retry_after = retry_after


class Stopping(FootnoteError):
    """The server is shutting down."""


class Job(Generic[T]):
    """One piece of work, seen from both sides: `emit` and `stopped` on the worker, `items` and `cancel` on the loop.

    Everyone who calls `items` gets all of them, however late: the same work is not done twice for two clients.
    """

    def __init__(self, work: Callable[[Job[T]], None]) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self._said: list[tuple[T] | BaseException | None] = []
        self._listeners: list[asyncio.Queue[tuple[T] | BaseException | None]] = []
        self._stop = threading.Event()
        self._on_cancel: Callable[[Job[T]], None] | None = None

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for the result any more."""
        return self._stop.is_set()

    @property
    def joinable(self) -> bool:
        """Whether one more client may wait for the result (read on the loop)."""
        return not self.stopped and not (self._said and not isinstance(self._said[-1], tuple))

    def emit(self, item: T) -> None:
        """Hand an item to the waiting side (called on the worker)."""
        self._put((item,))

    def run(self) -> None:
        """Do the work and report its end (called on the worker)."""
        try:
            if not self.stopped:
                self._work(self)
        except BaseException as error:  # noqa: BLE001  handed to the waiting side, which raises it
            self._put(error)
        else:
            self._put(None)

    def fail(self, error: BaseException) -> None:
        """End the job with an error without running it."""
        self._put(error)

    def _put(self, item: tuple[T] | BaseException | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._tell, item)
        except RuntimeError:  # the loop closed: nobody is left to tell
            self._stop.set()

    def _tell(self, item: tuple[T] | BaseException | None) -> None:
        self._said.append(item)
        for listener in self._listeners:
            listener.put_nowait(item)

    def items(self) -> AsyncIterator[T]:
        """The emitted items in order; raises what the work raised. When the last client leaves early, the work stops."""
        listener: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()
        for item in self._said:
            listener.put_nowait(item)
        self._listeners.append(listener)
        return self._listen(listener)

    async def _listen(self, listener: asyncio.Queue[tuple[T] | BaseException | None]) -> AsyncIterator[T]:
        try:
            while (item := await listener.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item[0]
        finally:
            self._listeners.remove(listener)
            if not self._listeners:
                self.cancel()

    def cancel(self) -> None:
        """Nobody waits any more: leave the line, or stop at the next item."""
        self._stop.set()
        if self._on_cancel is not None:
            self._on_cancel(self)


class WorkQueue:
    """`workers` threads and a line of at most `capacity` waiting jobs."""

    def __init__(self, workers: int = 1, capacity: int = 16) -> None:
        self._capacity = capacity
        self._workers = workers
        self._line: deque[Job[object]] = deque()
        self._state = threading.Condition()
        self._running = 0
        self._closed = False
        self._average = 1.0  # seconds a job takes, exponentially smoothed; the start value only matters for the first refusals
        self._threads = [threading.Thread(target=self._serve, name=f"answer-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Jobs in the line."""
        return len(self._line)

    @property
    def running(self) -> int:
        """Jobs on a worker."""
        return self._running

    def submit(self, work: Callable[[Job[T]], None]) -> Job[T]:
        """Put work in the line (called on the event loop). Raises `QueueFull` or `Stopping`."""
        job: Job[T] = Job(work)
        job._on_cancel = self._leave
        with self._state:
            if self._closed:
                raise Stopping("the server is stopping. Ask again when it is back.")
            if len(self._line) >= self._capacity:
                raise QueueFull(len(self._line), self._retry_after())
            self._line.append(job)  # type: ignore[arg-type]
            self._state.notify()
        return job

    def drain(self) -> None:
        """Refuse new jobs and end the waiting ones; running ones go on."""
        with self._state:
            self._closed = True
            waiting, self._line = list(self._line), deque()
            self._state.notify_all()
        for job in waiting:
            job.fail(Stopping("the server is stopping. Ask again when it is back."))

    def join(self, seconds: float) -> bool:
        """Wait until the workers have ended (after `drain`); False when one is still busy."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _retry_after(self) -> int:
        return max(1, math.ceil(self._average * (len(self._line) + self._running) / self._workers))

    def _leave(self, job: Job[T]) -> None:
        with self._state:
            if job in self._line:
                self._line.remove(job)  # type: ignore[arg-type]

    def _serve(self) -> None:
        while True:
            with self._state:
                while not self._line and not self._closed:
                    self._state.wait()
                if not self._line:
                    return
                job = self._line.popleft()
                self._running += 1
            started = time.monotonic()
            try:
                job.run()
            finally:
                with self._state:
                    self._running -= 1
                    self._average += 0.2 * (time.monotonic() - started - self._average)
