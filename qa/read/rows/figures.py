"""The figures and dates in a table's column, as far as they can be compared: one in each cell, all in one unit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from qa.english.quantities import Quantity, find_quantities
from qa.read.rows.tables import Place, Table

_IN_NAME = re.compile(r"[(\[]([^)\]]+)[)\]]|(?:, |_)([^\W_]+)$")  # "Length (m)", "Length, m", "length_m"
_POINT = re.compile(r"\d\.\d{3}(?!\d)")
_MINUS = re.compile(r"\s*[-−–]\s*(?=[\d£€$])")
_UNITS = {
    **dict.fromkeys(("kilometre", "metre", "centimetre", "mile", "foot", "inch"), "extent"),
    **dict.fromkeys(("tonne", "kilogram", "gram"), "weight"),
    **dict.fromkeys(("year", "month", "week", "day", "hour", "minute", "second"), "time"),
}
Value = tuple[float, ...]
"""What figures are compared by: a number, or year, month and day."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The values of a column by row, and what they measure: "money", "extent", "weight", "time", "day" or, told by nothing, "plain"."""

    measure: str
    values: Mapping[Place, Value]


def figures_of(table: Table, column: str) -> Figures | None:
    """The figures of a column; None where a cell that is not empty has none, or several, or their units differ."""
    cells = {place: row[column] for place, row in table.rows.items() if any(c.isalnum() for c in row.get(column, ""))}
    read = {place: _read(cell) for place, cell in cells.items()}
    found = {place: one for place, one in read.items() if one is not None}
    marked = sum(_POINT.search(cell) is not None for cell in cells.values())
    if len(found) < len(cells) or len(found) < 2 or 0 < marked < len(cells):  # "1.120" beside "980": a thousand, or one
        return None
    if len({(quantity.unit, rest) for quantity, rest in found.values()}) > 1:
        return None
    kinds = {quantity.kind for quantity, _ in found.values()}
    kinds = {"count"} if kinds == {"count", "year"} else kinds  # 1,990 among others is no year
    values = {place: _value(cells[place], quantity, dated=kinds != {"count"}) for place, (quantity, _) in found.items()}
    if len(kinds) > 1 or len({tuple(part > 0 for part in value) for value in values.values() if len(value) > 1}) > 1:
        return None
    return Figures(_measure(column, next(iter(kinds)), next(iter(found.values()))[0].unit), values)


def sums_in(values: Mapping[Place, Value]) -> set[Place]:
    """The rows whose figure is the sum of at least two directly above, without those that are sums themselves, and the first row where it
    is the sum of all others: totals, or chance."""
    sums: set[Place] = set()
    parts: list[float] = []
    for place, (value, *_) in values.items():
        runs = list(accumulate(reversed(parts)))[1:]
        if value and any(math.isclose(run, value) for run in runs):
            sums.add(place)
        else:
            parts.append(value)
    if len(parts) > 2 and parts[0] and math.isclose(parts[0], math.fsum(parts[1:])):
        sums.add(next(iter(values)))
    return sums


def _read(cell: str) -> tuple[Quantity, str] | None:
    """The only number of a cell, and the letters beside it."""
    found = find_quantities(cell)
    if len(found) != 1 or found[0].bound != "exact" or found[0].high is not None or found[0].kind in ("ordinal", "rank"):
        return None
    rest = cell[: found[0].start] + cell[found[0].end :]
    return found[0], "".join(c for c in rest.casefold() if c.isalpha())


def _value(cell: str, quantity: Quantity, *, dated: bool) -> Value:
    if dated and quantity.date is not None:
        return (quantity.date.year or 0, quantity.date.month or 0, quantity.date.day or 0)
    return (-float(quantity.value) if _MINUS.match(cell) else float(quantity.value),)


def _measure(column: str, kind: str, unit: str) -> str:
    if kind in ("date", "year") or unit == "clock":
        return "day"
    for part in (part for found in _IN_NAME.findall(column) for part in found if part and not unit):
        named = find_quantities(f"5 {part}")
        if len(named) == 1 and named[0].end == len(f"5 {part}"):
            kind, unit = named[0].kind, named[0].unit
    return "money" if kind == "money" else _UNITS.get(unit, "plain")
