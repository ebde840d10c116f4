"""What the styles and the numbering of a Word file say: which paragraph is a heading, and the number before it.

Numbers ("3.2", "a)") are not in the text of a Word file; they are counted here as Word counts them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAX_LEVEL = 9
_KNOWN = re.compile(r"heading ?\d|title$|toc ?\d|caption$|.*quote$")  # names of Word's own styles, whatever the language of the program
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"))


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style: its name in lower case, outline level (0 is the highest), list and level of the list."""

    name: str = ""
    outline: int | None = None
    list_id: str | None = None
    level: int = 0


@dataclass(slots=True)
class Lists:
    """The lists of a file and how far they have been counted."""

    of_list: dict[str, str] = field(default_factory=dict)  # numId -> abstractNumId
    levels: dict[tuple[str, int], tuple[str, str, int]] = field(default_factory=dict)  # format, text, start
    counted: dict[str, list[int]] = field(default_factory=dict)

    def mark(self, list_id: str, level: int) -> str:
        """The next number of a list at a level, "-" for a bullet."""
        level = min(max(level, 0), _MAX_LEVEL - 1)
        key = self.of_list.get(list_id, "")
        kind, text, _ = self.levels.get((key, level), ("bullet", "", 1))
        counts = self.counted.setdefault(key, [])
        while len(counts) <= level:
            counts.append(self._start(key, len(counts)) - (1 if len(counts) == level else 0))
        counts[level] += 1
        del counts[level + 1 :]
        if kind == "bullet" or kind == "none" or not text:
            return "-" if kind == "bullet" else ""
        return re.sub(r"%([1-9])", lambda place: self._shown(key, int(place[1]) - 1, counts), text).strip()

    def _start(self, key: str, level: int) -> int:
        return self.levels.get((key, level), ("", "", 1))[2]

    def _shown(self, key: str, level: int, counts: list[int]) -> str:
        number = counts[level] if level < len(counts) else self._start(key, level)
        return _FORMATS.get(self.levels.get((key, level), ("", "", 1))[0], str)(number)


def _letter(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 9) if number > 0 else "0"


def _roman(number: int) -> str:
    if not 0 < number < 5000:
        return str(number)
    out = ""
    for value, sign in (*_ROMAN, (4, "iv"), (1, "i")):
        out += sign * (number // value)
        number %= value
    return out


_FORMATS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letter,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "decimalZero": lambda number: f"{number:02}",
}


def read_lists(root: Any) -> Lists:
    """The lists of `word/numbering.xml`; none without it."""
    lists = Lists()
    for abstract in root.iter(f"{W}abstractNum") if root is not None else ():
        for level in abstract.iter(f"{W}lvl"):
            place = (abstract.get(f"{W}abstractNumId") or "", _number(level.get(f"{W}ilvl")))
            lists.levels[place] = (_value(level, "numFmt") or "decimal", _value(level, "lvlText") or "", _number(_value(level, "start"), 1))
    for number in root.iter(f"{W}num") if root is not None else ():
        own = number.get(f"{W}numId") or ""
        key = _value(number, "abstractNumId") or ""
        overrides = [(o, _value(o, "startOverride")) for o in number.iter(f"{W}lvlOverride")]
        if any(start is not None for _, start in overrides):  # counts by itself
            lists.levels |= {(own + "*", at): level for (of, at), level in list(lists.levels.items()) if of == key}
            for override, start in overrides:
                at = _number(override.get(f"{W}ilvl"))
                kind, text, _ = lists.levels.get((key, at), ("decimal", "%1.", 1))
                lists.levels[own + "*", at] = (kind, text, _number(start, 1))
            key = own + "*"
        lists.of_list[own] = key
    return lists


def read_styles(root: Any) -> dict[str, Style]:
    """Paragraph styles by their id, what they inherit filled in."""
    raw = {style.get(f"{W}styleId") or "": style for style in (root.iter(f"{W}style") if root is not None else ())}
    return {name: _style(name, raw) for name in raw}


def _style(name: str, raw: dict[str, Any]) -> Style:
    outline: int | None = None
    list_id: str | None = None
    level = 0
    chain = list(_chain(name, raw))
    for style in chain:
        properties = style.find(f"{W}pPr")
        if properties is None:
            continue
        stated = _value(properties, "outlineLvl")
        outline = _number(stated, 9) if outline is None and stated is not None else outline
        numbering = properties.find(f"{W}numPr")
        if numbering is not None and list_id is None:
            list_id, level = _value(numbering, "numId"), _number(_value(numbering, "ilvl"))
    names = [(_value(style, "name") or name).lower() for style in chain]
    return Style(next(filter(_KNOWN.match, names), names[0]), outline, list_id, level)


def _chain(name: str, raw: dict[str, Any]) -> Iterator[Any]:
    seen: set[str] = set()
    while name in raw and name not in seen and len(seen) < 20:
        seen.add(name)
        yield raw[name]
        name = _value(raw[name], "basedOn") or ""


def _value(node: Any, name: str) -> str | None:
    found = node.find(f"{W}{name}")
    return None if found is None else str(found.get(f"{W}val") or "")


def _number(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else otherwise


def label_of(properties: Any, styles: dict[str, Style]) -> str:
    """The label of a block for a paragraph: "heading 2", "caption", "quote", "contents" or ""."""
    name = (_value(properties, "pStyle") or "") if properties is not None else ""
    style = styles.get(name, Style(name.lower()))
    stated = _value(properties, "outlineLvl") if properties is not None else None
    outline = style.outline if stated is None else _number(stated, 9)
    heading = re.fullmatch(r"heading ?([1-9])", style.name)
    if heading or (outline is not None and outline < _MAX_LEVEL):
        return f"heading {min(int(heading[1]) if heading else (outline or 0) + 1, 6)}"
    if style.name == "title":
        return "heading 1"
    if re.fullmatch(r"toc ?\d", style.name):
        return "contents"
    return "caption" if style.name == "caption" else "quote" if style.name.endswith("quote") else ""


def list_of(properties: Any, styles: dict[str, Style]) -> tuple[str, int] | None:
    """The list and level that a paragraph belongs to, by itself or by its style."""
    if properties is None:
        return None
    style = styles.get(_value(properties, "pStyle") or "", Style())
    numbering = properties.find(f"{W}numPr")
    list_id = _value(numbering, "numId") if numbering is not None else None
    level = _number(_value(numbering, "ilvl"), style.level) if numbering is not None else style.level
    if numbering is None or list_id is None:
        list_id = style.list_id if numbering is None else (style.list_id or "")
    return None if list_id is None or list_id == "0" else (list_id, level)
