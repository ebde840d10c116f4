"""Building and keeping up an index: find, compare, hide what left, read, cut, embed, show.

The order is what makes it safe to kill at any point: text that is no longer on disk is hidden first; documents show only
after their vectors are stored; a run that starts after a killed one drops the half-done and reads those files again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from index.catalog.bm25 import FOLDER as WORDS
from index.catalog.inventory import KnownFiles, read_roots
from index.catalog.library import check_embedder
from index.catalog.reader import Catalog
from index.catalog.tables import FILE_NAME, connect, is_created, open_for_reading, read_meta
from index.catalog.writer import CatalogWriter, forget_vectors, seal_stores, set_clusters
from index.config import IndexConfig
from index.errors import StoreError
from index.store.disk import full_disk_told
from index.store.durable import sync
from index.store.generations import FOLDER, Generations
from index.store.lock import writer_lock
from index.store.roots import FILE_NAME as ROOTS
from index.store.vectors import Vectors
from index.store.writer import VectorWriter
from index.structure.chunk import fingerprint as chunking_fingerprint
from index.sync.clusters import Cluster, recluster
from index.sync.ingest import Ingest
from index.sync.late import LateVectors, is_small
from index.sync.pipeline import Pipeline, default_pipeline
from index.sync.plan import Plan, make_plan, make_small_plan
from index.sync.protocol import Encoder
from index.sync.report import Outcome, ProgressCallback, Report
from index.text.names import shown_name

LOCK_NAME = "writer.lock"


def build(
    paths: Sequence[Path],
    settings: IndexConfig,
    *,
    dry_run: bool = False,
    progress: ProgressCallback | None = None,
    pipeline: Pipeline | None = None,
    changed: Sequence[str] | None = None,
) -> Report:
    """Bring the index at `settings.store.path` up to date with the files under `paths`; other files stay as they are.

    Where somebody has watched them since all was looked at, `changed` are the paths to look at (absolute), and the report tells of these.
    A dry run writes nothing and returns the plan. A file that cannot be read is in `report.failed`; the rest goes on.
    Raises `UsageError` for paths that cannot be indexed, `ModelError`, `IndexMismatch` for another embedder, `IndexBusy`
    when another process writes, `StoreError` when the disk or a store fails; what was shown before then still is, except
    what changed on disk.
    """
    pipeline = pipeline or default_pipeline(settings)
    folder = settings.store.path
    report = Report(dry_run=dry_run)
    exists = _exists(folder)
    if dry_run or not exists:
        with _known(settings) as known:
            plan = _plan(paths, settings, pipeline, known)
        if dry_run:
            report.unread = dict(pipeline.unread(paths))
            return _describe(plan, report)
    progress = progress or (lambda stage, done, total: None)
    make_folder(folder)
    embedder = None
    if not exists:
        try:
            embedder = _load_embedder(settings, pipeline, report, progress)
        except BaseException:
            remove_empty(folder)
            raise
    with full_disk_told(folder), writer_lock(folder / LOCK_NAME):
        catalog = CatalogWriter(folder)
        try:
            with catalog.errors():
                _update(catalog, paths, changed, settings, pipeline, embedder, report, progress)
        finally:
            catalog.close()
        _summarise(folder, report)
        if not exists and not report.documents:
            Generations(settings.store, "").sweep()
            remove_empty(folder)
    return report


def forget(source: str, settings: IndexConfig) -> list[str]:
    """Remove a document, or all documents of the file `source`, from the index now; returns their sources.

    The file on disk is left alone. Raises `NoIndex`, `IndexBusy`, and `StoreError` for a source that the index does not have.
    """
    from index.sync.dedup import cluster

    folder = settings.store.path
    open_for_reading(folder)
    with full_disk_told(folder), writer_lock(folder / LOCK_NAME):
        catalog = CatalogWriter(folder)
        try:
            sources = catalog.forget(source)
            if not sources:
                raise StoreError(f"the index has no document {source!r}. 'footnote status --json' lists the sources.")
            generations = Generations(settings.store, catalog.meta()["id"])
            vectors = VectorWriter(generations, catalog.meta(), _no_encoder)
            vectors.take(catalog.waiting())
            finish(catalog, generations, vectors, cluster)
        finally:
            catalog.close()
    return sources


def finish(catalog: CatalogWriter, generations: Generations, vectors: VectorWriter | LateVectors, cluster: Cluster) -> None:
    """Drop unused vectors, show what is staged, delete what is hidden, give space back."""
    used = set() if vectors.late else catalog.surviving_keys()
    vectors.repair(used, catalog.texts_of_keys)
    if not vectors.in_place:
        vectors.collect(used)
    catalog.add_codes(vectors.pages, new_only=vectors.late)
    facts = vectors.seal(catalog.coded)
    if catalog.lacks_clusters():
        set_clusters(catalog, recluster(catalog.members(), cluster))
    catalog.publish({**facts, "built": datetime.now(UTC).isoformat(timespec="seconds")}, late=vectors.late)
    catalog.purge(hidden=True)
    if vectors.in_place:
        vectors.collect(used)
        vectors.mark()
        vectors.close()
    catalog.set_meta({"dirty": 0})
    generations.sweep(str(facts["vectors"]))
    catalog.compact()
    seal_stores(catalog, generations)


def _no_encoder(texts: Sequence[str]) -> Vectors:
    raise StoreError("some vectors of this index are missing. Run footnote index on its folder: it mends them.")


def _update(
    catalog: CatalogWriter,
    paths: Sequence[Path],
    changed: Sequence[str] | None,
    settings: IndexConfig,
    pipeline: Pipeline,
    embedder: Encoder | None,
    report: Report,
    progress: ProgressCallback,
) -> None:
    facts = catalog.meta()
    if catalog.has_documents():
        check_embedder(facts, settings)
    if dirty := facts.get("dirty") == "1":
        catalog.recover()
    catalog.mend_words()
    generations = Generations(settings.store, facts["id"])
    roots = {os.path.realpath(path) for path in paths}
    seen = not dirty and roots <= set(read_roots(catalog.db))  # whether all was looked at before
    plan, whole = _look(catalog, paths, changed if seen else None, settings, pipeline, report)
    catalog.touch([task.row for task in plan.touched])
    catalog.add_roots(roots)
    lacking = whole and catalog.lacks_codes()
    if embedder is None and (plan.to_read or dirty):
        embedder = _load_embedder(settings, pipeline, report, progress)
    if embedder is not None:
        _note_embedder(catalog, settings, embedder)
    late = not dirty and facts.get("vectors") and settings.store.url is None and is_small(plan, catalog) and not lacking
    in_step = not (dirty or late or "pending_after" in facts)  # whether the store holds the vectors of all chunks, no others
    expected = catalog.count_keys() if in_step else 0
    if plan.changed or plan.removed:  # before the vectors are asked for: a server may be away, and what changed shows no more
        removed = [row.id for row in plan.removed]
        for format, number in catalog.count_documents(removed).items():
            report.count("removed", number, format)
        catalog.hide(changed=[task.row.id for task in plan.changed], removed=removed)
    lost = catalog.has_documents() and not generations.has(facts.get("vectors", ""))
    damaged = not lost and catalog.has_documents() and not _is_whole(generations, facts, expected)
    if catalog.has_documents() and not (lost or damaged or lacking):
        _mend_codes(catalog, generations, facts["vectors"])
    if not (plan.to_read or plan.removed or dirty or lost or damaged or lacking):
        generations.sweep(facts.get("vectors", ""))
        seal_stores(catalog, generations)
        return
    if embedder is None and (lost or damaged):
        embedder = _load_embedder(settings, pipeline, report, progress)
        _note_embedder(catalog, settings, embedder)
    try:
        vectors: VectorWriter | LateVectors
        encode = embedder.encode if embedder else _no_encoder
        if late and not (lost or damaged):
            vectors = LateVectors(catalog, encode)
        else:  # what is damaged is not opened: Chroma's library may crash on it
            now = catalog.meta()
            keys = catalog.keys() if in_step else set()
            vectors = VectorWriter(generations, now | {"vectors": ""} if damaged else now, encode, keys)
        report.embedded = _write(catalog, generations, vectors, plan, pipeline, settings, embedder, report, progress)
    except Exception:
        generations.sweep(catalog.meta().get("vectors", ""))  # a disk that is full is not kept full by a copy of no use
        raise


def _look(
    catalog: CatalogWriter,
    paths: Sequence[Path],
    changed: Sequence[str] | None,
    settings: IndexConfig,
    pipeline: Pipeline,
    report: Report,
) -> tuple[Plan, bool]:
    """What is to be done, and whether all was looked at for it: of some paths alone it can be told as a rule, not always."""
    known, plan = catalog.known_files(), None
    with report.timed("compare"):
        if changed is not None and (few := pipeline.look_at(paths, changed)) is not None:
            plan = make_small_plan(few.files, few.places, known, recipe(settings, pipeline), max_bytes(settings))
            report.unread = few.unread
        whole = plan is None
        if plan is None:
            plan = _plan(paths, settings, pipeline, known)
            report.unread = dict(pipeline.unread(paths))
    for format, number in catalog.count_documents([row.id for row in plan.same] + [task.row.id for task in plan.touched]).items():
        report.count("same", number, format)
    for source, reason in plan.unknown.items():
        report.fail(source, reason)
    return plan, whole


def _mend_codes(catalog: CatalogWriter, generations: Generations, name: str) -> None:
    """Write the codes that readers search where they are missing or damaged, or an earlier version wrote none."""
    if not generations.in_place and generations.codes(name) is None and (codes := catalog.coded()) is not None:
        generations.write_codes(name, codes)


def _is_whole(generations: Generations, facts: Mapping[str, str], vectors: int) -> bool:
    """Whether the published vectors' files are as they were left and hold so many, as far as can be told without opening them."""
    return generations.is_intact(facts) and generations.holds(facts["vectors"], vectors)


