"""A graded score that a claim follows from evidence: what the evidence lacks, contradicts or says elsewhere, in two regressions.

`grounding_scores` ranks claims about documents of any length, where a small edit makes a claim false. `support_scores` is the
gate of `qa.check.verify` for claims that the certain rules let pass: how much of a claim its quotes say at all. Coefficients and
thresholds come from `python -m eval.bench.cli_grounding_fit` and stand in `qa.check.grounding_model`. Knows no entailment: a
paraphrase without a shared word scores low, a false sentence of the evidence's own words scores high.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.text.sentences import sentence_spans
from qa.check import grounding_model as model
from qa.check.polarity import find_cues, find_opposite
from qa.english.lexicon import SYNONYMS, Token, related, tokens, word_set
from qa.english.names import find_names, missing_names
from qa.english.quantities import Quantity, agree, find_quantities
from qa.english.verbs import reads_as_verb

# The cross-encoder reads each sentence of the claim beside this many sentences of the evidence.
SENTENCES = 3
# Above this share of known words a claim gains nothing by repeating more of them: paraphrases are true too. Swept 0.4-0.8.
THIN = 0.6
# More sentences than this are a long text, which has more of any claim's words by chance: this much is taken off the gate's logit.
FEW = 3
LONG = 0.2
_LIMITS = word_set("""
only solely exclusively entirely completely fully always all every any despite although however but instead rather unless exactly just
merely purely both most few least
""")
_DENIALS = word_set("not never no none neither nor without")
_OPINION = word_set("i me my you your we our am us")


class Scorer(Protocol):
    """A cross-encoder: the same protocol as `qa.retrieve.rerank.Reranker`."""

    def score(self, query: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Logits of (query, passage), shape (len(passages),), higher is more relevant."""
        ...


@dataclass(frozen=True, slots=True)
class _Text:
    """Evidence, read once: its sentences, their stems, and an index of stems by their first letters."""

    sentences: tuple[str, ...]
    stems: tuple[frozenset[str], ...]
    frequency: Mapping[str, int]
    by_start: Mapping[str, tuple[str, ...]]
    quantities: tuple[Quantity, ...]

    def find(self, stem: str) -> str | None:
        """The evidence's own stem for a claim's: the same, a synonym, or a word derived from it."""
        if stem in self.frequency:
            return stem
        synonym = next((s for s in SYNONYMS.get(stem, ()) if s in self.frequency), None)
        return synonym or next((s for s in self.by_start.get(stem[:5], ()) if related(stem, s)), None)

    def rarity(self, stem: str) -> float:
        """Inverse sentence frequency inside this evidence."""
        return math.log(1 + (len(self.sentences) + 1) / (self.frequency.get(stem, 0) + 0.5))


@lru_cache(maxsize=256)
def _read(evidence: str) -> _Text:
    sentences = tuple(evidence[s.start : s.end] for s in sentence_spans(evidence))
    stems = tuple(frozenset(t.stem for t in tokens(sentence) if t.content) for sentence in sentences)
    frequency = Counter(stem for sentence in stems for stem in sentence)
    starts: dict[str, list[str]] = {}
    for stem in frequency:
        starts.setdefault(stem[:5], []).append(stem)
    return _Text(sentences, stems, frequency, {k: tuple(v) for k, v in starts.items()}, tuple(find_quantities(evidence)))


def windows(claim: str, evidence: str) -> list[tuple[str, list[str]]]:
    """Each sentence of the claim with the sentences of the evidence, in order, that share its rarest words."""
    text = _read(evidence)
    result = []
    for span in sentence_spans(claim):
        sentence = claim[span.start : span.end]
        wanted = {t.stem for t in tokens(sentence) if t.content}
        shared = [sum(text.rarity(w) for w in wanted & stems) / (1 + 0.02 * len(stems)) for stems in text.stems]
        best = sorted(sorted(range(len(shared)), key=lambda i: -shared[i])[:SENTENCES])
        result.append((sentence, [text.sentences[i] for i in best]))
    return result


def lowest_logit(near: Sequence[tuple[str, Sequence[str]]], scorer: Scorer) -> float:
    """The cross-encoder's best logit for each sentence of the claim, and of these the lowest; 0 without sentences."""
    return min((float(np.max(scorer.score(sentence, passages))) for sentence, passages in near if passages), default=0.0)


def features(claim: str, evidence: str, near: Sequence[tuple[str, Sequence[str]]]) -> dict[str, float]:
    """The signals of one pair that need no model, by name; `near` from `windows`."""
    text = _read(evidence)
    words = tokens(claim)
    lower = [t.word.lower() for t in words]
    content = [(i, t) for i, t in enumerate(words) if t.content]
    found = {t.stem: text.find(t.stem) for _, t in content}
    unmatched = [(i, t) for i, t in content if found[t.stem] is None and not t.word[0].isdigit()]
    verbs = sum(reads_as_verb(lower, i) for i, _ in unmatched)
    coverage = 1 - len(unmatched) / len(content) if content else 0.0
    shown = "\n".join(dict.fromkeys(sentence for _, sentences in near for sentence in sentences))
    shown_words = {t.word.lower() for t in tokens(shown)}
    return {
        "coverage": coverage,
        "thin": max(0.0, THIN - coverage),
        "verb_share": (verbs + 0.5) / (len(unmatched) + 1),
        "apart": _apart([t for _, t in content], found, text),
        "longest_gap": math.log1p(_longest_gap([t for _, t in content], found)),
        "limits": math.log1p(sum(w in _LIMITS and w not in shown_words for w in lower)),
        "denials": math.log1p(sum(w in _DENIALS and w not in shown_words for w in lower)),
        "opinion": float(bool((set(lower) & _OPINION) - {t.word.lower() for t in tokens(evidence)})),
        "question": float("?" in claim or "!" in claim),
        **_said(claim, [t for _, t in content], found),
        **_certain_signals(claim, evidence, shown, text),
    }


