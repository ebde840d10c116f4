"""Calendars (.ics, RFC 5545): each event a heading and lines of name and value.

Times are given as they are written; "Z" is shown as UTC. Knows nothing of how often a repeated event falls on which day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.errors import LoadError
from index.formats.extract import Extract
from index.formats.text import decode
from index.structure.blocks import Block, assemble

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]*)((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)", re.DOTALL)
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_SHOWN = {
    "DTSTART": "Start",
    "DTEND": "End",
    "DUE": "Due",
    "DURATION": "Duration",
    "LOCATION": "Place",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "CONTACT": "Contact",
    "RRULE": "Repeats",
    "STATUS": "Status",
    "CATEGORIES": "Categories",
    "URL": "Link",
}
_PARTS = ("VEVENT", "VTODO", "VJOURNAL")

Field = tuple[str, str, str]  # name, parameters, value


def read_calendar(data: bytes, source: str) -> list[Extract]:
    """One document of all events. Raises `LoadError` for a file that is no calendar."""
    fields = list(_fields(decode(data, source)))
    if not any((name, value.upper()) == ("BEGIN", "VCALENDAR") for name, _, value in fields):
        raise LoadError(f"{source}: a calendar must begin with BEGIN:VCALENDAR, found none. Export it again as .ics.")
    title = next((_plain(value) for name, _, value in fields if name == "X-WR-CALNAME"), None)
    blocks = [block for event in _events(fields) for block in _event(event)]
    made = assemble(blocks)
    return [Extract(text=made.text, format="calendar", identity=data, title=title, blocks=made.blocks, prose=False)]


def _fields(text: str) -> Iterator[Field]:
    """The content lines, those that go on over several lines joined."""
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        match = _LINE.fullmatch(line)
        if match:
            yield (match[1].upper(), match[2], match[3].strip())


def _events(fields: list[Field]) -> Iterator[list[Field]]:
    """The fields of each event, without those of its alarms; the last one may lack its end."""
    event: list[Field] | None = None
    inside = 0  # parts of the event that are open
    for field in fields:
        name, _, value = field
        if name == "BEGIN" and value.upper() in _PARTS:
            event, inside = [], 0
        elif event is not None and name in ("BEGIN", "END"):
            inside += 1 if name == "BEGIN" else -1
            if inside < 0:
                yield event
                event = None
        elif event is not None and not inside:
            event.append(field)
    if event:
        yield event


def _event(fields: list[Field]) -> Iterator[Block]:
    values = {name: value for name, _, value in fields}
    yield Block(_plain(values.get("SUMMARY", "")) or "Event", "heading 2")
    for name, parameters, value in fields:
        if name in _SHOWN and value:
            person = re.search(r"CN=\"?([^\";:]+)", parameters)
            shown = person[1] if person else re.sub(r"(?i)^mailto:", "", _plain(value))
            zone = re.search(r"TZID=\"?([^\";:]+)", parameters)
            shown = _moment(shown) + (f" ({zone[1]})" if zone else "") if name.startswith(("DT", "DUE")) else shown
            yield Block(f"{_SHOWN[name]}: {shown}", "pair")
    yield from (Block(_plain(value)) for name, _, value in fields if name in ("DESCRIPTION", "COMMENT"))


def _moment(value: str) -> str:
    match = _MOMENT.fullmatch(value)
    if not match:
        return value
    day = f"{match[1]}-{match[2]}-{match[3]}"
    return f"{day} {match[4]}:{match[5]}{' UTC' if match[6] else ''}" if match[4] else day


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", lambda sign: "\n" if sign[1] in "nN" else sign[1], value).strip()
