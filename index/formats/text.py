"""Bytes to text for plain text and Markdown: the encoding is found, nothing else is changed.

Line ends, tabs and odd spaces stay as they are so that offsets hold in the user's own editor; only a byte order mark is
dropped, and entities of Markdown are resolved. Encodings: UTF-8, UTF-16 and UTF-32 (with a mark, UTF-16 also without), then the
legacy code pages that charset-normalizer can tell apart.
"""

from __future__ import annotations

import codecs
import html
import re

from index.dates.published import parse_stamp
from index.errors import LoadError
from index.formats.extract import Extract
from index.schema import Span
from index.text import language

# Code pages tried when the bytes are not Unicode; each was seen in Russian, Korean, Western or East Asian news archives.
_LEGACY = ["cp1251", "cp949", "koi8_r", "cp1252", "cp1250", "cp1253", "cp1254", "shift_jis", "gb18030", "big5", "mac_cyrillic", "cp866"]
_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
_OF_LANGUAGES = {"cp1250": "pl cs sk hu hr sl ro sq", "cp1254": "tr"}
_WESTERN = "en de fr es it pt nl da nb sv fi is ca"
_TOLD_BY = 5000  # bytes that tell a language
_HIGH_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]+|[A-Za-z]+[\x80-\xff]")
# Shares of bytes above ASCII in words that have any: a text in Polish has a fourth, one in Big5 more than half, one in Russian all.
_LATIN, _NOT_LATIN = 0.4, 0.9
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY_HEADS = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x7fELF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"SQLite format 3",
)


def read_text(data: bytes, source: str, format_name: str) -> list[Extract]:
    """One document whose text is the decoded file itself. Raises `LoadError` for binary data."""
    return [Extract(text=decode(data, source), format=format_name, identity=data)]


_FRONT_MATTER = re.compile(r"---[^\S\n]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[^\S\n]*(?:\r?\n|$)", re.DOTALL)
_ENTITY = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|(&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FIELD = re.compile(r"(?m)^([A-Za-z_-]+)\s*:\s*(.+?)\s*$")


def read_markdown(data: bytes, source: str) -> list[Extract]:
    """One document; front matter gives title, author, publisher, language and date, and is marked as boilerplate.

    HTML entities outside code (`&euro;`) become the signs that they stand for; comments are marked as boilerplate.
    """
    text = _ENTITY.sub(lambda found: html.unescape(found[0]) if found[1] else found[0], decode(data, source))
    comments = tuple(Span(found.start(), found.end(), "comment") for found in _COMMENT.finditer(text))
    match = _FRONT_MATTER.match(text) if text.startswith("---") else None
    if match is None:
        return [Extract(text=text, format="markdown", identity=data, boilerplate=comments)]
    fields = {name.lower(): value.strip("'\"") for name, value in _FIELD.findall(match[1])}

    def first(*names: str) -> str | None:
        return next((fields[name] for name in names if fields.get(name)), None)

    stamp = first("date", "published", "pubdate", "publish_date", "date_published", "created")
    language = (first("lang", "language", "locale") or "")[:2].lower()
    return [
        Extract(
            text=text,
            format="markdown",
            identity=data,
            title=first("title", "headline"),
            author=first("author", "authors", "by"),
            publisher=first("publisher", "site", "sitename", "source_name"),
            published=parse_stamp(stamp, "markup") if stamp else None,
            language=language if len(language) == 2 and language.isalpha() else None,
            boilerplate=(Span(0, len(match.group().rstrip()), "front matter"), *(c for c in comments if c.start >= match.end())),
        )
    ]


def decode(data: bytes, source: str) -> str:
    """Decode text bytes of unknown encoding; raises `LoadError` when they are not text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise LoadError(
                    f"{source}: must be valid {encoding} after its byte order mark, got {error.reason}. Save it again as UTF-8."
                ) from error
    if data.startswith(_BINARY_HEADS):
        raise _binary(source)
    if b"\0" not in data[:65536]:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        if text and len(_CONTROL.findall(data[:65536])) <= len(data[:65536]) // 200:
            return text
        if not text:
            return _decode_legacy(data, source)
        raise _binary(source)
    wide = _decode_utf16(data)
    if wide is None:
        raise _binary(source)
    return wide


def _binary(source: str) -> LoadError:
    return LoadError(f"{source}: must be text, found binary data. Give it its real file ending, or take it out of the folder.")


def _decode_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: the byte order under which nearly all characters are printable, else None."""
    if len(data) % 2:
        return None
    best: tuple[float, str] | None = None
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        sample = text[:4000]
        plain = sum(c in "\r\n\t" or c.isprintable() for c in sample) / len(sample)
        # The wrong order turns spaces and line ends into rare signs, so common ones decide between the two.
        common = sum(c in " \n.,-" for c in sample) / len(sample)
        if plain > 0.97 and common > 0.02 and (best is None or common > best[0]):
            best = (common, text)
    return best[1] if best else None


def _decode_legacy(data: bytes, source: str) -> str:
    if len(_CONTROL.findall(data[:65536])) > len(data[:65536]) // 200:
        raise _binary(source)
    lenient = data.decode("utf-8", errors="replace")
    broken = lenient.count("�")
    valid = sum(c > "\x7f" for c in lenient) - broken
    if broken and valid > 20 * broken:  # UTF-8 with a few damaged bytes, as scrapers leave them
        return lenient
    high = _high_share(data[:65536])
    if high < _LATIN:
        return data.decode(_latin_page(data[:_TOLD_BY]), errors="replace")
    from charset_normalizer import from_bytes

    pages = [page for page in _LEGACY if high < _NOT_LATIN or page not in ("cp1252", *_OF_LANGUAGES)]
    best = from_bytes(data[:200_000], cp_isolation=pages).best()
    if best is not None:
        try:
            return data.decode(best.encoding)
        except UnicodeDecodeError:
            return data.decode(best.encoding, errors="replace")
    raise LoadError(f"{source}: the encoding must be UTF-8, UTF-16 or a known code page, found none that fits. Save it again as UTF-8.")


def _high_share(data: bytes) -> float:
    """The share of bytes above ASCII in words that have any: small where letters have accents, near 1 in other scripts."""
    words = _HIGH_WORD.findall(data)
    high: int = sum(sign > 0x7F for word in words for sign in word)
    return high / max(1, sum(map(len, words)))


def _latin_page(sample: bytes) -> str:
    """The code page of a text in Latin letters: Central European or Turkish where it is in such a language then, else Western."""
    every = " ".join([*_OF_LANGUAGES.values(), _WESTERN])
    if language.detect(sample.decode("cp1252", errors="replace"), every) not in _WESTERN.split():
        for page, languages in _OF_LANGUAGES.items():
            if language.detect(sample.decode(page, errors="replace"), every) in languages.split():
                return page
    return "cp1252"
