"""The folder of uploads: names, links, limits, and that a file is whole or absent."""

from __future__ import annotations

import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UsageError
from index.formats.find import discover
from qa.files.folder import INCOMING, MAX_DEPTH, Folder, UploadRefused, checked_path
from tests.power_cut import Disk, record

TEXT = b"The lift stops on Sundays.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "files", max_bytes=1000, quota=3000)
    (made.root / INCOMING).mkdir(parents=True)
    made.prepare()
    return made


def add(folder: Folder, path: str, data: bytes = TEXT) -> str:
    incoming = folder.begin(path, len(data))
    incoming.write(data)
    return incoming.commit()


def files(folder: Folder) -> list[str]:
    return sorted(path.relative_to(folder.root).as_posix() for path in folder.root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/etc/passwd.txt", "../a.txt", "a/../b.txt", "a/..", "..", ".", "./a.txt", "a//b.txt", "a/", ".hidden.txt", ".ssh/a.txt",
        "a\\..\\b.txt", "C:\\a.txt", "a\x00.txt", "a\n.txt", "a\u202egnp.txt", "a\u2028b.txt", "\udcff.txt", " a.txt", "a.txt ", "a /b.txt",
        "a./b.txt", "a.txt.", "x" * 250 + ".txt", "é" * 120 + ".txt", "a/" * MAX_DEPTH + "b.txt", "/".join(["x" * 150] * 8) + ".txt",
    ],
)  # fmt: skip
def test_names_that_could_mean_something_else_are_refused(folder: Folder, path: str) -> None:
    before = sorted(folder.root.parent.rglob("*"))
    with pytest.raises(UploadRefused):
        folder.begin(path, 10)
    with pytest.raises(UploadRefused):
        folder.remove(path)
    assert folder.place(path) is None
    assert sorted(folder.root.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "path",
    [
        "a.txt",
        "Verträge/2026/Müller & Söhne.txt",
        "договор №7.md",
        "계약서.txt",
        "عقد.txt",
        "می‌خواهم.txt",
        "a b (1) [x] 'y' \"z\" #1 ?.txt",
        "👩‍🔬.txt",
        "CON.txt",
    ],
)
def test_names_of_all_languages_are_kept(folder: Folder, path: str) -> None:
    assert add(folder, path) == "new"
    assert folder.place(path) is not None and files(folder) == [path]
    assert [found.source for found in discover([folder.root])] == [path]


def test_a_name_is_one_name_however_its_accents_are_coded(folder: Folder) -> None:
    assert add(folder, "Mu\u0308ller.txt") == "new"
    assert add(folder, "M\u00fcller.txt") == "same"


@given(st.text(max_size=40))
def test_no_name_leaves_the_folder(text: str) -> None:
    try:
        parts = checked_path(text)
    except UploadRefused:
        return
    root = Path("/srv/files")
    assert os.path.normpath(root.joinpath(*parts)) == str(root.joinpath(*parts))
    assert root in root.joinpath(*parts).parents and not any(part.startswith(".") for part in parts)


@pytest.mark.parametrize(
    ("name", "advice"), [("a.exe", "ending in .exe"), ("a", "without an ending"), ("old.doc", "Save it as .docx"), ("a.pdf.js", ".js")]
)
def test_kinds_that_are_not_read_are_refused_with_advice(folder: Folder, name: str, advice: str) -> None:
    with pytest.raises(UploadRefused, match=advice) as refused:
        folder.begin(name, 10)
    assert refused.value.status == 415


