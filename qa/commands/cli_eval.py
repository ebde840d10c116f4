"""What `footnote eval` measures: the product's parts, assembled for the evaluation, which knows them as functions only.

Everything loads when it is asked for, so that scoring opens the catalog and no model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.breaks import Broken
    from eval.schema import (
        BeirDocument,
        Case,
        Corpus,
        FindPassages,
        ModelRecord,
        Progress,
        RunQueries,
        SupportJudge,
        Systems,
        SystemUnderTest,
    )
    from qa.config import Settings
    from qa.schema import Answer


def systems() -> Systems:
    """Everything that the eval commands can ask for."""
    from eval.schema import Systems

    return Systems(
        answerer=answerer,
        corpus=corpus,
        judge=judge,
        graders=graders,
        second_judge=second_judge,
        retrievers=retrievers,
        passages=passages,
    )


def answerer(db: Path, *, no_llm: bool, broken: Broken | None) -> SystemUnderTest:
    """The answer engine over the index at `db`."""
    from eval.breaks import shuffled
    from eval.schema import SystemUnderTest
    from qa.engine import open_engine
    from qa.schema import Turn

    settings = _settings(db, no_llm)
    engine = open_engine(settings)
    if broken == "no-rerank":
        engine.loaded.second = None
    if broken == "no-abstain":
        engine.loaded.floor = 0.0

    def ask(case: Case) -> Answer:
        answer = engine.ask(case.question, history=[Turn(turn.question, turn.answer) for turn in case.history])
        return shuffled(answer) if broken == "shuffle-citations" else answer

    return SystemUnderTest(ask, _configuration(settings), _models(settings))


def corpus(db: Path | None) -> Corpus:
    """The documents of the index at `db`, by default where the settings say; loads no model. Raises `NoIndex`."""
    from eval.schema import Corpus
    from index.catalog.reader import Catalog
    from index.catalog.tables import open_for_reading

    folder = db or _settings(None, no_llm=True).store.path
    catalog = Catalog(open_for_reading(folder))
    sources = sorted(info.source for info in catalog.documents())
    digest = sha256()
    for source in sources:
        digest.update(f"{source}\0{sha256(catalog.text_of(source).encode()).hexdigest()}\n".encode())
    known = frozenset(sources)
    return Corpus(
        str(folder), digest.hexdigest(), len(sources), lambda source: catalog.text_of(source) if source in known else None, sources
    )


def judge() -> SupportJudge:
    """The verifier that answers use: word for word, else its rules, else the judge."""
    from eval.schema import SupportJudge
    from index.config import load_settings
    from qa.check.judge import SUPPORTED
    from qa.check.load import load_judge
    from qa.check.verify import Item, verify_many
    from qa.cite import VERBATIM_SCORE
    from qa.config import Settings

    settings = load_settings(Settings)
    loaded = load_judge(settings)

    def score(pairs: Sequence[tuple[str, str]]) -> list[float]:
        verdicts = verify_many([Item(claim, [evidence]) for evidence, claim in pairs], loaded)
        return [VERBATIM_SCORE if word_for_word(*pair) else verdict.score for pair, verdict in zip(pairs, verdicts, strict=True)]

    return SupportJudge(f"the verifier (rules + {settings.models.judge})", SUPPORTED, score)


def graders() -> list[SupportJudge]:
    """The judge alone, and the verifier that answers use, at their one threshold."""
    from eval.schema import SupportJudge
    from index.config import load_settings
    from qa.check.judge import SUPPORTED, Item
    from qa.check.load import load_judge
    from qa.config import Settings

    settings = load_settings(Settings)
    loaded = load_judge(settings)
    if loaded is None:
        return [judge()]

    def score(pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [float(value) for value in loaded.support([Item(claim, [evidence]) for evidence, claim in pairs])]

    return [SupportJudge(f"the judge ({settings.models.judge})", SUPPORTED, score), judge()]


def word_for_word(evidence: str, claim: str) -> bool:
    """Whether the claim is some whole lines of the evidence, marks and white space aside: it cannot say anything else then.

    A quote may hold line breaks, so several lines in a row may be one quote.
    """
    from qa.english.parse import words

    said, lines = words(claim), [words(line) for line in evidence.split("\n")]
    if len(said) < 3:
        return False
    for start in range(len(lines)):
        block: list[str] = []
        for line in lines[start:]:
            block += line
            if block == said:
                return True
            if len(block) > len(said):
                break
    return False


def second_judge() -> Callable[[str], str]:
    """The configured language model, as a function from prompt to text. Raises `UsageError` when none is configured."""
    from index.config import load_settings
    from index.errors import UsageError
    from qa.config import Settings
    from qa.llm.client import Message, load_llm

    writer = load_llm(load_settings(Settings).llm)
    if writer is None:
        raise UsageError("--second-judge needs a language model, llm.kind is 'none'. Set [llm] in footnote.toml.")
    return lambda prompt: writer.write([Message("user", prompt)], schema=None, max_tokens=16)


def retrievers(
    documents: Sequence[BeirDocument], workdir: Path, progress: Progress, *, depth: int, chunked: bool
) -> AbstractContextManager[Mapping[str, RunQueries]]:
    """Rankings over a BEIR corpus (see `qa.commands.cli_eval_retrieval`)."""
    from qa.commands import cli_eval_retrieval

    return cli_eval_retrieval.retrievers(documents, workdir, progress, depth=depth, chunked=chunked)


def passages(db: Path) -> Mapping[str, FindPassages]:
    """Rankings of passages over an index (see `qa.commands.cli_eval_retrieval`)."""
    from qa.commands import cli_eval_retrieval

    return cli_eval_retrieval.passages(db)


def _settings(db: Path | None, no_llm: bool) -> Settings:
    from index.config import load_settings
    from qa.config import Settings

    flags: dict[str, Any] = {} if db is None else {"store": {"path": db}}
    if no_llm:
        flags["llm"] = {"kind": "none"}
    return load_settings(Settings, flags)


def _configuration(settings: Settings) -> dict[str, Any]:
    """The effective settings, without secrets and without the place of the index (the corpus is known by its hash)."""
    from index.redact import redacted

    plain: dict[str, Any] = redacted(settings.model_dump(mode="json", exclude={"store": {"path", "token"}, "llm": {"api_key"}}))
    return plain


def _models(settings: Settings) -> list[ModelRecord]:
    from eval.schema import ModelRecord
    from index.models.registry import locate, verify_checksum

    found = []
    for role, name in (("embedder", settings.models.embedder), ("reader", settings.models.reader), ("judge", settings.models.judge)):
        if name != "none":
            found.append(ModelRecord(role=role, name=name, sha256=verify_checksum(locate(name))))
    if settings.llm.kind != "none":
        found.append(ModelRecord(role="writer", name=settings.llm.model or settings.llm.kind))
    return found
