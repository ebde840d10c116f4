"""A second opinion on the best passages: another embedder reads them at question time, beside the one that indexed all.

Twice as slow as the indexing one and better; read by it, two dozen passages decide as well as if it had indexed everything
(docs/experiments.md), and indexing stays fast. Unlike a cross-encoder's, its vectors do not depend on the question: they are
kept for the next one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.models.embed import encode_query, shortened

if TYPE_CHECKING:
    from index.models.protocol import Embedder
    from qa.config import Settings

KEPT = 4096  # passages whose vectors are remembered: 6 MB


class Rescorer:
    """Similarity of passages to a question by an embedder of its own; safe for several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def score(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Cosine similarities (len(passages),), in the order of `passages`.

        The mean of those to the question with and without the prefix that the model was trained with: claims go better
        without, questions with, and both as well or better with both (SciFact train .773 against .770 and .775, Cranfield
        .586 against .587 and .583, nDCG@10).
        """
        with self._lock:
            vectors = {text: self._known[text] for text in passages if text in self._known}
        missing = [text for text in dict.fromkeys(passages) if text not in vectors]
        if missing:
            vectors.update(zip(missing, self._embedder.encode(missing), strict=True))
        with self._lock:
            for text in passages:
                self._known[text] = vectors[text]
                self._known.move_to_end(text)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        plain = self._embedder.encode([shortened(self._embedder, question)])[0]
        asked = (encode_query(self._embedder, question) + plain) / 2
        return np.array([float(vectors[text] @ asked) for text in passages], dtype=np.float32)


def load_rescorer(settings: Settings, cache_dir: Path | None = None) -> Rescorer | None:
    """The embedder that `models.second` names; None for "none", and where it indexed the documents anyway.

    Raises what `load_embedder` raises.
    """
    from index.models.embed import load_embedder

    name = settings.models.second
    if name in ("none", settings.models.embedder):
        return None
    return Rescorer(load_embedder(settings.model_copy(update={"models": settings.models.model_copy(update={"embedder": name})}), cache_dir))
