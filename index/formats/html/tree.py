"""HTML text to a tree that is never deep: what is nested without end is made flat, so that nothing below is lost.

The parser gives up at a depth of 2,048, and programs that walk a tree at less.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from index.errors import LoadError

MAX_DEPTH = 120
_HOLDERS = re.compile(
    r"</?(?:div|span|section|article|font|center|b|i|em|strong|blockquote|small|big|u|a|td|tr|table|ul|ol)\b[^<>]*>", re.I
)
_TAG = re.compile(r"<[^<>]*>")
# What XML has no room for, written out or as a reference: the parser lets it pass, the tree does not take it back.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]))(?![0-9a-fA-F]);?"
)
_XML = re.compile(r"^\s*<\?xml[^>]*\?>")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree of a page, at most `MAX_DEPTH` deep; `deep` when it was deeper, so that its structure says little."""

    tree: Any
    deep: bool


def parse_html(html: str, source: str) -> Parsed:
    """The tree of a page. Raises `LoadError` for a page without elements."""
    from lxml import etree  # type: ignore[import-untyped]
    from lxml import html as lxml_html

    html = _CONTROL.sub(" ", _XML.sub("", html))

    def parse(text: str) -> tuple[Any, bool]:
        parser = lxml_html.HTMLParser(huge_tree=True)
        tree = lxml_html.document_fromstring(text, parser=parser)
        return tree, any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)

    try:
        tree, cut_off = parse(html)
        deep = cut_off
        if cut_off:  # a paragraph ends where the next begins, so these do not nest
            tree, cut_off = parse(_HOLDERS.sub("<p>", html))
        if cut_off:
            tree, _ = parse(_TAG.sub(" ", html))
    except (etree.ParserError, ValueError) as error:
        raise LoadError(f"{source}: must be an HTML page with content, found none ({error}). Check the file.") from error
    return Parsed(tree, _flatten(tree) or deep)


def _flatten(tree: Any) -> bool:
    """Dissolve the elements below `MAX_DEPTH`: their text and children move up. Whether there were any."""
    deep: list[Any] = []
    depth = 0
    from lxml import etree

    for event, element in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth > MAX_DEPTH and isinstance(element.tag, str):
            deep.append(element)
    for element in deep:
        element.text = f" {element.text or ''}"
        element.tail = f" {element.tail or ''}"
        element.drop_tag()
    return bool(deep)
