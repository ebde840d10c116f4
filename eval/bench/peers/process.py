"""One system, one corpus in stages: its runner in a process of its own, with the process's time and peak memory.

Knows the files that a runner reads and writes (`eval.bench.peers.task`), not what is in a system.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import EvalError

ROOT = Path(__file__).parents[3]
# No model hub, no telemetry; every library that reports somewhere by itself has a switch here.
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "DO_NOT_TRACK": "1",
    "PYTHONNOUSERSITE": "1",
}
# Settings of ours or of a caller that would change what is measured.
_DROPPED = ("FOOTNOTE_", "PYTHONPATH", "VIRTUAL_ENV", "OMP_", "MKL_", "LANGSMITH_", "LANGCHAIN_", "OPENAI_", "HF_HOME")


@dataclass(frozen=True, slots=True)
class Job:
    """A runner's command (`[python, "-m", module]`), what it is asked, and where its files go."""

    command: Sequence[str]
    stages: Sequence[Path]
    weights: Path
    questions: Sequence[str]
    limit: int
    folder: Path
    timeout_s: float


def run_job(job: Job) -> dict[str, Any]:
    """The runner's own figures with `process_s` and `process_peak_mb` added; its output is kept in FOLDER/log.txt.

    Raises `EvalError` when it fails, says nothing, or takes longer than `timeout_s`.
    """
    store, task, out, log = (job.folder / name for name in ("store", "task.json", "result.json", "log.txt"))
    store.mkdir(parents=True)
    places = {"stages": [str(stage) for stage in job.stages], "weights": str(job.weights), "store": str(store)}
    task.write_text(json.dumps(places | {"questions": list(job.questions), "limit": job.limit}), encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)} | OFFLINE | {"PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*job.command, str(task), str(out)], stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env, cwd=job.folder
        )
        peak_kb = _wait(process, started + job.timeout_s)
    seconds = time.perf_counter() - started
    if process.returncode or not out.is_file():
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"]
        reason = f"took longer than {job.timeout_s:.0f} s" if peak_kb is None else f"exit code {process.returncode}: {lines[-1][:200]}"
        raise EvalError(f"a runner of the bench must succeed; {' '.join(job.command[1:])}: {reason}. Its output: {log}")
    result: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    assert peak_kb is not None
    return result | {"process_s": seconds, "process_peak_mb": peak_kb * 1024 / 1e6}


def _wait(process: subprocess.Popen[bytes], deadline: float) -> int | None:
    """Wait and set the exit code; the peak resident size in KiB, its children's included. None when it was killed for time."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_maxrss
        if time.perf_counter() > deadline:
            process.kill()
            process.wait()
            return None
        time.sleep(0.05)
