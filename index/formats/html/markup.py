"""What the markup of a page states: its publication date, its by-line, and which elements a reader cannot see.

Dates come from `meta`, JSON-LD and `time`; side bars, menus, lists and footers do not count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from index.dates.published import parse_stamp
from index.formats.html.layout import tidy
from index.schema import Published

_GONE = "script|style|template|noscript|svg|iframe|object|button|select|input|textarea|datalist|dialog"


_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)", re.I
)


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


_NOT_ARTICLE = re.compile(r"(?i)comment|sidebar|related|popular|latest|recommend|teaser|promo|footer|menu|cookie|card|widget")


def remove_hidden(tree: Any) -> None:
    """Take out of `tree`, in place, what a browser would not show (attributes and inline styles; text after it stays)."""
    from lxml import etree  # type: ignore[import-untyped]

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


def markup_date(tree: Any) -> Published | None:
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


def markup_byline(tree: Any) -> str:
    """Texts of the first elements whose class or id speaks of date or author, outside side bars, menus and comments."""
    found: list[str] = []
    for element in tree.iter("p", "div", "span", "address", "time", "li", "small"):
        name = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('rel') or ''}".strip()
        if not (name and _BYLINE_CLASS.search(name)) or not _outside_lists(element):
            continue
        around = " ".join(f"{p.get('class') or ''} {p.get('id') or ''}" for p in element.iterancestors())
        text = tidy(" ".join(element.itertext()))
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
