"""OpenVINO models kept on disk, compiled for this processor and run on several streams.

A kept copy is a folder that is written beside its place and renamed into it, so a killed run leaves nothing that
looks whole; its checksums show damage, and a damaged copy is made again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.models.registry import sha256_of

log = logging.getLogger(__name__)

MAX_STREAMS = 16
Inputs = Mapping[str, NDArray[np.int64]]


def usable_cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def kept_model(key: str, cache_dir: Path, make: Callable[[Any], Any]) -> tuple[Any, Any]:
    """OpenVINO's core and the model kept under `key` (any text that names it fully), made by `make(core)` if needed.

    Raises `ImportError` without OpenVINO and what `make` raises.
    """
    import openvino as ov

    core = ov.Core()
    folder = cache_dir / "compiled" / hashlib.sha256(f"{key}|{ov.__version__}".encode()).hexdigest()[:16]
    model = _read(core, folder)
    if model is None:
        made = make(core)
        _write(made, folder)
        # Saving rounds the weights to 16 bits: the first run must use what later runs will read, to give the same numbers.
        model = _read(core, folder) or made
    return core, model


SHAPES_KEPT = "64"


def compile_runner(core: Any, model: Any, streams: int, threads: int = 0) -> tuple[Runner, str]:
    """The model ready to run in `streams` at once on so many `threads` (0: one each), and the precision that was chosen."""
    # bf16 where the processor has it (three times the speed of f32 on AMX, cosine .9999); plain f16 was slower than f32.
    precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
    # Both caches keep something for every input shape they have seen, 0.9 MB in the reranker: without a bound a server grows for hours.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", SHAPES_KEPT)
    options = {
        "CPU_RUNTIME_CACHE_CAPACITY": SHAPES_KEPT,
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "THROUGHPUT" if streams >= threads else "LATENCY",
        "NUM_STREAMS": str(streams),
        "INFERENCE_NUM_THREADS": str(threads or streams),
    }
    return Runner(core.compile_model(model, "CPU", options), streams), precision


class Runner:
    """Keeps every stream busy and hands the results back in the order of the batches. Callers in several threads take turns."""

    def __init__(self, compiled: Any, streams: int) -> None:
        self._names = [entry.get_any_name() for entry in compiled.inputs]
        self._turn = threading.Lock()
        self._requests = [compiled.create_infer_request() for _ in range(2 * streams if streams > 1 else 1)]

    def __call__(self, batches: Iterable[Inputs]) -> Iterator[NDArray[np.float32]]:
        """The first output of each batch; inputs that the model does not declare are left out."""
        pending: list[Any] = []
        with self._turn:
            free = list(self._requests)
            try:
                for batch in batches:
                    if not free:
                        free.append(pending.pop(0))
                        yield _finish(free[-1])
                    request = free.pop()
                    request.start_async({name: batch[name] for name in self._names}, share_inputs=False)
                    pending.append(request)
                while pending:
                    yield _finish(pending.pop(0))
            finally:  # a reader that stops early must not leave a request running into the next call
                for request in pending:
                    request.wait()


def _finish(request: Any) -> NDArray[np.float32]:
    request.wait()
    return np.array(request.get_output_tensor(0).data, dtype=np.float32)


def _read(core: Any, folder: Path) -> Any | None:
    """The kept copy, or None when there is none or it is damaged (it is then removed)."""
    if not folder.is_dir():
        return None
    try:
        kept = json.loads((folder / "sha256.json").read_text(encoding="utf-8"))
        if {name: sha256_of(folder / name) for name in ("model.xml", "model.bin")} == kept:
            return core.read_model(folder / "model.xml")
    except (OSError, ValueError, RuntimeError) as error:
        log.info("compiled copy unreadable: %s", error)
    log.warning("the compiled copy in %s is damaged; making it again", folder)
    shutil.rmtree(folder, ignore_errors=True)
    return None


def _write(model: Any, folder: Path) -> None:
    import openvino as ov

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as name:
            new = Path(name) / "copy"
            new.mkdir()
            ov.save_model(model, new / "model.xml", compress_to_fp16=True)
            kept = {part: hashlib.sha256((new / part).read_bytes()).hexdigest() for part in ("model.xml", "model.bin")}
            (new / "sha256.json").write_text(json.dumps(kept), encoding="utf-8")
            new.rename(folder)
    except (OSError, RuntimeError) as error:  # read-only or full, or another process was first: this run has its model in memory
        if not folder.is_dir():
            log.warning("the compiled copy could not be kept in %s, every start will compile again (%s)", folder, error)
