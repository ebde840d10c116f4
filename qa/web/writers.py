"""Which language model writes, over HTTP: the one in use, those at hand, a switch for as long as the server runs.

Who may add documents may switch. Knows nothing of how a model is asked.
"""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from index.errors import UsageError
from qa.api.models import ErrorBody
from qa.api.routes import BUSY
from qa.api.service import service_of
from qa.config import LlmSettings
from qa.llm.found import Found, at_hand, named
from qa.schema import Speed

router = APIRouter(tags=["models"])


class ModelAtHand(BaseModel):
    """A language model on this machine."""

    name: str
    where: str = Field(description="the server that holds it, or its file")
    in_use: bool


class Writers(BaseModel):
    """Who writes; without a language model answers are the documents' own sentences."""

    name: str | None = Field(description="the language model in use; null where there is none")
    speed: Speed | None = Field(default=None, description="how fast it wrote last, as measured; null before its first answer")
    may_switch: bool = Field(description="whether you may choose another; only then `at_hand` is told")
    at_hand: list[ModelAtHand] = []


class Choice(BaseModel):
    """The model that is to write."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(max_length=500, description="a name from `at_hand`; null: the documents' own sentences")


@router.get("/api/models", responses={503: BUSY[503]}, summary="Who writes, and who could")
async def models(request: Request, look: bool = False) -> Writers:
    """The language model in use; with `look` those at hand too, as `footnote llm` finds them: nothing beyond this machine is contacted."""
    return await _state(request, await run_in_threadpool(at_hand) if look and request.state.writer else [])


@router.post(
    "/api/models",
    responses={400: {"model": ErrorBody}, 403: {"model": ErrorBody, "description": "you may not switch"}, 503: BUSY[503]},
    summary="Let another model write",
)
async def choose(request: Request, body: Choice) -> Writers:
    """For every question from now on, until the server ends; `footnote llm use NAME` keeps a choice. Waits for the answer being made."""
    if not request.state.writer:
        raise HTTPException(403, "switching the model is for who may add documents here.")
    service = service_of(request)
    found = await run_in_threadpool(at_hand)
    llm = _settings(body.name, found, service.host.configured)
    await service.with_engine(lambda engine: engine.write_with(llm))
    return await _state(request, found)


def _settings(name: str | None, found: list[Found], configured: LlmSettings) -> LlmSettings:
    """What the settings say of a model at hand. A path is not taken: only what was found, or configured, may be loaded."""
    if name is None:
        return LlmSettings()
    if name == _name(configured, found):
        return configured
    if name not in {one.name for one in found}:
        raise UsageError(f"no language model {name[:100]!r} is at hand. GET /api/models?look=true lists them.")
    return LlmSettings.model_validate(dict(named(name, found).settings))


async def _state(request: Request, found: list[Found]) -> Writers:
    host = service_of(request).host
    (now, speed), configured = await run_in_threadpool(host.writing), host.configured
    listed = [ModelAtHand(name=one.name, where=one.where, in_use=_is(one, now)) for one in found]
    name = _name(configured, found)
    if name and request.state.writer and name not in {one.name for one in listed}:
        listed.insert(0, ModelAtHand(name=name, where="as the settings name it", in_use=now == configured))
    return Writers(name=_name(now, found), speed=speed, may_switch=request.state.writer, at_hand=listed)


def _name(llm: LlmSettings, found: list[Found]) -> str | None:
    """What a model is called; None where there is none."""
    if llm.kind == "none":
        return None
    known = next((one.name for one in found if _is(one, llm)), None)
    return known or (llm.model or llm.import_path or llm.kind).rsplit("/", 1)[-1]


def _is(one: Found, llm: LlmSettings) -> bool:
    return all(getattr(llm, key) == value for key, value in one.settings.items())
