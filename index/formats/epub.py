"""EPUB: chapters as pages, in reading order. A chapter that cannot be read is named and the others go on.

Knows nothing of pictures and of protected books.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import Any
from urllib.parse import unquote

from index.dates.published import parse_stamp
from index.errors import LoadError
from index.formats.archive import Limits, open_zip, read_member
from index.formats.extract import Extract
from index.formats.html.layout import html_blocks
from index.formats.html.markup import remove_hidden
from index.formats.html.tree import parse_html
from index.formats.office.xml import DUBLIN_CORE, read_xml
from index.structure.blocks import Block, paged

_OPF = "{http://www.idpf.org/2007/opf}"


def read_epub(data: bytes, source: str, limits: Limits, problems: list[LoadError] | None = None) -> list[Extract]:
    """One document with a page span per chapter (`chapter 3`); chapters that fail are added to `problems`.

    Raises `LoadError` when no chapter can be read.
    """
    archive = open_zip(data, source, limits, "EPUB")
    container = read_xml(archive, "META-INF/container.xml", source, limits)
    place = unquote(next((node.get("full-path") for node in container.iter("{*}rootfile")), None) or "")
    package = read_xml(archive, place, source, limits)
    files = {item.get("id"): item for item in package.iter(f"{_OPF}item")}
    pages: list[tuple[str, list[Block]]] = []
    failed: list[LoadError] = []
    seen: set[str] = set()
    for number, reference in enumerate(package.iter(f"{_OPF}itemref"), start=1):
        item = files.get(reference.get("idref"))
        if item is None or "nav" in (item.get("properties") or "").split():
            continue
        name = _member(archive, posixpath.dirname(place), (item.get("href") or "").split("#")[0])
        if name in seen:  # a book names each chapter once; named again and again one would be read without end
            continue
        seen.add(name)
        try:
            pages.append((f"chapter {number}", _chapter(read_member(archive, name, source, limits), source)))
        except LoadError as error:
            failed.append(error)
    if failed and (problems is None or not any(blocks for _, blocks in pages)):
        raise failed[0]
    if problems is not None:
        problems += failed
    made = paged(pages)
    return [Extract(text=made.text, format="epub", identity=data, pages=made.pages, blocks=made.blocks, **_metadata(package))]


def _member(archive: zipfile.ZipFile, folder: str, href: str) -> str:
    """The member that a link names; links may be percent-encoded, and members too."""
    plain = posixpath.normpath(posixpath.join(folder, href))
    decoded = posixpath.normpath(posixpath.join(folder, unquote(href)))
    return decoded if decoded in archive.NameToInfo or plain not in archive.NameToInfo else plain


def _chapter(content: bytes, source: str) -> list[Block]:
    text = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", content.removeprefix(b"\xef\xbb\xbf")).decode("utf-8", "replace")
    tree = parse_html(text, source).tree
    remove_hidden(tree)
    return html_blocks(tree)


def _metadata(package: Any) -> dict[str, Any]:
    meta = {
        name: next((" ".join((n.text or "").split()) for n in package.iter(f"{DUBLIN_CORE}{name}")), "")
        for name in ("title", "creator", "publisher", "date", "language")
    }
    return {
        "title": meta["title"] or None,
        "author": meta["creator"] or None,
        "publisher": meta["publisher"] or None,
        "published": parse_stamp(meta["date"], "markup") if meta["date"] else None,
        "language": meta["language"][:2].lower() or None,
    }
