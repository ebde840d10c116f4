"""A compound file (the container of .msg and .doc) of our own: streams in folders one deep, each padded to 4,096 bytes.

Enough of [MS-CFB] for olefile to read it back: no stream is so short that it would go into the small-stream store.
"""

from __future__ import annotations

import struct
from itertools import pairwise

_SECTOR, _FREE, _END, _FAT = 512, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file of streams by their path (`name` or `folder/name`)."""
    folders = sorted({path.split("/")[0] for path in streams if "/" in path})
    entries: list[tuple[str, int, int, int, int]] = []  # name, type, child, start, size
    sectors: list[bytes] = []
    fat: list[int] = []

    def store(content: bytes) -> int:
        start = len(fat)
        count = -(-len(content) // _SECTOR)
        sectors.extend(content[i * _SECTOR : (i + 1) * _SECTOR].ljust(_SECTOR, b"\0") for i in range(count))
        fat.extend([*range(start + 1, start + count), _END])
        return start

    names = ["Root Entry", *folders, *streams]
    child = {name: [i for i, path in enumerate(names) if path in streams and path.startswith(f"{name}/")] for name in folders}
    top = [i for i, name in enumerate(names) if i and "/" not in name]
    right = {a: b for group in (top, *child.values()) for a, b in pairwise(group)}
    for name in names:
        if name in streams:
            content = streams[name].ljust(4096, b"\0")
            entries.append((name.split("/")[-1], 2, _FREE, store(content), len(content)))
        else:
            group = top if name == "Root Entry" else child[name]
            entries.append((name, 5 if name == "Root Entry" else 1, group[0] if group else _FREE, _END if name == "Root Entry" else 0, 0))
    directory = b"".join(_entry(entry, right.get(number, _FREE)) for number, entry in enumerate(entries))
    directory_at = store(directory)
    fat_at = len(fat)
    fat_sectors = 1 + (len(fat) + 2) // 128
    fat += [_FAT] * fat_sectors
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(fat_sectors * _SECTOR, b"\xff")
    sectors.extend(table[i * _SECTOR : (i + 1) * _SECTOR] for i in range(fat_sectors))
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    fields = (0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors, directory_at, 0, 4096, _END, 0, _END, 0)
    header = struct.pack("<8s16xHHHHH6xIIIIIIIII", magic, *fields)
    header += struct.pack("<109I", *([*range(fat_at, fat_at + fat_sectors)] + [_FREE] * 109)[:109])
    return header + b"".join(sectors)


def _entry(entry: tuple[str, int, int, int, int], right: int) -> bytes:
    name, kind, child, start, size = entry
    wide = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII16xI16xIII", wide, len(wide), kind, 1, _FREE, right, child, 0, start, size, 0)
