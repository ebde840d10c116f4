"""The words of an answer: Passage, Evidence, Claim, Citation, Conflict, Answer (contract 4.1), and stream events.

`Answer.model_dump(mode="json")` is the public JSON; `related`, `notes` and `why` are for screens and stay out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk with its document's metadata. `score`: higher is better, comparable within one answer only. `context` is what the
    embedders read above its text: title, headings, column names."""

    chunk_id: str
    source: str
    start: int
    end: int
    text: str
    score: float
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    context: str = ""

    @property
    def read(self) -> str:
        """What the embedders read."""
        return f"{self.context}\n{self.text}" if self.context else self.text


@dataclass(frozen=True, slots=True)
class Evidence:
    """One verbatim span that may support a statement: `text_of(source)[start:end] == quote`.

    `context` is what a reader needs to understand the quote (title, date, the sentences before it) and is never shown
    as part of the quote. `score` is the reader's probability that the quote answers. `heading` is the path of headings above the quote;
    `highlight` the short answer inside it (offsets as `start`).
    """

    source: str
    start: int
    end: int
    quote: str
    score: float
    context: str = ""
    title: str | None = None
    publisher: str | None = None
    published: str | None = None
    page: int | None = None
    place: str | None = None
    heading: tuple[str, ...] = ()
    highlight: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


MOST_COPIES = 20


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Highlight(_Frozen):
    """The short answer inside a quote: character offsets in the document's text, half-open, within the quote's."""

    start: int
    end: int


class Citation(_Frozen):
    """A footnote: `text_of(source)[start:end] == quote` (character offsets, half-open).

    `heading` is the path of headings above the quote, outermost first; `highlight` the short answer inside it.

    `place` says where in the file in its own words ("p. 3", "slide 2", "sheet Trade", "row 7"); `copies` are the sources of
    near-copies of the document that hold the quote, among its first `MOST_COPIES`; `later_version` is the source of the latest version of
    the document, where it is not the document itself.
    """

    n: int
    source: str
    title: str | None = None
    heading: list[str] | None = None
    published: str | None = None
    page: int | None = None
    place: str | None = None
    start: int
    end: int
    quote: str
    highlight: Highlight | None = None
    copies: list[str] = []
    later_version: str | None = None

    @property
    def parts(self) -> tuple[str, str, str]:
        """The quote before, inside and behind its highlight; all of it stands before where nothing is highlighted."""
        if self.highlight is None:
            return self.quote, "", ""
        first, last = self.highlight.start - self.start, self.highlight.end - self.start
        return self.quote[:first], self.quote[first:last], self.quote[last:]

    @property
    def where(self) -> str:
        """The place in the file as a screen shows it, with what stands above a sheet's table; empty for a document of one piece."""
        if self.place and self.place.startswith("sheet ") and self.heading and len(self.heading) > 1:
            return f"{self.place}: {self.heading[-1]}"
        return self.place or (f"p. {self.page}" if self.page is not None else "")


class Claim(_Frozen):
    """One statement of the answer with the numbers of the citations that support it.

    `sources` counts the independent ones among them (see qa.retrieve.dedup); 0 when that was not looked at.
    """

    text: str
    citations: list[int]
    verdict: Literal["supported"] = "supported"
    score: float = Field(ge=0, le=1)
    sources: int = Field(default=0, ge=0)


class Conflict(_Frozen):
    """Two or more values for one quantity, with the citations that carry them, in the same order as `values`."""

    kind: Literal["disagreement", "over_time"]
    citations: list[int]
    values: list[str]
    note: str


class Dropped(_Frozen):
    """A statement that was written and not shown, with the reason."""

    text: str
    reason: str


class Considered(Citation):
    """The unit of a passage that came nearest to an answer; `score` is the probability, 0 to 1, that it is one."""

    score: float = Field(ge=0, le=1)


class Why(_Frozen):
    """Why there is no answer: of each passage that was read the unit that came nearest, best first, and the probability that is needed."""

    needed: float = Field(ge=0, le=1)
    considered: list[Considered] = []


class Timings(_Frozen):
    """Milliseconds by stage."""

    retrieve: float = 0.0
    rerank: float = 0.0
    compose: float = 0.0
    verify: float = 0.0
    total: float = 0.0


class Answer(_Frozen):
    """The answer to one question (contract 4.1)."""

    question: str
    standalone_question: str
    answer: str
    abstained: bool
    claims: list[Claim] = []
    citations: list[Citation] = []
    conflicts: list[Conflict] = []
    dropped: list[Dropped] = []
    confidence: float = Field(ge=0, le=1)
    mode: Literal["llm", "extractive"]
    llm: str | None = None
    timings_ms: Timings = Timings()
    related: list[Citation] = Field(default=[], exclude=True)
    notes: list[str] = Field(default=[], exclude=True)
    why: Why | None = Field(default=None, exclude=True)


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """What happens while an answer is made.

    kind "step": `text` says what is being done ("searching ...", "3 statements dropped");
    kind "claim": one verified sentence with its [n] markers, `citations` holds the footnotes it uses, `sources` counts the
    independent ones;
    kind "answer": the end, `answer` is complete.
    """

    kind: Literal["step", "claim", "answer"]
    text: str = ""
    citations: tuple[Citation, ...] = ()
    answer: Answer | None = None
    sources: int = 0


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a language model wrote: words a second from its first word on, and the seconds that it read, and thought, before that."""

    words_per_second: float
    first_word_s: float
