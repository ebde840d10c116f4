"""When a failed call of a language model is worth repeating, after how long, and what may be said about the failure.

Works on any provider's exceptions: it looks for an HTTP status and headers on them.
"""

from __future__ import annotations

import contextlib
import random
import re
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from index.errors import LanguageModelError
from index.redact import SECRET_NAME, secrets_of_url

BASE_DELAY_S = 0.5
MAX_DELAY_S = 30.0
_RETRIABLE_STATUS = {408, 409, 425, 429}


class EmptyOutput(Exception):
    """The model answered with no text; worth another try."""


def status_of(error: BaseException) -> int | None:
    """The HTTP status that an error carries, or None."""
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def retry_delay(error: BaseException, attempt: int) -> float | None:
    """Seconds to wait before attempt `attempt + 1` (attempts count from 0), or None when trying again is useless.

    Retry-After wins when the server sends it; otherwise 0.5, 1, 2, ... s, each times a random 0.5 to 1.5 so that
    many clients do not come back together. A refusal (other 4xx) is final; what is not an HTTP status (time-out,
    refused or cut connection, malformed or empty body) is worth another try.
    """
    if isinstance(error, LanguageModelError):
        return None
    status = status_of(error)
    if status is not None and status not in _RETRIABLE_STATUS and status < 500:
        return None
    headers = getattr(getattr(error, "response", None), "headers", None)
    asked = _retry_after(headers.get("retry-after")) if headers is not None else None
    if asked is not None:
        return asked
    return float(min(MAX_DELAY_S, BASE_DELAY_S * 2**attempt)) * random.uniform(0.5, 1.5)


def _retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header: a number or an HTTP date (RFC 9110, 10.2.3); None when absent or unreadable."""
    if not value:
        return None
    with contextlib.suppress(ValueError):  # not a number: then a date
        return max(0.0, float(value))
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def reason_of(error: Exception) -> str:
    """One short line for a user: the status or the kind of failure, then the first line of the message."""
    status = status_of(error)
    text = " ".join(str(error).split())[:200].rstrip(". ")
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    if isinstance(error, EmptyOutput):
        return text
    return f"HTTP {status}, {text}" if status is not None and f"{status}" not in text else f"{kind}: {text}" if text else kind


def scrub(text: str, secrets: Sequence[str]) -> str:
    """`text` with every secret of four characters or more, and every "sk-..." key, replaced by ***."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    return re.sub(r"\bsk-[\w*-]{4,}", "***", text)


def secrets_in(options: Mapping[str, Any]) -> tuple[str, ...]:
    """String values of options whose name says that they are secret, at any depth (headers are a mapping), and secrets of addresses."""
    found: list[str] = []
    for name, value in options.items():
        if isinstance(value, Mapping):
            found.extend(secrets_in(value))
        elif isinstance(value, str) and SECRET_NAME.search(name):
            found.extend([value, *value.split()])
        elif isinstance(value, str) and "://" in value:
            found.extend(secrets_of_url(value))
    return tuple(found)
