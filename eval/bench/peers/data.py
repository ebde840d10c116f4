"""Corpora and questions of the peers' bench: news articles for speed, a BEIR folder for quality.

The articles are the first ones of the file that have a title and a text; the questions are titles of articles that lie
in every size of the corpus, drawn with a fixed seed. Nothing is known of what answers them: they are only timed. A part
of a BEIR corpus (for the short run) keeps every document judged for its queries and fills up with others in file order.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from eval.cases.beir import BeirSet, read_beir
from eval.cases.evalset import json_lines
from eval.schema import Qrels
from index.errors import EvalError

SEED = 20241123
_TICKER = re.compile(r"<[^>]*>|[\"']")

Text = tuple[str, str]  # title, text


@dataclass(frozen=True, slots=True)
class Judged:
    """Documents with their ids, queries by id and their judgements."""

    ids: tuple[str, ...]
    texts: tuple[Text, ...]
    queries: dict[str, str]
    qrels: Qrels


def read_articles(path: Path, count: int) -> list[Text]:
    """The first `count` articles with a title and a text. Raises `EvalError` when there are fewer."""
    found = list(islice(_articles(path), count))
    if len(found) < count:
        raise EvalError(f'the bench needs {count} articles with "title" and "text", {path} has {len(found)}. Give a longer file.')
    return found


def _articles(path: Path) -> Iterator[Text]:
    for _, record in json_lines(path):
        title, text = record.get("title"), record.get("text")
        if isinstance(title, str) and isinstance(text, str) and title.strip() and text.strip():
            yield " ".join(title.split()), text


def questions_about(articles: Sequence[Text], count: int) -> list[str]:
    """`count` different titles of at least four words, drawn with a fixed seed, in lower case and without stock symbols.

    Raises `EvalError` when there are fewer.
    """
    titles = (" ".join(_TICKER.sub(" ", title).lower().split()) for title, _ in articles)
    usable = sorted({title for title in titles if len(title.split()) >= 4})
    if len(usable) < count:
        raise EvalError(f"the bench needs {count} titles of four words or more, these articles have {len(usable)}. Ask fewer questions.")
    return random.Random(SEED).sample(usable, count)


def read_judged(folder: Path, documents: int | None, queries: int | None) -> Judged:
    """The test split of a BEIR folder, or so many of its queries and about so many documents. Raises `EvalError`."""
    data = read_beir(folder, "test")
    kept = dict(list(data.queries.items())[:queries])
    qrels = {query: data.qrels[query] for query in kept}
    chosen = _part(data, {document for judged in qrels.values() for document in judged}, documents)
    by_id = {document.id: (document.title, document.text) for document in data.documents}
    return Judged(chosen, tuple(by_id[id_] for id_ in chosen), kept, qrels)


def _part(data: BeirSet, needed: set[str], count: int | None) -> tuple[str, ...]:
    ids = [document.id for document in data.documents]
    if count is None or count >= len(ids):
        return tuple(ids)
    kept = needed.union([id_ for id_ in ids if id_ not in needed][: max(0, count - len(needed))])
    return tuple(id_ for id_ in ids if id_ in kept)


def write_corpus(path: Path, texts: Sequence[Text]) -> None:
    """One JSON line a document, {"title", "text"}; the line number is what runners call it."""
    lines = (json.dumps({"title": title, "text": text}, ensure_ascii=False) for title, text in texts)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
