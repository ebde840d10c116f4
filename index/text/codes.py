"""Vectors as bytes: one for each number, and a scale for each vector. A quarter of the room, to compare some thousands at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LARGEST = 127
_STEP = 1024  # vectors that are floats at a time: 1.5 MB stay in the processor's cache


def pack(vectors: NDArray[np.float32]) -> bytes:
    """Vectors (n, dim) of any length but none as n records of 4 + dim bytes; only their directions are kept."""
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    scales = np.abs(units).max(axis=1, initial=np.finfo(np.float32).tiny) / _LARGEST
    records = np.empty(len(vectors), dtype=_record(vectors.shape[1]))
    records["scale"] = scales
    records["code"] = np.rint(units / scales[:, None])
    return records.tobytes()


def cosines(packed: bytes, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosine similarity (n,) of each packed vector with `vector` (dim,); off by .0004 at 384 dimensions (standard deviation)."""
    return compare(*split(packed, len(vector)), vector)


def split(packed: bytes, dim: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The codes (n, dim) and scales (n,) of packed vectors; their products are the numbers."""
    records = np.frombuffer(packed, dtype=_record(dim))
    return records["code"], records["scale"]


def compare(
    codes: NDArray[np.int8], scales: NDArray[np.float32], vector: NDArray[np.float32], rows: NDArray[np.intp] | None = None
) -> NDArray[np.float32]:
    """The cosine similarity of codes (n, dim) and scales (n,), or of these rows of them, with `vector` (dim,)."""
    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    found = (scales if rows is None else scales[rows]).astype(np.float32)
    floats = np.empty((min(_STEP, len(found)), codes.shape[1]), dtype=np.float32)  # once: new memory costs more
    for i in range(0, len(found), _STEP):
        part = codes[i : i + _STEP] if rows is None else codes.take(rows[i : i + _STEP], axis=0)
        floats[: len(part)] = part
        found[i : i + _STEP] *= np.vecdot(floats[: len(part)], unit)  # `@` would share so little work with a thread, and wait for it
    return found


def dim_of(packed: bytes, number: int) -> int:
    """How many numbers a vector has of which so many were packed."""
    return len(packed) // max(number, 1) - record_size(0)


def record_size(dim: int) -> int:
    """Bytes of one packed vector of so many numbers."""
    return _record(dim).itemsize


def _record(dim: int) -> np.dtype[np.void]:
    return np.dtype([("scale", "<f4"), ("code", "i1", (dim,))])
