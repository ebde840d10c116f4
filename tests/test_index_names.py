r"""Names that no store takes: bytes that are not UTF-8, lone surrogates, line breaks; and two documents that claim one name."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from index.catalog.library import open_library
from index.cli import register
from index.config import IndexConfig, load_settings
from index.errors import LoadError, StoreError
from index.formats.find import unread
from index.formats.load import load_file
from index.schema import Document
from index.sync.build import build, forget
from index.text.names import kept_path, path_kept, readable_name, shown_name
from tests.fakes import fake_pipeline

NAMES = [b"caf\xe9.txt", "café.txt".encode(), b"\xff\xfe.txt", b"caf\\xe9.txt", b"100%41.txt", b"line\nbreak.txt", b"bytes"]


def config(db: Path) -> IndexConfig:
    return load_settings(IndexConfig, {"store": {"path": db}, "index": {"chunk_tokens": 16}})


def make(folder: Path, name: bytes, text: str) -> Path:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError:
        pytest.skip("this file system takes no such name")
    return path


def texts(db: Path) -> dict[str, str]:
    with open_library(config(db)) as library:
        return {info.source: library.catalog.text_of(info.source) for info in library.catalog.documents()}


def run(*arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_path_is_had_again_from_what_is_kept_of_it(name: bytes) -> None:
    path = os.fsdecode(b"/a/" + name)
    kept = kept_path(path)
    assert kept.encode().decode() == kept and path_kept(kept) == path
    assert shown_name(path).encode().decode() == shown_name(path)
    assert (kept == path) == (shown_name(path) == path)


def test_a_lone_surrogate_has_a_shown_form() -> None:
    assert shown_name("a\ud800b\udce9") == r"a\ud800b\xe9"


def test_a_name_that_is_not_utf8_is_indexed_found_followed_and_forgotten(tmp_path: Path) -> None:
    docs, db = tmp_path / "docs", tmp_path / "db"
    odd = make(docs, b"caf\xe9.txt", "Kia opens a factory.")
    inner = make(docs, b"d\xff/x.txt", "Doosan builds a plant.")
    make(docs, b"plain.txt", "Hyundai builds a yard.")
    first = build([docs], config(db), pipeline=fake_pipeline())
    assert (first.new, first.failed) == (3, {})
    assert texts(db)[r"caf\xe9.txt"] == "Kia opens a factory."
    assert build([docs], config(db), pipeline=fake_pipeline()).same == 3
    odd.write_text("Kia closes a factory.")
    inner.unlink()
    later = build([docs], config(db), pipeline=fake_pipeline())
    assert (later.changed, later.removed, later.same) == (1, 1, 1)
    assert texts(db) == {r"caf\xe9.txt": "Kia closes a factory.", "plain.txt": "Hyundai builds a yard."}
    assert forget(r"caf\xe9.txt", config(db)) == [r"caf\xe9.txt"]
    assert build([docs], config(db), pipeline=fake_pipeline()).new == 1


def test_two_names_that_are_shown_alike_are_two_documents(tmp_path: Path) -> None:
    docs, db = tmp_path / "docs", tmp_path / "db"
    make(docs, b"caf\xe9.txt", "Kia opens a factory.")
    make(docs, b"caf\\xe9.txt", "Doosan builds a plant.")
    assert build([docs], config(db), pipeline=fake_pipeline()).failed == {}
    assert sorted(texts(db).values()) == ["Doosan builds a plant.", "Kia opens a factory."]
    assert build([docs], config(db), pipeline=fake_pipeline()).same == 2


def test_commands_take_the_bytes_and_the_shown_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("index.sync.build.default_pipeline", lambda settings: fake_pipeline(unread=unread))
    make(tmp_path / "docs", b"caf\xe9.txt", "Kia opens a factory.")
    make(tmp_path / "docs", b"bad\xe9.txt", "FAIL")
    make(tmp_path / "docs", b"odd\xe9.bin", "x")
    raw = os.fsdecode(b"caf\xe9.txt")
    assert run("index", "docs", "--dry-run").exit_code == 0
    report = run("index", "docs")
    assert r"failed   bad\xe9.txt: must be sound" in report.stdout and r"not read odd\xe9.bin" in report.stdout
    assert list(json.loads(run("index", "docs", "--json").stdout)["failed"]) == [r"bad\xe9.txt"]
    for name in (raw, r"caf\xe9.txt"):
        assert run("show", name).stdout == "Kia opens a factory.\n"
        assert run("list", name).exit_code == 0
    assert json.loads(run("status", "--json").stdout)["sources"] == [r"caf\xe9.txt"]
    assert r"caf\xe9.txt" in run("forget", raw).stdout


def test_a_root_with_such_a_name_is_told_and_its_files_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("index.sync.build.default_pipeline", lambda settings: fake_pipeline())
    root = make(tmp_path, b"r\xff/a.txt", "Kia opens a factory.").parent
    assert run("index", str(root)).exit_code == 0
    assert json.loads(run("status", "--json").stdout)["roots"] == [shown_name(str(root))]
    assert "0 new, 0 changed, 1 same" in run("index", str(root)).stdout


def test_an_index_folder_must_have_a_name_that_the_stores_take(tmp_path: Path) -> None:
    docs = make(tmp_path / "docs", b"a.txt", "Kia opens a factory.").parent
    with pytest.raises(StoreError, match=r"must be UTF-8, got .*x\\xe9\.db"):
        build([docs], config(tmp_path / os.fsdecode(b"x\xe9.db")), pipeline=fake_pipeline())
    assert not (tmp_path / os.fsdecode(b"x\xe9.db")).exists()


def test_what_a_format_states_may_hold_no_lone_surrogate(tmp_path: Path) -> None:
    """A record, a mail or a member of an archive can name its author or itself by what is no Unicode: one file, not the run."""

    def read(path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> list[Document]:
        problems.append(LoadError(f"{source}#\ud8ff.pdf: must be sound"))
        return [Document(f"{source}#\udce9", "Kia opens a factory.", "text", "h", title="T\ud800", author="A\ud800", publisher="P\ud800")]

    docs, db = tmp_path / "docs", tmp_path / "db"
    make(docs, b"a.txt", "x")
    report = build([docs], config(db), pipeline=fake_pipeline(load_file=read))
    json.dumps(report.as_json(), ensure_ascii=False).encode()
    with open_library(config(db)) as library:
        document = library.catalog.document(r"a.txt#\xe9")
    assert document is not None and (document.title, document.author, document.publisher) == (r"T\ud800", r"A\ud800", r"P\ud800")
    assert list(report.failed) == [r"a.txt#\ud8ff.pdf"]


def test_an_export_brings_such_names_along(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the extra [export] is not installed")
    from index.exchange.export import export_index
    from index.exchange.restore import import_index

    docs = make(tmp_path / "docs", b"caf\xe9.txt", "Kia opens a factory.").parent
    build([docs], config(tmp_path / "db"), pipeline=fake_pipeline())
    export_index(tmp_path / "out", config(tmp_path / "db"))
    moved = docs.rename(tmp_path / "elsewhere")
    import_index(tmp_path / "out", config(tmp_path / "new"), moved={str(docs): str(moved)})
    assert texts(tmp_path / "new") == texts(tmp_path / "db")
    assert build([moved], config(tmp_path / "new"), pipeline=fake_pipeline()).same == 1


def test_a_file_named_like_a_member_of_an_archive_beside_it_is_told_apart(tmp_path: Path) -> None:
    """The member has the name, for it has no other; the file gets its folder's in front. Whichever came first, none is lost."""
    for first in ("coll.zip", "coll.zip#x.txt"):
        docs, db = tmp_path / first[-3:] / "docs", tmp_path / first[-3:] / "db"
        docs.mkdir(parents=True)

        def put(name: str, docs: Path = docs) -> None:
            if name == "coll.zip":
                with zipfile.ZipFile(docs / name, "w") as archive:
                    archive.writestr("x.txt", "Kia opens a factory.")
            else:
                (docs / name).write_text("Doosan builds a plant.")

        put(first)
        pipeline = fake_pipeline(load_file=load_file)
        build([docs], config(db), pipeline=pipeline)
        for name in ("coll.zip", "coll.zip#x.txt"):
            put(name)
        for _ in range(2):
            build([docs], config(db), pipeline=pipeline)
            assert texts(db) == {"coll.zip#x.txt": "Kia opens a factory.", "docs/coll.zip#x.txt": "Doosan builds a plant."}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("crew/pilot_rota.txt", "Pilot rota"),
        ("Quay budget 26-27.xlsx", "Quay budget 26-27"),
        ("crew/gear-hire_2025.csv#row-12", "Gear hire 2025"),
        ("a.zip#in/tide-table.txt", "Tide table"),
        ("box.mbox#message-3#note.pdf", "Note"),
        ("___.txt", "___.txt"),
    ],
)
def test_a_name_to_show_is_made_of_the_file_name(source: str, name: str) -> None:
    assert readable_name(source) == name