def _write(
    catalog: CatalogWriter,
    generations: Generations,
    vectors: VectorWriter | LateVectors,
    plan: Plan,
    pipeline: Pipeline,
    settings: IndexConfig,
    embedder: Encoder | None,
    report: Report,
    progress: ProgressCallback,
) -> int:
    """Read what is to be read and show it; returns how many texts were embedded."""
    try:
        if not isinstance(vectors, LateVectors):
            vectors.take(catalog.waiting())
        if embedder is not None and plan.to_read:
            ingest = Ingest(catalog, vectors, generations, pipeline, settings, embedder, report)
            ingest.run(plan.to_read, progress)
        with report.timed("finish"):
            progress("finish", 0, 1)
            finish(catalog, generations, vectors, pipeline.cluster)
            progress("finish", 1, 1)
    finally:
        vectors.close()
    return vectors.embedded


def _load_embedder(settings: IndexConfig, pipeline: Pipeline, report: Report, progress: ProgressCallback) -> Encoder:
    with report.timed("models"):
        progress("models", 0, 1)
        embedder = pipeline.load_embedder(settings)
        progress("models", 1, 1)
    return embedder


def _note_embedder(catalog: CatalogWriter, settings: IndexConfig, embedder: Encoder) -> None:
    facts = catalog.meta()
    if catalog.has_documents():
        check_embedder(facts, settings, embedder.fingerprint)
    elif facts.get("fingerprint") != embedder.fingerprint:
        facts.pop("vectors", None)
        forget_vectors(catalog)
    catalog.set_meta(
        {
            "embedder": settings.models.embedder,
            "fingerprint": embedder.fingerprint,
            "dim": embedder.dim,
            "backend": getattr(embedder, "backend", "unknown"),
            "chunk_tokens": min(settings.index.chunk_tokens, embedder.max_tokens),
            "built": facts.get("built", ""),
        }
    )


