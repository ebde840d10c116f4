"""Reading and embedding on Ray's workers: the same stages as here, handed out to other processes and machines.

Only `prepare` and `embed` of a build's parts are replaced; they give the same results in the same order, so the one writer
writes what it would have written. A worker that dies is replaced and its work done again. Workers read the files
themselves: on a cluster, all nodes must see the documents at the same path.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from index.config import IndexConfig, StoreSettings
from index.errors import EngineError, UsageError
from index.models.compiled import usable_cores
from index.models.registry import user_cache
from index.offline import go_offline
from index.store.vectors import Vectors
from index.sync.pipeline import Pipeline
from index.sync.prepare import Preparation, Prepared, PrepareTask, prepare_file
from index.sync.protocol import Encoder
from index.sync.report import Report
from index.version import __version__

if TYPE_CHECKING:
    from types import ModuleType

# Four cores an embedder: its memory (0.4 GB) is then a tenth of what such machines have for them, and losing one costs little.
CORES_PER_EMBEDDER = 4
TRIES = 3
RETRY_S = (0.0, 2.0, 5.0)  # a node that goes away is noticed by Ray after some seconds
ILL_S = 30.0
AHEAD_PER_CORE = 4  # files on their way to a core; they wait in Ray's object store
AHEAD_PER_EMBEDDER = 2

Load = Callable[[IndexConfig], Encoder]
Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def ray_pipeline(pipeline: Pipeline, address: str | None = None, paths: Sequence[Path] = ()) -> Iterator[Pipeline]:
    """`pipeline` with reading and embedding on Ray: the cluster at `address`, or one started on this machine for the block.

    Every node must see `paths`. Ray starts when the embedder is asked for, so a run with nothing to read costs nothing.
    Raises `UsageError` when Ray is not installed. What the pipeline raises beside what they raise here: `EngineError` when the
    cluster cannot be reached or does not fit, or when workers keep dying.
    """
    ray = _import_ray()
    pool = _Pool(ray, pipeline.load_embedder, address, [path.absolute() for path in paths])
    try:
        yield replace(pipeline, load_embedder=pool.start, prepare=pool.prepare, embed=pool.embed)
    finally:
        pool.stop()


def _import_ray() -> ModuleType:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError as error:
        raise UsageError("--engine ray needs the package ray. Run: pip install 'footnote[ray]'") from error
    return ray


class _Remote:
    """What the driver knows of the embedder that the workers have loaded."""

    def __init__(self, dim: int, max_tokens: int, fingerprint: str, backend: str, encode: Callable[[Sequence[str]], Vectors]) -> None:
        self.dim, self.max_tokens, self.fingerprint, self.backend, self.encode = dim, max_tokens, fingerprint, backend, encode


class _Worker:
    """An embedder in a process of its own. It loads when first used: what goes wrong then reaches the driver as it is."""

    def __init__(self, load: Load, settings: IndexConfig) -> None:
        go_offline()
        self._loaded = lru_cache(partial(load, settings))

    def facts(self) -> tuple[tuple[int, int, str], str]:
        embedder = self._loaded()
        return (embedder.dim, embedder.max_tokens, embedder.fingerprint), getattr(embedder, "backend", "unknown")

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._loaded().encode(texts)


class _Pool:
    """The workers of one build."""

    def __init__(self, ray: Any, load: Load, address: str | None, paths: Sequence[Path]) -> None:
        self._ray, self._load, self._address, self._paths = ray, load, address, paths
        self._ours = False
        self._workers: list[Any] = []
        self._ill: dict[Any, float] = {}
        self._cores = 1

    def start(self, settings: IndexConfig) -> Encoder:
        """Start the workers, each with the embedder that `settings` name, and return their common face."""
        self._connect(settings)
        self._cores = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        gpus = 0 if settings.models.device == "cpu" else int(self._ray.cluster_resources().get("GPU", 0))
        number, threads = layout(self._cores, gpus, settings.models.threads)
        models = settings.models.model_copy(update={"threads": threads})
        # Only what workers need: no address, no token and no key goes to them. The index's folder is on this machine alone.
        store = StoreSettings(path=user_cache() if self._address else settings.store.path.absolute())
        plain = IndexConfig.model_construct(store=store, index=settings.index, models=models)
        options = {"num_gpus": 1, "num_cpus": 0.5} if gpus else {"num_cpus": threads / 2}
        actor = self._ray.remote(**options, max_restarts=-1)(_Worker)
        told: list[tuple[tuple[int, int, str], str]] = []
        for wanted in (1, number):  # the first one compiles the model for all on its machine
            self._workers += [actor.remote(self._load, plain) for _ in range(wanted - len(self._workers))]
            told = self._get([worker.facts.remote() for worker in self._workers], "an embedder")
        facts = {fact for fact, _ in told}
        if len(facts) > 1:
            raise EngineError(f"all workers must have the same embedding model, got {sorted(facts)}. Install one version everywhere.")
        backend = f"{len(told)} workers on Ray, {told[0][1]}"
        return _Remote(*facts.pop(), backend, lambda texts: self._vectors(texts, self._submit(texts)))

    def _connect(self, settings: IndexConfig) -> None:
        if not self._ray.is_initialized():
            options: dict[str, Any] = {"address": self._address, "log_to_driver": False, "logging_level": "error"}
            if self._address is None:
                os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else Ray makes one and leaves it in the home folder
                cores = settings.models.threads or usable_cores()
                options |= {"address": "local", "num_cpus": cores, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
            try:
                _knock(self._address)
                self._ray.init(**options)
            except Exception as error:
                where = f"reach Ray at {self._address}" if self._address else "start Ray on this machine"
                fix = "Mend --ray-address (RAY_AUTH_MODE, RAY_AUTH_TOKEN)" if self._address else "See /tmp/ray/session_latest/logs"
                raise EngineError(f"cannot {where}: {_line(error)}. {fix}, or leave --engine ray away.") from error
            # Ray's own messages go to stdout, where --json prints; what matters of them is raised.
            self._ray._private.worker._worker_logs_enabled = False
            self._ours = True
        if self._address is not None:
            self._probe()

    def _probe(self) -> None:
        """Every node of a cluster must run this version of the program and see the documents."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        probe = self._ray.remote(num_cpus=0, max_retries=TRIES)(_probe)
        for node in self._ray.nodes():
            if node["Alive"] and node["Resources"].get("CPU"):
                here = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
                name = f"node {node['NodeManagerAddress']}"
                version, missing = self._get(probe.options(scheduling_strategy=here).remote(self._paths), name)
                if version != __version__:
                    raise EngineError(f"all nodes must run footnote {__version__}, {name} runs {version}. Install it there.")
                if missing:
                    raise EngineError(f"all nodes must see the documents at the same path, {name} has no {missing[0]}. Mount it there.")

    def stop(self) -> None:
        """Let the workers go, and Ray, when it was started here."""
        for worker in self._workers if self._ray.is_initialized() else []:
            self._ray.kill(worker)
        self._workers = []
        if self._ours:
            self._ray.shutdown()

    def prepare(self, asked: Iterable[PrepareTask], preparation: Preparation, report: Report) -> Iterator[Prepared]:
        """See `index.sync.prepare.prepare_here`; seconds in the report are summed over the workers."""
        task = self._ray.remote(num_cpus=0.5, max_retries=TRIES)(_prepare)
        kept = [self._ray.put(preparation)]
        for one, answer in in_order(asked, lambda one: task.remote(_absolute(one), kept), AHEAD_PER_CORE * self._cores):
            source = one.task.row.source
            try:
                row, documents, failed, unread, remarks, seconds = self._fetch(answer)
            except (self._ray.exceptions.WorkerCrashedError, self._ray.exceptions.OutOfMemoryError) as error:
                reason = f"{source}: the worker that read it died {TRIES + 1} times ({type(error).__name__}). Convert it or leave it out."
                row, documents, failed, unread, remarks, seconds = None, [], {source: reason}, {}, {}, {}
            except self._ray.exceptions.RayError as error:
                raise self._lost(f"the reading of {source}", error) from error
            report.failed.update(failed)
            report.unread.update(unread)
            report.remarks.update(remarks)
            for stage, spent in seconds.items():
                report.seconds[stage] = report.seconds.get(stage, 0.0) + spent
            yield Prepared(row, len(documents), documents)

    def embed(self, batches: Iterable[Sequence[str]], embedder: Encoder, report: Report) -> Iterator[Vectors]:
        """See `index.sync.prepare.embed_here`; whole batches go to one worker, so vectors are those that it would compute here."""
        for texts, answer in in_order(batches, self._submit, AHEAD_PER_EMBEDDER * len(self._workers)):
            with report.timed("embed"):
                vectors = self._vectors(texts, answer) if texts else np.empty((0, embedder.dim), dtype=np.float32)
            yield vectors

    def _submit(self, texts: Sequence[str]) -> tuple[Any, Any]:
        """A worker and its answer to come. Workers take turns; one that has just failed is passed over while others are well."""
        if not texts:
            return None, None
        self._workers.append(self._workers.pop(0))
        well = [worker for worker in self._workers if time.monotonic() > self._ill.get(worker, 0.0)]
        worker = (well or self._workers)[-1]
        return worker, worker.encode.remote(texts)

    def _vectors(self, texts: Sequence[str], asked: tuple[Any, Any]) -> Vectors:
        """The vectors of a batch. A worker that dies is started anew by Ray; its batch goes to another one meanwhile."""
        for wait in RETRY_S:
            worker, answer = asked
            try:
                vectors: Vectors = self._fetch(answer)
                return vectors
            except self._ray.exceptions.RayActorError:
                self._ill[worker] = time.monotonic() + ILL_S
            time.sleep(wait)
            asked = self._submit(texts)
        vectors = self._get(asked[1], "an embedder")
        return vectors

    def _get(self, answer: Any, who: str) -> Any:
        try:
            return self._fetch(answer)
        except self._ray.exceptions.RayError as error:
            raise self._lost(who, error) from error

    def _fetch(self, answer: Any) -> Any:
        """An answer; what the work itself raised comes as it was raised there."""
        try:
            return self._ray.get(answer)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error

    def _lost(self, who: str, error: Exception) -> EngineError:
        return EngineError(f"{who} must stay alive on its worker, and did not: {_line(error)}. Free memory; then run footnote index again.")


