"""Following a folder: only what the watcher tells of is looked at, and nothing that a look at everything would find is missed."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from index.catalog.inventory import KnownFiles
from index.catalog.library import open_library
from index.catalog.tables import FILE_NAME, connect
from index.config import IndexConfig, load_settings
from index.formats.find import discover, has_links, look_at
from index.schema import Document
from index.sync import watch
from index.sync.build import build, forget, max_bytes, recipe
from index.sync.plan import Plan, make_plan, make_small_plan
from index.sync.report import Report
from tests.fakes import fake_pipeline

PARTS = fake_pipeline()
NAMES = ["a.txt", "b.txt", "c.md", "in/a.txt", "in/deep/d.txt", "coll.txt", "coll.txt#m.txt", "x.bin", ".hidden.txt", "in/.h/e.txt"]


class Shelf:
    """Two folders, one inside the other or beside it, and their index."""

    def __init__(self, home: Path, roots: Sequence[str] = ("docs",)) -> None:
        self.home = home
        self.paths = [home / root for root in roots]
        for path in self.paths:
            path.mkdir(parents=True, exist_ok=True)
            (path / "stays.txt").write_text("It stays where it is.")
        self.settings = load_settings(IndexConfig, {"store": {"path": home / "db"}, "index": {"chunk_tokens": 16}})

    def build(self, changed: Sequence[str] | None = None) -> Report:
        return build(self.paths, self.settings, pipeline=PARTS, changed=changed)

    def plans(self, changed: Sequence[str]) -> tuple[Plan, Plan | None]:
        """By a look at everything, and at these paths."""
        told = (recipe(self.settings, PARTS), max_bytes(self.settings))
        with closing(connect(self.settings.store.path / FILE_NAME)) as connection:
            known = KnownFiles(connection)
            few = look_at(self.paths, changed)
            return make_plan(self.paths, discover, known, *told), few and make_small_plan(few.files, few.places, known, *told)


def tasks(plan: Plan) -> list[object]:
    """What a plan comes to, but for files that are only looked at again because they were written a moment ago."""
    read = [sorted((t.row.place, t.row.root, t.row.source, t.row.id) for t in some) for some in (plan.new, plan.changed, plan.stale)]
    return [*read, sorted(row.place for row in plan.removed), plan.unknown]


def change(folder: Path, dice: random.Random) -> set[str]:
    """Write, remove or rename a file; the paths that a watcher tells of then."""
    path = folder / dice.choice(NAMES)
    path.parent.mkdir(parents=True, exist_ok=True)
    if dice.random() < 0.6 or not path.exists():
        path.write_text(f"Text number {dice.randrange(9)}. It has a second sentence.")
        return {str(path)}
    if dice.random() < 0.5:
        path.unlink()
        return {str(path)}
    other = folder / dice.choice(NAMES)
    other.parent.mkdir(parents=True, exist_ok=True)
    path.rename(other)
    return {str(path), str(other)}


@pytest.mark.parametrize("roots", [("docs",), ("docs", "docs/in"), ("docs/in", "docs"), ("one/docs", "two/docs")])
@pytest.mark.parametrize("seed", range(2))
def test_a_look_at_what_changed_comes_to_what_a_look_at_everything_does(tmp_path: Path, roots: Sequence[str], seed: int) -> None:
    dice, shelf, small = random.Random(seed), Shelf(tmp_path, roots), 0
    shelf.build()
    for _ in range(10):
        told = set[str]()
        for _ in range(dice.randrange(1, 4)):
            told |= change(dice.choice(shelf.paths), dice)
        all_of_it, part = shelf.plans(sorted(told))
        if part is not None:
            small += 1
            assert tasks(part) == tasks(all_of_it)
        shelf.build(sorted(told))
        again = shelf.build()
        assert (again.new, again.changed, again.removed, again.failed) == (0, 0, 0, {})
    assert small > 4
    fresh = load_settings(IndexConfig, {"store": {"path": tmp_path / "fresh"}, "index": {"chunk_tokens": 16}})
    build(shelf.paths, fresh, pipeline=PARTS)
    # Names depend on which root was met first; texts do not.
    ours, theirs = (sorted(document.text for document in documents(one)) for one in (shelf.settings, fresh))
    assert ours == theirs


def documents(settings: IndexConfig) -> list[Document]:
    with open_library(settings) as library:
        found = [library.catalog.document(info.source) for info in library.catalog.documents()]
    return [document for document in found if document]


def test_what_was_not_told_of_is_left_to_the_next_look_at_everything(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.build()
    for name in ("a.txt", "b.txt"):
        (shelf.paths[0] / name).write_text(f"Text of {name}.")
    report = shelf.build([str(shelf.paths[0] / "a.txt"), str(tmp_path / "elsewhere.txt")])
    assert (report.new, report.same, report.documents) == (1, 0, 2)
    assert shelf.build().new == 1


def test_an_edit_that_keeps_size_and_time_is_found_when_it_is_told_of(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    path = shelf.paths[0] / "a.txt"
    path.write_text("The price is 5 crowns.")
    info = path.stat()
    shelf.build()
    path.write_text("The price is 6 crowns.")
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    assert shelf.build([str(path)]).changed == 1


def test_a_name_that_is_not_utf8_and_a_folder_that_went(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    odd = Path(os.fsdecode(os.fsencode(shelf.paths[0]) + b"/in/caf\xe9.txt"))
    try:
        odd.parent.mkdir()
        odd.write_text("Kia opens a factory.")
    except OSError:
        pytest.skip("this file system takes no such name")
    (odd.parent / "b.txt").write_text("Another one.")
    shelf.build()
    odd.write_text("Kia closes a factory.")
    report = shelf.build([str(odd)])
    assert (report.changed, report.documents) == (1, 3)
    for path in (odd, odd.parent / "b.txt"):
        path.unlink()
    odd.parent.rmdir()
    assert shelf.build([str(odd.parent)]).removed == 2


def test_a_run_that_died_and_a_first_run_look_at_everything(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.build([]).new == 1
    (shelf.paths[0] / "a.txt").write_text("A new arrival.")
    with closing(connect(shelf.settings.store.path / FILE_NAME, write=True)) as connection:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('dirty', 1)")
    assert shelf.build([]).new == 1
    forget("a.txt", shelf.settings)
    assert shelf.build([str(shelf.paths[0] / "a.txt")]).new == 1


def test_only_a_look_at_everything_tells_of_folders_links_and_roots(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "in").mkdir(parents=True)
    (docs / "in" / "a.txt").write_text("text")
    told = look_at([docs], [str(docs / "in" / "a.txt"), str(docs / "gone.txt"), str(docs / "x.dwg"), str(docs / ".h" / "a.txt")])
    assert told is not None and [file.source for file in told.files] == ["in/a.txt"]
    assert discover([docs]) == told.files and len(told.places) == 4
    assert not has_links([docs])
    (docs / "link.txt").symlink_to(docs / "in" / "a.txt")
    (docs / "other").symlink_to(docs / "in")
    assert has_links([docs])
    for path in ("in", "link.txt", "other/a.txt", "."):
        assert look_at([docs], [str(docs / path)]) is None
    assert look_at([docs / "in" / "a.txt"], []) is None
    assert look_at([tmp_path / "nowhere"], []) is None


def followed(home: Path, monkeypatch: pytest.MonkeyPatch, batches: Sequence[Sequence[str] | Exception]) -> list[Sequence[str] | None]:
    """What is built when a watcher tells of these paths below `docs`, or fails."""
    watchfiles = pytest.importorskip("watchfiles")
    left, asked = list(batches), list[Sequence[str] | None]()

    def told(*paths: Path, **how: object) -> Iterator[set[tuple[int, str]]]:
        while left:
            batch = left.pop(0)
            if isinstance(batch, Exception):
                raise batch
            yield {(1, str(home / name)) for name in batch}

    def built(changed: Sequence[str] | None) -> bool:
        asked.append(changed and [Path(path).relative_to(home).as_posix() for path in changed])
        return False

    (home / "docs" / "in").mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(watchfiles, "watch", told)
    watch.follow([home / "docs"], load_settings(IndexConfig, {"store": {"path": home / "docs" / "db"}}), built)
    return asked


def test_everything_is_looked_at_at_first_then_what_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = followed(tmp_path, monkeypatch, [[], ["docs/a.txt", "docs/db/x"], ["docs/db/x"], [], ["docs/c.txt", "docs/b.txt"], []])
    assert asked == [None, ["docs/a.txt"], ["docs/b.txt", "docs/c.txt"]]


def test_after_a_folder_all_is_looked_at_and_once_more_when_it_is_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert followed(tmp_path, monkeypatch, [[], ["docs/in"], [], [], ["docs/a.txt"]]) == [None, None, None, ["docs/a.txt"]]


def test_after_many_changes_and_a_name_that_cannot_be_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MANY", 2)
    assert followed(tmp_path, monkeypatch, [[], ["docs/a", "docs/b", "docs/c"], [], []]) == [None] * 3
    odd = RuntimeError(r'Unable to decode path "/docs/caf\xE9.txt" to string')
    assert followed(tmp_path, monkeypatch, [[], odd, [], ["docs/a"]]) == [None, None, None, ["docs/a"]]
    with pytest.raises(RuntimeError, match="too many"):
        followed(tmp_path, monkeypatch, [[], RuntimeError("too many")])


def test_all_is_looked_at_now_and_then_and_each_time_where_there_are_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "WHOLE_S", 0.0)
    assert followed(tmp_path, monkeypatch, [[], [], ["docs/a"]]) == [None] * 3
    monkeypatch.undo()
    (tmp_path / "docs" / "link.txt").symlink_to(tmp_path / "far.txt")
    assert followed(tmp_path, monkeypatch, [[], ["docs/a"], ["docs/b"], []]) == [None] * 3


def until(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.1)
    return holds()


def test_a_real_watcher_keeps_the_index_in_step(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    shelf, stop, looks = Shelf(tmp_path), threading.Event(), list[int]()
    docs = shelf.paths[0]
    shelf.build()

    def built(changed: Sequence[str] | None) -> bool:
        looks.append(-1 if changed is None else len(changed))
        return bool(shelf.build(changed).failed)

    def in_step() -> bool:
        return {d.source: d.text for d in documents(shelf.settings)} == {
            path.relative_to(docs).as_posix(): path.read_text() for path in docs.rglob("*.txt")
        }

    thread = threading.Thread(target=watch.follow, args=([docs], shelf.settings, built, stop))
    thread.start()
    try:
        for number in range(100):  # until it watches
            (docs / "a.txt").write_text(f"Version {number} of the first.")
            if until(lambda: bool(looks), 0.3):
                break
        assert until(in_step)
        for number in range(3):
            (docs / f"n{number}.txt").write_text("One of several.")
        (docs / "stays.txt").unlink()
        assert until(in_step)
        (docs / "new" / "deep").mkdir(parents=True)
        (docs / "new" / "deep" / "x.txt").write_text("Deep inside.")
        assert until(in_step)
        assert any(number > 0 for number in looks)
    finally:
        stop.set()
        thread.join(20)
