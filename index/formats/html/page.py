"""HTML to text: trafilatura finds the article, what a reader cannot see is removed before, the layout is ours.

Scripts, styles, comments and elements hidden by attribute or inline style never reach the text; style sheets are not read,
so text hidden by a class is kept. Title, author, site name and publication date are taken from markup (`index.formats.html.markup`);
dates in prose are the business of `index.dates.published`.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from typing import Any

from index.errors import LoadError
from index.formats.extract import Extract
from index.formats.html.article import article_blocks
from index.formats.html.layout import html_pieces
from index.formats.html.markup import markup_byline, markup_date, remove_hidden
from index.formats.html.tree import parse_html
from index.formats.text import decode
from index.structure.blocks import Assembled, assemble

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.I)


def read_html(data: bytes, source: str) -> list[Extract]:
    """One document. Raises `LoadError` when nothing readable is left."""
    return [html_extract(decode_html(data, source), source, identity=data)]


def decode_html(data: bytes, source: str) -> str:
    """Decode by the charset the page declares when the bytes agree with it, else by detection."""
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            return decode(data, source)
    return decode(data, source)


def html_extract(html: str, source: str, *, identity: bytes) -> Extract:
    """Text and stated metadata of one page."""
    import trafilatura

    parsed = parse_html(html, source)
    tree = parsed.tree
    published = markup_date(tree)
    language = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")[:2].lower() or None
    remove_hidden(tree)
    byline = markup_byline(tree)
    named = _line(tree.findtext(".//title")) or ""
    pieces = html_pieces(tree)
    found: Any = None
    if not parsed.deep:  # there its search for the article takes time in the square of the length, and would say nothing
        found = trafilatura.bare_extraction(tree, include_comments=False, include_tables=True, with_metadata=True, config=_settings())
    extracted = " ".join(found.body.itertext()) if found is not None and found.body is not None else ""
    made = assemble([piece.block for piece in pieces] if parsed.deep else article_blocks(pieces, extracted, byline))
    if not made.text.strip():
        raise LoadError(f"{source}: a page must have visible text, found none. Check the file, or save the page after it has loaded.")
    return Extract(
        text=made.text,
        format="html",
        identity=identity,
        title=_title(made, named) or (named or None if parsed.deep else _line(getattr(found, "title", None))),
        author=_line(getattr(found, "author", None)),
        publisher=_line(getattr(found, "sitename", None)),
        published=published,
        byline=byline,
        language=language if language and language.isalpha() else None,
        blocks=made.blocks,
    )


@lru_cache(maxsize=1)
def _settings() -> Any:
    """trafilatura's settings, but short pages keep their structure (its fallback below 250 characters flattens them)."""
    from trafilatura.settings import use_config

    settings = deepcopy(use_config())
    settings["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "20"
    return settings


def _title(made: Assembled, named: str) -> str | None:
    """The first main heading of the article, where the page is named after it: trafilatura may take one of a menu."""
    heading = next((made.text[block.start : block.end] for block in made.blocks if block.label == "heading 1"), "")
    return heading if heading and heading.casefold() in named.casefold() else None


def _line(value: str | None) -> str | None:
    return " ".join(value.split()) or None if value else None
