"""Settings as they may be shown and stored: what is secret by its name or by its place in an address is replaced by ***.

Knows names, not values: a key under a name that tells nothing ("x1") is shown, unless it begins with "sk-".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

HIDDEN = "***"
_NAMES = r"key(?!word)|token(?!i[sz])|secret|passw|passphrase|pwd|authorization|auth(?!or)|credential|cookie|bearer|signature|headers?\b"
SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
# What stands before the last "@" of an address; it may hold "/" where somebody did not write %2F.
_USER = re.compile(r"^(\s*[\w+.-]+://)?.*@(?=[^@]*$)", re.DOTALL)
_ADDRESS = re.compile(r"^\s*[\w+.-]+://\S*$|^\S+:\S+@\S+$")
_PARAMETER = re.compile(rf"([?&#;][^=&#\s]*(?:{_NAMES})[^=&#\s]*=)[^&#\s]*", re.IGNORECASE)


def redacted(value: Any, name: str = "") -> Any:
    """Plain data (mappings, lists, scalars) with secrets replaced: texts under the name of a secret at any depth, users,
    passwords and keys inside addresses. Numbers and booleans stay ("max_tokens")."""
    if isinstance(value, Mapping):
        secret = SECRET_NAME.search(name)
        return {key: redacted(inner, f"{name} {key}" if secret else str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(inner, name) for inner in value]
    if not isinstance(value, str):
        return value
    if SECRET_NAME.search(name):
        return value if not value.strip("*") else HIDDEN  # pydantic has hidden some already
    return re.sub(r"\bsk-[\w-]{4,}", HIDDEN, redacted_url(value))


def redacted_url(text: str) -> str:
    """`text` without user, password and key parameters if it is an address, else as it is."""
    if not _ADDRESS.match(text):
        return text
    return _PARAMETER.sub(rf"\g<1>{HIDDEN}", _USER.sub(rf"\g<1>{HIDDEN}@", text))


def secrets_of_url(url: str) -> Iterator[str]:
    """The secrets of an address, as written and as sent: the password, or a user without one, and key parameters."""
    parts = urlsplit(url)
    for value in (parts.password or parts.username or "", *(v for n, v in parse_qsl(parts.query) if SECRET_NAME.search(n))):
        if value:
            yield from {value, unquote(value)}
