"""The bounded queue between requests and models."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from qa.api.work_queue import Job, QueueFull, Stopping, WorkQueue


async def _collect(job: Job[Any]) -> list[Any]:
    return [item async for item in job.items()]


def test_items_come_in_order_and_errors_are_raised() -> None:
    async def main() -> None:
        queue = WorkQueue(1, 4)

        def counts(job: Job[int]) -> None:
            for n in range(5):
                job.emit(n)

        def breaks(job: Job[int]) -> None:
            job.emit(1)
            raise ValueError("broken")

        assert await _collect(queue.submit(counts)) == [0, 1, 2, 3, 4]
        with pytest.raises(ValueError, match="broken"):
            await _collect(queue.submit(breaks))
        assert await _collect(queue.submit(counts)) == [0, 1, 2, 3, 4], "the worker goes on after an error"
        queue.drain()
        assert queue.join(5)

    asyncio.run(main())


def test_a_full_line_refuses_with_a_time() -> None:
    async def main() -> None:
        queue = WorkQueue(1, 2)
        go = threading.Event()
        jobs = [queue.submit(lambda job: job.emit(go.wait(5))) for _ in range(1)]
        while queue.running == 0:
            await asyncio.sleep(0.001)
        jobs += [queue.submit(lambda job: job.emit(True)) for _ in range(2)]
        with pytest.raises(QueueFull) as full:
            queue.submit(lambda job: None)
        assert full.value.retry_after >= 1
        jobs[1].cancel()
        assert queue.waiting == 1, "a client that leaves makes room at once"
        queue.submit(lambda job: None)
        go.set()
        assert await _collect(jobs[0]) == [True]
        queue.drain()

    asyncio.run(main())


def test_a_cancelled_job_never_runs() -> None:
    async def main() -> None:
        queue = WorkQueue(1, 4)
        go, ran = threading.Event(), []
        first = queue.submit(lambda job: job.emit(go.wait(5)))
        second = queue.submit(lambda job: ran.append(1))
        second.cancel()
        go.set()
        await _collect(first)
        await _collect(queue.submit(lambda job: None))
        assert ran == []
        queue.drain()

    asyncio.run(main())


def test_clients_of_one_job_get_the_same_and_the_last_to_leave_stops_it() -> None:
    async def main() -> None:
        queue = WorkQueue(1, 4)
        go, stopped, ended = threading.Event(), threading.Event(), threading.Event()

        def count(job: Job[int]) -> None:
            for n in range(1000):
                job.emit(n)
                if n == 1:
                    go.wait(5)
                if job.stopped:
                    stopped.set()
                    return
            ended.set()

        job = queue.submit(count)
        first = job.items()
        assert [await anext(first), await anext(first)] == [0, 1]
        late = job.items()
        assert [await anext(late), await anext(late)] == [0, 1], "who comes late misses nothing"
        await first.aclose()  # type: ignore[attr-defined]
        assert job.joinable and not stopped.is_set()
        go.set()
        assert [item async for item in late] == list(range(2, 1000)) and ended.is_set()
        assert not job.joinable

        go.clear()
        left = queue.submit(count)
        one, two = left.items(), left.items()
        assert await anext(one) == await anext(two) == 0
        for items in (one, two):
            await items.aclose()  # type: ignore[attr-defined]
        go.set()
        assert not left.joinable and await asyncio.to_thread(stopped.wait, 5)
        queue.drain()

    asyncio.run(main())


def test_leaving_early_tells_the_work() -> None:
    async def main() -> None:
        queue = WorkQueue(1, 4)
        stopped = threading.Event()

        def endless(job: Job[int]) -> None:
            while not job.stopped:
                job.emit(1)
                threading.Event().wait(0.001)
            stopped.set()

        items = queue.submit(endless).items()
        assert await anext(items) == 1
        await items.aclose()  # type: ignore[attr-defined]
        assert await asyncio.to_thread(stopped.wait, 5)
        queue.drain()

    asyncio.run(main())


def test_drain_finishes_what_runs_and_ends_what_waits() -> None:
    async def main() -> None:
        queue = WorkQueue(1, 4)
        go = threading.Event()
        running = queue.submit(lambda job: job.emit(go.wait(5)))
        while queue.running == 0:
            await asyncio.sleep(0.001)
        waiting = queue.submit(lambda job: job.emit(True))
        queue.drain()
        with pytest.raises(Stopping):
            queue.submit(lambda job: None)
        with pytest.raises(Stopping):
            await _collect(waiting)
        assert not queue.join(0.01)
        go.set()
        assert await _collect(running) == [True]
        assert await asyncio.to_thread(queue.join, 5)

    asyncio.run(main())
