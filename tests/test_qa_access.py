"""Token, users, sessions, rates."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UsageError
from qa.api.access import Access, RateLimit, access_for, check_password, hash_password, is_loopback, read_users, write_user

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "::1", "[::1]", "127.8.9.1"])
def test_loopback_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "", "localhost.example.org", "127.0.0.1.example.org"])
def test_other_names(host: str) -> None:
    assert not is_loopback(host)


def test_a_public_address_needs_a_token() -> None:
    with pytest.raises(UsageError, match="FOOTNOTE_TOKEN"):
        access_for("0.0.0.0", None, None)
    assert access_for("0.0.0.0", TOKEN, None).token == TOKEN
    assert access_for("127.0.0.1", None, None).open


def test_a_short_token_is_refused_even_on_loopback() -> None:
    with pytest.raises(UsageError, match="16 characters"):
        access_for("127.0.0.1", "short", None)


def test_users_alone_do_not_open_a_public_address(tmp_path: Path) -> None:
    write_user(tmp_path / "users", "ann", "correct horse")
    with pytest.raises(UsageError, match="FOOTNOTE_TOKEN"):
        access_for("0.0.0.0", None, tmp_path / "users")


def test_bearer_token() -> None:
    access = Access(token=TOKEN)
    assert access.bearer_name(f"Bearer {TOKEN}") == "token"
    assert access.bearer_name(f"bearer {TOKEN}") == "token"
    for wrong in ("", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", "Bearer ", "Bearer ключ"):
        assert access.bearer_name(wrong) is None


def test_password_hashes() -> None:
    stored = hash_password("correct horse")
    assert "correct" not in stored
    assert check_password("correct horse", stored)
    assert not check_password("correct horsf", stored)
    assert stored != hash_password("correct horse"), "each hash has its own salt"
    for broken in ("", "scrypt$1$2", "scrypt$x$8$1$AA==$AA==", "md5$16384$8$1$AA==$AA==", "scrypt$16384$8$1$!!$!!"):
        assert not check_password("correct horse", broken)


def test_user_list(tmp_path: Path) -> None:
    path = tmp_path / "users"
    write_user(path, "ann", "correct horse")
    write_user(path, "bo.b@desk", "battery staple")
    write_user(path, "ann", "another word 2")
    assert set(read_users(path)) == {"ann", "bo.b@desk"}
    assert path.stat().st_mode & 0o077 == 0
    access = Access(users=read_users(path))
    assert access.login("ann", "another word 2") == "ann"
    assert access.login("ann", "correct horse") is None
    assert access.login("eve", "another word 2") is None
    assert access.login("", "") is None


def test_a_user_list_that_cannot_be_replaced_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users"
    write_user(path, "ann", "correct horse")

    def mounted(self: Path, target: Path) -> Path:
        raise OSError(errno.EBUSY, "Device or resource busy", str(target))

    monkeypatch.setattr(Path, "replace", mounted)
    write_user(path, "bo", "battery staple")
    assert set(read_users(path)) == {"ann", "bo"} and [p.name for p in tmp_path.iterdir()] == ["users"]


def test_a_user_list_stays_as_it_was_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users"
    write_user(path, "ann", "correct horse")

    def full(partial: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(partial))

    monkeypatch.setattr("qa.api.access.write_whole", full)
    with pytest.raises(UsageError, match="No space"):
        write_user(path, "bo", "battery staple")
    assert set(read_users(path)) == {"ann"} and [p.name for p in tmp_path.iterdir()] == ["users"]


def test_a_user_list_whose_writing_is_cut_off_is_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users"
    write_user(path, "ann", "correct horse")
    monkeypatch.setattr(Path, "replace", lambda self, target: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_user(path, "bo", "battery staple")
    assert set(read_users(path)) == {"ann"}
    monkeypatch.undo()
    write_user(path, "bo", "battery staple")
    assert set(read_users(path)) == {"ann", "bo"}


@pytest.mark.parametrize(
    ("name", "password"), [("", "long enough word"), ("a:b", "long enough word"), ("token", "long enough word"), ("ann", "short")]
)
def test_users_that_are_refused(tmp_path: Path, name: str, password: str) -> None:
    with pytest.raises(UsageError):
        write_user(tmp_path / "users", name, password)


def test_a_damaged_user_list_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text("# list\nann:plain-password\n")
    with pytest.raises(UsageError, match="line 2"):
        read_users(path)
    path.write_text("# nobody\n")
    with pytest.raises(UsageError, match="no user"):
        read_users(path)
    with pytest.raises(UsageError, match="readable"):
        read_users(tmp_path / "absent")


def test_token_is_the_password_without_users() -> None:
    assert Access(token=TOKEN).login("", TOKEN) == "token"
    assert Access(token=TOKEN).login("", "wrong") is None
    assert Access().login("", "") is None
    with_users = Access(token=TOKEN, users={"ann": hash_password("correct horse")})
    assert with_users.login("", TOKEN) is None, "the page of a server with users is for users"


def test_sessions() -> None:
    access = Access(token=TOKEN)
    cookie = access.session("token", now=1000.0)
    assert access.session_name(cookie, now=1001.0) == "token"
    assert access.session_name(cookie, now=1000.0 + 13 * 3600) is None, "too old"
    assert Access(token=TOKEN).session_name(cookie, now=1001.0) is None, "another server's"
    gone = Access(token=TOKEN, users={"ann": "x"}, secret=access.secret).session("ann")
    assert access.session_name(gone) is None, "a user who is not on the list any more"


def test_sessions_outlive_a_restart_but_not_the_token() -> None:
    cookie = access_for("0.0.0.0", TOKEN, None).session("token")
    assert access_for("0.0.0.0", TOKEN, None).session_name(cookie) == "token", "a server that restarted, or the next one"
    assert access_for("0.0.0.0", TOKEN[::-1], None).session_name(cookie) is None
    assert access_for("127.0.0.1", None, None).secret != access_for("127.0.0.1", None, None).secret


@given(st.text(max_size=80))
def test_no_text_is_a_session(cookie: str) -> None:
    assert Access(token=TOKEN).session_name(cookie) is None


@given(st.integers(0, 120), st.characters(codec="ascii"))
def test_a_changed_session_is_refused(at: int, letter: str) -> None:
    access = Access(token=TOKEN)
    cookie = access.session("token")
    at = min(at, len(cookie) - 1)
    forged = cookie[:at] + letter + cookie[at + 1 :]
    assert forged == cookie or access.session_name(forged) is None


def test_rate_limit() -> None:
    now = [0.0]
    limit = RateLimit(60, burst=2, clock=lambda: now[0])
    assert [limit.wait("a"), limit.wait("a")] == [0, 0]
    assert limit.wait("a") == 1
    assert limit.wait("b") == 0, "each client has its own"
    now[0] = 1.0
    assert limit.wait("a") == 0
    assert limit.wait("a") == 1


def test_rate_limit_off_and_bounded() -> None:
    off = RateLimit(0)
    assert all(off.wait("a") == 0 for _ in range(1000))
    limit = RateLimit(60, burst=1, clock=lambda: 0.0, most=10)
    for client in range(100):
        limit.wait(str(client))
    assert len(limit._buckets) == 10
    assert limit.wait("99") == 1, "the latest are kept"
