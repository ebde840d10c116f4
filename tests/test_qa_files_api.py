"""Adding and removing documents through the API, on a real port: what is taken, what is refused, and attacks on it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.catalog.inventory import FileRow
from index.errors import UsageError
from index.sync.report import ProgressCallback, Report
from qa.api.access import UPLOAD_COOKIE, Access, access_for
from qa.files import routes
from qa.files.folder import INCOMING, Folder
from qa.files.indexer import Indexer, Wish
from qa.files.service import AT_ONCE, Files
from qa.web.app import create_app
from tests.fakes import PAPER, PRESS, FakeEngine, FakeShelf
from tests.serving import eventually, serving, wait_until_ready

TEXT = b"The lift stops on Sundays.\n"
CHANGES = [
    ("PUT", "/api/files/a.txt"), ("DELETE", "/api/files/a.txt"), ("POST", "/api/index"), ("DELETE", f"/api/documents/{PRESS.source}"),
]  # fmt: skip
TOKEN, UPLOAD = "0123456789abcdef", "fedcba9876543210"


class Desk:
    """A server under test, with the wishes that its indexer got."""

    def __init__(self, root: Path, access: Access | None, **limits: int) -> None:
        self.root = root
        self.wishes: list[Wish] = []
        self.report = Report()
        self.engine = FakeEngine()
        self.folder = Folder(root, **{"max_bytes": 5_000_000, "quota": 20_000_000, **limits})
        self.app = create_app(lambda: self.engine, root.parent / "chat.sqlite3", access, files=self.make)

    def make(self, changed: Callable[[], None]) -> Files:
        return Files(self.folder, Indexer(self.run, changed, quiet_s=0.01))

    def run(self, wish: Wish, progress: ProgressCallback, stop: threading.Event) -> Report:
        self.wishes.append(wish)
        return self.report

    def stored(self) -> list[str]:
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., tuple[Desk, httpx.Client]]]:
    with contextlib.ExitStack() as stack:

        def make(access: Access | None = None, **limits: int) -> tuple[Desk, httpx.Client]:
            made = Desk(tmp_path / "files", access, **limits)
            (made.root / INCOMING).mkdir(parents=True, exist_ok=True)
            base = stack.enter_context(serving(made.app))
            wait_until_ready(base)
            return made, stack.enter_context(httpx.Client(base_url=base, timeout=20))

        yield make


Make = Callable[..., tuple[Desk, httpx.Client]]


def sent(client: httpx.Client, wire: bytes) -> bytes:
    """What the server answers to these bytes, as they are."""
    with socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=10) as sock:
        sock.sendall(wire)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := sock.recv(65536):
                answer += piece
    return answer


def put_raw(path: str, body: bytes = TEXT, *headers: str) -> bytes:
    lines = [f"PUT {path} HTTP/1.1", "Host: 127.0.0.1", *(headers or (f"Content-Length: {len(body)}",)), "Connection: close", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


def test_a_file_is_added_and_indexed(desk: Make) -> None:
    made, client = desk()
    response = client.put("/api/files/Contracts/lease 2026.txt", content=TEXT)
    assert response.status_code == 201
    assert response.json() == {"path": "Contracts/lease 2026.txt", "bytes": len(TEXT), "outcome": "new"}
    assert (made.root / "Contracts" / "lease 2026.txt").read_bytes() == TEXT
    eventually(lambda: made.wishes == [Wish()])
    eventually(lambda: client.get("/api/files").json()["indexing"]["runs"] == 1)
    assert client.put("/api/files/Contracts/lease 2026.txt", content=TEXT).json()["outcome"] == "same"
    state = client.get("/api/files").json()
    assert state["writable"] and state["used_bytes"] == len(TEXT) and ".pdf" in state["endings"]
    assert made.wishes == [Wish()], "what is the same is not read again"


def test_what_lay_in_the_folder_is_indexed_at_the_start(tmp_path: Path, desk: Make) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "by-hand.txt").write_bytes(TEXT)
    made, _ = desk()
    eventually(lambda: made.wishes == [Wish()])


def test_failures_are_told_by_name_and_can_be_removed(desk: Make) -> None:
    made, client = desk()
    made.report = Report(
        failed={"a.pdf": "a.pdf: must be a readable PDF.", "elsewhere.pdf": "elsewhere.pdf: broken."}, unread={"b": "b: page 3"}
    )
    client.put("/api/files/a.pdf", content=b"%PDF-broken")
    eventually(lambda: bool(client.get("/api/files").json()["indexing"]["failed"]))
    indexing = client.get("/api/files").json()["indexing"]
    assert [(one["source"], one["path"]) for one in indexing["failed"]] == [("a.pdf", "a.pdf"), ("elsewhere.pdf", None)]
    assert indexing["not_read"] == ["b: page 3"]
    assert client.delete("/api/files/a.pdf").status_code == 202
    assert made.stored() == []
    assert client.delete("/api/files/a.pdf").status_code == 404


def row(place: Path, source: str) -> FileRow:
    info = place.stat()
    return FileRow(
        str(place.resolve()), str(place.parent), source, info.st_size, 0, 0, 0, hashlib.sha256(place.read_bytes()).hexdigest(), "r"
    )


def test_a_document_is_removed_with_its_file(desk: Make) -> None:
    made, client = desk()
    client.put("/api/files/press/plant.txt", content=PRESS.text.encode())
    made.engine.catalog.file_rows[PRESS.source] = row(made.root / "press" / "plant.txt", PRESS.source)
    removed = client.delete(f"/api/documents/{PRESS.source}")
    assert removed.status_code == 202 and removed.json() == {"sources": [PRESS.source], "file_kept": False}
    assert made.stored() == []
    assert client.delete("/api/documents/absent.txt").status_code == 404


def test_a_file_of_elsewhere_is_kept(desk: Make, tmp_path: Path) -> None:
    made, client = desk()
    mine = tmp_path / "paper.md"
    mine.write_text(PAPER.text)
    made.engine.catalog.file_rows[PAPER.source] = row(mine, PAPER.source)
    assert client.delete(f"/api/documents/{PAPER.source}").json() == {"sources": [PAPER.source], "file_kept": True}
    eventually(lambda: Wish((PAPER.source,)) in made.wishes)
    assert mine.exists()
    assert client.post("/api/index").status_code == 202
    eventually(lambda: Wish(everywhere=True) in made.wishes)


def test_originals_are_what_was_indexed_and_nothing_else(desk: Make, tmp_path: Path) -> None:
    made, client = desk()
    place = tmp_path / "plant.html"
    place.write_text("<script>alert(1)</script>")
    made.engine.catalog.file_rows[PRESS.source] = row(place, "press/плант “x”.html")
    response = client.get(f"/api/originals/{PRESS.source}")
    assert response.text == "<script>alert(1)</script>" and response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%D0%BF")
    assert "sandbox" in response.headers["content-security-policy"] and response.headers["x-content-type-options"] == "nosniff"
    secret = tmp_path / "secret.html"
    secret.write_text("<script>alert(2)</script>")
    place.unlink()
    place.symlink_to(secret)
    changed = client.get(f"/api/originals/{PRESS.source}")
    assert changed.status_code == 409 and "has changed" in changed.text, "a link to another file gives nothing"
    place.unlink()
    os.mkfifo(place)
    assert client.get(f"/api/originals/{PRESS.source}").status_code == 409, "and nobody waits for a pipe"
    place.unlink()
    assert client.get(f"/api/originals/{PRESS.source}").status_code == 409
    assert client.get("/api/originals/absent.txt").status_code == 404
    assert client.get("/api/originals/../../etc/passwd").status_code == 404
    pdf = tmp_path / "a.pdf"
    pdf.write_bytes(b"%PDF-1.4")
    made.engine.catalog.file_rows[PRESS.source] = row(pdf, "a.pdf")
    shown = client.get(f"/api/originals/{PRESS.source}")
    assert shown.headers["content-type"] == "application/pdf" and shown.headers["content-disposition"].startswith("inline")


@pytest.mark.parametrize(
    "path",
    [
        "/api/files/../../../evil.txt", "/api/files/%2e%2e/%2e%2e/evil.txt", "/api/files/..%2f..%2fevil.txt", "/api/files/a/..%2fevil.txt",
        "/api/files//evil.txt", "/api/files/%2fevil.txt", "/api/files/%2ehidden.txt", "/api/files/a%00.txt", "/api/files/a%0d%0aX: y.txt",
        "/api/files/..%5cevil.txt", "/api/files/%ff%fe.txt", "/api/files/%ed%b2%80.txt", "/api/files/a%e2%80%aetxt.txt", "/api/files/",
        "/api/files/" + "x" * 300 + ".txt", "/api/files/" + "a/" * 50 + "b.txt", "/api/files/.incoming/evil.txt", "/api/files/evil.exe",
        "/api/files/evil", "/api/files/evil.txt%20", "/api/files/evil.txt.",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_folder(desk: Make, tmp_path: Path, path: str) -> None:
    made, client = desk()
    before = sorted(tmp_path.rglob("*.txt"))
    status = int(sent(client, put_raw(path)).split()[1])
    assert 400 <= status < 500, path
    assert made.stored() == [] and sorted(tmp_path.rglob("*.txt")) == before
    assert not Path("/evil.txt").exists()
    assert client.get("/health").status_code == 200


def test_what_is_too_large_is_refused_however_it_comes(desk: Make) -> None:
    made, client = desk(max_bytes=1000, quota=100_000)
    assert b" 413 " in sent(client, put_raw("/api/files/a.txt", b"x", "Content-Length: 1001"))
    chunked = b"7d0\r\n" + b"x" * 2000 + b"\r\n" + b"0\r\n\r\n"
    assert b" 413 " in sent(client, put_raw("/api/files/a.txt", chunked, "Transfer-Encoding: chunked"))
    assert b" 400 " in sent(client, put_raw("/api/files/a.txt", b"x", "Content-Length: -5"))
    assert b" 400 " in sent(client, put_raw("/api/files/a.txt", b"x", "Content-Length: 1e9"))
    for size in ("99999999999999999999999", "4000000000"):
        assert sent(client, put_raw("/api/files/a.txt", b"x", f"Content-Length: {size}")).split()[1] in (b"413", b"400")
    assert made.stored() == []
    assert client.put("/api/files/a.txt", content=b"x" * 1000).status_code == 201


def test_the_quota_holds_for_many_at_once(desk: Make) -> None:
    made, client = desk(max_bytes=1000, quota=3500)

    def send(n: int) -> int:
        return httpx.put(f"{client.base_url}/api/files/{n}.txt", content=bytes([65 + n]) * 1000, timeout=20).status_code

    statuses: list[int] = []
    threads = [threading.Thread(target=lambda n=n: statuses.append(send(n))) for n in range(AT_ONCE)]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 201, 201, 413]
    assert sum((made.root / name).stat().st_size for name in made.stored()) == 3000


def open_upload(client: httpx.Client, path: str, length: int = 1_000_000) -> socket.socket:
    """A connection on which a file has begun to come."""
    sock = socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=10)
    sock.sendall(put_raw(path, b"x" * 10_000, f"Content-Length: {length}"))
    return sock


def test_a_connection_that_breaks_leaves_nothing(desk: Make) -> None:
    made, client = desk()
    for _ in range(3):
        sock = open_upload(client, "/api/files/half.txt")
        eventually(lambda: any((made.root / INCOMING).iterdir()))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # torn, not closed in order
        sock.close()
        eventually(lambda: not any((made.root / INCOMING).iterdir()))
    assert made.stored() == [] and made.wishes == []
    assert client.put("/api/files/half.txt", content=TEXT).status_code == 201
    assert client.get("/api/files").json()["used_bytes"] == len(TEXT)


def test_only_some_are_received_at_once(desk: Make) -> None:
    made, client = desk()
    held = [open_upload(client, f"/api/files/{n}.txt") for n in range(AT_ONCE)]
    eventually(lambda: len(list((made.root / INCOMING).iterdir())) == AT_ONCE)
    refused = client.put("/api/files/one-more.txt", content=TEXT)
    assert refused.status_code == 429 and refused.headers["Retry-After"] == "1"
    assert client.post("/api/ask", json={"question": "How much has Korea invested?"}).status_code == 200, "questions go on"
    for sock in held:
        sock.close()
    eventually(lambda: client.put("/api/files/one-more.txt", content=TEXT).status_code == 201)


def test_a_file_that_drips_is_given_up(desk: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "SLOW_S", 0.0)
    monkeypatch.setattr(routes, "SLOWEST", 10**9)
    made, client = desk()
    sock = open_upload(client, "/api/files/slow.txt")
    sock.sendall(b"x")
    assert b" 408 " in sock.recv(65536)
    sock.close()
    assert made.stored() == []


def test_two_of_one_name_at_once_leave_one_whole(desk: Make) -> None:
    made, client = desk()
    bodies = [bytes([65 + n]) * 400_000 for n in range(AT_ONCE)]
    threads = [
        threading.Thread(target=httpx.put, args=(f"{client.base_url}/api/files/a.txt",), kwargs={"content": body}) for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.stored() == ["a.txt"] and (made.root / "a.txt").read_bytes() in bodies
    assert client.get("/api/files").json()["used_bytes"] == 400_000


def test_a_server_without_a_token_beyond_the_loopback_takes_nothing(desk: Make) -> None:
    made, client = desk(Access(token=TOKEN, local_names_only=False))
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/api/files", headers=bearer).json()["writable"] is False
    for method, path in CHANGES:
        assert client.request(method, path, content=TEXT if method == "PUT" else None).status_code == 401
        assert client.request(method, path, content=TEXT if method == "PUT" else None, headers=bearer).status_code == 403, path
    assert made.stored() == [] and made.wishes == []


def test_the_upload_token_is_another_than_the_one_for_asking(desk: Make) -> None:
    made, client = desk(Access(token=TOKEN, upload_token=UPLOAD, local_names_only=False))
    asks, writes = ({"Authorization": f"Bearer {token}"} for token in (TOKEN, UPLOAD))
    assert client.put("/api/files/a.txt", content=TEXT, headers=asks).status_code == 403
    assert client.get("/api/files", headers=asks).json()["unlockable"] is True
    assert client.get("/api/files", headers=asks).json()["folder"] is None, "paths of the machine are for who may write"
    assert client.put("/api/files/a.txt", content=TEXT, headers=writes).status_code == 201
    assert client.get("/api/documents", headers=writes).status_code == 200
    assert client.post("/api/unlock", json={"token": "wrong" * 4}, headers=asks).status_code == 403
    assert client.post("/api/unlock", json={"token": UPLOAD}).status_code == 401, "who may not ask may not try"
    unlocked = client.post("/api/unlock", json={"token": UPLOAD}, headers=asks)
    assert (
        unlocked.status_code == 204 and "HttpOnly" in unlocked.headers["set-cookie"] and "SameSite=strict" in unlocked.headers["set-cookie"]
    )
    assert client.put("/api/files/b.txt", content=TEXT, headers=asks).status_code == 201, "the cookie came back"
    cookie = client.cookies[UPLOAD_COOKIE]
    client.cookies.clear()
    client.cookies.set(UPLOAD_COOKIE, cookie[:-2] + ("00" if cookie[-2:] != "00" else "11"))
    assert client.put("/api/files/c.txt", content=TEXT, headers=asks).status_code == 403
    client.cookies.clear()
    client.cookies.set("footnote_session", cookie)
    assert client.get("/api/documents").status_code == 401, "an upload cookie is no login"
    assert made.stored() == ["a.txt", "b.txt"]


def test_guessing_the_upload_token_is_slowed(desk: Make) -> None:
    _, client = desk(Access(upload_token=UPLOAD))
    statuses = [client.post("/api/unlock", json={"token": f"guess-{n}" * 3}).status_code for n in range(12)]
    assert statuses[:10] == [403] * 10 and statuses[10:] == [429, 429]


def test_who_may_write() -> None:
    assert Access().writable and access_for("127.0.0.1", None, None).writable
    assert not access_for("127.0.0.1", TOKEN, None).writable, "a token says that others come in"
    assert not access_for("0.0.0.0", TOKEN, None).writable
    assert access_for("0.0.0.0", TOKEN, None, UPLOAD).writable
    with pytest.raises(UsageError, match="FOOTNOTE_UPLOAD_TOKEN must have at least 16 characters"):
        access_for("127.0.0.1", None, None, "short")


def test_pages_of_other_sites_cannot_add_or_remove(desk: Make) -> None:
    made, client = desk()
    other = {"Origin": "http://evil.example"}
    for method, path in CHANGES:
        assert client.request(method, path, headers=other).status_code == 403
    assert client.put("/api/files/a.txt", content=TEXT, headers={"Host": "evil.example"}).status_code == 421
    assert made.stored() == [] and made.wishes == []


def test_a_server_with_uploads_off(tmp_path: Path) -> None:
    with serving(create_app(FakeEngine, tmp_path / "c.sqlite3")) as base:
        assert httpx.get(base + "/api/files").json()["writable"] is False
        off = httpx.put(base + "/api/files/a.txt", content=TEXT)
        assert off.status_code == 403 and "FOOTNOTE_UPLOAD_TOKEN" in off.text


def test_the_list_is_searched_sorted_and_counted(desk: Make) -> None:
    made, client = desk()
    everything = client.get("/api/documents").json()
    assert everything["collections"] == {"": 1, "press": 1} and everything["total"] == 2
    assert [one["collection"] for one in everything["documents"]] == ["", "press"]

    def sources(**asked: Any) -> list[str]:
        return [one["source"] for one in client.get("/api/documents", params=asked).json()["documents"]]

    assert sources(q="PLANT almaty") == ["press/plant.txt"] and sources(q="plant absent") == []
    assert sources(collection="press") == ["press/plant.txt"] and sources(collection="") == ["paper.md"]
    assert sources(sort="date", descending=True) == ["press/plant.txt", "paper.md"] and sources(sort="date") == [
        "paper.md",
        "press/plant.txt",
    ]
    rows = [replace(PAPER, source=f"rows.csv#row-{n}", title=f"Row {n}") for n in (1, 2)]
    mail = [replace(PAPER, source=source) for source in ("m.eml", "m.eml#a.txt")]
    made.engine.catalog = FakeShelf([PRESS, *rows, *mail])
    together = client.get("/api/documents", params={"together": True, "sort": "title"}).json()
    assert [(one["title"], one["inside"]) for one in together["documents"]] == [
        ("Plant opens in Almaty", 0), ("rows.csv", 2), ("Trade <b>grows</b>", 1)
    ]  # fmt: skip
    assert together["collections"] == {"": 2, "press": 1} and together["documents"][1]["characters"] == 2 * len(PAPER.text)
    assert client.get("/api/documents", params={"sort": "; DROP TABLE documents"}).status_code == 422
    assert client.get("/api/documents", params={"q": "x" * 201}).status_code == 422


def test_bodies_that_are_no_json(desk: Make) -> None:
    _, client = desk()
    assert client.post("/api/unlock", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert client.post("/api/unlock", json={"token": ["x"]}).status_code == 422
    assert json.loads(client.put("/api/files/a.exe", content=b"MZ").text)["error"]["message"].startswith("a.exe: files ending in .exe")
