"""HTML to text: trafilatura finds the article, what a reader cannot see is removed before, the layout is ours.

Scripts, styles, comments and elements hidden by attribute or inline style never reach the text; style sheets are not read,
so text hidden by a class is kept. Title, author, site name and publication date are taken from markup (`index.html_markup`);
dates in prose are the business of `index.dates`.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from typing import Any

from index.errors import LoadError
from index.extract import Extract
from index.formats_text import decode
from index.html_layout import layout, layout_plain, loses_cells, without_chrome
from index.html_markup import markup_byline, markup_date, remove_hidden

# A page whose tables or lists the extraction loses is taken whole, unless that would bring far more than was lost: menus, teasers.
MOST_MORE = 1.6
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


def html_extract(html: str, source: str, *, identity: bytes, format_name: str = "html", article: bool = True) -> Extract:
    """Text and stated metadata of one page; with `article` False all visible text of it, for mails, which have no menus to leave out."""
    import trafilatura
    from lxml import etree  # type: ignore[import-untyped]
    from lxml import html as lxml_html

    try:
        tree = lxml_html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", html))
    except (etree.ParserError, ValueError) as error:
        raise LoadError(f"{source}: must be an HTML page with content, found none ({error}). Check the file.") from error
    published = markup_date(tree)
    language = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")[:2].lower() or None
    remove_hidden(tree)
    byline = markup_byline(tree)
    fallback = lxml_html.tostring(tree, encoding="unicode")
    found: Any = trafilatura.bare_extraction(tree, include_comments=False, include_tables=True, with_metadata=True, config=_settings())
    text = layout(found.body) if article and found is not None and found.body is not None else ""
    if text and len(text) >= 200 and fallback.strip():
        whole = lxml_html.document_fromstring(fallback)
        if loses_cells(whole, text):
            plain = layout_plain(without_chrome(whole))
            text = plain if len(plain) < MOST_MORE * len(text) + 500 else text
    if len(text) < 200:
        plain = layout_plain(lxml_html.document_fromstring(fallback)) if fallback.strip() else ""
        text = plain if len(text) < 0.5 * len(plain) else text
    if not text.strip():
        raise LoadError(f"{source}: a page must have visible text, found none. Check the file, or save the page after it has loaded.")
    title = _line(getattr(found, "title", None))
    return Extract(
        text=text,
        format=format_name,
        identity=identity,
        title=title,
        author=_line(getattr(found, "author", None)),
        publisher=_line(getattr(found, "sitename", None)),
        published=published,
        byline=byline,
        language=language if language and language.isalpha() else None,
    )


@lru_cache(maxsize=1)
def _settings() -> Any:
    """trafilatura's settings, but short pages keep their structure (its fallback below 250 characters flattens them)."""
    from trafilatura.settings import use_config

    settings = deepcopy(use_config())
    settings["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "20"
    return settings


def _line(value: str | None) -> str | None:
    return " ".join(value.split()) or None if value else None
