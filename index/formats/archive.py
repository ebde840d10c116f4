"""Zip archives: the members that can be read, `a.zip#inner/name.txt`; and the safe opening of any zip (Office files too).

Nothing is unpacked to disk. Refused with the limit in the message: names that climb out (`../`), members or totals above
the size limit, compression beyond a ratio (zip bombs), too many members, encrypted members. Archives inside archives are
not opened.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from index.errors import LoadError
from index.formats.extract import Extract

MAX_RATIO = 200  # text compresses 3-10 times, a sheet of repeated numbers up to 100 times
MAX_MEMBERS = 10_000
MIN_SUSPECT = 1_000_000  # bytes; below this a high ratio does no harm

# What zipfile raises on damaged archives, depending on where the damage is.
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, KeyError, IndexError, struct.error)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold at most: bytes, and for archives compression (size / packed size) and members."""

    max_bytes: int
    max_ratio: int = MAX_RATIO
    max_members: int = MAX_MEMBERS


MemberReader = Callable[[str, bytes], list[Extract]]


def open_zip(data: bytes, source: str, limits: Limits, kind: str = "zip archive") -> zipfile.ZipFile:
    """Open and check an archive held in memory; raises `LoadError` when it is broken or breaks a limit."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (*BROKEN, NotImplementedError) as error:
        raise LoadError(f"{source}: must be a readable {kind}, found a broken one ({error}). Export or pack it again.") from error
    members = archive.infolist()
    if len(members) > limits.max_members:
        raise LoadError(
            f"{source}: a {kind} may hold at most {limits.max_members:,} members, got {len(members):,}. "
            "Split it, or raise index.max_zip_members."
        )
    total = sum(member.file_size for member in members)
    if total > limits.max_bytes:
        raise LoadError(
            f"{source}: its content must be at most {limits.max_bytes / 1e6:g} MB, got {total / 1e6:.1f} MB. "
            "Split it, or raise index.max_file_mb."
        )
    if total > 10 * MIN_SUSPECT and total > limits.max_ratio * len(data):
        raise LoadError(
            f"{source}: what is in a {kind} may be compressed at most {limits.max_ratio} times, this is {total // len(data)} times. "
            "It may be a zip bomb; if you trust it, raise index.max_zip_ratio."
        )
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if ".." in path.parts or path.is_absolute() or (path.parts and ":" in path.parts[0]):
            raise LoadError(f"{source}: names in a {kind} must stay inside it, got {member.filename!r}. Pack it again without such names.")
        if member.file_size > MIN_SUSPECT and member.file_size > limits.max_ratio * max(member.compress_size, 1):
            ratio = member.file_size // max(member.compress_size, 1)
            raise LoadError(
                f"{source}: a member may be compressed at most {limits.max_ratio} times, {member.filename!r} is {ratio} times. "
                "It may be a zip bomb; if you trust it, raise index.max_zip_ratio."
            )
    return archive


def read_member(archive: zipfile.ZipFile, name: str, source: str, limits: Limits) -> bytes:
    """Bytes of a member, never more than the limit whatever its header says."""
    try:
        with archive.open(name) as handle:
            data = handle.read(limits.max_bytes + 1)
    except NotImplementedError as error:
        raise LoadError(f"{source}: {name!r} must be packed by a common method, got another ({error}). Pack it again.") from error
    except RuntimeError as error:  # how zipfile reports an encrypted member
        raise LoadError(f"{source}: {name!r} must open without a password. Pack it again without one.") from error
    except BROKEN as error:
        raise LoadError(f"{source}: {name!r} must be readable, found it broken ({error}). Pack it again.") from error
    if len(data) > limits.max_bytes:
        raise LoadError(f"{source}: {name!r} must be at most {limits.max_bytes / 1e6:g} MB. Split it, or raise index.max_file_mb.")
    return data


def read_zip(
    data: bytes, source: str, limits: Limits, read: MemberReader, readable: Callable[[str], bool], problems: list[LoadError] | None
) -> list[Extract]:
    """Documents of all readable members, in the order of their names.

    A member that fails is added to `problems` and the rest goes on; without such a list the first failure is raised.
    """
    archive = open_zip(data, source, limits)
    members = {shown_name(member): member.filename for member in archive.infolist() if not member.is_dir()}
    names = sorted(name for name in members if readable(name) and not any(part.startswith((".", "__MACOSX")) for part in name.split("/")))
    if not names:
        raise LoadError(
            f"{source}: a zip archive must hold a readable file, found none among {len(members)} members. "
            "Archives and mails inside archives are not opened: unpack them."
        )
    extracts: list[Extract] = []
    for name in names:
        try:
            content = read_member(archive, members[name], source, limits)
            found = read(name, content)
        except LoadError as error:
            if problems is None:
                raise
            problems.append(error)
            continue
        extracts += [replace(extract, suffix=f"#{name}{extract.suffix}") for extract in found]
    return extracts


def shown_name(member: zipfile.ZipInfo) -> str:
    """The member's name; names without the Unicode flag are tried as UTF-8 before the old DOS code page."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename
