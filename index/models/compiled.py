"""OpenVINO models as they run on this processor: converted once, compiled once, kept for every index and every start.

Two things are kept in `compiled/` of the user's cache folder: the converted model, and for each way of running it what
OpenVINO made of it, which loads in a third of the time. Where that folder cannot be written, the index's own takes its place.
A kept copy is a folder that is written beside its place and renamed into it, so that neither a killed run nor two
processes at once leave anything that looks whole and is not; its checksums show damage, and a damaged copy is made again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.imports import hidden, when_called
from index.models.registry import sha256_of, user_cache

log = logging.getLogger(__name__)

MAX_STREAMS = 16
SHAPES_KEPT = "64"
_FOLDER, _SUMS = "compiled", "sha256.json"
_BLOB, _MODEL, _CHOICE = ("model.blob",), ("model.xml", "model.bin"), ("choice.json",)
TRIES = 4
CLEARLY = 0.85  # share of the other's time below which int8 is taken: the reader was tuned and measured in bf16
Inputs = Mapping[str, NDArray[np.int64]]


def usable_cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def places(index: Path | None = None) -> tuple[Path, ...]:
    """Where copies are kept, the first that can be written: the user's cache folder, the folder of the index."""
    return (user_cache(),) if index is None else (user_cache(), index)


def import_openvino() -> Any:
    """OpenVINO, with its converter of models imported when that is called: two thirds of the time of its import. Raises `ImportError`."""
    with hidden("openvino.tools.ovc"):
        import openvino
    vars(openvino).setdefault("convert_model", when_called("openvino.tools.ovc", "convert_model"))
    return openvino


def open_kept(
    key: str, kept_in: Sequence[Path], make: Callable[[Any], Any], streams: int, threads: int = 0, *, shipped: bool = False
) -> tuple[Runner, str]:
    """The model named by `key` (any text that names it fully), ready to run, and its precision; made by `make(core)` if needed.

    `streams` run at once on so many `threads` (0: one each). `shipped`: `make` only reads a file whose weights are int8, so that it is not
    kept a second time, and may multiply in int8 too, where that was quicker when it was tried. Raises `ImportError` without OpenVINO and
    what `make` raises.
    """
    ov = import_openvino()
    core = ov.Core()
    machine = (key, ov.__version__, core.get_property("CPU", "FULL_DEVICE_NAME"))
    precision = _quickest(core, machine, kept_in, make) if shipped else _plain(core)
    options = _options(precision, streams, threads)
    names = (*machine, precision)
    compiled = _find(names, _BLOB, kept_in, lambda folder: _import(core, folder, options))
    if compiled is None:
        model = make(core) if shipped else _kept_model(core, (key, ov.__version__), kept_in, make)
        compiled = core.compile_model(model, "CPU", options)
        _keep(names, _BLOB, kept_in, lambda folder: (folder / _BLOB[0]).write_bytes(compiled.export_model().getvalue()))
    return Runner(compiled, streams), precision


def _kept_model(core: Any, names: Sequence[str], kept_in: Sequence[Path], make: Callable[[Any], Any]) -> Any:
    ov = import_openvino()

    def read(folder: Path) -> Any:
        return core.read_model(folder / _MODEL[0])

    model = _find(names, _MODEL, kept_in, read)
    if model is not None:
        return model
    made = make(core)
    _keep(names, _MODEL, kept_in, lambda folder: ov.save_model(made, folder / _MODEL[0], compress_to_fp16=True))
    # Saving rounds the weights to 16 bits: the first run must use what later runs will read, to give the same numbers.
    return _find(names, _MODEL, kept_in, read) or made


def compile_runner(core: Any, model: Any, streams: int, threads: int = 0) -> tuple[Runner, str]:
    """The model ready to run in `streams` at once on so many `threads` (0: one each), and the precision that was chosen."""
    precision = _plain(core)
    return Runner(core.compile_model(model, "CPU", _options(precision, streams, threads)), streams), precision


def _plain(core: Any) -> str:
    """bf16 where the processor has it (three times the speed of f32 on AMX, cosine .9999), else f32; plain f16 was slower than that."""
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def _quickest(core: Any, machine: Sequence[str], kept_in: Sequence[Path], make: Callable[[Any], Any]) -> str:
    """What a model with int8 weights runs in: tried once on each machine, and remembered."""
    names = (*machine, "precision")
    told = _find(names, _CHOICE, kept_in, lambda folder: json.loads((folder / _CHOICE[0]).read_text(encoding="utf-8"))["precision"])
    if told is None:
        plain, model = _plain(core), make(core)
        taken = _taken(core, model, (plain, "int8"))
        told = "int8" if taken["int8"] < CLEARLY * taken[plain] else plain
        said = json.dumps({"precision": told, "seconds": taken})
        _keep(names, _CHOICE, kept_in, lambda folder: (folder / _CHOICE[0]).write_text(said, encoding="utf-8"))
    return str(told)


