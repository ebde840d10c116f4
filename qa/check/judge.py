"""The judge of support: does a claim follow from its quotes? One pass of a trained cross-encoder over claim and quotes.

Made by `eval.train` (recipe: `eval.train.judge_data`). A claim of several sentences is as sure as its least sure one; of quotes
longer than the window those sentences are read that share the claim's rarest words. Knows no rules about numbers or names:
`qa.check.verify` applies them first.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index.models.batching import pad, plan_batches
from index.text.sentences import sentence_spans
from qa.english.lexicon import content_stems

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from index.models.compiled import Inputs

SUPPORTED = 0.5  # the one threshold, of every judge
LONGEST = 320  # tokens of claim and quotes together, as in training
WIDEST = 800  # characters of quotes that are read with one sentence of a claim; most of the training pairs are shorter
TOKEN_BUDGET = 1024
_PARTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}

Run = Callable[[Iterable["Inputs"]], Iterable[NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class Item:
    """One claim with its quotes; `context` (titles, dates, the sentences before) may supply names and dates, never figures."""

    claim: str
    quotes: Sequence[str]
    context: Sequence[str] = ()


class Judge(Protocol):
    """Says how surely quotes support a claim."""

    def support(self, items: Sequence[Item]) -> NDArray[np.float32]:
        """Probabilities, float32 of shape (len(items),); supported from `SUPPORTED` on."""
        ...


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """A `Judge` over a graph whose first logit at the first token says "supported", and its tokenizer, which cuts nothing off."""

    run: Run
    tokenizer: Tokenizer

    def support(self, items: Sequence[Item]) -> NDArray[np.float32]:
        """See `Judge.support`."""
        asked = [(i, sentence, shown(sentence, item)) for i, item in enumerate(items) for sentence in sentences_of(item.claim)]
        coded = [self.tokenizer.encode(sentence, text) for _, sentence, text in asked]
        plan = plan_batches([min(LONGEST, len(c.ids)) for c in coded], TOKEN_BUDGET)
        batches = ({name: pad([getattr(coded[i], part)[:LONGEST] for i in batch]) for name, part in _PARTS.items()} for batch in plan)
        lowest = np.full(len(items), np.inf, np.float32)
        for batch, logits in zip(plan, self.run(batches), strict=True):
            for row, at in enumerate(batch):
                number = asked[at][0]
                lowest[number] = min(lowest[number], logits[row, 0, 0])
        return np.asarray(1 / (1 + np.exp(np.clip(-lowest, -30, 30))), dtype=np.float32)


def sentences_of(claim: str) -> list[str]:
    """The sentences of a claim; the claim itself where none is found."""
    return [claim[s.start : s.end] for s in sentence_spans(claim)] or [claim]


def shown(sentence: str, item: Item) -> str:
    """What the judge reads with a sentence of the claim: context and quotes, as in training (`eval.train.support`)."""
    return "\n".join((*item.context, excerpt(sentence, item.quotes)))


def excerpt(sentence: str, quotes: Sequence[str]) -> str:
    """The quotes as they are, or of longer ones the sentences that share the rarest words with `sentence`, in their order."""
    whole = "\n\n".join(quotes)
    if len(whole) <= WIDEST:
        return whole
    parts = [quote[s.start : s.end] for quote in quotes for s in sentence_spans(quote)]
    stems = [set(content_stems(part)) for part in parts]
    frequency = Counter(stem for part in stems for stem in part)
    wanted = set(content_stems(sentence))
    shared = [sum(math.log(1 + len(parts) / frequency[stem]) for stem in wanted & part) for part in stems]
    chosen: list[int] = []
    room = WIDEST
    for i in sorted(range(len(parts)), key=lambda i: -shared[i]):
        if len(parts[i]) < room and (shared[i] > 0 or not chosen):
            chosen.append(i)
            room -= len(parts[i]) + 1
    return " ".join(parts[i] for i in sorted(chosen)) or whole[:WIDEST]