def layout(cores: int, gpus: int, threads: int) -> tuple[int, int]:
    """How many embedders a cluster gets, and the threads of each: one a GPU, or one a group of cores but two at least,
    so that the loss of one leaves one at work."""
    if gpus:
        return gpus, threads
    number = max(1, cores // threads) if threads else min(cores, max(2, cores // CORES_PER_EMBEDDER))
    return number, max(1, cores // number)


def in_order(items: Iterable[Item], submit: Callable[[Item], Result], ahead: int) -> Iterator[tuple[Item, Result]]:
    """Each item with what `submit` gave for it, in order, up to `ahead` items after the one that is yielded submitted."""
    waiting: deque[tuple[Item, Result]] = deque()
    for item in items:
        waiting.append((item, submit(item)))
        if len(waiting) > ahead:
            yield waiting.popleft()
    yield from waiting


_kits: dict[str, Preparation] = {}


def _prepare(
    asked: PrepareTask, kept: Sequence[Any]
) -> tuple[Any, list[Any], dict[str, str], dict[str, str], dict[str, str], dict[str, float]]:
    """Runs on a worker. The kit comes as a reference in a list, so that a worker unpacks it once and not for every file."""
    import ray

    (reference,) = kept
    if reference.hex() not in _kits:
        go_offline()
        _kits.clear()
        _kits[reference.hex()] = ray.get(reference)
    report = Report()
    prepared = prepare_file(asked, _kits[reference.hex()], report)
    return prepared.row, list(prepared.documents), report.failed, report.unread, report.remarks, report.seconds


def _probe(paths: Sequence[Path]) -> tuple[str, list[Path]]:
    """Runs on a worker."""
    return __version__, [path for path in paths if not path.exists()]


def _absolute(asked: PrepareTask) -> PrepareTask:
    """Workers have working directories of their own."""
    return replace(asked, task=replace(asked.task, path=asked.task.path.absolute()))


def _knock(address: str | None) -> None:
    """Raise OSError when nothing listens at HOST:PORT: Ray itself tries for minutes."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.rpartition("/")[2], int(port)), timeout=5).close()


def _line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200].rstrip(".")
