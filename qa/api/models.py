"""The JSON that the API takes and gives, and the checks on what it takes.

Answer itself is contract 4.1 in `qa.schema`; here is what stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from index.errors import UsageError
from qa.question.days import day
from qa.retrieve.search import FoundPassage
from qa.schema import Answer, Citation, Turn, Why

MAX_QUESTION = 2_000  # the engine takes no more
MAX_MESSAGE = 200_000


def _first_day(text: str) -> str:
    return _checked(text, last=False)


def _last_day(text: str) -> str:
    return _checked(text, last=True)


def _checked(text: str, *, last: bool) -> str:
    try:
        return day(text, last=last)
    except UsageError as error:
        raise ValueError(str(error)) from error


def _said(text: str) -> str:
    """Without a letter or digit there is no question; control characters and lone surrogates cannot be stored."""
    cleaned = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "", text).strip()
    if not any(character.isalnum() for character in cleaned):
        raise ValueError("a question must have words in it")
    return cleaned


def storable(text: str) -> str:
    """Raises `ValueError` for text with lone surrogates, which cannot be stored."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("must be text that can be stored, without lone surrogates") from error
    return text


_DATE_PATTERN = r"^\d{4}(-\d{2}(-\d{2})?)?$"
Since = Annotated[str, Field(pattern=_DATE_PATTERN, description="YYYY, YYYY-MM or YYYY-MM-DD"), AfterValidator(_first_day)]
Until = Annotated[str, Field(pattern=_DATE_PATTERN, description="YYYY, YYYY-MM or YYYY-MM-DD"), AfterValidator(_last_day)]
MAX_SOURCES = 500
Sources = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(storable)]],
    Field(
        max_length=MAX_SOURCES, description="only documents that one of these names: a source, a folder (`reports/`), a pattern (`*.pdf`)"
    ),
]
Question = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION), AfterValidator(_said)]


class ErrorDetail(BaseModel):
    """What went wrong, in the shape that OpenAI's clients read."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorBody(BaseModel):
    """Every error of this server."""

    error: ErrorDetail


class HistoryTurn(BaseModel):
    """One earlier exchange."""

    question: str = Field(max_length=MAX_QUESTION)
    answer: str = Field(max_length=MAX_MESSAGE)


class AskRequest(BaseModel):
    """A question to `/api/ask`."""

    model_config = ConfigDict(extra="forbid")

    question: Question
    history: list[HistoryTurn] = Field(default=[], max_length=50)
    since: Since | None = None
    until: Until | None = None
    sources: Sources = []

    def turns(self) -> list[Turn]:
        """The history as the engine takes it."""
        return [Turn(turn.question, turn.answer) for turn in self.history]


class AskResponse(Answer):
    """Answer JSON (contract 4.1) with what a screen shows beside it."""

    related: list[Citation] = Field(default=[], description="nearest passages, when the answer is a refusal")
    notes: list[str] = Field(default=[])
    why: Why | None = Field(default=None, description="what was read, when the answer is a refusal")


class SearchHit(BaseModel):
    """One retrieved passage."""

    source: str
    start: int
    end: int
    text: str
    score: float
    title: str | None
    publisher: str | None
    published: str | None
    place: str | None = Field(default=None, description="where in the file: `p. 3`, `slide 2`, `sheet Trade`")
    heading: str = Field(default="", description="title and headings above it")
    highlights: list[tuple[int, int]] = Field(default=[], description="where words of the question stand, in characters of `text`")


class SearchResponse(BaseModel):
    """Passages, best first."""

    hits: list[SearchHit]


class DocumentInfo(BaseModel):
    """A document in the list."""

    source: str
    title: str | None
    author: str | None
    publisher: str | None
    published: str | None
    date_known: str
    language: str | None
    format: str
    pages: int | None = Field(description="pages, slides, sheets or chapters; null where the format has none")
    characters: int
    collection: str = Field(description="outermost folder that it lies in; empty where it lies in none")
    inside: int = Field(default=0, description="with `together`, how many documents lie in its file: rows, attachments, members")


class DocumentList(BaseModel):
    """Indexed documents; `total` counts those that were asked for."""

    total: int
    documents: list[DocumentInfo]
    collections: dict[str, int] = Field(description="how many documents there are in each collection, whatever was asked for")


class DocumentFull(DocumentInfo):
    """A document with its stored text; citation offsets count its characters."""

    text: str


class Health(BaseModel):
    """`ready` only when models and stores are."""

    status: Literal["ready", "starting", "unavailable", "stopping"]
    reason: str = ""
    documents: int | None = None
    empty: bool = Field(default=False, description="whether it waits for the first documents to be indexed")
    login: bool = Field(default=False, description="whether people log in here")


class ChatMessage(BaseModel):
    """A message of the OpenAI chat format; content may be text or a list of text parts."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        """The text of the message; raises `UsageError` for a part that is not text."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        texts = []
        for part in self.content:
            if part.get("type") != "text" or not isinstance(part.get("text"), str):
                raise UsageError(f"a message part must be text, got type {part.get('type')!r}. Send text only.")
            texts.append(part["text"])
        return "\n".join(texts)


class StreamOptions(BaseModel):
    """What a stream ends with."""

    model_config = ConfigDict(extra="allow")

    include_usage: bool | None = None


class ChatRequest(BaseModel):
    """A request to `/v1/chat/completions`. Sampling options of other models are accepted and have no effect."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(max_length=200)
    messages: list[ChatMessage] = Field(min_length=1, max_length=500)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(default=1, ge=1, le=1, description="one answer a request")
    since: Since | None = None
    until: Until | None = None
    sources: Sources = []


def search_response(found: Sequence[FoundPassage]) -> SearchResponse:
    """Passages with their places and highlights."""
    return SearchResponse(
        hits=[
            SearchHit(
                source=one.passage.source, start=one.passage.start, end=one.passage.end, text=one.passage.text, score=one.passage.score,
                title=one.passage.title, publisher=one.passage.publisher, published=one.passage.published, place=one.where,
                heading=one.context, highlights=list(one.highlights),
            )
            for one in found
        ]
    )  # fmt: skip


def ask_response(answer: Answer) -> AskResponse:
    """The answer with its related passages and notes kept."""
    return AskResponse(**{name: getattr(answer, name) for name in Answer.model_fields})
