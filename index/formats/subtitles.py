"""Subtitles and transcripts (.vtt, .srt): what is said, in paragraphs, each page span labelled with the time at which it begins.

Knows nothing of styles and positions on a screen.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from index.errors import LoadError
from index.formats.extract import Extract
from index.formats.text import decode
from index.structure.blocks import Block, paged

_TIMES = re.compile(r"((?:\d{1,3}:)?\d\d:\d\d)[.,]\d{1,3}\s+-->\s+(?:\d{1,3}:)?\d\d:\d\d[.,]\d{1,3}.*")
_VOICE = re.compile(r"<v(?:\.[^ \t>]*)?[ \t]+([^>]+)>")
_HEAD = re.compile(r"WEBVTT[ \t]+(?:[-–—:][ \t]*)?(\S.*)")
_TAG = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
_ENDS = re.compile(r"[.!?…]['\"”»)]*$")
_LONG = 600  # characters; a paragraph ends with the next sentence
_FAR_TOO_LONG = 3000  # characters; automatic captions have no sentences

Cue = tuple[str, str, str]  # time, who speaks ("" when not told), text


def read_subtitles(data: bytes, source: str) -> list[Extract]:
    """One document. Raises `LoadError` for a file without times."""
    text = decode(data, source)
    cues = list(_cues(text))
    if not cues:
        raise LoadError(f"{source}: subtitles must have lines such as 00:00:01.000 --> 00:00:04.000, found none. Export them again.")
    pages: list[tuple[str, list[Block]]] = []
    held: list[str] = []
    began, speaker = "", ""
    for time, voice, line in [*cues, ("", "\0", "")]:
        length = sum(map(len, held))
        done = voice != speaker or length > _FAR_TOO_LONG or (length > _LONG and _ENDS.search(held[-1]))
        if held and done:
            said = " ".join(held)
            pages.append((began, [Block(f"{speaker}: {said}" if speaker else said)]))
            held = []
        if not held:
            began, speaker = time, voice
        if line and (not held or held[-1] != line):  # automatic captions repeat the line above
            held.append(line)
    made = paged(pages)
    head = _HEAD.match(text)
    return [Extract(text=made.text, format="subtitles", identity=data, title=head[1] if head else None, pages=made.pages, prose=False)]


def _cues(text: str) -> Iterator[Cue]:
    time: str | None = None
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        match = _TIMES.fullmatch(line.strip())
        if match:
            time, lines = match[1], []
        elif line.strip() and time is not None:
            lines.append(line.strip())
        elif time is not None:
            yield from _said(time, " ".join(lines))
            time = None


def _said(time: str, joined: str) -> Iterator[Cue]:
    """What a cue says, parted where another voice begins; tags of voices alone part nothing."""
    before, *voiced = _VOICE.split(joined)  # text, speaker, text, speaker, text
    parts = [("", before), *zip(voiced[::2], voiced[1::2], strict=True)]
    for speaker, text in parts:
        plain = " ".join(html.unescape(_TAG.sub("", text)).split())
        if plain:
            yield (time, html.unescape(speaker.strip()), plain)
