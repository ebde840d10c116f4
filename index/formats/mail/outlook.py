"""Messages saved by Outlook (.msg), by olefile of the extra `formats`: head, body and attachments.

A message is a small file system of MAPI properties ([MS-OXMSG]); the few that a reader sees are taken. Knows nothing of
rich-text bodies, which such files have beside the plain one.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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

_SUBJECT, _BODY, _HTML, _SENDER, _TO, _CC = "0037", "1000", "1013", "0C1A", "0E04", "0E03"
_FILE_NAMES, _CONTENT = ("3707", "3704"), "3701"
_TIMES = (0x00390040, 0x0E060040)  # sent, received
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def read_outlook(
    data: bytes, source: str, read: MemberReader, readable: Callable[[str], bool], problems: list[LoadError] | None
) -> list[Extract]:
    """The message as one document, then its readable attachments. Raises `LoadError` for a broken file, and without olefile."""
    try:
        import olefile
    except ImportError as error:
        raise LoadError(
            f"{source}: Outlook messages need olefile, which is not installed. Install the extra: pip install 'footnote[formats]'."
        ) from error
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            found, attached = _message(ole, data, source), _attachments(ole)
    except (OSError, ValueError, IndexError, KeyError, struct.error, TypeError, AttributeError) as error:
        raise LoadError(f"{source}: must be a readable Outlook message, found a broken one ({str(error)[:80]}). Save it again.") from error
    extracts = [found]
    for name, content in attached:
        try:
            if readable(name):
                extracts += [replace(extract, suffix=f"#{name}{extract.suffix}") for extract in read(name, content)]
            elif problems is not None:
                problems.append(NotRead(f"{source}#{name}: an attachment of this kind is not read. Save it in another format."))
        except LoadError as error:
            if problems is None:
                raise
            problems.append(error)
    return extracts


def _message(ole: Any, data: bytes, source: str) -> Extract:
    subject, sender = _string(ole, [], _SUBJECT), _string(ole, [], _SENDER)
    moment = _moment(ole)
    shown = [("Subject", subject), ("From", sender), ("To", _string(ole, [], _TO)), ("Cc", _string(ole, [], _CC))]
    shown.append(("Date", f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""))
    body = mail_blocks(_string(ole, [], _BODY))
    if not body:
        html = _stream(ole, [f"__substg1.0_{_HTML}0102"])
        tree = parse_html(decode(html, source), source).tree if html.strip() else None
        if tree is not None:
            remove_hidden(tree)
            body = html_blocks(tree)
    made = assemble([*(Block(f"{name}: {value}", "pair") for name, value in shown if value), *body])
    return Extract(
        text=made.text,
        format="mail",
        identity=data,
        title=subject or None,
        author=sender or None,
        published=Published(moment.date().isoformat(), "day", "markup") if moment else None,
        blocks=made.blocks,
    )


def _attachments(ole: Any) -> list[tuple[str, bytes]]:
    folders = sorted({path[0] for path in ole.listdir() if path[0].startswith("__attach_version1.0_")})
    found = []
    for folder in folders:
        name = next((text for tag in _FILE_NAMES if (text := _string(ole, [folder], tag))), "")
        content = _stream(ole, [folder, f"__substg1.0_{_CONTENT}0102"])
        if name and content:
            found.append((name.replace("\\", "/").split("/")[-1], content))
    return found


def _stream(ole: Any, path: list[str]) -> bytes:
    if not ole.exists(path):
        return b""
    content = ole.openstream(path).read()
    return content if isinstance(content, bytes) else b""


def _string(ole: Any, folder: list[str], tag: str) -> str:
    """A property that is text: in UTF-16, or in the code page of the writer."""
    wide = _stream(ole, [*folder, f"__substg1.0_{tag}001F"])
    text = wide.decode("utf-16-le", "replace") if wide else _stream(ole, [*folder, f"__substg1.0_{tag}001E"]).decode("cp1252", "replace")
    return text.replace("\0", "").strip()


def _moment(ole: Any) -> datetime | None:
    """When the message was sent or received: a property of eight bytes, in the stream of the small ones."""
    stream = _stream(ole, ["__properties_version1.0"])
    times: dict[int, int] = {}
    for at in range(32, len(stream) - 15, 16):
        tag, _, value = struct.unpack_from("<IIQ", stream, at)
        if tag in _TIMES:
            times[tag] = value
    ticks = next((times[tag] for tag in _TIMES if tag in times), 0)
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
    except OverflowError:
        return None
