"""The starters that the page shows: candidates that the engine was asked and could answer.

The asking happens in the background, only while nobody else asks.
"""

from __future__ import annotations

import asyncio
import contextlib

from index.errors import FootnoteError
from qa.api.service import Service
from qa.web.starter_questions import candidates

WANTED = 4
_IDLE_STEP = 0.1


class Starters:
    """The checked questions of one index; checked anew when the number of documents changes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._documents = -1
        self._found: list[str] = []
        self._task: asyncio.Task[None] | None = None

    async def current(self) -> tuple[list[str], bool]:
        """What was found so far, and whether that is all. Raises as the engine host does."""
        documents = await self._service.with_shelf(lambda shelf: shelf.counts().documents)
        if documents != self._documents:
            self.stop()
            self._documents, self._found = documents, []
            self._task = asyncio.create_task(self._check())
        return list(self._found), self._task is None or self._task.done()

    def stop(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()

    async def _check(self) -> None:
        found = self._found
        with contextlib.suppress(FootnoteError):  # the page shows fewer starters; the engine's trouble is told elsewhere
            for question in await self._service.with_shelf(candidates):
                while self._service.queue.waiting or self._service.queue.running:
                    await asyncio.sleep(_IDLE_STEP)
                answer = await self._service.ask(question, counted=False)
                if not answer.abstained:
                    found.append(question)
                if len(found) >= WANTED:
                    return
