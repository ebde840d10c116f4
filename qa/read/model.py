"""The extractive reader: one pass of a trained cross-encoder over each passage.

Its graph gives four logits a token: "answers" (read at the first token: does the passage answer), "evidence" (its mean over a unit's
tokens scores the unit), "start" and "end" of the short answer; made by `eval.train`. After Provence (arXiv 2501.16214) and the span
heads of BERT (arXiv 1810.04805).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.models.batching import pad, plan_batches
from qa.read.protocol import Finding, Readable, Reading, evidence_units
from qa.read.short import Place, short_answer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from index.models.compiled import Inputs

LONGEST = 384  # tokens of question, context and passage together; a longer passage loses its end
LONGEST_QUESTION = 96  # tokens; a longer question is cut: nobody asks in that many, and every passage would pay for it
TOKEN_BUDGET = 1024
ANSWERS, EVIDENCE, START, END = range(4)
_PARTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}

Run = Callable[[Iterable["Inputs"]], Iterable[NDArray[np.float32]]]


class _Coded(NamedTuple):
    """Question and passage in tokens, by the names of `tokenizers.Encoding`."""

    ids: list[int]
    attention_mask: list[int]
    type_ids: list[int]
    sequence_ids: list[int | None]
    offsets: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ModelReader:
    """A `Reader` over a graph (token ids, mask, segments -> logits (rows, tokens, 4)) and its tokenizer, which cuts nothing off.

    `temperature` divides the logits: it is fitted so that a score of .5 is right half of the time.
    """

    run: Run
    tokenizer: Tokenizer
    temperature: float = 1.0

    def read(self, question: str, passages: Sequence[Readable]) -> Reading:
        """See `Reader.read`."""
        asked = self._shortened(question)
        shown = [_shown(p) for p in passages]
        pairs = [self._coded(asked, text) for text, _ in shown]
        plan = plan_batches([len(pair.ids) for pair in pairs], TOKEN_BUDGET)
        batches = ({name: pad([getattr(pairs[i], part) for i in batch]) for name, part in _PARTS.items()} for batch in plan)
        findings: list[Finding] = []
        for batch, logits in zip(plan, self.run(batches), strict=True):
            for row, i in enumerate(batch):
                findings += self._findings(i, question, passages[i], pairs[i], shown[i][1], logits[row])
        findings.sort(key=lambda f: (-f.score, f.passage, f.unit.start))
        return Reading(tuple(passages), tuple(findings))

    def knows(self, word: str) -> bool:
        """Whether the word, in small letters, is one piece of the model's vocabulary: a common word, rightly spelt."""
        return self.tokenizer.token_to_id(word) is not None

    def _coded(self, question: str, text: str) -> _Coded:
        # `Encoding.truncate` forgets which side a token is of.
        pair = self.tokenizer.encode(question, text)
        return _Coded(*(getattr(pair, part)[:LONGEST] for part in _Coded._fields))

    def _shortened(self, question: str) -> str:
        coded = self.tokenizer.encode(question, add_special_tokens=False)
        return question if len(coded.ids) <= LONGEST_QUESTION else question[: coded.offsets[LONGEST_QUESTION - 1][1]]

    def _findings(
        self, i: int, question: str, readable: Readable, pair: _Coded, origin: Sequence[int], logits: NDArray[np.float32]
    ) -> list[Finding]:
        answers = probability(float(logits[0, ANSWERS]) / self.temperature)
        places = [Place(n, origin[a], origin[b - 1] + 1) for n, (a, b) in enumerate(pair.offsets) if pair.sequence_ids[n] == 1 and a < b]
        found = []
        for unit in evidence_units(readable):
            inside = [place for place in places if place.start < unit.end and unit.start < place.end]
            if not inside:
                continue
            rows = [place.row for place in inside]
            evidence = probability(float(logits[rows, EVIDENCE].mean()) / self.temperature)
            # The passage's head knows whether the question is met at all, the unit's where: neither is trusted alone.
            short = short_answer(question, readable.document.text, unit, inside, logits, (START, END))
            span, sure = ((short.start, short.end), short.sure) if short else (None, 0.0)
            found.append(Finding(i, unit, float(np.sqrt(answers * evidence)), answers, span, sure))
        return found


def _shown(readable: Readable) -> tuple[str, list[int]]:
    """What is read of a passage, its context first, and for each character of it the character of the document that it stands for: what
    explains a mark ("N (night shift)") stands for the mark, the context for nothing (-1)."""
    lead = "".join(f"{line}\n" for line in (readable.day, readable.context) if line)
    parts, origin = [lead], [-1] * len(lead)
    at, start = readable.passage.start, readable.passage.start
    for gloss in (g for g in readable.glosses if start < g.at <= readable.passage.end):
        added = f" ({gloss.text})"
        parts += [readable.text[at - start : gloss.at - start], added]
        origin += [*range(at, gloss.at), *[gloss.at - 1] * len(added)]
        at = gloss.at
    parts.append(readable.text[at - start :])
    origin += range(at, at + len(parts[-1]))
    return "".join(parts), origin


def probability(logit: float) -> float:
    """The logistic function."""
    return 1.0 / (1.0 + float(np.exp(-np.clip(logit, -30, 30))))
