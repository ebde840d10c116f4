"""Export and import: a round trip loses nothing, and whatever is damaged, incomplete or foreign changes nothing."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.catalog.library import open_library
from index.config import IndexConfig, load_settings
from index.errors import FootnoteError, IndexBusy, IndexMismatch, NoIndex, StoreError, UsageError
from index.exchange import restore
from index.exchange.export import export_index
from index.exchange.restore import import_index
from index.exchange.tables import TABLES, read_manifest, read_table
from index.store.lock import writer_lock
from index.sync.build import build, forget
from index.sync.report import Report
from tests.chroma_process import ChromaProcess
from tests.fakes import HashEmbedder, fake_pipeline
from tests.power_cut import Disk, record

pytest.importorskip("pyarrow", reason="the extra [export] is not installed")

TEXTS = {
    "a.txt": "Nordex builds a yard in Valdivia. It will employ 450 people. " * 6,
    "sub/b.txt": "Fjord Power builds a wind farm. " * 4,
    "copy.txt": "Fjord Power builds a wind farm. " * 4,
    "empty.txt": "",
    "ü.txt": "Straße, 東京 and 𝔘nicode. " * 3,
    "many.jsonl": "One record.\nAnother record.\nAnd a third one.",
}


def config(db: Path, **store: Any) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": db, **store}, "index": {"chunk_tokens": 16}})


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def exported(tmp_path: Path, docs: Path) -> Path:
    settings = config(tmp_path / "db")
    build([docs], settings, pipeline=fake_pipeline())
    export_index(tmp_path / "out", settings)
    return tmp_path / "out"


def tables(folder: Path) -> dict[str, Any]:
    """Everything in an export but its date, vectors apart."""
    manifest = read_manifest(folder)
    found: dict[str, Any] = {t: [batch for batch in read_table(folder, t, manifest)] for t in TABLES if t != "vectors"}
    return found | {"roots": manifest.roots, "embedder": manifest.embedder, "built": manifest.built}


def vectors(folder: Path) -> dict[str, Any]:
    return {
        k: v for batch in read_table(folder, "vectors", read_manifest(folder)) for k, v in zip(batch["key"], batch["vector"], strict=True)
    }


def seen(settings: IndexConfig) -> list[Any]:
    """What a reader gets: documents, chunks, both searches."""
    with open_library(settings) as library:
        catalog = library.catalog
        near = sorted(
            library.vectors.query(HashEmbedder().encode(["wind farm in Valdivia"])[0], 50)
        )  # a server ranks by f32, readers by bytes
        clusters = catalog.clusters(TEXTS)
        copies = {frozenset(s for s in clusters if clusters[s] == number) for number in clusters.values()}
        chunks = [c for d in catalog.documents() for c in catalog.chunks_of(d.source)]
        documents = [catalog.document(d.source) for d in catalog.documents()]
        ranked = catalog.bm25("wind farm people record", 50)
        return [documents, chunks, ranked, [id for id, _ in near], [round(score, 1) for _, score in near], copies]


def changes(report: Report) -> tuple[int, int, int, int, int]:
    return report.new, report.changed, report.removed, report.embedded, len(report.failed)


def no_model(settings: IndexConfig) -> HashEmbedder:
    raise AssertionError("nothing is to be embedded")


def test_a_round_trip_gives_the_same_index(tmp_path: Path, docs: Path, exported: Path) -> None:
    back = config(tmp_path / "back")
    done = import_index(exported, back)
    assert (done.documents, done.differing) == (8, [])
    assert seen(back) == seen(config(tmp_path / "db"))
    export_index(tmp_path / "again", back)
    assert tables(tmp_path / "again") == tables(exported)
    before, after = vectors(exported), vectors(tmp_path / "again")
    assert before.keys() == after.keys()
    assert all(np.allclose(before[key], after[key], atol=1e-6) for key in before)


def test_after_import_nothing_is_to_be_done_and_later_changes_are_followed(tmp_path: Path, docs: Path, exported: Path) -> None:
    back, embedder = config(tmp_path / "back"), HashEmbedder()
    import_index(exported, back)
    assert changes(build([docs], back, pipeline=fake_pipeline(load_embedder=no_model))) == (0, 0, 0, 0, 0)
    (docs / "a.txt").unlink()
    (docs / "new.txt").write_text("A new text about herring.")
    assert changes(build([docs], back, pipeline=fake_pipeline(embedder)))[:3] == (1, 0, 1)
    assert forget("copy.txt", back) == ["copy.txt"]
    with open_library(back) as library:
        assert {d.source for d in library.catalog.documents()} == {
            "sub/b.txt",
            "empty.txt",
            "ü.txt",
            "new.txt",
            *(f"many.jsonl#{n}" for n in (1, 2, 3)),
        }


def test_two_exports_are_equal_byte_by_byte(tmp_path: Path, exported: Path) -> None:
    export_index(tmp_path / "second", config(tmp_path / "db"))
    assert {f.name: f.read_bytes() for f in exported.glob("*.parquet")} == {
        f.name: f.read_bytes() for f in (tmp_path / "second").glob("*.parquet")
    }


def test_documents_that_live_elsewhere_now_are_recognised(tmp_path: Path, docs: Path, exported: Path) -> None:
    here = tmp_path / "other machine" / "docs"
    shutil.copytree(docs, here)
    shutil.rmtree(docs)
    back, embedder = config(tmp_path / "back"), HashEmbedder()
    import_index(exported, back, moved={str(docs): str(here)})
    assert changes(build([here], back, pipeline=fake_pipeline(embedder))) == (0, 0, 0, 0, 0)
    with open_library(back) as library:
        assert library.meta.roots == (str(here),)
    with pytest.raises(UsageError, match="--moved needs a folder of the export"):
        import_index(exported, config(tmp_path / "third"), moved={"/nowhere": str(here)})
    assert not (tmp_path / "third").exists()


def test_only_what_is_shown_is_exported(tmp_path: Path, docs: Path) -> None:
    settings = config(tmp_path / "db")
    build([docs], settings, pipeline=fake_pipeline())
    forget("a.txt", settings)
    (docs / "sub/b.txt").write_text("Changed.")

    class Dies(HashEmbedder):
        def encode(self, texts: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build([docs], settings, pipeline=fake_pipeline(Dies()))
    export_index(tmp_path / "out", settings)
    back = config(tmp_path / "back")
    import_index(tmp_path / "out", back)
    found, wanted = seen(back), seen(settings)
    assert found.pop(2) != wanted.pop(2)  # BM25 of an index in the middle of a run counts the words of hidden texts too
    assert found == wanted
    assert (
        changes(build([docs], back, pipeline=fake_pipeline()))[:3]
        == changes(build([docs], settings, pipeline=fake_pipeline()))[:3]
        != (0, 0, 0)
    )
    assert seen(back) == seen(settings)


def test_an_index_that_shows_documents_is_replaced_only_when_asked(tmp_path: Path, docs: Path, exported: Path) -> None:
    other = tmp_path / "others"
    other.mkdir()
    (other / "a.txt").write_text("Quite another text under a name that the export has too.")
    settings = config(tmp_path / "taken")
    build([other], settings, pipeline=fake_pipeline())
    with open_library(settings) as library:
        with pytest.raises(UsageError, match="--overwrite"):
            import_index(exported, settings)
        assert library.catalog.text_of("a.txt").startswith("Quite another")
        import_index(exported, settings, overwrite=True)
        assert library.catalog.text_of("a.txt") == TEXTS["a.txt"]  # a reader that was open follows
        assert len(library.vectors.query(HashEmbedder().encode(["wind"])[0], 50)) == library.catalog.counts().chunks
    assert seen(settings) == seen(config(tmp_path / "db"))
    assert changes(build([docs], settings, pipeline=fake_pipeline())) == (0, 0, 0, 0, 0)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def rewrite(folder: Path, **changed: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changed}))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "holds manifest.json"),
    "cut manifest": (lambda f: os.truncate(f / "manifest.json", 100), "no valid JSON"),
    "changed manifest": (lambda f: rewrite(f, chunk_tokens=99), "changed after it was written"),
    "manifest without embedder": (lambda f: rewrite(f, embedder=None), "lacks"),
    "foreign": (lambda f: rewrite(f, format="something"), "only a footnote export"),
    "newer version": (lambda f: rewrite(f, version=3), "version 2, got 3"),
    **{
        f"no {name}": (lambda f, name=name: (f / name).unlink(), f"{name} is missing") for name in ("vectors.parquet", "configuration.json")
    },
    **{f"cut {name}": (lambda f, name=name: os.truncate(f / f"{name}.parquet", 50), "50 bytes instead of") for name in TABLES},
    **{f"flipped {name}": (lambda f, name=name: flip(f / f"{name}.parquet"), "checksum") for name in TABLES},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_export_is_refused_and_leaves_nothing(tmp_path: Path, exported: Path, damage: str) -> None:
    harm, words = DAMAGES[damage]
    harm(exported)
    with pytest.raises(StoreError, match=words) as refused:
        import_index(exported, config(tmp_path / "back"))
    assert len(str(refused.value).splitlines()) == 1
    assert not (tmp_path / "back").exists()


def test_another_embedder_is_refused(tmp_path: Path, docs: Path, exported: Path) -> None:
    with pytest.raises(IndexMismatch, match=r"all-minilm-l6-v2.*Set models.embedder"):
        import_index(
            exported, load_settings(IndexConfig, {"store": {"path": tmp_path / "back"}, "models": {"embedder": "bge-small-en-v1.5"}})
        )
    export_index(tmp_path / "with sum", config(tmp_path / "db"), weights="a" * 64)
    with pytest.raises(IndexMismatch, match="Install the same weights"):
        import_index(tmp_path / "with sum", config(tmp_path / "back"), weights="b" * 64)
    assert not (tmp_path / "back").exists()
    import_index(tmp_path / "with sum", config(tmp_path / "back"), weights="a" * 64)


@pytest.mark.parametrize("table", ["files", "documents", "chunks"])
def test_tables_that_do_not_fit_each_other_are_refused(tmp_path: Path, exported: Path, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = read_table

    def first_row_lost(folder: Path, name: str, *rest: Any) -> Any:
        for n, batch in enumerate(real(folder, name, *rest)):
            yield {c: values[n == 0 :] for c, values in batch.items()} if name == table else batch

    monkeypatch.setattr(restore, "read_table", first_row_lost)
    if table == "chunks":  # fewer chunks than there were is what only the count tells
        monkeypatch.setattr(
            restore, "read_table", lambda f, n, *r: ({c: v[::-1] for c, v in b.items()} if n == table else b for b in real(f, n, *r))
        )
    with pytest.raises(StoreError, match="must fit each other"):
        import_index(exported, config(tmp_path / "back"))
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("at", ["ensure", "seal", "compact"])
def test_a_failure_in_the_middle_leaves_the_index_as_it_was(
    tmp_path: Path, exported: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "others"
    other.mkdir()
    (other / "mine.txt").write_text("My own text.")
    settings = config(tmp_path / "taken")
    build([other], settings, pipeline=fake_pipeline())
    before = seen(settings)

    def fails(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        if at == "compact":
            patch.setattr(restore, "note_copies", fails)
        else:
            patch.setattr(f"index.exchange.restore.VectorWriter.{at}", fails)
        with pytest.raises(StoreError, match="disk is full"):
            import_index(exported, settings, overwrite=True)
        with pytest.raises(StoreError, match="disk is full"):
            import_index(exported, config(tmp_path / "fresh"))
    assert not (tmp_path / "fresh").exists()
    assert seen(settings) == before
    assert changes(build([other], settings, pipeline=fake_pipeline())) == (0, 0, 0, 0, 0)


def test_export_wants_a_folder_of_its_own_and_a_quiet_index(tmp_path: Path, docs: Path, exported: Path) -> None:
    settings = config(tmp_path / "db")
    with pytest.raises(UsageError, match="exists already"):
        export_index(exported, settings)
    with pytest.raises(NoIndex):
        export_index(tmp_path / "x", config(tmp_path / "none"))
    with writer_lock(tmp_path / "db" / "writer.lock"), pytest.raises(IndexBusy):
        export_index(tmp_path / "x", settings)
    (tmp_path / "file").write_text("")
    with pytest.raises(FootnoteError):
        export_index(tmp_path / "file" / "x", settings)
    data = bytearray((tmp_path / "db" / "catalog.sqlite3").read_bytes())
    data[len(data) // 2 :] = b"junk" * (len(data) // 8)
    (tmp_path / "db" / "catalog.sqlite3").write_bytes(data)
    with pytest.raises(StoreError, match="cannot be read"):
        export_index(tmp_path / "x", settings)
    assert not list(tmp_path.glob(".*partial*")) and not (tmp_path / "x").exists()


def test_no_secret_is_exported(tmp_path: Path, docs: Path) -> None:
    from qa.config import Settings

    flags = {
        "store": {"path": tmp_path / "db"},
        "llm": {"kind": "openai", "api_key": "sk-1", "options": {"key": "sk-2"}, "url": "http://x"},
    }
    settings = load_settings(Settings, flags)
    build([docs], settings, pipeline=fake_pipeline())
    export_index(tmp_path / "out", settings)
    written = (tmp_path / "out" / "configuration.json").read_text()
    assert "sk-" not in written and json.loads(written)["llm"]["kind"] == "openai"
    other = load_settings(Settings, {"store": {"path": tmp_path / "back"}, "index": {"chunk_tokens": 200}})
    assert ("index.chunk_tokens", 160, 200) in import_index(tmp_path / "out", other).differing


@pytest.mark.slow
def test_an_export_moves_to_a_server_and_back(tmp_path: Path, docs: Path, exported: Path, chroma: ChromaProcess) -> None:
    remote = config(tmp_path / "remote", url=chroma.url)
    import_index(exported, remote)
    assert seen(remote) == seen(config(tmp_path / "db"))
    assert changes(build([docs], remote, pipeline=fake_pipeline(load_embedder=no_model))) == (0, 0, 0, 0, 0)
    assert not (tmp_path / "remote" / "vectors").exists()
    twin = config(tmp_path / "twin", url=chroma.url)  # two indexes of one export keep their vectors apart
    import_index(exported, twin)
    (docs / "a.txt").unlink()
    build([docs], twin, pipeline=fake_pipeline())
    assert seen(remote) == seen(config(tmp_path / "db"))
    import_index(exported, twin, overwrite=True)
    assert seen(twin) == seen(remote)
    export_index(tmp_path / "from server", remote)
    back = config(tmp_path / "back")
    import_index(tmp_path / "from server", back)
    assert seen(back) == seen(remote)


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from index.exchange import restore
from index.config import IndexConfig, load_settings
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "vectors":
    restore.VectorWriter.seal = die
else:
    restore.note_copies = die
settings = load_settings(IndexConfig, {"store": {"path": Path(sys.argv[2])}, "index": {"chunk_tokens": 16}})
restore.import_index(Path(sys.argv[1]), settings, overwrite=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("at", ["vectors", "rows"])
def test_a_killed_import_leaves_the_index_as_it_was_and_runs_again(tmp_path: Path, docs: Path, exported: Path, at: str) -> None:
    other = tmp_path / "others"
    other.mkdir()
    (other / "a.txt").write_text("My own text under a name that the export has too.")
    taken, fresh = config(tmp_path / "taken"), config(tmp_path / "fresh")
    build([other], taken, pipeline=fake_pipeline())
    before = seen(taken)
    for settings in (taken, fresh):
        command = [sys.executable, "-c", KILLED_AT, str(exported), str(settings.store.path), at]
        assert subprocess.run(command, cwd=Path(__file__).parents[1], check=False).returncode == -signal.SIGKILL
    assert seen(taken) == before
    assert changes(build([other], taken, pipeline=fake_pipeline())) == (0, 0, 0, 0, 0)
    with pytest.raises(NoIndex):
        open_library(fresh)
    for settings in (taken, fresh):
        import_index(exported, settings, overwrite=settings is taken)
        assert seen(settings) == seen(config(tmp_path / "db"))
        assert [path.name for path in (settings.store.path / "vectors").iterdir() if path.is_dir()] == [
            open_library(settings).catalog.meta()["vectors"]
        ]


def test_a_server_that_is_not_there_leaves_nothing(tmp_path: Path, exported: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(StoreError, match=url) as refused:
        import_index(exported, config(tmp_path / "back", url=url))
    assert len(str(refused.value).splitlines()) <= 2
    assert not (tmp_path / "back").exists()


EXPORT = """
import sys
from pathlib import Path
from index.exchange.export import export_index
from tests.test_index_exchange import config
export_index(Path(sys.argv[2]), config(Path(sys.argv[1])))
"""


def test_an_export_is_on_the_disk_when_it_is_told(tmp_path: Path, exported: Path) -> None:
    """A power cut right after it takes nothing back; one before leaves no folder of that name, or a whole one."""
    place, disk, wholes = tmp_path / "backups", Disk(), 0
    place.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", EXPORT, str(tmp_path / "db"), str(place / "new")]
    records = record(place, command, tmp_path, environment)
    for number, one in enumerate(records):
        disk.take(one)
        left = tmp_path / f"left{number}"
        disk.leave(left, random.Random(number))
        if (left / "new").exists() or number == len(records) - 1:
            assert {path.name: path.read_bytes() for path in (left / "new").iterdir()} == {
                path.name: path.read_bytes() for path in (place / "new").iterdir()
            }
            wholes += 1
    assert wholes