def _plan(paths: Sequence[Path], settings: IndexConfig, pipeline: Pipeline, known: KnownFiles) -> Plan:
    return make_plan(paths, pipeline.discover, known, recipe(settings, pipeline), max_bytes(settings))


def recipe(settings: IndexConfig, pipeline: Pipeline) -> str:
    """What decides, besides its content, what a file becomes."""
    return f"{pipeline.loader_version}|{chunking_fingerprint(settings.index.chunk_tokens)}"


def max_bytes(settings: IndexConfig) -> int:
    """The size limit of a file."""
    return int(settings.index.max_file_mb * 1_000_000)


def _exists(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file()


@contextmanager
def _known(settings: IndexConfig) -> Iterator[KnownFiles]:
    """The files of an index that is only looked at; none where there is no index yet."""
    with ExitStack() as stack:
        connection = stack.enter_context(closing(connect(settings.store.path / FILE_NAME))) if _exists(settings.store.path) else None
        if connection is not None and is_created(connection):
            check_embedder(read_meta(connection), settings)
            yield KnownFiles(connection)
        else:
            yield KnownFiles(None)


def make_folder(folder: Path) -> None:
    """Make the index's folder and its lock file. Raises `StoreError` when it cannot be written to."""
    if shown_name(str(folder)) != str(folder):  # neither Chroma nor tantivy takes it
        raise StoreError(f"the name of an index folder must be UTF-8, got {shown_name(str(folder))}. Choose another --db.")
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LOCK_NAME).touch()
        for path in new:
            sync(path.parent)
    except OSError as error:
        raise StoreError(f"the index folder must be writable, got {folder} ({error.strerror}). Choose another --db.") from error


def remove_empty(folder: Path) -> None:
    """Leave nothing of a first build that came to nothing."""
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{FILE_NAME}{suffix}").unlink(missing_ok=True)
    shutil.rmtree(folder / WORDS, ignore_errors=True)
    (folder / ROOTS).unlink(missing_ok=True)
    with suppress(OSError):  # not ours when something is left in it
        (folder / FOLDER).rmdir()
    (folder / LOCK_NAME).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _describe(plan: Plan, report: Report) -> Report:
    """Turn a plan into the report of a dry run, counting files."""
    groups: list[tuple[Outcome, list[str]]] = [
        ("new", [task.row.source for task in plan.new]),
        ("changed", [task.row.source for task in [*plan.changed, *plan.stale]]),
        ("removed", [row.source for row in plan.removed]),
    ]
    report.plan = [(outcome, source) for outcome, sources in groups for source in sorted(sources)]
    report.plan += [("failed", source) for source in sorted(plan.unknown)]
    report.new, report.changed, report.removed = (len(sources) for _, sources in groups)
    report.same = len(plan.same) + len(plan.touched)
    report.failed = dict(plan.unknown)
    return report


def _summarise(folder: Path, report: Report) -> None:
    """Fill in what the index holds as a whole."""
    catalog = Catalog(folder / FILE_NAME)
    try:
        counts = catalog.counts()
        report.formats, report.languages = catalog.tally("format"), catalog.tally("language")
    finally:
        catalog.close()
    report.documents, report.chunks, report.undated = counts.documents, counts.chunks, counts.undated
    report.files, report.undated_rows = counts.files, counts.undated_rows
    report.duplicates = counts.documents - counts.clusters
    report.furniture_share = counts.furniture_characters / counts.characters if counts.characters else 0.0
