"""HTML to text: trafilatura finds the article, this module removes what a reader cannot see and lays the text out.

Scripts, styles, comments and elements hidden by attribute or inline style never reach the text. Headings, paragraphs,
list items and table rows each stand on lines of their own. Title, author, site name and publication date are taken from
markup only (`meta`, JSON-LD, `time`); dates in prose are the business of `index.dates`.
Style sheets are not read: text hidden by a class is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any

from index.dates import parse_stamp
from index.errors import LoadError
from index.extract import Extract, table_lines
from index.formats_text import decode
from index.schema import Published

_GONE = "script|style|template|noscript|svg|iframe|object|form|button|select|dialog"
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)", re.I
)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_DATE_META = (
    "article:published_time",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "date.published",
    "publish-date",
    "publish_date",
    "publishdate",
    "pubdate",
    "published-date",
    "publication_date",
    "citation_publication_date",
    "citation_date",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "date",
)
_ARTICLE_TYPES = re.compile(r"Article|BlogPosting|Posting|Report|WebPage$|CreativeWork$")
_BYLINE_CLASS = re.compile(r"(?:^|[\s_-])(?:date|time|published|pubdate|posted|byline|meta|dateline|timestamp|author)(?:$|[\s_-])", re.I)


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


def html_extract(html: str, source: str, *, identity: bytes, format_name: str = "html") -> Extract:
    """Text and stated metadata of one page."""
    import trafilatura
    from lxml import etree  # type: ignore[import-untyped]
    from lxml import html as lxml_html

    try:
        tree = lxml_html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", html))
    except (etree.ParserError, ValueError) as error:
        raise LoadError(f"{source}: must be an HTML page with content, found none ({error}). Check the file.") from error
    published = _markup_date(tree)
    language = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")[:2].lower() or None
    remove_hidden(tree)
    byline = _byline(tree)
    fallback = lxml_html.tostring(tree, encoding="unicode")
    found: Any = trafilatura.bare_extraction(tree, include_comments=False, include_tables=True, with_metadata=True, config=_settings())
    text = layout(found.body) if found is not None and found.body is not None else ""
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


def remove_hidden(tree: Any) -> None:
    """Take out of `tree`, in place, what a browser would not show (attributes and inline styles; text after it stays)."""
    from lxml import etree

    for comment in list(tree.iter(etree.Comment, etree.ProcessingInstruction)):
        _drop(comment)
    for element in list(tree.iter()):
        if not isinstance(element.tag, str):
            continue
        hidden = (
            element.get("hidden") is not None or element.get("aria-hidden") == "true" or _HIDDEN_STYLE.search(element.get("style") or "")
        )
        if (element.tag in _GONE.split("|") and element.get("type") != "application/ld+json") or (
            hidden and element.tag not in ("html", "body")
        ):
            _drop(element)


def _drop(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail or ""
    before = element.getprevious()
    if tail:
        if before is not None:
            before.tail = (before.tail or "") + " " + tail
        else:
            parent.text = (parent.text or "") + " " + tail
    parent.remove(element)


def _markup_date(tree: Any) -> Published | None:
    """Publication date stated in markup: meta tags, JSON-LD, `time` with `pubdate` or inside the article's header."""
    meta: dict[str, str] = {}
    for tag in tree.iter("meta"):
        name = (tag.get("property") or tag.get("name") or tag.get("itemprop") or "").lower()
        if name and tag.get("content"):
            meta.setdefault(name, tag.get("content"))
    candidates = [meta[name] for name in _DATE_META if name in meta]
    candidates += list(_json_ld_dates(tree))
    for element in tree.iter("time", "span", "abbr"):
        prop = (element.get("itemprop") or "").lower()
        if (prop == "datepublished" or element.get("pubdate") is not None) and _outside_lists(element):
            candidates.append(element.get("datetime") or element.get("content") or element.get("title") or "".join(element.itertext()))
    times = [t for t in tree.iter("time") if t.get("datetime") and _outside_lists(t) and _inside(t, ("article", "main", "header"))]
    if len({t.get("datetime")[:10] for t in times}) == 1:
        candidates.append(times[0].get("datetime"))
    for candidate in candidates:
        published = parse_stamp(candidate, "markup")
        if published is not None:
            return published
    return None


_NOT_ARTICLE = re.compile(r"(?i)comment|sidebar|related|popular|latest|recommend|teaser|promo|footer|menu|cookie|card|widget")


def _byline(tree: Any) -> str:
    """Texts of the first elements whose class or id speaks of date or author, outside side bars, menus and comments."""
    found: list[str] = []
    for element in tree.iter("p", "div", "span", "address", "time", "li", "small"):
        name = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('rel') or ''}".strip()
        if not (name and _BYLINE_CLASS.search(name)) or not _outside_lists(element):
            continue
        around = " ".join(f"{p.get('class') or ''} {p.get('id') or ''}" for p in element.iterancestors())
        text = _tidy(" ".join(element.itertext()))
        if text and len(text) <= 200 and not _NOT_ARTICLE.search(f"{around} {name}") and not any(text in line for line in found):
            found.append(text.replace("\n", " "))
        if len(found) == 3:
            break
    return "\n".join(found)


def _inside(element: Any, tags: tuple[str, ...]) -> bool:
    return any(parent.tag in tags for parent in element.iterancestors())


