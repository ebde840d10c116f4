"""A file that costs too much time or memory, or crashes its reader, costs itself only."""

from __future__ import annotations

import pickle
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.catalog.library import open_library
from index.config import IndexConfig, load_settings
from index.errors import LoadError
from index.formats import guarded
from index.formats.guarded import GuardedLoader
from index.formats.load import load_file
from index.sync.build import build
from tests.fakes import fake_pipeline
from tests.greedy import greedy_reader

SECONDS = 4.0  # several times what it takes to use up the memory on a busy machine
TOLD = {
    "TIME": "must be read in 4 s of processor time, and was not. Leave it out, or raise index.max_file_seconds.",
    "MEMORY": "MB of memory, and was not. Leave it out, or raise index.max_file_memory_mb.",
    "CRASH": "its reader crashed (signal 11)",
    "RAISE": "cannot be read (RuntimeError: the parser broke)",
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in (*TOLD, "PRINT", "PART", "plain"):
        (folder / f"{name}.txt").write_text(f"{name} is what this file says.")
    return folder


def test_the_run_goes_on_and_names_the_file_and_the_limit(docs: Path, tmp_path: Path) -> None:
    settings = load_settings(IndexConfig, {"store": {"path": tmp_path / "db"}, "index": {"chunk_tokens": 16}})
    report = build([docs], settings, pipeline=fake_pipeline(load_file=GuardedLoader(greedy_reader, SECONDS, 600)))
    assert set(report.failed) == {*(f"{name}.txt" for name in TOLD), "PART.txt#2"}
    for name, told in TOLD.items():
        assert told in report.failed[f"{name}.txt"], name
    with open_library(settings) as library:
        assert {info.source for info in library.catalog.documents()} == {"PART.txt", "PRINT.txt", "plain.txt"}


def test_what_waits_instead_of_working_is_ended_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded, "_PATIENCE", 1)
    (tmp_path / "a.txt").write_text("WAIT")
    with pytest.raises(LoadError, match="its reader was ended"):
        GuardedLoader(greedy_reader, 1.0, 600)(tmp_path / "a.txt", "a.txt", max_bytes=100, problems=[])


def test_a_larger_file_may_take_more(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("TIME " * 20_000)
    with pytest.raises(LoadError, match="must be read in 3 s"):
        GuardedLoader(greedy_reader, 1.0, 600)(tmp_path / "a.txt", "a.txt", max_bytes=10**6, problems=[])


def test_the_loader_can_be_sent_to_workers() -> None:
    assert pickle.loads(pickle.dumps(GuardedLoader(greedy_reader, 1.0, 600))) == GuardedLoader(greedy_reader, 1.0, 600)


def test_documents_come_back_as_they_were_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Pumps\n\nThe pump needs oil. It is checked each May.\n\n- oil\n- water\n")
    whole = load_file(tmp_path / "a.md", "a.md", max_bytes=10**6)
    assert GuardedLoader(load_file, 60.0, 2000)(tmp_path / "a.md", "a.md", max_bytes=10**6, problems=[]) == whole


def test_an_archive_of_many_small_bombs_is_refused_as_one(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(40):
            archive.writestr(f"{n}.txt", b"a" * 1_000_000)
    with pytest.raises(LoadError, match=r"compressed at most 200 times, this is \d+ times.*raise index.max_zip_ratio"):
        load_file(tmp_path / "a.zip", "a.zip", max_bytes=10**8)


def test_a_mail_of_thousands_of_nested_parts_is_told_in_a_line(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "ann@example.org", "Parts"
    lines = [mail.as_string().rstrip()]
    lines += [f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}' for n in range(2000)]
    (tmp_path / "a.eml").write_text("\n".join(lines) + "\nContent-Type: text/plain\n\nThe pump needs oil.\n")
    with pytest.raises(LoadError, match=r"a\.eml: must"):
        load_file(tmp_path / "a.eml", "a.eml", max_bytes=10**7)


FOUND = sorted((Path(__file__).parent / "data" / "fuzz").iterdir())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_a_fuzz_run_once_found_is_read_or_told_in_a_line(path: Path) -> None:
    try:
        assert load_file(path, path.name, max_bytes=10**7)
    except LoadError as error:
        assert path.name in str(error) and "\n" not in str(error)
