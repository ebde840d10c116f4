"""E-mail messages (.eml): headers that a reader sees, then the body; attachments are documents of their own.

The plain-text body is preferred, HTML is converted. The Date header is the publication date, From is the author.
Knows nothing of threads: quoted replies stay in the text.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from index.errors import LoadError
from index.extract import Extract
from index.formats_archive import MemberReader
from index.formats_html import html_extract
from index.formats_text import decode
from index.schema import Published

_SHOWN = ("Subject", "From", "To", "Date")


def read_mail(
    data: bytes, source: str, read: MemberReader, readable: Callable[[str], bool], problems: list[LoadError] | None
) -> list[Extract]:
    """The message as one document, then its readable attachments (`mail.eml#report.pdf`).

    An attachment that fails is added to `problems`; without such a list the failure is raised. Raises `LoadError` for a file
    without headers.
    """
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not any(message.get(name) for name in ("From", "Subject", "Date")):
        raise LoadError(f"{source}: an e-mail must begin with headers (From, Subject, Date), found none. Export it again as .eml.")
    headers = {name: _header(message, name) for name in _SHOWN}
    body = _body(message, source)
    lines = "\n".join(f"{name}: {value}" for name, value in headers.items() if value)
    name, address = parseaddr(headers["From"])
    extracts = [
        Extract(
            text=f"{lines}\n\n{body}".strip(),
            format="mail",
            identity=data,
            title=headers["Subject"] or None,
            author=name or address or None,
            published=_date(headers["Date"]),
        )
    ]
    for part in message.iter_attachments():
        file_name = (part.get_filename() or "").replace("\\", "/").split("/")[-1]
        content = part.get_payload(decode=True)
        if not file_name or not readable(file_name) or not isinstance(content, bytes):
            continue
        try:
            extracts += [replace(found, suffix=f"#{file_name}{found.suffix}") for found in read(file_name, content)]
        except LoadError as error:
            if problems is None:
                raise
            problems.append(error)
    return extracts


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name) or "").split())
    except (ValueError, IndexError, AttributeError):  # the standard parser fails on some broken headers
        return ""


def _body(message: EmailMessage, source: str) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes) or not raw.strip():
        return ""
    charset = part.get_content_charset()
    try:
        text = raw.decode(charset) if charset else decode(raw, source)
    except (LookupError, UnicodeDecodeError):
        text = decode(raw, source)
    if part.get_content_subtype() == "html":
        return html_extract(text, source, identity=b"").text
    return text.replace("\r\n", "\n").strip()


def _date(value: str) -> Published | None:
    try:
        return Published(parsedate_to_datetime(value).date().isoformat(), "day", "markup") if value else None
    except (ValueError, TypeError):
        return None
