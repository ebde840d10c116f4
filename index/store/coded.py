"""The vectors of a generation once more, as codes in one file that every reader maps: a search without Chroma's graph.

One bit a number tells which some thousand vectors are worth comparing by their codes of one byte a number. A file is written whole,
beside the generation's folder, and never changed. A key's vector never changes either, so what it says is right whenever it was
written; what is new since then waits in the catalog. Where it is missing or damaged Chroma is asked. Knows keys and codes, not
where they come from.
"""

from __future__ import annotations

import json
import math
import mmap
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from functools import partial
from hashlib import blake2b, file_digest
from io import BufferedRandom
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.store.durable import sync
from index.store.seal import spread_digest
from index.store.vectors import Vectors
from index.text.codes import compare, dim_of, split

Pages = Iterable[tuple[bytes, list[str]]]
"""Packed vectors (see `index.text.codes`) with their keys; a key may come again."""
Coded = Callable[[], Pages | None]
"""Fetches the codes of all vectors; None where some are missing."""

# How many vectors are compared by their bytes: so many, or so many for each that is wanted. Share of the 10 and 100 nearest found among
# 300,000, and ms of processor for a whole search: 4,000 .976, .941, 3.9; 6,000 .982, .962, 4.3; 8,000 .987, .974, 4.4; 16,000 .990,
# .988, 5.7 (on a busy machine, where Chroma's HNSW takes 2.6 to 3.2 for .936, .942).
SHORTLIST, SHORTLIST_SHARE = 6000, 20

_HEADER = 4096  # bytes, of JSON and spaces; what follows begins at multiples of _ALIGNED
_ALIGNED = 64
_STEP = 4096  # vectors whose bits are made at a time
_EACH = 8  # of so many vectors one counts for their mean