def _certain_signals(claim: str, evidence: str, shown: str, text: _Text) -> dict[str, float]:
    """What the rules of `qa.check.verify` see, counted instead of decided."""
    numbers = find_quantities(claim)
    values = {q.value for q in text.quantities}
    counted = [q for q in numbers if not (q.kind == "count" and q.value == 1)]
    denials = Counter(c.kind for c in find_cues(claim))["negation"] - Counter(c.kind for c in find_cues(shown))["negation"]
    return {
        "numbers": math.log1p(len(numbers)),
        "number_missing": float(any(q.value not in values for q in counted)),
        "number_differs": float(any(not any(agree(q, other) for other in text.quantities) for q in counted)),
        "name_missing": float(bool(missing_names(claim, [evidence]))),
        "negation": float(max(0, denials)),
        "opposite": float(find_opposite(claim, [shown]) is not None),
    }


def _said(claim: str, content: Sequence[Token], found: Mapping[str, str | None]) -> dict[str, float]:
    """How much of the claim the evidence says, where each number and each name (which rules check exactly) counts as one thing said."""
    exact = [(q.start, q.end) for q in find_quantities(claim)]
    exact += [(n.start, n.end) for n in find_names(claim) if not any(a <= n.start < b for a, b in exact)]
    plain = [t for t in content if not any(a <= t.start < b for a, b in exact)]
    unsaid = sum(found[t.stem] is None for t in plain)
    total = len(plain) + len(exact)
    return {"said": 1 - unsaid / total if total else 0.0, "unsaid": math.log1p(unsaid)}


def _apart(content: Sequence[Token], found: Mapping[str, str | None], text: _Text) -> float:
    """Whether two neighbouring words of the claim are both in the evidence, but in no sentence together."""
    stems = [found[t.stem] for t in content]
    pairs = [(a, b) for a, b in pairwise(stems) if a and b]
    return float(any(not any(a in sentence and b in sentence for sentence in text.stems) for a, b in pairs))


def _longest_gap(content: Sequence[Token], found: Mapping[str, str | None]) -> int:
    """The longest run of content words of the claim that the evidence lacks."""
    return max((len(run) for run in re.findall("x+", "".join("x" if found[t.stem] is None else "." for t in content))), default=0)


def weighed(signals: Mapping[str, float], coefficients: Mapping[str, float], intercept: float) -> float:
    """The probability of the regression."""
    return 1 / (1 + math.exp(-(intercept + sum(weight * signals[name] for name, weight in coefficients.items()))))


def grounding_scores(pairs: Sequence[tuple[str, str]], scorer: Scorer | None) -> NDArray[np.float32]:
    """Scores 0..1 that evidence supports a claim, for (claim, evidence) pairs, float32 of shape (len(pairs),).

    Supported from `SHIPPED_THRESHOLD` on. `scorer` is asked only when the fit gave it weight, and may be None then too.
    """
    return _scores(pairs, scorer, model.GROUNDING, model.GROUNDING_INTERCEPT)


def grounding_score(claim: str, evidence: str, scorer: Scorer | None) -> float:
    """The score of one pair; see `grounding_scores`."""
    return float(grounding_scores([(claim, evidence)], scorer)[0])


def support_scores(pairs: Sequence[tuple[str, str]], scorer: Scorer | None) -> NDArray[np.float32]:
    """Scores 0..1 that the evidence says what the claim says, for (claim, evidence) pairs that passed the certain rules.

    Supported from `SUPPORT_THRESHOLD` on, with a scorer or by words alone.
    """
    if scorer is None:
        return _scores(pairs, None, model.SUPPORT_BY_WORDS, model.SUPPORT_BY_WORDS_INTERCEPT, LONG)
    return _scores(pairs, scorer, model.SUPPORT, model.SUPPORT_INTERCEPT, LONG)


def _scores(
    pairs: Sequence[tuple[str, str]], scorer: Scorer | None, weights: Mapping[str, float], intercept: float, off: float = 0.0
) -> NDArray[np.float32]:
    scores = []
    for claim, evidence in pairs:
        near = windows(claim, evidence)
        signals = features(claim, evidence, near)
        if "logit" in weights:
            signals["logit"] = lowest_logit(near, scorer) / 10 if scorer else 0.0
        long = len(_read(evidence).sentences) > FEW
        scores.append(weighed(signals, weights, intercept - off if long else intercept))
    return np.asarray(scores, dtype=np.float32)
