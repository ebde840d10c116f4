"""Reading a BEIR data set: corpus, queries, qrels; plain or gzip.

Files: corpus.jsonl[.gz] ({_id, title, text}), queries.jsonl[.gz] ({_id, text}), and for a split one of
qrels/SPLIT.tsv, qrels_SPLIT.tsv, qrels.tsv (each also .gz): query-id, corpus-id, score, with or without a heading.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.cases.evalset import json_lines, read_bytes
from eval.schema import BeirDocument, Qrels
from index.errors import EvalError


@dataclass(frozen=True, slots=True)
class BeirSet:
    """Documents in file order, the judged queries of one split, and their judgements."""

    documents: tuple[BeirDocument, ...]
    queries: dict[str, str]
    qrels: Qrels


def read_beir(folder: Path, split: str) -> BeirSet:
    """Read one split. Raises `EvalError` naming file, line and field for anything that does not fit together."""
    if not folder.is_dir():
        raise EvalError(f"{folder} is no folder. Give one with corpus.jsonl, queries.jsonl and qrels (gzip or plain).")
    documents = _documents(_find(folder, "corpus.jsonl"))
    queries = _queries(_find(folder, "queries.jsonl"))
    qrels_path = _find(folder, f"qrels/{split}.tsv", f"qrels_{split}.tsv", "qrels.tsv")
    qrels = _qrels(qrels_path, queries, {document.id for document in documents})
    return BeirSet(documents, {query: queries[query] for query in qrels}, qrels)


def _find(folder: Path, *names: str) -> Path:
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.exists():
                return path
    raise EvalError(f"{folder} holds none of {', '.join(names)} (nor with .gz). Give a BEIR folder, or another --split.")


def _documents(path: Path) -> tuple[BeirDocument, ...]:
    found: dict[str, BeirDocument] = {}
    for line, fields in json_lines(path):
        id_ = _text(fields, "_id", path, line)
        if id_ in found:
            raise EvalError(f"{path}, line {line}: field '_id': {id_!r} is there twice. Ids must differ.")
        found[id_] = BeirDocument(id_, _text(fields, "title", path, line, ""), _text(fields, "text", path, line))
    return tuple(found.values())


def _queries(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line, fields in json_lines(path):
        id_ = _text(fields, "_id", path, line)
        if id_ in found:
            raise EvalError(f"{path}, line {line}: field '_id': {id_!r} is there twice. Ids must differ.")
        found[id_] = _text(fields, "text", path, line)
    return found


def _text(fields: dict[str, Any], name: str, path: Path, line: int, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise EvalError(f"{path}, line {line}: field {name!r}: must be a string, got {value!r}.")
    return value


def _qrels(path: Path, queries: dict[str, str], documents: set[str]) -> Qrels:
    qrels: Qrels = {}
    for number, line in enumerate(read_bytes(path).decode("utf-8-sig").splitlines(), start=1):
        cells = line.split("\t")
        if not line.strip() or (number == 1 and len(cells) >= 3 and not cells[2].strip().lstrip("-").isdigit()):
            continue
        where = f"{path}, line {number}"
        if len(cells) < 3:
            raise EvalError(f"{where}: needs three columns parted by tabs (query-id, corpus-id, score), got {line[:60]!r}.")
        query, document, score = (cell.strip() for cell in cells[:3])
        if query not in queries:
            raise EvalError(f"{where}: field 'query-id': queries hold no {query!r}.")
        if document not in documents:
            raise EvalError(f"{where}: field 'corpus-id': the corpus holds no {document!r}.")
        if not score.lstrip("-").isdigit():
            raise EvalError(f"{where}: field 'score': must be a whole number, got {score!r}.")
        if document in qrels.setdefault(query, {}):
            raise EvalError(f"{where}: query {query!r} and document {document!r} are judged twice.")
        qrels[query][document] = int(score)
    if not qrels:
        raise EvalError(f"{path} holds no judgement.")
    return qrels
