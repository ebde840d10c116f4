"""More attacks on uploads over a real port: forms, headers that lie, removal meanwhile; and ten thousand files at once on the page."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qa.files.folder import INCOMING, Folder, UploadRefused
from tests.browser import needs_browser
from tests.fakes import FakeEngine
from tests.serving import eventually, serving, wait_until_ready
from tests.test_qa_files_api import TEXT, Desk, put_raw, sent

Make = Callable[..., tuple[Desk, httpx.Client]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Make]:
    with contextlib.ExitStack() as stack:

        def make(**limits: int) -> tuple[Desk, httpx.Client]:
            made = Desk(tmp_path / "files", None, **limits)
            base = stack.enter_context(serving(made.app))
            wait_until_ready(base)
            return made, stack.enter_context(httpx.Client(base_url=base, timeout=20))

        yield make


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, FakeEngine]]:
    made = Desk(tmp_path / "files", None)
    with serving(made.app) as base:
        wait_until_ready(base)
        yield base, made.engine


def test_a_form_is_no_file(desk: Make) -> None:
    made, client = desk()
    refused = client.put("/api/files/a.txt", files={"file": ("b.txt", TEXT)})
    assert refused.status_code == 415 and "the body must be the file itself" in refused.text
    many = b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n for n in range(15_000)) + b"--x--\r\n"
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.put("/api/files/a.txt", content=many, headers=form).status_code == 415
    assert client.post("/api/files/a.txt", content=many, headers=form).status_code == 405
    assert client.post("/api/unlock", content=many, headers=form).status_code == 422
    assert client.post("/login", content=many, headers=form, follow_redirects=False).status_code in (303, 400)
    assert made.stored() == [] and client.get("/health").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5, 6",),
        ("Content-Length: +5",),
        ("Content-Length: 0x5",),
        ("Content-Length: \u0665",),
        ("Content-Length: 5", f"X-Long: {'x' * 200_000}"),
        ("Content-Length: 5", *(f"X-{n}: y" for n in range(20_000))),
        ("Content-Length: 5", "Content-Type: text/plain\r\n folded: yes"),
        ("Transfer-Encoding: chunked, chunked",),
        ("Transfer-Encoding: gzip",),
    ],
    ids=lambda headers: headers[-1][:40],
)
def test_headers_that_lie_or_never_end_store_nothing_wrong(desk: Make, headers: tuple[str, ...]) -> None:
    made, client = desk()
    said = sent(client, put_raw("/api/files/a.txt", b"words", *headers))
    assert not said or said.split()[1][:1] == b"4" or said.split()[1] in (b"501", b"201"), said[:80]
    assert made.stored() in ([], ["a.txt"]) and all((made.root / name).read_bytes() == b"words" for name in made.stored())
    assert client.get("/health").status_code == 200


def test_a_length_below_the_body_cuts_the_file_there(desk: Make) -> None:
    made, client = desk()
    sent(client, put_raw("/api/files/a.txt", b"words, and DELETE /api/files/a.txt HTTP/1.1\r\n\r\n", "Content-Length: 5"))
    eventually(lambda: made.stored() == ["a.txt"])
    assert (made.root / "a.txt").read_bytes() == b"words"


def test_both_a_length_and_chunks_never_hide_a_second_request(desk: Make) -> None:
    made, client = desk()
    hidden = b"5\r\nwords\r\n0\r\n\r\n" + put_raw("/api/files/hidden.txt", b"hidden")
    sent(client, put_raw("/api/files/a.txt", hidden, f"Content-Length: {len(hidden)}", "Transfer-Encoding: chunked"))
    assert "hidden.txt" not in made.stored() or made.stored() == ["a.txt", "hidden.txt"]
    assert client.get("/health").status_code == 200


def test_one_name_in_several_codings_and_cases(desk: Make) -> None:
    made, client = desk()
    for name in ("Mu\u0308ller.txt", "M\u00fcller.txt"):
        client.put(f"/api/files/{name}", content=TEXT)
    assert made.stored() == ["M\u00fcller.txt"]
    assert client.delete("/api/files/Mu\u0308ller.txt").status_code == 202 and made.stored() == []
    for name in ("C:/Windows/a.txt", "a.txt::$DATA.txt", "NUL.txt", "\uff0e\uff0e/a.txt", "~root.txt", "-rf.txt", "$(id).txt"):
        assert client.put(f"/api/files/{name}", content=TEXT).status_code == 201, "a name like any other here"
    assert all(Path(made.root / name).resolve().is_relative_to(made.root) for name in made.stored()) and len(made.stored()) == 7


def test_uploads_and_removals_of_one_name_at_once(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "files", 1000, 1_000_000)
    folder.prepare()
    trouble: list[str] = []

    def add(name: str) -> None:
        for n in range(400):
            incoming = folder.begin(f"a/b/{name}", None)
            try:
                incoming.write(b"x" * (n % 50 + 1))
                incoming.commit()
            except UploadRefused as error:
                trouble.append(str(error))
            finally:
                incoming.discard()

    def remove(name: str) -> None:
        for _ in range(400):
            try:
                folder.remove(f"a/b/{name}")
            except UploadRefused as error:
                if error.status != 404:
                    trouble.append(str(error))

    workers = [threading.Thread(target=work, args=(name,)) for work in (add, remove) for name in ("one.txt", "two.txt")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert trouble == []
    assert folder.used == folder.count() and not list((folder.root / INCOMING).iterdir())


@needs_browser
def test_ten_thousand_empty_files_and_one_that_is_none(page: Any, server: tuple[str, FakeEngine], tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for n in range(10_000):
        (tree / f"{n:05d}.txt").touch()
    (tree / "99999.txt").write_bytes(TEXT)
    page.goto("/documents")
    page.wait_for_selector(".drop button:visible")
    page.set_input_files("input[webkitdirectory]", tree)
    page.get_by_text("10000 were not taken").wait_for()
    assert page.locator(".refused li").count() <= 201 and "9992 more" in page.inner_text(".refused summary")
    eventually(lambda: httpx.get(f"{server[0]}/api/files").json()["used_bytes"] == len(TEXT))
    page.wait_for_selector(".uploading", state="hidden")


@needs_browser
def test_a_thousand_files_beyond_the_quota_leave_the_page_alive(page: Any, server: tuple[str, FakeEngine], trouble: list[str]) -> None:
    page.goto("/documents")
    page.wait_for_selector(".drop button:visible")
    files = [{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"x"} for n in range(600)]
    page.route("**/api/files/*", lambda route: route.fulfill(status=413, json={"error": {"message": "the folder is full."}}))
    page.set_input_files("input[type=file]:not([webkitdirectory])", files)
    page.get_by_text("600 were not taken").wait_for(timeout=60_000)
    assert page.locator(".refused li").count() <= 201
    assert all("413" in one for one in trouble)
    trouble.clear()
