"""Small readable stand-ins for models and engines."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import fields
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eval.schema import Case, Corpus, EvidenceQuote, Nugget, SupportJudge, Systems, SystemUnderTest
from index.catalog.inventory import FileRow
from index.catalog.reader import Counts, DocumentInfo
from index.errors import LoadError, StoreError, UsageError
from index.schema import Chunk, Document, Published
from index.sync.pipeline import Pipeline
from index.text.sentences import sentence_spans
from qa.config import LlmSettings
from qa.schema import Answer, Citation, Claim, Conflict, Considered, Dropped, Passage, Speed, StreamEvent, Turn, Why

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PRESS = Document(
    source="press/plant.txt",
    text=(
        "ALMATY, June 13, 2024\n\nThe two presidents met on Wednesday. Hyundai opened a plant in Kazakhstan. "
        "It will make 60,000 cars a year.\n\n"
        "Korea has invested 9.6 billion dollars in Kazakhstan since 1992.\n"
    ),
    format="text",
    content_hash="h1",
    title="Plant opens in Almaty",
    publisher="Press Office",
    published=Published("2024-06-13", "day", "dateline"),
    language="en",
)
PAPER = Document(
    source="paper.md",
    text="# Trade\n\nOfficials said that Korea has invested 8.5 billion dollars in Kazakhstan. "
    "\x1b[2JDoosan builds a power plant in Turkistan.\n",
    format="markdown",
    content_hash="h2",
    title="Trade <b>grows</b>",
    published=Published("2023-01-01", "year", "text"),
)


class FakeShelf:
    """Documents in a dictionary."""

    def __init__(self, documents: Sequence[Document] = (PRESS, PAPER)) -> None:
        self.by_source = {document.source: document for document in documents}
        self.file_rows: dict[str, FileRow] = {}

    def documents(self) -> list[DocumentInfo]:
        shown = sorted(self.by_source.values(), key=lambda document: document.source)
        return [
            DocumentInfo(d.source, d.title, d.publisher, d.author, d.published, d.language, d.format, n, 1, len(d.text))
            for n, d in enumerate(shown)
        ]

    def chosen(self, sources: Sequence[str]) -> object:
        for one in sources:
            if not any(fnmatchcase(source, f"{one}*" if one.endswith("/") else one) for source in self.by_source):
                raise UsageError(f"no document is named by {one!r}")
        return sources

    def counts(self) -> Counts:
        return Counts(**{**{field.name: 0 for field in fields(Counts)}, "documents": len(self.by_source)})

    def generation(self) -> int:
        return len(self.by_source)

    def document(self, source: str) -> Document | None:
        return self.by_source.get(source)

    def page_counts(self) -> dict[str, int]:
        return {d.source: len({span.label for span in d.pages}) for d in self.by_source.values() if d.pages}

    def file_of(self, source: str) -> FileRow | None:
        return self.file_rows.get(source)


class FakeEngine:
    """Cites every sentence that shares a long word with the question; `pause` seconds before each claim."""

    def __init__(self, documents: Sequence[Document] = (PRESS, PAPER), pause: float = 0.0) -> None:
        self.catalog = FakeShelf(documents)
        self.pause = pause
        self.asked: list[tuple[str, tuple[Turn, ...], str | None, str | None]] = []
        self.within: list[tuple[str, ...]] = []
        self.llm = LlmSettings()
        self.speed: Speed | None = None
        self.stopped = 0
        self.refreshed = 0
        self.closed = False
        self.unreadable = ""
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def ask(self, question: str, **more: Any) -> Answer:
        *_, last = self.stream(question, **more)
        assert last.answer is not None
        return last.answer

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
    ) -> Generator[StreamEvent, None, None]:
        self.asked.append((question, tuple(history), since, until))
        self.within.append(tuple(sources))
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        ended = False
        try:
            yield StreamEvent("step", f"searching {len(self.catalog.documents())} documents")
            citations = self._citations(question, since, sources)
            claims = []
            for citation in citations:
                time.sleep(self.pause)
                claims.append(Claim(text=" ".join(citation.quote.split()), citations=[citation.n], score=0.9))
                yield StreamEvent("claim", f"{claims[-1].text} [{citation.n}]", (citation,))
            yield StreamEvent("step", "1 statement dropped")
            ended = True
            yield StreamEvent("answer", answer=self._answer(question, claims, citations))
        finally:
            with self._lock:
                self.at_once -= 1
                self.stopped += not ended

    def search(
        self, question: str, *, k: int = 10, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> list[Passage]:
        return [
            Passage(f"c{c.n}", c.source, c.start, c.end, c.quote, 1.0 / c.n, c.title, None, c.published)
            for c in self._citations(question, since, sources)[:k]
        ]

    def write_with(self, llm: LlmSettings) -> None:
        self.llm = llm

    def refresh(self) -> None:
        self.refreshed += 1

    def check(self) -> None:
        if self.unreadable:
            raise StoreError(self.unreadable)

    def close(self) -> None:
        self.closed = True

    def _citations(self, question: str, since: str | None, sources: Sequence[str]) -> list[Citation]:
        words = set(re.findall(r"\w{5,}", question.lower()))
        found: list[Citation] = []
        for document in self.catalog.by_source.values():
            if since is not None and (document.published.date or "") < since:
                continue
            if sources and not any(fnmatchcase(document.source, f"{one}*" if one.endswith("/") else one) for one in sources):
                continue
            for span in sentence_spans(document.text):
                quote = document.text[span.start : span.end]
                if words & set(re.findall(r"\w{5,}", quote.lower())):
                    n = len(found) + 1
                    cited = Citation(n=n, source=document.source, start=span.start, end=span.end, quote=quote)
                    found.append(cited.model_copy(update={"title": document.title, "published": document.published.date}))
        return found

    def _answer(self, question: str, claims: list[Claim], citations: list[Citation]) -> Answer:
        amounts = [(c.n, match.group()) for c in citations if (match := re.search(r"[\d.]+ billion", c.quote))]
        conflicts = (
            [Conflict(kind="disagreement", citations=[n for n, _ in amounts], values=[v for _, v in amounts], note="The sources differ.")]
            if len({value for _, value in amounts}) > 1
            else []
        )
        said = [f"{claim.text} [{claim.citations[0]}]" for claim in claims]
        lines = [f"- {line}" for line in said] if len(said) > 1 else said
        first = PRESS.text.index("The two")
        nearest = Citation(n=1, source=PRESS.source, title=PRESS.title, start=first, end=first + 36, quote=PRESS.text[first : first + 36])
        return Answer(
            question=question,
            standalone_question=question,
            answer="\n".join([*lines, *(conflict.note for conflict in conflicts)]) or "The documents do not say.",
            abstained=not claims,
            claims=claims,
            citations=citations,
            conflicts=conflicts,
            dropped=[Dropped(text="Something unsupported.", reason="no quote supports it")] if claims else [],
            confidence=0.9 if claims else 0.1,
            mode="extractive",
            related=[] if claims else [nearest],
            why=None if claims else Why(needed=0.7, considered=[Considered(**nearest.model_dump(), score=0.21)]),
        )


EVAL_TEXTS = {
    "a.txt": "Hyundai opened a plant in Almaty. It employs 700 people. Korea invested $9.6 billion by 2024.",
    "b.txt": "Korea invested $8.5 billion by 2023. Samsung plans a plant in Almaty.",
}


def eval_case(id_: str = "c1", *, answerable: bool = True, **fields: Any) -> Case:
    """A case with one vital nugget (Hyundai's plant), or none when it is not answerable."""
    quote = EvidenceQuote(source="a.txt", quote="Hyundai opened a plant in Almaty")
    nuggets = [Nugget(text="Hyundai opened a plant", match=[["Hyundai"], ["plant"]], vital=True, evidence=[quote])]
    return Case(
        **{"id": id_, "question": "Who opened a plant?", "answerable": answerable, "nuggets": nuggets if answerable else [], **fields}
    )


def eval_answer(text: str, *quotes: tuple[str, str], **fields: Any) -> Answer:
    """An answer whose claims are the lines of `text`, each citing the [n] it ends with; `quotes` are (source, quote)."""
    citations = []
    for n, (source, quote) in enumerate(quotes, start=1):
        start = EVAL_TEXTS[source].find(quote)
        citations.append(Citation(n=n, source=source, start=start, end=start + len(quote), quote=quote))
    claims = []
    for line in text.splitlines():
        numbers = [int(n) for n in re.findall(r"\[(\d+)\]", line)]
        if numbers:
            claims.append(Claim(text=re.sub(r"\s*\[\d+\]", "", line), citations=numbers, score=0.9))
    made = {"question": "q", "standalone_question": "q", "confidence": 0.8, "mode": "extractive", "abstained": False}
    return Answer(**{**made, "answer": text, "citations": citations, "claims": claims, **fields})


ABSTAINED = eval_answer("The documents do not say.", abstained=True, confidence=0.1)


def words_judge(pairs: Sequence[tuple[str, str]]) -> list[float]:
    """Share of the claim's words that the evidence has: a judge of support that a reader can follow."""
    split = [(set(re.findall(r"\w+", evidence.lower())), re.findall(r"\w+", claim.lower())) for evidence, claim in pairs]
    return [sum(word in have for word in want) / len(want) for have, want in split]


def fake_systems(ask: Callable[[Case], Answer], **parts: Any) -> Systems:
    """A product over EVAL_TEXTS that answers with `ask`; `parts` replace members of `Systems`."""

    def unused(*_: Any, **__: Any) -> Any:
        raise AssertionError("this part must not be opened")

    made: dict[str, Any] = {
        "answerer": lambda db, *, no_llm, broken: SystemUnderTest(ask, {"answer": {"candidates": 24}}, []),
        "corpus": lambda db: Corpus(str(db), "corpus-1", len(EVAL_TEXTS), EVAL_TEXTS.get),
        "judge": lambda: SupportJudge("words", 0.99, words_judge),
        "graders": lambda: [SupportJudge("words", 0.99, words_judge)],
        "second_judge": unused,
        "retrievers": unused,
        "passages": unused,
    }
    return Systems(**{**made, **parts})


class FaultyServer:
    """An OpenAI-compatible server on the loopback that plays `script`, one step a request; the last step repeats.

    A step is the text to answer with, or the name of a fault in `FAULTS`; `bodies` and `headers` record what was sent.
    """

    FAULTS = ("hang", "cut", "empty", "no choices", "malformed", "not json")  # and "drip", of a stream: a word now and then

    def __init__(self, *script: str | int | tuple[int, str]) -> None:
        self.script = list(script)
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.headers.append({name.lower(): value for name, value in self.headers.items()} | {"path": self.path})
                outer.play(self, outer.script[min(len(outer.bodies), len(outer.script)) - 1])

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> FaultyServer:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def play(self, request: BaseHTTPRequestHandler, step: str | int | tuple[int, str]) -> None:
        if isinstance(step, int):  # an HTTP status
            self._send(request, step, json.dumps({"error": {"message": f"status {step}"}}))
        elif isinstance(step, tuple):  # a status, and Retry-After
            self._send(request, step[0], "{}", {"Retry-After": step[1]})
        elif step == "hang":
            self.released.wait(20)
        elif step == "cut":
            request.send_response(200)
            request.send_header("Content-Length", "5000")
            request.end_headers()
            request.wfile.write(b'{"choices": [{"mess')
            request.close_connection = True
        elif step == "malformed":
            self._send(request, 200, '{"choices": [')
        elif step == "not json":
            self._send(request, 200, "<html>It works!</html>", {"Content-Type": "text/html"})
        elif step == "drip":
            self._drip(request)
        elif self.bodies[-1].get("stream"):
            self._stream(request, step)
        else:
            message = {"role": "assistant", "content": "" if step == "empty" else step}
            choices = [] if step == "no choices" else [{"index": 0, "finish_reason": "stop", "message": message}]
            self._send(request, 200, json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}))

    def _stream(self, request: BaseHTTPRequestHandler, text: str) -> None:
        """The text in pieces of seven characters; "|" breaks the connection off."""
        whole, _, rest = ("" if text in ("empty", "no choices") else text).partition("|")
        deltas = [{"role": "assistant", "content": ""}, *({"content": whole[i : i + 7]} for i in range(0, len(whole), 7))]
        head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        lines = [f"data: {json.dumps({**head, 'choices': [{'index': 0, 'delta': d, 'finish_reason': None}]})}\n\n" for d in deltas]
        body = "".join([*lines, "data: [DONE]\n\n"])
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.send_header("Content-Length", str(len(body) + (99 if rest else 0)))
        request.end_headers()
        request.wfile.write(body[: -len("data: [DONE]\n\n")].encode() if rest else body.encode())
        request.close_connection = bool(rest)

    def _drip(self, request: BaseHTTPRequestHandler) -> None:
        """A word every tenth of a second, without end."""
        head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        line = f"data: {json.dumps({**head, 'choices': [{'index': 0, 'delta': {'content': 'well '}, 'finish_reason': None}]})}\n\n"
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.end_headers()
        request.close_connection = True
        with suppress(OSError):  # who asked has left
            while not self.released.wait(0.1):
                request.wfile.write(line.encode())

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        data = body.encode()
        request.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)


