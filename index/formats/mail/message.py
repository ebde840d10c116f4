"""E-mail messages (.eml, .mbox): headers that a reader sees, then the body; attachments are documents of their own.

The plain-text body is preferred where it says as much as the HTML one. The Date header is the publication date, From is the author;
older messages quoted in the body are blocks of their own (`index.formats.mail.quotes`).
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from index.errors import LoadError, NotRead
from index.formats.archive import MemberReader
from index.formats.extract import Extract
from index.formats.html.layout import html_blocks
from index.formats.html.markup import remove_hidden
from index.formats.html.tree import parse_html
from index.formats.mail.quotes import mail_blocks
from index.formats.text import decode
from index.schema import Published
from index.structure.blocks import Block, assemble

_SHOWN = ("Subject", "From", "To", "Cc", "Date")
_SHORT = 500  # characters; a plain body of fewer may only say that there is another
_FROM_LINE = re.compile(rb"(?:\A|(?<=\n)\r?\n)From [^\n]*\n")
_MAX_DEPTH = 5  # of messages attached to messages


class _Patient(email.policy.EmailPolicy):
    """The standard policy, but a header that its parser breaks on is text as it stands; one that tells of the body is as if absent."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """See `email.policy.EmailPolicy`."""
        try:
            return super().header_fetch_parse(name, value)
        except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError):
            return None if name.lower().startswith("content-") else " ".join(str(value).split())


_POLICY = _Patient()


def read_mail(
    data: bytes, source: str, read: MemberReader, readable: Callable[[str], bool], problems: list[LoadError] | None
) -> list[Extract]:
    """The message as one document, then its readable attachments (`mail.eml#report.pdf`).

    An attachment that fails is added to `problems`; without such a list the failure is raised. Raises `LoadError` for a file
    without headers.
    """
    message = email.message_from_bytes(data, policy=_POLICY)
    if not isinstance(message, EmailMessage) or not any(message.get(name) for name in ("From", "Subject", "Date")):
        raise LoadError(f"{source}: an e-mail must begin with headers (From, Subject, Date), found none. Export it again as .eml.")
    return read_message(message, data, source, read, readable, problems)


def read_mailbox(
    data: bytes, source: str, read: MemberReader, readable: Callable[[str], bool], problems: list[LoadError] | None
) -> list[Extract]:
    """The messages of a mailbox (.mbox), `box.mbox#message-3`; one that fails is added to `problems`."""
    starts = [match.end() for match in _FROM_LINE.finditer(data)]
    ends = [*[match.start() for match in _FROM_LINE.finditer(data)][1:], len(data)]
    if not starts:
        raise LoadError(f"{source}: a mailbox must begin with a line 'From ', found none. Export it again as .mbox.")
    extracts: list[Extract] = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        content = re.sub(rb"(?m)^>(>*From )", rb"\1", data[start:end])
        try:
            found = read_mail(content, f"{source}#message-{number}", read, readable, problems)
        except LoadError as error:
            if problems is None:
                raise
            problems.append(error)
            continue
        extracts += [replace(extract, suffix=f"#message-{number}{extract.suffix}") for extract in found]
    return extracts


def read_message(
    message: EmailMessage,
    identity: bytes,
    source: str,
    read: MemberReader,
    readable: Callable[[str], bool],
    problems: list[LoadError] | None,
    depth: int = 0,
) -> list[Extract]:
    """A message that is parsed already, then its attachments and the messages attached to it."""
    headers = {name: _header(message, name) for name in _SHOWN}
    attached = list(_attachments(message))
    names = [name for name, _ in attached if name]
    shown = [Block(f"{name}: {value}", "pair") for name, value in headers.items() if value]
    shown += [Block(f"Attachments: {', '.join(names)}", "pair")] if names else []
    made = assemble([*shown, *_body(message, source)])
    name, address = parseaddr(headers["From"])
    extracts = [
        Extract(
            text=made.text,
            format="mail",
            identity=identity,
            title=headers["Subject"] or None,
            author=name or address or None,
            published=_date(headers["Date"]),
            blocks=made.blocks,
        )
    ]
    for number, (file_name, part) in enumerate(attached, start=1):
        try:
            extracts += _attachment(part, file_name or f"message-{number}", source, read, readable, problems, depth)
        except LoadError as error:
            if problems is None:
                raise
            problems.append(error)
    return extracts


def _attachments(message: EmailMessage) -> Iterator[tuple[str, EmailMessage]]:
    for part in message.iter_attachments():
        name = (part.get_filename() or "").replace("\\", "/").split("/")[-1]
        if isinstance(part, EmailMessage) and (name or part.get_content_type() == "message/rfc822"):
            yield (name, part)


def _attachment(
    part: EmailMessage,
    name: str,
    source: str,
    read: MemberReader,
    readable: Callable[[str], bool],
    problems: list[LoadError] | None,
    depth: int,
) -> list[Extract]:
    if part.get_content_type() == "message/rfc822" and depth < _MAX_DEPTH:
        inner = part.get_payload(0) if part.is_multipart() else None
        found = (
            read_message(inner, inner.as_bytes(), f"{source}#{name}", read, readable, problems, depth + 1)
            if isinstance(inner, EmailMessage)
            else []
        )
    else:
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            return []
        if not readable(name):
            if problems is not None and part.get_content_maintype() != "image":
                problems.append(NotRead(f"{source}#{name}: an attachment of this kind is not read. Save it in another format."))
            return []
        found = read(name, content)
    return [replace(extract, suffix=f"#{name}{extract.suffix}") for extract in found]


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name) or "").split())


def _body(message: EmailMessage, source: str) -> list[Block]:
    plain = _text(message.get_body(preferencelist=("plain",)), source)
    if len(plain) >= _SHORT:
        return mail_blocks(plain)
    html = _text(message.get_body(preferencelist=("html",)), source)
    if not html.strip():
        return mail_blocks(plain)
    tree = parse_html(html, source).tree
    remove_hidden(tree)
    blocks = html_blocks(tree)
    return mail_blocks(plain) if plain.strip() and len(plain) > 0.5 * sum(len(block.text) for block in blocks) else blocks


def _text(part: object, source: str) -> str:
    if not isinstance(part, EmailMessage):
        return ""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes) or not raw.strip():
        return ""
    charset = part.get_content_charset()
    try:
        return raw.decode(charset) if charset else decode(raw, source)
    except (LookupError, UnicodeDecodeError):
        return decode(raw, source)


def _date(value: str) -> Published | None:
    try:
        return Published(parsedate_to_datetime(value).date().isoformat(), "day", "markup") if value else None
    except (ValueError, TypeError, OverflowError):
        return None
