"""Vectors on the way in: embeds what is missing, drops what is no longer used, on a copy that readers do not see.

Knows keys and texts, not documents. See `generations` for why it works on a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b

import numpy as np

from index.errors import StoreError
from index.store.coded import Coded
from index.store.generations import Generations
from index.store.vectors import Vectors, VectorStore, copy_vectors

# Chroma's HNSW file keeps the place of every vector ever written. Copying the live ones into an empty store costs about a
# third of a millisecond each, deleting about one: rebuild once a fifth is dead, so that the folder stays under 1.2 times its need.
DEAD_SHARE = 0.2
DEAD_FLOOR = 50

_STEP = 500

Encode = Callable[[Sequence[str]], Vectors]


def vector_key(fingerprint: str, text: str) -> str:
    """The id of a text's vector: equal for equal texts under one embedder."""
    return blake2b(f"{fingerprint}\0{text}".encode(), digest_size=16).hexdigest()


class VectorWriter:
    """The working copy of the vectors during one build; `encode` is asked for only when something is missing."""

    late = False

    def __init__(self, generations: Generations, facts: Mapping[str, str], encode: Encode, expected: Collection[str] = ()) -> None:
        """`expected` are the keys that the published generation should hold: where the number fits, Chroma need not list them."""
        self._expected = expected
        self._generations = generations
        self._encode = encode
        self._published = facts.get("vectors")
        self._name = generations.name(int(facts["generation"]) + 1)
        self._dim = int(facts.get("dim", 0))
        self._store, self.have = self._open()
        self._claimed: set[str] = set()
        self._written = max(int(facts.get("vectors_written", 0)), len(self.have))
        self.embedded = 0

    @property
    def name(self) -> str:
        """The generation that is being written."""
        return self._name

    @property
    def in_place(self) -> bool:
        """Whether readers share the store that is written (a server): nothing may leave it before it is out of sight."""
        return self._generations.in_place

    def _open(self) -> tuple[VectorStore, set[str]]:
        """The copy and its ids; an empty one when what is published is damaged (what is missing is then embedded again)."""
        try:
            store = self._generations.begin(self._published, self._name)
            known = not self.in_place or store.stamp() == self._published
            have = set(self._expected) if known and store.count() == len(self._expected) else set(store.ids())
            if have and self._dim:
                store.query(np.full(self._dim, self._dim**-0.5, dtype=np.float32), 1)
        except StoreError:
            if self.in_place:
                raise
            self._name += "d"  # chromadb keeps a half-opened folder in mind by its path
            return self._generations.begin(None, self._name, empty=True), set()
        return store, have

    def ensure(self, texts: Mapping[str, str]) -> None:
        """Make sure that every key of `texts` has its vector stored, embedding the text where it has not."""
        missing = self.claim(texts)
        if missing:
            self.add(list(missing), self._encode(list(missing.values())))

    def claim(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Those of `texts` whose vectors are neither stored nor claimed before: the caller owes them to `add`."""
        missing = {key: text for key, text in texts.items() if key not in self.have and key not in self._claimed}
        self._claimed.update(missing)
        return missing

    def add(self, keys: Sequence[str], vectors: Vectors) -> None:
        """Store claimed vectors (len(keys), dim)."""
        if not keys:
            return
        self._store.upsert(keys, vectors)
        self._claimed.difference_update(keys)
        self.have.update(keys)
        self._written += len(keys)
        self.embedded += len(keys)

    def take(self, waiting: Iterable[tuple[Sequence[str], Vectors]]) -> None:
        """Store vectors that had waited elsewhere."""
        for keys, vectors in waiting:
            self._store.upsert(keys, vectors)
            self._written += len(set(keys) - self.have)
            self.have.update(keys)

    def repair(self, used: set[str], texts_of: Callable[[Sequence[str]], Mapping[str, str]]) -> None:
        """Embed again what is `used` and not stored (the store was lost or damaged)."""
        lost = sorted(used - self.have)
        for i in range(0, len(lost), _STEP):
            self.ensure(texts_of(lost[i : i + _STEP]))

    def pages(self, keys: Sequence[str]) -> Iterator[tuple[list[str], Vectors]]:
        """Stored vectors of these keys, in pages; absent ones are left out."""
        return self._store.pages(keys)

    def collect(self, used: set[str]) -> None:
        """Drop the vectors that are not `used`; rebuild the copy when dead places in its files add up."""
        unused = self.have - used
        dead = self._written - len(self.have) + len(unused)
        if not self.in_place and dead > max(DEAD_FLOOR, DEAD_SHARE * len(used)):
            self._rebuild(self.have & used)
        elif unused:
            self._store.delete(sorted(unused))
        self.have -= unused

    def _rebuild(self, used: set[str]) -> None:
        name = f"{self._name}r"
        fresh = self._generations.begin(None, name, empty=True)
        copy_vectors(self._store, fresh, used)
        self._store.close()
        self._store, self._name, self._written = fresh, name, len(used)

    def seal(self, codes: Coded | None = None) -> dict[str, str | int]:
        """Close the copy, see that it is on the disk, with its vectors' codes from among `codes`; returns what the catalog must
        say for it to be the published one."""
        if not self.in_place:
            self._store.close()
            if codes is not None and (pages := codes()) is not None:
                self._generations.write_codes(self._name, pages, self.have)
            self._generations.sync(self._name)
        return {"vectors": self._name, "vectors_written": self._written}

    def resume(self, generation: int) -> None:
        """After the sealed copy was published: open the next one."""
        self._published, self._name = self._name, self._generations.name(generation + 1)
        self._expected = self.have
        if not self.in_place:
            self._store, self.have = self._open()

    def mark(self) -> None:
        """Stamp the vectors with what they were published as: they are what the catalog says, no more and no less."""
        self._store.mark(self._name)

    def close(self) -> None:
        """Let go of the copy without publishing it."""
        self._store.close()