def _taken(core: Any, model: Any, precisions: Sequence[str]) -> dict[str, float]:
    """The least seconds that a batch took in each precision, the tries in turn: half a second in all, besides compiling."""
    ids = np.arange(1000, 1000 + 2 * 128, dtype=np.int64).reshape(2, 128)
    batch = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    runners = {name: Runner(core.compile_model(model, "CPU", _options(name, 1, 1)), 1) for name in precisions}
    taken = dict.fromkeys(precisions, np.inf)
    for _ in range(TRIES):
        for name, run in runners.items():
            start = time.perf_counter()
            list(run([batch]))
            taken[name] = min(taken[name], time.perf_counter() - start)
    return {name: round(float(seconds), 5) for name, seconds in taken.items()}


def _options(precision: str, streams: int, threads: int) -> dict[str, str]:
    # Both caches keep something for every input shape they have seen, 0.9 MB in the reranker: without a bound a server grows for hours.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", SHAPES_KEPT)
    options = {
        "CPU_RUNTIME_CACHE_CAPACITY": SHAPES_KEPT,
        "INFERENCE_PRECISION_HINT": "f32" if precision == "int8" else precision,
        "PERFORMANCE_HINT": "THROUGHPUT" if streams >= threads else "LATENCY",
        "NUM_STREAMS": str(streams),
        "INFERENCE_NUM_THREADS": str(threads or streams),
    }
    # Activations too are rounded to 8 bits, each group of 64 by its own range: logits off by .2 at most, as in bf16.
    return options | {"DYNAMIC_QUANTIZATION_GROUP_SIZE": "64"} if precision == "int8" else options


class Runner:
    """Keeps every stream busy and hands the results back in the order of the batches. Callers in several threads take turns."""

    def __init__(self, compiled: Any, streams: int) -> None:
        self._names = [entry.get_any_name() for entry in compiled.inputs]
        self._turn = threading.Lock()
        self._requests = [compiled.create_infer_request() for _ in range(2 * streams if streams > 1 else 1)]
        self.shape = compiled.outputs[0].get_partial_shape()

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


def _import(core: Any, folder: Path, options: Mapping[str, str]) -> Any:
    ov = import_openvino()
    # Mapped, not read: OpenVINO copies what it takes from it.
    return core.import_model(ov.Tensor(np.asarray(np.memmap(folder / _BLOB[0], dtype=np.uint8, mode="r"))), "CPU", dict(options))


def _name(names: Sequence[str]) -> str:
    return hashlib.sha256("|".join(names).encode()).hexdigest()[:16]


def _find(names: Sequence[str], parts: Sequence[str], kept_in: Sequence[Path], read: Callable[[Path], Any]) -> Any | None:
    """What `read` makes of the kept copy, or None when there is none or it is damaged (it is then removed)."""
    for place in kept_in:
        folder = place / _FOLDER / _name(names)
        if not folder.is_dir():
            continue
        try:
            kept = json.loads((folder / _SUMS).read_text(encoding="utf-8"))
            if {part: sha256_of(folder / part) for part in parts} == kept:
                return read(folder)
        except (OSError, ValueError, RuntimeError) as error:
            log.info("compiled copy unreadable: %s", error)
        log.warning("the compiled copy in %s is damaged; making it again", folder)
        shutil.rmtree(folder, ignore_errors=True)
    return None


def _keep(names: Sequence[str], parts: Sequence[str], kept_in: Sequence[Path], write: Callable[[Path], object]) -> None:
    """Keep what `write` puts into a folder, in the first place that takes it."""
    refused: Exception | None = None
    for place in kept_in:
        folder = place / _FOLDER / _name(names)
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as name:
                new = Path(name) / "copy"
                new.mkdir()
                write(new)
                kept = {part: hashlib.sha256((new / part).read_bytes()).hexdigest() for part in parts}
                (new / _SUMS).write_text(json.dumps(kept), encoding="utf-8")
                new.rename(folder)
            return
        except (OSError, RuntimeError) as error:  # read-only or full
            if folder.is_dir():  # another process was first
                return
            refused = error
    log.warning("the compiled copy could not be kept in %s, every start will compile again (%s)", kept_in[0], refused)