def test_a_link_is_never_followed(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.txt").write_text("mine")
    (folder.root / "link").symlink_to(outside)
    (folder.root / "mine.txt").symlink_to(outside / "mine.txt")
    with pytest.raises(UploadRefused, match="not a folder here"):
        folder.begin("link/new.txt", 10)
    with pytest.raises(UploadRefused, match="not a folder here"):
        folder.remove("link/mine.txt")
    assert folder.place("link/mine.txt") is None and folder.place("mine.txt") is None
    assert add(folder, "mine.txt") == "new", "the link is replaced, not what it leads to"
    assert (outside / "mine.txt").read_text() == "mine" and (folder.root / "mine.txt").read_bytes() == TEXT


def test_a_folder_swapped_for_a_link_while_the_file_comes(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder.root / "a").mkdir()
    incoming = folder.begin("a/new.txt", len(TEXT))
    incoming.write(TEXT)
    (folder.root / "a").rmdir()
    (folder.root / "a").symlink_to(outside)
    with pytest.raises(UploadRefused):
        incoming.commit()
    assert not list(outside.iterdir()) and not list((folder.root / INCOMING).iterdir())


def test_files_and_folders_do_not_take_each_others_place(folder: Folder) -> None:
    add(folder, "a/b.txt")
    for taken in ("a/b.txt/c.txt", "a/b.txt/c/d.txt"):
        with pytest.raises(UploadRefused) as refused:
            folder.begin(taken, 10)
        assert refused.value.status == 409
    (folder.root / "folder.txt").mkdir()
    with pytest.raises(UploadRefused, match="is a folder") as refused:
        add(folder, "folder.txt")
    assert refused.value.status == 409
    assert files(folder) == ["a/b.txt"]


def test_nothing_is_seen_before_the_file_is_whole(folder: Folder) -> None:
    incoming = folder.begin("a/b.txt", 100)
    incoming.write(TEXT)
    assert folder.place("a/b.txt") is None and not (folder.root / "a").exists()
    assert not folder.holds_files(), "what is half there is not indexed"
    with pytest.raises(UsageError, match="readable file"):
        discover([folder.root])
    incoming.discard()
    incoming.discard()
    assert files(folder) == [] and folder.used == 0


def test_outcomes(folder: Folder) -> None:
    assert add(folder, "a.txt") == "new"
    before = (folder.root / "a.txt").stat().st_mtime_ns
    assert add(folder, "a.txt") == "same" and (folder.root / "a.txt").stat().st_mtime_ns == before
    assert add(folder, "a.txt", TEXT + b"And on holidays.\n") == "replaced"
    assert folder.used == folder.count() == len(TEXT) + 17
    with pytest.raises(UploadRefused, match="empty"):
        add(folder, "empty.txt", b"")
    folder.remove("a.txt")
    assert folder.used == 0


def test_removing_takes_the_folders_that_are_left_empty(folder: Folder) -> None:
    add(folder, "a/b/c.txt")
    add(folder, "a/d.txt")
    folder.remove("a/b/c.txt")
    assert files(folder) == ["a/d.txt"] and not (folder.root / "a" / "b").exists()
    with pytest.raises(UploadRefused) as refused:
        folder.remove("a/b/c.txt")
    assert refused.value.status == 404
    with pytest.raises(UploadRefused):
        folder.remove("a")
    assert files(folder) == ["a/d.txt"]


def test_a_file_may_not_be_larger_than_said(folder: Folder) -> None:
    with pytest.raises(UploadRefused, match=r"at most 0\.001 MB") as refused:
        folder.begin("a.txt", 1001)
    assert refused.value.status == 413
    for said in (10, None):
        incoming = folder.begin("a.txt", said)
        incoming.write(b"x" * 900)
        with pytest.raises(UploadRefused):
            incoming.write(b"x" * 101)
        incoming.discard()
    assert files(folder) == [] and folder.used == 0


def test_the_quota_counts_what_is_under_way(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "files", max_bytes=1000, quota=2500)
    folder.prepare()
    under_way = [folder.begin(f"{n}.txt", 1000) for n in range(2)]
    with pytest.raises(UploadRefused, match=r"holds at most 0\.0025 MB") as refused:
        folder.begin("3.txt", 1000)
    assert refused.value.status == 413
    under_way[0].discard()
    add(folder, "3.txt", b"x" * 1000)
    under_way[1].write(b"y" * 900)
    assert under_way[1].commit() == "new"
    assert folder.used == folder.count() == 1900


def test_what_was_put_there_by_hand_counts_too(tmp_path: Path) -> None:
    root = tmp_path / "files"
    root.mkdir()
    (root / "by-hand.txt").write_bytes(b"x" * 2400)
    folder = Folder(root, max_bytes=1000, quota=2500)
    folder.prepare()
    with pytest.raises(UploadRefused, match="holds at most"):
        folder.begin("a.txt", 200)


def test_a_disk_that_is_nearly_full_takes_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 1000))  # type: ignore[attr-defined]
    with pytest.raises(UploadRefused, match="disk is full") as refused:
        folder.begin("a.txt", 10)
    assert refused.value.status == 507


def test_a_disk_that_fails_leaves_nothing(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    incoming = folder.begin("a.txt", len(TEXT))

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(UploadRefused, match="No space left"):
        incoming.write(TEXT)
    incoming.discard()
    assert files(folder) == [] and folder.used == 0


def test_what_a_killed_server_left_is_dropped(folder: Folder) -> None:
    folder.begin("a.txt", 10).write(b"half")
    assert files(folder) != []
    again = Folder(folder.root, max_bytes=1000, quota=2000)
    again.prepare()
    assert files(again) == []


def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="--files"):
        Folder(tmp_path / "file", max_bytes=10, quota=10).prepare()
    inside = Folder(tmp_path / "file" / "inside", max_bytes=10, quota=10)
    inside.prepare()
    with pytest.raises(UploadRefused, match="cannot be stored: Not a directory") as refused:
        inside.begin("a.txt", 5)
    assert refused.value.status == 507


def test_no_folder_is_made_before_its_first_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "made" / "late", max_bytes=100, quota=100)
    folder.prepare()
    assert not folder.holds_files() and folder.used == 0 and folder.place("a.txt") is None
    with pytest.raises(UploadRefused, match="no file"):
        folder.remove("a.txt")
    assert list(tmp_path.iterdir()) == []
    assert add(folder, "a.txt") == "new"


UPLOADS = """
import sys
from pathlib import Path
from qa.files.folder import Folder
root = Path(sys.argv[1])
folder = Folder(root, max_bytes=1000, quota=3000)
folder.prepare()
(root / "0").mkdir()
for turn, text in enumerate((b"The first text.", b"Another text."), 1):
    incoming = folder.begin("a/b.txt", None)
    incoming.write(text)
    incoming.commit()
    (root / str(turn)).mkdir()
folder.remove("a/b.txt")
(root / "3").mkdir()
"""


def test_a_power_cut_leaves_an_upload_whole_or_what_was_there_and_takes_no_change_back(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    disk, said, states = Disk(), -1, [None, None, "The first text.", "Another text.", None, None]
    command = [sys.executable, "-c", UPLOADS, str(tmp_path / "files")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    for number, one in enumerate(record(tmp_path / "files", command, tmp_path, environment)):
        disk.take(one)
        said += one.what == "folder" and one.path.isdigit()  # by whoever was told so
        for seed in range(9):
            left = tmp_path / f"left{number}-{seed}"
            disk.leave(left, random.Random(left.name))
            there = (left / "a/b.txt").read_text() if (left / "a/b.txt").exists() else None
            assert there in states[said + 1 : said + 3]
    assert said == 3