def _outside_lists(element: Any) -> bool:
    return not _inside(element, ("aside", "nav", "footer", "li"))


def _json_ld_dates(tree: Any) -> Iterator[str]:
    for script in tree.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            data = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue  # broken JSON-LD is common on the web and says nothing
        blocks = data if isinstance(data, list) else [data]
        blocks = [item for block in blocks if isinstance(block, dict) for item in [block, *_graph(block)]]
        for block in blocks:
            kind = block.get("@type")
            kinds = kind if isinstance(kind, list) else [kind]
            stamp = block.get("datePublished")
            if isinstance(stamp, str) and any(isinstance(k, str) and _ARTICLE_TYPES.search(k) for k in kinds):
                yield stamp


def _graph(block: dict[str, Any]) -> list[dict[str, Any]]:
    graph = block.get("@graph")
    return [item for item in graph if isinstance(item, dict)] if isinstance(graph, list) else []


def layout(body: Any) -> str:
    """Text of trafilatura's tree: blocks apart by blank lines, list items and table rows one a line."""
    blocks: list[str] = []
    _walk(body, blocks)
    return _join_blocks(blocks)


_BLOCKS = {
    "p",
    "head",
    "quote",
    "code",
    "ab",
    "figDesc",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "figcaption",
    "dt",
    "dd",
}
_CONTAINERS = {
    "body",
    "main",
    "list",
    "ul",
    "ol",
    "dl",
    "html",
    "article",
    "section",
    "header",
    "doc",
    "quote",
    "blockquote",
    "div",
    "figure",
    "aside",
    "footer",
    "nav",
    "td",
    "address",
    "details",
}


def _walk(element: Any, blocks: list[str]) -> None:
    """Append the blocks of `element`: a container's own text, its children, and the text after them."""
    _append(blocks, element.text)
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag == "table":
            blocks.append("\n".join(table_lines(_table_rows(child))))
        elif tag in ("item", "li"):
            _item(child, blocks)
        elif tag in _CONTAINERS and any(
            isinstance(c.tag, str) and (c.tag in _BLOCKS or c.tag in _CONTAINERS or c.tag in ("table", "item", "li")) for c in child
        ):
            _walk(child, blocks)
        elif tag in _BLOCKS or tag in _CONTAINERS:
            _append(blocks, _inline(child))
        elif tag in ("head_", "title", "lb", "br", "graphic", "img"):
            pass
        elif tag:
            _extend(blocks, _inline(child))
        if child.tail and child.tail.strip():
            _append(blocks, child.tail) if tag in _BLOCKS | _CONTAINERS | {"table", "item", "li"} else _extend(blocks, child.tail)


def _append(blocks: list[str], text: str | None) -> None:
    text = _tidy(text or "")
    if text:
        blocks.append(text)


def _extend(blocks: list[str], text: str) -> None:
    """Inline text outside any block continues the block before it."""
    text = _tidy(text)
    if text and blocks:
        blocks[-1] += (" " if text[:1].isalnum() else "") + text
    elif text:
        blocks.append(text)


def _item(item: Any, blocks: list[str]) -> None:
    """A list item is a line of its own; lists inside it follow as further lines."""
    nested = [c for c in item if c.tag in ("list", "ul", "ol", "table")]
    own = _tidy((item.text or "") + "".join(_inline(c) + (c.tail or "") for c in item if c not in nested))
    if own:
        blocks.append("- " + own.replace("\n", " "))
    for child in nested:
        wrapper: list[str] = []
        _walk_one(child, wrapper)
        blocks.extend(wrapper)


def _walk_one(child: Any, blocks: list[str]) -> None:
    if child.tag == "table":
        blocks.append("\n".join(table_lines(_table_rows(child))))
    else:
        _walk(child, blocks)


def _inline(element: Any) -> str:
    """Text of an element with `lb`/`br` as line breaks."""
    parts = [element.text or ""]
    for child in element:
        if child.tag in ("lb", "br"):
            parts.append("\n")
        elif isinstance(child.tag, str):
            inner = _inline(child)
            parts.append(f"\n{inner}\n" if child.tag in _BLOCKS | {"item", "li"} else inner)
        parts.append(child.tail or "")
    return re.sub(r"[^\S\n]+", " ", "".join(p if p == "\n" else re.sub(r"\s+", " ", p) if "\n" not in p[:1] else p for p in parts))


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _table_rows(table: Any) -> list[list[str]]:
    rows = [row for row in table.iter("row", "tr")]
    return [[_tidy(_inline(cell)) for cell in row if isinstance(cell.tag, str)] for row in rows]


def _join_blocks(blocks: list[str]) -> str:
    """List items and rows stay on neighbouring lines, other blocks are parted by a blank line."""
    out: list[str] = []
    before = ""
    for block in blocks:
        if not block:
            continue
        if out:
            out.append("\n" if block.startswith("- ") and before.startswith("- ") else "\n\n")
        out.append(block)
        before = block
    return "".join(out)


def layout_plain(tree: Any) -> str:
    """All visible text of a page, for pages where no article is found."""
    body = tree.find("body")
    blocks: list[str] = []
    _walk(body if body is not None else tree, blocks)
    return _join_blocks(blocks)
