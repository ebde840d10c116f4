"""Office files of our own for tests, made of XML in a zip, and what a loaded document says of its blocks."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from index.errors import LoadError
from index.formats.load import load_file
from index.schema import Document

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A zip archive in memory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def word(body: str, **parts: str) -> bytes:
    """A Word file of a body and further parts (`styles`, `numbering`, `footnotes`, `header1`)."""
    space = f'xmlns:w="{WORD}" xmlns:r="{LINKS}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    members: dict[str, str | bytes] = {"word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>"}
    for name, content in parts.items():
        root = {"styles": "styles", "numbering": "numbering", "footnotes": "footnotes", "endnotes": "endnotes"}.get(name, "hdr")
        members[f"word/{name}.xml"] = f"<w:{root} {space}>{content}</w:{root}>"
    links = "".join(f'<Relationship Id="{name}" Target="{name}.xml"/>' for name in parts)
    members["word/_rels/document.xml.rels"] = f'<Relationships xmlns="{RELATIONS}">{links}</Relationships>'
    return zipped(members)


def para(text: str, style: str = "", inside: str = "", listed: tuple[int, int] | None = None) -> str:
    """A paragraph of a Word file."""
    numbers = f'<w:numPr><w:ilvl w:val="{listed[1]}"/><w:numId w:val="{listed[0]}"/></w:numPr>' if listed else ""
    stated = f'<w:pPr>{f"""<w:pStyle w:val="{style}"/>""" if style else ""}{numbers}</w:pPr>'
    return f'<w:p>{stated}<w:r><w:t xml:space="preserve">{text}</w:t></w:r>{inside}</w:p>'


def load(folder: Path, name: str, data: bytes, problems: list[LoadError] | None = None) -> Document:
    """The first document of a file."""
    path = folder / name
    path.write_bytes(data)
    return load_file(path, name, max_bytes=20_000_000, problems=problems)[0]


def labelled(document: Document, label: str) -> list[str]:
    """The texts of the blocks with a label."""
    return [document.text[span.start : span.end] for span in document.blocks if span.label == label]
