"""Which near-copies have to be sorted into clusters again after a change, so that one new document costs one comparison
with each other and not a clustering of all.

Clustering itself is `near`'s; here it is asked about the few documents that a change can concern.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from index.sync.dedup import THRESHOLD, WORD_HASHES

# With more than this share of documents changed, clustering all of them is as fast (measured at 10,000 documents).
FEW = 0.02

Cluster = Callable[[Mapping[str, bytes]], Mapping[str, int]]
Member = tuple[int, bytes, int | None]
"""Of a document: its row's id, its signature, its cluster (None: to be found)."""


def recluster(members: Mapping[str, Member], cluster: Cluster) -> dict[str, int]:
    """New cluster numbers for the documents that a change concerns: those without one, their near-copies, and the clusters
    of these. A cluster's number is the least row id in it, so numbers of untouched clusters stay true."""
    unknown = [source for source, (_, _, number) in members.items() if number is None]
    if not unknown:
        return {}
    concerned = set(members) if len(unknown) > FEW * len(members) else _concerned(members, unknown)
    found = cluster({source: members[source][1] for source in concerned})
    least: dict[int, int] = {}
    for source, number in found.items():
        least[number] = min(members[source][0], least.get(number, members[source][0]))
    return {source: least[number] for source, number in found.items()}


def _concerned(members: Mapping[str, Member], unknown: Collection[str]) -> set[str]:
    concerned = set(unknown)
    for length in {len(members[source][1]) for source in unknown} - {0}:
        sources = [source for source, (_, signature, _) in members.items() if len(signature) == length]
        numbers = np.frombuffer(b"".join(members[source][1] for source in sources), dtype="<u4").reshape(len(sources), -1)[:, :WORD_HASHES]
        row_of = {source: row for row, source in enumerate(sources)}
        for source in unknown:
            if (row := row_of.get(source)) is not None:
                near = np.flatnonzero((numbers == numbers[row]).mean(axis=1) >= THRESHOLD)
                concerned.update(sources[i] for i in near)
    touched = {members[source][2] for source in concerned} - {None}
    return concerned | {source for source, (_, _, number) in members.items() if number in touched}
