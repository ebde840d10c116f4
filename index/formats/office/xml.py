"""The parts of an Office file: XML members, the relations between them, and the properties of the whole.

Entities are not expanded and nothing is fetched.
"""

from __future__ import annotations

import posixpath
import zipfile
from typing import Any

from index.errors import LoadError
from index.formats.archive import Limits, read_member

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
# Files saved as "Strict Open XML" name the same things differently.
_STRICT = [
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
    *(
        (f"http://purl.oclc.org/ooxml/{kind}/main".encode(), f"http://schemas.openxmlformats.org/{kind}/2006/main".encode())
        for kind in ("wordprocessingml", "presentationml", "drawingml", "spreadsheetml")
    ),
]


def read_xml(archive: zipfile.ZipFile, name: str, source: str, limits: Limits) -> Any:
    """Root of an XML member. Raises `LoadError` for one that is missing, broken or grows without end."""
    from lxml import etree  # type: ignore[import-untyped]

    if name not in archive.NameToInfo:
        raise LoadError(
            f"{source}: must hold {name or 'its main part'!r}, found it missing. Save the file again, or give it its real ending."
        )
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    content = read_member(archive, name, source, limits)
    if b"purl.oclc.org/ooxml" in content[:4096]:
        for strict, usual in _STRICT:
            content = content.replace(strict, usual)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if "amplification" in str(error) or "entity reference loop" in str(error):
            raise LoadError(
                f"{source}: the XML entities of {name!r} must stay small, they grow without end. It may be an XML bomb; do not index it."
            ) from error
        raise LoadError(f"{source}: {name!r} must be valid XML, got {str(error)[:80]}. Save the file again.") from error


def optional_xml(archive: zipfile.ZipFile, name: str, source: str, limits: Limits) -> Any:
    """Root of an XML member, None when there is none of that name."""
    return read_xml(archive, name, source, limits) if name in archive.NameToInfo else None


def relations(archive: zipfile.ZipFile, name: str, source: str, limits: Limits) -> dict[str | None, str]:
    """Relation id to member name for a part of an Office file."""
    folder, file = posixpath.split(name)
    root = optional_xml(archive, f"{folder}/_rels/{file}.rels", source, limits)
    return {
        node.get("Id"): posixpath.normpath(posixpath.join(folder, node.get("Target", ""))).lstrip("/")
        for node in (root if root is not None else [])
        if node.get("TargetMode") != "External"
    }


def properties(archive: zipfile.ZipFile, source: str, limits: Limits) -> dict[str, Any]:
    """Title and author from the properties; the dates there say when a file was saved, not when it was published."""
    root = optional_xml(archive, "docProps/core.xml", source, limits)
    if root is None:
        return {}
    title = " ".join((root.findtext(f"{DUBLIN_CORE}title") or "").split())
    author = " ".join((root.findtext(f"{DUBLIN_CORE}creator") or "").split())
    placeholder = title.lower() in ("powerpoint presentation", "word document", "презентация powerpoint")
    return {"title": title if title and not placeholder else None, "author": author if author and author != "python-docx" else None}
