"""/v1: the chat completions and model list that OpenAI's clients expect, with `citations` and the whole Answer beside.

Two model names: `footnote` gives the answer text with its [n] marks; `footnote-with-sources` adds the list of footnotes
to the text, for programs that show nothing but the text.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from index.errors import FootnoteError, UsageError
from qa.api.models import MAX_QUESTION, ChatMessage, ChatRequest, ErrorBody
from qa.api.routes import BUSY
from qa.api.service import error_response, service_of, status_of, while_connected
from qa.cite import shown_title
from qa.schema import Answer, StreamEvent, Turn

PLAIN, WITH_SOURCES = "footnote", "footnote-with-sources"
MODELS = (PLAIN, WITH_SOURCES)
UNKNOWN: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "no usable question"},
    404: {"model": ErrorBody, "description": "unknown model"},
}
_CREATED = 1_763_856_000  # model lists carry a date; ours is fixed

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


@router.get("/models", summary="List models")
async def models() -> dict[str, Any]:
    """The two names that `model` may take."""
    return {"object": "list", "data": [_model(name) for name in MODELS]}


@router.get("/models/{name}", responses={404: UNKNOWN[404]}, summary="One model")
async def model(name: str) -> Response:
    """The entry of one name."""
    return JSONResponse(_model(name)) if name in MODELS else _unknown(name)


@router.post("/chat/completions", responses={**BUSY, **UNKNOWN}, summary="Chat completion")
async def completions(request: Request, body: ChatRequest) -> Response:
    """The last user message is the question, earlier exchanges are the history; system messages have no effect."""
    if body.model not in MODELS:
        return _unknown(body.model)
    service = service_of(request)
    question, history = conversation(body.messages)
    if body.stream:
        events = await service.submit(question, history=history, since=body.since, until=body.until, sources=body.sources)
        usage = bool(body.stream_options and body.stream_options.include_usage)
        lines = _stream(events, body.model, _prompt_words(body.messages), usage)
        return StreamingResponse(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    answer = await while_connected(
        request, service.ask(question, history=history, since=body.since, until=body.until, sources=body.sources)
    )
    content = answer_content(answer, body.model)
    choice = {"index": 0, "message": {"role": "assistant", "content": content, "refusal": None}, "finish_reason": "stop", "logprobs": None}
    head = _head("chat.completion", body.model)
    return JSONResponse({**head, "choices": [choice], "usage": _usage(_prompt_words(body.messages), content), **_extra(answer)})


def conversation(messages: list[ChatMessage]) -> tuple[str, list[Turn]]:
    """The question and the exchanges before it.

    Raises `UsageError` when the last message that is not a system message is not a user's, or has no words, or too many.
    """
    spoken = [(message.role, message.text()) for message in messages if message.role in ("user", "assistant")]
    if not spoken or spoken[-1][0] != "user" or not spoken[-1][1].strip():
        raise UsageError("the last message must be a user's question with words in it. Add one.")
    question = spoken[-1][1].encode("utf-8", "ignore").decode("utf-8").strip()
    if not question or len(question) > MAX_QUESTION:
        raise UsageError(f"a question must have 1 to {MAX_QUESTION} characters, got {len(question)}. Shorten it.")
    history: list[Turn] = []
    asked: list[str] = []
    for role, text in spoken[:-1]:
        if role == "user":
            asked.append(text)
        elif asked:
            history.append(Turn("\n".join(asked), _without_sources(text)))
            asked = []
    return question, history


def answer_content(answer: Answer, model: str) -> str:
    """The text that a client shows."""
    return answer.answer + (_sources(answer) if model == WITH_SOURCES else "")


_SOURCES_MARK = "\n\nSources:\n"


def _sources(answer: Answer) -> str:
    if not answer.citations:
        return ""
    places = {c.n: f", {c.where}" if c.where else "" for c in answer.citations}
    lines = [f"[{c.n}] {shown_title(c)} ({c.published or 'no date'}{places[c.n]}): “{' '.join(c.quote.split())}”" for c in answer.citations]
    return _SOURCES_MARK + "\n".join(lines)


def _without_sources(text: str) -> str:
    """A client sends our own list of sources back as history; it is no part of what was said."""
    return text.partition(_SOURCES_MARK)[0]


async def _stream(events: AsyncIterator[StreamEvent], model: str, prompt_words: int, usage: bool) -> AsyncIterator[str]:
    head = _head("chat.completion.chunk", model)
    null_usage: dict[str, Any] = {"usage": None} if usage else {}
    sent = ""
    lines: list[str] = []

    def chunk(delta: dict[str, Any], finish: str | None = None, **extra: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _line({**head, "choices": [choice], **null_usage, **extra})

    yield chunk({"role": "assistant", "content": ""})
    try:
        async for event in events:
            if event.kind == "claim":
                lines.append(event.text)
                # One sentence stands alone, several are a list: which it is shows with the second.
                text = "\n".join(f"- {line}" for line in lines)[len(sent) :] if len(lines) > 1 else ""
                if text:
                    sent += text
                    yield chunk({"content": text})
            elif event.answer is not None:
                content = answer_content(event.answer, model)
                rest = content[len(sent) :] if content.startswith(sent) else f"\n\n{content}"
                if rest:
                    sent += rest
                    yield chunk({"content": rest})
                yield chunk({}, "stop", **_extra(event.answer))
    except FootnoteError as error:
        yield _line({"error": {"message": str(error), "type": "server_error", "param": None, "code": str(status_of(error))}})
        return
    if usage:
        yield _line({**head, "choices": [], "usage": _usage(prompt_words, sent)})
    yield "data: [DONE]\n\n"


def _extra(answer: Answer) -> dict[str, Any]:
    whole = answer.model_dump(mode="json")
    return {"citations": whole["citations"], "footnote": whole}


def _head(kind: str, model: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": model, "system_fingerprint": None}


def _usage(prompt: int, content: str) -> dict[str, int]:
    """Words, not tokens: no one tokenizer is behind an answer."""
    completion = len(content.split())
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _prompt_words(messages: list[ChatMessage]) -> int:
    return sum(len(message.text().split()) for message in messages)


def _line(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "footnote"}


def _unknown(name: str) -> Response:
    known = ", ".join(MODELS)
    return error_response(404, f"the model {name[:100]!r} does not exist; known: {known}.", param="model", code="model_not_found")
