"""Who may ask, and how often: token, user list with hashed passwords, sessions, rates, and the security headers.

Pure decisions on strings; `qa.api.guard` applies them to requests.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import ipaddress
import math
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import UsageError, short_reason
from index.store.durable import write_whole

TOKEN_VARIABLE = "FOOTNOTE_TOKEN"
UPLOAD_VARIABLE = "FOOTNOTE_UPLOAD_TOKEN"
COOKIE = "footnote_session"
UPLOAD_COOKIE = "footnote_upload"
_UPLOADER = "\x00upload"  # signed into the cookie of who may write; no name of a user
SESSION_SECONDS = 12 * 3600
MIN_TOKEN = 16
# A file that a container mounts by itself cannot be replaced, nor one in another user's folder, nor be given back to another user.
_NOT_REPLACED = frozenset({errno.EBUSY, errno.EPERM, errno.EACCES, errno.EXDEV})
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1

# Nothing may be loaded from, or sent to, anywhere else; 'trusted-types' lets no string become markup in the page.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # 'no-referrer' would make browsers send forms with 'Origin: null'
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to `host`."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Access:
    """The rule of one server: no token and no users means open (loopback only).

    Who may ask may not therefore add and remove documents: that takes `upload_token`, and without one is allowed on an open server only.
    """

    token: str | None = None
    upload_token: str | None = None
    users: dict[str, str] = field(default_factory=dict)
    local_names_only: bool = True
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def open(self) -> bool:
        """Whether anyone who reaches the port may use it."""
        return self.token is None and not self.users

    @property
    def writable(self) -> bool:
        """Whether anyone may add and remove documents here."""
        return self.upload_token is not None or (self.open and self.local_names_only)

    def bearer_name(self, authorization: str) -> str | None:
        """The identity behind an Authorization header, or None."""
        return "token" if _bears(authorization, self.token) or _bears(authorization, self.upload_token) else None

    def writes(self, authorization: str, cookie: str, now: float | None = None) -> bool:
        """Whether the sender of this Authorization header and upload cookie may add and remove documents."""
        if self.upload_token is None:
            return self.writable
        return _bears(authorization, self.upload_token) or self._signed(cookie, now) == _UPLOADER

    def unlock(self, token: str, now: float | None = None) -> str | None:
        """The upload cookie for who knows the upload token, or None."""
        return self.session(_UPLOADER, now) if _same(token, self.upload_token) else None

    def login(self, name: str, password: str) -> str | None:
        """The identity behind a login form, or None. Without a user list the password is the token."""
        if self.users:
            # An unknown name costs the same time as a wrong password.
            stored = self.users.get(name, _DUMMY_HASH)
            return name if check_password(password, stored) and name in self.users else None
        return "token" if _same(password, self.token) or _same(password, self.upload_token) else None

    def session(self, name: str, now: float | None = None) -> str:
        """A signed cookie value that says who logged in and until when."""
        expires = int((time.time() if now is None else now) + SESSION_SECONDS)
        body = f"{base64.urlsafe_b64encode(name.encode()).decode()}.{expires}"
        return f"{body}.{self._sign(body)}"

    def session_name(self, cookie: str, now: float | None = None) -> str | None:
        """The identity in a cookie value, or None when it is forged, old or not ours."""
        name = self._signed(cookie, now)
        return name if name == "token" or name in self.users else None

    def _signed(self, cookie: str, now: float | None) -> str | None:
        body, _, signature = cookie.rpartition(".")
        encoded, _, expires = body.partition(".")
        if not body or not hmac.compare_digest(self._sign(body).encode(), signature.encode()):
            return None
        if not expires.isdigit() or int(expires) < (time.time() if now is None else now):
            return None
        return base64.urlsafe_b64decode(encoded.encode()).decode()

    def _sign(self, body: str) -> str:
        return hmac.new(self.secret, body.encode(), hashlib.sha256).hexdigest()


def _same(given: str, secret: str | None) -> bool:
    return secret is not None and hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def _bears(authorization: str, secret: str | None) -> bool:
    scheme, _, value = authorization.partition(" ")
    return scheme.lower() == "bearer" and _same(value.strip(), secret)


def access_for(host: str, token: str | None, users: Path | None, upload_token: str | None = None) -> Access:
    """The rule for a server bound to `host`. Servers with the same token know each other's sessions, so that people stay logged
    in when one restarts or another answers.

    Raises `UsageError` when another machine could reach the port and no token (of at least 16 characters) is set.
    """
    for name, given in ((TOKEN_VARIABLE, token), (UPLOAD_VARIABLE, upload_token)):
        if given is not None and len(given) < MIN_TOKEN:
            raise UsageError(f"{name} must have at least {MIN_TOKEN} characters, got {len(given)}. Choose a longer random one.")
    local = is_loopback(host)
    if not local and token is None:
        raise UsageError(f"serving on {host} lets other machines in and needs a token. Set {TOKEN_VARIABLE}, or use --host 127.0.0.1.")
    known = read_users(users) if users else {}
    if token is None:
        return Access(upload_token=upload_token, users=known, local_names_only=local)
    # scrypt: who holds a session must not be able to try tokens against it quickly.
    secret = hashlib.scrypt(token.encode(), salt=b"footnote sessions", n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, dklen=32)
    return Access(token, upload_token, known, local, secret)


def hash_password(password: str) -> str:
    """`scrypt$N$r$p$salt$hash`, salt and hash in base64."""
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
    return f"scrypt${_SCRYPT_N}${_SCRYPT_R}${_SCRYPT_P}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def check_password(password: str, stored: str) -> bool:
    """Whether `password` gives the stored hash; False for a hash that cannot be read."""
    try:
        scheme, n, r, p, salt, digest = stored.split("$")
        want = base64.b64decode(digest, validate=True)
        got = hashlib.scrypt(password.encode(), salt=base64.b64decode(salt, validate=True), n=int(n), r=int(r), p=int(p), dklen=len(want))
    except ValueError:
        return False
    return scheme == "scrypt" and hmac.compare_digest(got, want)


_DUMMY_HASH = "scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$" + base64.b64encode(bytes(64)).decode()


def read_users(path: Path) -> dict[str, str]:
    """Read `name:hash` lines. Raises `UsageError` naming the first line that does not fit."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the user list must be a readable text file: {path}: {error}. Make one with 'footnote adduser NAME'.") from error
    users: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, stored = line.strip().partition(":")
        if not name or stored.count("$") != 5 or not stored.startswith("scrypt$"):
            raise UsageError(f"{path} line {number} must be NAME:scrypt$...; write it with 'footnote adduser NAME'.")
        users[name] = stored
    if not users:
        raise UsageError(f"{path} holds no user. Add one with 'footnote adduser NAME --users {path}'.")
    return users