class CodedVectors:
    """A file of codes, mapped. It stays readable when its name is gone; safe to use from several threads."""

    def __init__(self, data: mmap.mmap, header: dict[str, Any]) -> None:
        """`header` as `open_coded` has checked it."""
        mapped = (np.frombuffer(data, p.kind, math.prod(p.shape), p.start).reshape(p.shape) for p in _places(header))
        self._arrays = _Arrays(*mapped)
        self._data, self._digest = data, header["digest"]

    def query(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """The nearest keys to `vector` (dim,) with their cosine similarity (off by .0004), best first, ties by key."""
        if limit <= 0:
            return []
        codes, scales, keys, _, _ = self._arrays
        rows = self._shortlist(vector / np.linalg.norm(vector), max(SHORTLIST, SHORTLIST_SHARE * limit))
        scores = compare(codes, scales, vector, rows)
        # Those that tie with the last one wanted come along, for their keys to decide.
        best = np.flatnonzero(scores >= np.partition(scores, -limit)[-limit]) if len(scores) > limit else np.arange(len(scores))
        pairs = [(keys[at].decode(), float(score)) for at, score in zip(best if rows is None else rows[best], scores[best], strict=True)]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def _shortlist(self, unit: Vectors, wanted: int) -> NDArray[np.intp] | None:
        """The rows of at least so many vectors that share most bits with this one; None for all of them."""
        *_, mean, bits = self._arrays
        if wanted >= bits.shape[1]:
            return None
        apart = np.zeros(bits.shape[1], dtype=np.uint16)
        for column, own in zip(bits, _bits(unit > mean), strict=True):
            apart += np.bitwise_count(column ^ own)
        within = bisect_left(range(64 * len(bits)), wanted, key=lambda most: int(np.count_nonzero(apart <= most)))
        return np.flatnonzero(apart <= within)

    def keys(self) -> set[str]:
        """All keys."""
        return {key.decode() for key in self._arrays.keys.tolist()}

    def is_whole(self) -> bool:
        """Whether every byte is as it was written; opening it looks at some."""
        with memoryview(self._data) as data:
            return bool(blake2b(data[_HEADER:], digest_size=16).hexdigest() == self._digest)


class _Arrays(NamedTuple):
    """What a file holds. `mean` (dim,) of some vectors; `bits[:, row]` say which numbers of a vector are above it."""

    codes: NDArray[np.int8]
    scales: NDArray[np.float32]
    keys: NDArray[np.bytes_]
    mean: NDArray[np.float32]
    bits: NDArray[np.uint64]


def open_coded(path: Path, stamp: str) -> CodedVectors | None:
    """The file as `write_coded` left it under this stamp; None where it is missing, not whole, or another's."""
    with suppress(OSError, ValueError, KeyError, TypeError), path.open("rb") as handle:
        header = json.loads(handle.read(_HEADER))
        data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        if header["stamp"] == stamp and len(data) == _places(header)[-1].end and spread_digest(handle, _HEADER) == header["spread"]:
            return CodedVectors(data, header)
    return None


def write_coded(path: Path, stamp: str, pages: Pages, wanted: Container[str] | None = None) -> None:
    """Write the codes of these pages, of `wanted` keys alone where they are given, all or nothing; no file where there are none.

    Memory grows by some 100 bytes a vector. Raises `OSError`.
    """
    beginning = path.with_name(f"{path.name}.part")
    try:
        with beginning.open("w+b") as handle:
            found = _write(handle, stamp, pages, wanted)
        if found:
            sync(beginning)
            beginning.replace(path)
            sync(path.parent)
    finally:
        beginning.unlink(missing_ok=True)


def _write(handle: BufferedRandom, stamp: str, pages: Pages, wanted: Container[str] | None) -> int:
    """Write all of the file; returns how many vectors are in it."""
    handle.seek(_HEADER)
    scales, keys, mean = _write_codes(handle, pages, wanted)
    header: dict[str, Any] = {"stamp": stamp, "count": len(keys), "dim": len(mean), "key": keys.itemsize}
    arrays: list[NDArray[Any]] = [scales, keys, mean, _bits_of(handle, scales, mean)]
    for place, array in zip(_places(header)[1:], arrays, strict=True):
        handle.seek(place.start)
        handle.write(array.tobytes())
    header |= {"spread": spread_digest(handle, _HEADER), "digest": _digest(handle)}
    handle.seek(0)
    handle.write(json.dumps(header).encode().ljust(_HEADER))
    return len(keys)


def _write_codes(handle: BufferedRandom, pages: Pages, wanted: Container[str] | None) -> tuple[Vectors, NDArray[np.bytes_], Vectors]:
    """Write the codes, each key's once; returns their scales, their keys, and the mean of some of the vectors."""
    scales, keys, total = [np.empty(0, dtype="<f4")], [np.empty(0, dtype="S1")], np.zeros(1)
    seen: set[str] = set()
    looked_at = 0
    for packed, names in pages:
        rows = []
        for row, key in enumerate(names):
            if key not in seen and (wanted is None or key in wanted):
                seen.add(key)
                rows.append(row)
        codes, scale = (array.take(rows, axis=0) for array in split(packed, dim_of(packed, len(names))))
        handle.write(codes.tobytes())
        scales.append(scale)
        keys.append(np.array([names[row].encode() for row in rows], dtype=bytes))
        total = total + scale[::_EACH] @ codes[::_EACH].astype(np.float32)
        looked_at += len(rows[::_EACH])
    return np.concatenate(scales), np.concatenate(keys), (total / max(looked_at, 1)).astype("<f4")


def _bits_of(handle: BufferedRandom, scales: Vectors, mean: Vectors) -> NDArray[np.uint64]:
    """The bits (words, n) of the codes that were written."""
    bits = np.empty((len(_bits(mean > 0)), len(scales)), dtype="<u8")
    handle.seek(_HEADER)
    for i in range(0, len(scales), _STEP):
        part = scales[i : i + _STEP, None]
        codes = np.frombuffer(handle.read(len(part) * len(mean)), dtype=np.int8).reshape(len(part), len(mean))
        bits[:, i : i + _STEP] = _bits(codes * part > mean).T
    return bits


def _bits(above: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Bits (..., dim) in words of 64, the last of them filled up with zeros: (..., words)."""
    packed = np.packbits(above, axis=-1)
    missing = -packed.shape[-1] % 8
    return np.pad(packed, [(0, 0)] * (packed.ndim - 1) + [(0, missing)]).view("<u8")


class _Place(NamedTuple):
    """Where an array lies in the file."""

    kind: str
    shape: tuple[int, ...]
    start: int
    end: int


def _places(header: Mapping[str, Any]) -> list[_Place]:
    """The places of the arrays, in the order of `_Arrays`."""
    count, dim, key = header["count"], header["dim"], header["key"]
    shapes = [("i1", (count, dim)), ("<f4", (count,)), (f"S{key}", (count,)), ("<f4", (dim,)), ("<u8", (-(-dim // 64), count))]
    places, at = [], _HEADER
    for kind, shape in shapes:
        end = at + np.dtype(kind).itemsize * math.prod(shape)
        places.append(_Place(kind, shape, at, end))
        at = -(-end // _ALIGNED) * _ALIGNED
    return places


def _digest(handle: BufferedRandom) -> str:
    """The digest of all that follows the header."""
    handle.seek(_HEADER)
    return file_digest(handle, partial(blake2b, digest_size=16)).hexdigest()
