"""run.json: what a run was made with, and whether a started run may go on.

Knows nothing of cases; reads git, the machine and the installed versions.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eval.cases.evalset import first_problem, read_cases, set_hash
from eval.schema import Corpus, CorpusRecord, RunRecord, SetRecord, SystemUnderTest
from index.errors import EvalError

RECORD, PREDICTIONS, REPORT = "run.json", "predictions.jsonl", "report.html"
_ROOT = Path(__file__).resolve().parents[1]
_VERSIONED = ("footnote", "chromadb", "llama-index-core", "onnxruntime", "openvino", "sentence-transformers", "torch", "xllamacpp")


def describe_run(set_path: Path, corpus: Corpus, system: SystemUnderTest, broken: str | None) -> RunRecord:
    """The record of a run that starts now."""
    return RunRecord(
        command=sys.argv,
        set=SetRecord(path=str(set_path.resolve()), sha256=set_hash(set_path), cases=len(read_cases(set_path))),
        corpus=CorpusRecord(db=str(Path(corpus.db).resolve()), sha256=corpus.sha256, documents=corpus.documents),
        configuration=json.loads(json.dumps(dict(system.configuration), default=str)),
        models=list(system.models),
        broken=broken,
        commit=_commit(),
        code_sha256=code_hash(),
        versions=_versions(),
        machine=_machine(),
        date=now(),
    )


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def code_hash() -> str:
    """SHA-256 over the names and bytes of the product's own modules: tells two states of a working tree apart."""
    digest = hashlib.sha256()
    for package in ("index", "qa", "eval"):
        for path in sorted((_ROOT / package).rglob("*.py")):
            digest.update(f"{path.relative_to(_ROOT).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read_record(run: Path) -> RunRecord:
    """The record of a run's folder. Raises `EvalError` when there is none or it breaks a rule."""
    path = run / RECORD
    try:
        return RunRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EvalError(f"{run} holds no {RECORD}, so it is no run. Make one with 'footnote eval run --out {run}'.") from error
    except ValidationError as error:
        raise EvalError(f"{path}: {first_problem(error)} Make the run again with --fresh.") from error


def write_record(run: Path, record: RunRecord) -> None:
    """Write run.json in one step: a reader sees the old one or the new one."""
    part = run / f"{RECORD}.part"
    part.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    part.replace(run / RECORD)


def require_same(old: RunRecord, new: RunRecord, run: Path) -> None:
    """Raise `EvalError` naming what differs between a started run and the one asked for now."""
    differing = [
        *(["another eval set"] if old.set.sha256 != new.set.sha256 else []),
        *(["another corpus"] if old.corpus.sha256 != new.corpus.sha256 else []),
        *(f"configuration {_change(*found)}" for found in differences(old.configuration, new.configuration)),
        *(["other models"] if old.models != new.models else []),
        *([f"broken part {old.broken} -> {new.broken}"] if old.broken != new.broken else []),
        *(["other code"] if old.code_sha256 != new.code_sha256 else []),
    ]
    if differing:
        raise EvalError(f"{run} was started with something else: {'; '.join(differing)}. Give another --out, or --fresh to start it anew.")


def _change(key: str, before: Any, after: Any) -> str:
    """One difference in words; a record of an older version may hold what is replaced by *** today, so it is not shown."""
    hidden = "***" in str(after)
    return f"{key} (not shown: it holds a secret)" if hidden else f"{key} {before!r} -> {after!r}"


def differences(a: Mapping[str, Any], b: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any, Any]]:
    """(dotted key, value in a, value in b) of every leaf that differs, None for an absent one."""
    found: list[tuple[str, Any, Any]] = []
    for key in sorted({*a, *b}):
        x, y = a.get(key), b.get(key)
        if isinstance(x, Mapping) and isinstance(y, Mapping):
            found += differences(x, y, f"{prefix}{key}.")
        elif x != y:
            found.append((f"{prefix}{key}", x, y))
    return found


def _commit() -> str | None:
    """The commit of the checkout, with "+changes" when the tree differs from it; None outside a checkout of this project."""
    if not (_ROOT / ".git").exists():
        return None
    try:
        head = _git("rev-parse", "HEAD")
        return head + ("+changes" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*args: str) -> str:
    return subprocess.run(["git", "-C", str(_ROOT), *args], capture_output=True, text=True, check=True, timeout=20).stdout.strip()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1) if memory else None,
    }