def write_user(path: Path, name: str, password: str) -> None:
    """Add `name` to the list at `path` or change its password, all or nothing; the file is readable by its owner only.

    Raises `UsageError` for a name with other than letters, digits and `.@_-`, a password under 10 characters, or a list that cannot be
    written.
    """
    if not name or not all(c.isalnum() or c in ".@_-" for c in name) or name == "token":
        raise UsageError(f"a user name has letters, digits and . @ _ - only (and is not 'token'), got {name!r}. Choose another.")
    if len(password) < 10:
        raise UsageError("a password must have at least 10 characters. Choose a longer one.")
    users = read_users(path) if path.is_file() and path.stat().st_size else {}
    users[name] = hash_password(password)
    text = "".join(f"{user}:{stored}\n" for user, stored in sorted(users.items()))
    try:
        _write_private(path, text)
    except OSError as error:
        raise UsageError(
            f"the list of users {path} cannot be written ({short_reason(error)}). Make room, or choose another file."
        ) from error


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, all or nothing where the file can be replaced. Raises `OSError`."""
    path.touch(mode=0o600)
    partial = path.with_name(f"{path.name}.part")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        if hasattr(os, "chown"):
            os.chown(partial, path.stat().st_uid, path.stat().st_gid)
        write_whole(path, text)
    except OSError as error:
        if error.errno not in _NOT_REPLACED:  # a full disk: the file stays as it was
            partial.unlink(missing_ok=True)
            raise
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")


class RateLimit:
    """A token bucket per client: `per_minute` on average, `burst` at once. 0 switches it off."""

    def __init__(
        self, per_minute: float, burst: int | None = None, clock: Callable[[], float] = time.monotonic, most: int = 10_000
    ) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst if burst is not None else max(1, math.ceil(per_minute / 4)))
        self._clock = clock
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, client: str) -> int:
        """0 when the client may go on (and that is counted), else the seconds after which to try again."""
        if self._rate <= 0:
            return 0
        with self._lock:
            now = self._clock()
            level, then = self._buckets.pop(client, (self._burst, now))
            level = min(self._burst, level + (now - then) * self._rate)
            allowed = level >= 1
            self._buckets[client] = (level - 1 if allowed else level, now)
            while len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1 - level) / self._rate))