class ScriptedWriter:
    """A writer that says its lines in order (the last one repeats) and keeps what it was asked."""

    name = "scripted"

    def __init__(self, *lines: str, reads: bool | None = True) -> None:
        self.lines = list(lines)
        self.reads = reads
        self.asked: list[tuple[list[Any], dict[str, Any] | None, int]] = []

    def write(self, prompt_messages: Sequence[Any], *, schema: dict[str, Any] | None, max_tokens: int) -> str:
        self.asked.append((list(prompt_messages), schema, max_tokens))
        return self.lines[min(len(self.asked), len(self.lines)) - 1]


class HashEmbedder:
    """Unit vectors from hashed words: equal texts get equal vectors, shared words bring texts near."""

    name = "hash"
    dim = 32
    max_tokens = 256
    backend = "none"

    def __init__(self, fingerprint: str = "hash-1") -> None:
        self.fingerprint = fingerprint
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        vectors = np.full((len(texts), self.dim), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
                vectors[row, digest[0] % self.dim] += 1.0 if digest[1] % 2 else -1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def word_tokenizer() -> Tokenizer:
    """One token a word or punctuation mark, as many as there are."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import BertPreTokenizer

    tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer


def read_plain(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> list[Document]:
    """A text file as one document; a .jsonl file as one document a line. `FAIL` at the start is a broken file."""
    data = path.read_bytes()
    if len(data) > max_bytes:
        raise LoadError(f"{source}: must be at most {max_bytes} bytes")
    text = data.decode("utf-8")
    if text.startswith("FAIL"):
        raise LoadError(f"{source}: must be sound, got a broken file")
    records = [(f"#{n}", line) for n, line in enumerate(text.splitlines(), 1)] if path.suffix == ".jsonl" else [("", text)]
    return [
        Document(source + suffix, body, "text", hashlib.sha256(body.encode()).hexdigest(), title=body.strip()[:20] or None)
        for suffix, body in records
    ]


def fake_pipeline(embedder: HashEmbedder | None = None, **changed: Any) -> Pipeline:
    """A build's pieces with no model: real discovery rules, plain text, hashed vectors, copies told by equality."""
    from index.formats.find import discover, look_at

    made = embedder or HashEmbedder()
    parts: dict[str, Any] = {
        "discover": discover,
        "look_at": look_at,
        "load_file": read_plain,
        "load_embedder": lambda settings: made,
        "load_tokenizer": lambda name: word_tokenizer(),
        "signature": lambda text: hashlib.sha256(text.encode()).digest(),
        "cluster": lambda signatures: {s: sorted(signatures.values()).index(v) for s, v in signatures.items()},
        "loader_version": "1",
    }
    return Pipeline(**{**parts, **changed})


class FakeLibrary:
    """The read side of an index in a list: chunks as (id, source, similarity), documents with dates."""

    def __init__(self, chunks: Sequence[tuple[str, str, float]], documents: Sequence[Document], bm25: Sequence[str] = ()) -> None:
        self.chunk_list = list(chunks)
        self.by_source = {d.source: d for d in documents}
        self.terms = list(bm25)
        self.vectors = self.catalog = self

    def query(
        self, vector: NDArray[np.float32], limit: int, *, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> list[tuple[str, float]]:
        inside = ((id_, score) for id_, source, score in self.chunk_list if self._inside(source, since, until, sources))
        return sorted(inside, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def bm25(
        self, query: str, limit: int, *, since: str | None = None, until: str | None = None, sources: Sequence[str] = ()
    ) -> list[tuple[str, float]]:
        ok = {id_ for id_, source, _ in self.chunk_list if self._inside(source, since, until, sources)}
        return [(id_, 1.0 / n) for n, id_ in enumerate(self.terms, 1) if id_ in ok][:limit]

    def chunks(self, ids: Sequence[str]) -> dict[str, Chunk]:
        found = [(id_, self.by_source[source]) for id_, source, _ in self.chunk_list if id_ in ids and source in self.by_source]
        return {id_: Chunk(id_, d.source, 0, 0, len(d.text), d.text) for id_, d in found}

    def infos(self, sources: Sequence[str]) -> dict[str, DocumentInfo]:
        return {info.source: info for info in FakeShelf(list(self.by_source.values())).documents() if info.source in sources}

    def _inside(self, source: str, since: str | None, until: str | None, sources: Sequence[str]) -> bool:
        if sources and source not in sources:
            return False
        day = self.by_source[source].published.date if source in self.by_source else None
        return (since is None or (day or "") >= since) and (until is None or (day is not None and day <= until))


class ModelServer:
    """A server of language models on the loopback that answers GET requests from `pages` (path -> JSON, or text as it is)."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                page = pages.get(self.path)
                body = (page if isinstance(page, str) else json.dumps(page)).encode()
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(OSError):  # who asked has read enough
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_port
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> ModelServer:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()
