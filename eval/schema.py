"""The words of the evaluation: Case, Nugget, Prediction, RunRecord (contract 4.2), and what a system under test must offer.

The product is never imported here: the command line hands over a `Systems`, plain functions that open what is asked
for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from eval.breaks import Broken
from qa.schema import Answer, Passage

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class EvidenceQuote(_Strict):
    """Where the corpus says it: a verbatim quote from one source. Stands for every place in that source that holds it."""

    source: Text
    quote: Text


class Nugget(_Strict):
    """One fact that an answer should state. Found when every group of `match` has an alternative in the answer text."""

    text: Text
    match: Annotated[list[Annotated[list[Text], Field(min_length=1)]], Field(min_length=1)]
    vital: bool
    evidence: list[EvidenceQuote] = []


class HistoryTurn(_Strict):
    """An earlier exchange of the conversation that the question follows up on."""

    question: Text
    answer: str


class Case(_Strict):
    """One question with what a good answer holds. An unanswerable case has no nuggets: the good answer abstains.

    `comment` is for whoever reads the set; nothing is scored by it.
    """

    id: Text
    question: Text
    answerable: bool
    nuggets: list[Nugget]
    conflict: Annotated[list[Text], Field(min_length=2)] | None = None
    history: list[HistoryTurn] = []
    forbidden: list[Text] = []
    tags: list[Text] = []
    comment: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> Case:
        if self.answerable and not self.nuggets:
            raise ValueError("an answerable case needs at least one nugget")
        if not self.answerable and self.nuggets:
            raise ValueError("an unanswerable case has no nuggets")
        if not self.answerable and self.conflict:
            raise ValueError("an unanswerable case has no conflict")
        return self


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the system said to one case: an answer, or the error it crashed with. Exactly one of the two is set."""

    id: str
    answer: Answer | None = None
    error: str | None = None


class SetRecord(_Strict):
    """The eval set of a run. `sha256` is of the file's bytes."""

    path: str
    sha256: str
    cases: int


class CorpusRecord(_Strict):
    """The index of a run. `sha256` covers sources and stored texts, not the way they were chunked or embedded."""

    db: str
    sha256: str
    documents: int


class ModelRecord(_Strict):
    """A model of the system under test."""

    role: str
    name: str
    sha256: str | None = None


class SessionRecord(_Strict):
    """One stretch of work on a run: a run that was killed and resumed has several."""

    started: str
    seconds: float
    cases: int


class RunRecord(_Strict):
    """run.json: enough to make the run again."""

    format: Literal[1] = 1
    command: list[str]
    set: SetRecord
    corpus: CorpusRecord
    configuration: dict[str, Any]
    models: list[ModelRecord]
    broken: str | None = None
    commit: str | None
    code_sha256: str
    versions: dict[str, str]
    machine: dict[str, Any]
    date: str
    sessions: list[SessionRecord] = []
    seconds: float = 0.0
    failures: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of an index, read without loading a model. `text_of` gives None for a source it does not hold."""

    db: str
    sha256: str
    documents: int
    text_of: Callable[[str], str | None]
    sources: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SystemUnderTest:
    """An opened product. `ask` may raise: the runner records it as a failed case."""

    ask: Callable[[Case], Answer]
    configuration: Mapping[str, Any]
    models: Sequence[ModelRecord]


@dataclass(frozen=True, slots=True)
class SupportJudge:
    """Decides whether evidence supports a claim: `score` takes (evidence, claim) pairs, gives one number each.

    Supported means `score >= threshold`, the shipped threshold of the verifier that answers use.
    """

    name: str
    threshold: float
    score: Callable[[Sequence[tuple[str, str]]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """One document of a BEIR corpus."""

    id: str
    title: str
    text: str


Run = dict[str, dict[str, float]]  # query id -> document id -> score, higher is better
Qrels = dict[str, dict[str, int]]  # query id -> document id -> relevance, 0 or less is not relevant
RunQueries = Callable[[Mapping[str, str]], Run]
Progress = Callable[[int, int], None]  # (done, in all)
FindPassages = Callable[[Case], Sequence[Passage]]


class OpenAnswerer(Protocol):
    """Open the product over the index at `db`; `broken` switches one part off on purpose (see `eval.breaks.Broken`)."""

    def __call__(self, db: Path, *, no_llm: bool, broken: Broken | None) -> SystemUnderTest:
        """Open it once; raises `FootnoteError` when index or models are missing."""


class OpenRetrievers(Protocol):
    """Index the documents into `workdir` as the product does; gives "bm25", "dense", "fused" and "reranked" in this order.

    A context manager, so that the temporary index is closed. Each ranks up to `depth` documents for every query. As
    published figures are made, a document is one unit; with `chunked` it is cut as the product cuts files.
    """

    def __call__(
        self, documents: Sequence[BeirDocument], workdir: Path, progress: Progress, *, depth: int, chunked: bool
    ) -> AbstractContextManager[Mapping[str, RunQueries]]:
        """Ranking functions by name, for as long as the context is open."""


@dataclass(frozen=True, slots=True)
class Systems:
    """Everything the eval commands can ask for. Each member loads only what its name says, when it is called."""

    answerer: OpenAnswerer
    corpus: Callable[[Path | None], Corpus]  # None: the index that the settings name
    judge: Callable[[], SupportJudge]  # the verifier that answers use
    graders: Callable[[], Sequence[SupportJudge]]  # what `eval grounding` measures: the judge alone, and that verifier
    second_judge: Callable[[], Callable[[str], str]]
    retrievers: OpenRetrievers
    passages: Callable[[Path], Mapping[str, FindPassages]]
