"""Does a claim follow from its own quotes? Rules that are certain first, the judge for the rest; no language model.

Numbers, dates, names, negation, modality and opposites are decided by rules and can only refuse. What passes them is supported when it
stands word for word in a quote, or when the judge says so. Does not know whether a quote is true, nor which quote would be better.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from index.text.sentences import sentence_spans
from qa.check.judge import SUPPORTED, Item, Judge
from qa.check.polarity import mismatch
from qa.cite import VERBATIM_SCORE
from qa.english.claim_numbers import as_quoted, check_numbers
from qa.english.claim_roles import check_roles
from qa.english.clauses import clauses
from qa.english.lexicon import content_stems, fold, related
from qa.english.names import missing_names
from qa.read.weigh import less_likely
from qa.trace import seen

__all__ = ["Item", "Verdict", "verify", "verify_many"]

Label = Literal["supported", "contradicted", "unsupported"]
_SPEAKER = r"(?:(?i:he|she|they|it)|[Tt]he [a-z ]{3,40}|[A-Z][\w.’'-]+(?:\s[A-Z][\w.’'-]+){0,4})"
_SPEECH = r"(?:(?:has|have|had|also) ){0,2}(?:said|says|noted|stated|added|reports|reported|announced|told \w+)"
_TAIL = re.compile(rf",?\s*[\"”]?,?\s*(?:according to [^,.]+|{_SPEAKER} {_SPEECH})\s*[.!]?\s*$")
_LEAD = re.compile(
    rf"^(?:(?i:and|but|also|however|moreover|in addition|currently|meanwhile|that said|according to [^,]+)"
    rf"|(?P<speaker>{_SPEAKER}) {_SPEECH}(?P<that> that|(?=[,:]))?)\b[,:]?\s+"
)
_WORD = re.compile(r"[\w%$€£₩°]+|[+±~<>-](?=\d)")
_STOP = re.compile(r"[.!?](?=\s|$)")
# Added to the judge's logit for a claim all of whose words stand in one quote: it leaves something out ("the yard" for "the yard of
# Brandvik"), and what the rules let pass of that is seldom false. Swept in docs/decisions.md.
ALL_WORDS = 3.0
FEW = 3  # sentences that are read as one text: "it" in the second is what the first speaks of
RETOLD = 0.6  # of the claim's words in one sentence: then that sentence says the thing, and how it says it counts


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found. `span` is where in `quotes[quote_index]` the support stands; both None without support."""

    label: Label
    score: float
    reason: str
    span: tuple[int, int] | None = None
    quote_index: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was verified together, and the verdicts in the same order."""

    items: Sequence[Item]
    verdicts: Sequence[Verdict]


def verify(claim: str, quotes: Sequence[str], *, context: Sequence[str] = (), judge: Judge | None) -> Verdict:
    """Whether `quotes` together support `claim`; see `verify_many`."""
    return verify_many([Item(claim, quotes, context)], judge)[0]


def verify_many(items: Sequence[Item], judge: Judge | None) -> list[Verdict]:
    """Verdicts for `items` in order; the judge is asked only where neither rules nor word-for-word agreement decide.

    Without a judge nothing but what stands word for word is supported.
    """
    verdicts: list[Verdict | None] = [by_rules(item) for item in items]
    open_items = [i for i, verdict in enumerate(verdicts) if verdict is None]
    if open_items:
        asked = [replace(items[i], claim=as_quoted(items[i].claim, items[i].quotes)) for i in open_items]
        scores = judge.support(asked) if judge else [0.0] * len(asked)
        for i, score in zip(open_items, scores, strict=True):
            verdicts[i] = _graded(items[i], less_likely(float(score), -ALL_WORDS if _all_words(items[i]) else 0.0))
    return list(seen(Checked(items, [v for v in verdicts if v is not None])).verdicts)


def _all_words(item: Item) -> bool:
    """Whether one of the quotes has every word of the claim."""
    wanted = set(content_stems(item.claim))
    stems = [set(content_stems(quote)) for quote in item.quotes]
    return any(all(any(related(word, other) for other in quote) for word in wanted) for quote in stems)


def by_rules(item: Item) -> Verdict | None:
    """The verdict of the certain rules and of word-for-word agreement; None leaves it to the judge."""
    if not content_stems(item.claim):
        return Verdict("unsupported", 0.0, "the claim states nothing")
    if not any(quote.strip() for quote in item.quotes):
        return Verdict("unsupported", 0.0, "the claim has no quote")
    number = check_numbers(item.claim, item.quotes, item.context)
    if number:
        return Verdict("contradicted" if number.contradicts else "unsupported", 0.0, number.reason)
    names = missing_names(item.claim, [*item.quotes, *item.context])
    if names:
        return Verdict("unsupported", 0.0, f"{names[0].text!r} is not in the quotes")
    sentences = [quote[s.start : s.end] for quote in item.quotes for s in sentence_spans(quote)]
    told = retold(as_quoted(item.claim, item.quotes), sentences)
    polarity = mismatch(item.claim, told) if told else None
    if polarity:
        return Verdict("contradicted" if polarity.contradicts else "unsupported", 0.0, polarity.reason)
    role = check_roles(item.claim, item.quotes if len(sentences) <= FEW else sentences) if told or _all_words(item) else None
    if role:
        return Verdict("unsupported", 0.0, role)
    for index, quote in enumerate(item.quotes):
        span = verbatim_span(item.claim, quote)
        if span:
            return Verdict("supported", VERBATIM_SCORE, "word for word", span, index)
    return None


def retold(claim: str, sentences: Sequence[str]) -> list[str]:
    """The sentences that say the claim almost in its own words. What is said in other words is for the judge alone: there a
    "may" or a "not" that only one side has says little, and a name near other words nothing."""
    wanted = set(content_stems(claim))
    return [sentence for sentence in sentences if len(wanted & set(content_stems(sentence))) >= RETOLD * len(wanted)]


def verbatim_span(claim: str, quote: str) -> tuple[int, int] | None:
    """Where `claim` stands in `quote` word for word: white space, quotation marks, case, an opening conjunction, an attribution
    and the final stop do not count. Only whole words match; None when it does not stand there."""
    text = _fold_keep(quote)
    theirs = list(_WORD.finditer(text))
    for core in (claim, _TAIL.sub("", _without_lead(claim.strip()))):
        folded = _fold_keep(core)
        mine = list(_WORD.finditer(folded))
        if len(mine) < 2:
            continue
        for start in range(len(theirs) - len(mine) + 1):
            run = theirs[start : start + len(mine)]
            if all(a[0] == b[0] for a, b in zip(mine, run, strict=True)) and _gaps_agree(folded, mine, text, run):
                return run[0].start(), run[-1].end()
    return None


def _without_lead(claim: str) -> str:
    """The claim without its opening conjunction or attribution; what somebody "has stated" is his own act when it is no sentence."""
    lead = _LEAD.match(claim)
    if lead is None or (lead["speaker"] and not lead["that"] and not any(c.reported for c in clauses(claim)[:1])):
        return claim
    return claim[lead.end() :]


def _gaps_agree(claim: str, mine: Sequence[re.Match[str]], quote: str, run: Sequence[re.Match[str]]) -> bool:
    """No sentence of the quote ends inside the match unless the claim's does there too; the marks inside a number are the same."""
    for (a, b), (c, d) in zip(pairwise(mine), pairwise(run), strict=True):
        own, other = claim[a.end() : b.start()], quote[c.end() : d.start()]
        if _STOP.search(other) and not _STOP.search(own):
            return False
        if a[0][-1].isdigit() and b[0][0].isdigit() and own.strip() != other.strip():
            return False
    return True


def _fold_keep(text: str) -> str:
    """Case folded character by character, so that offsets hold."""
    return "".join(c if len(f := fold(c)) != 1 else f for c in text)


def _graded(item: Item, score: float) -> Verdict:
    if score < SUPPORTED:
        return Verdict("unsupported", score, "the quotes do not say it clearly enough")
    index, span = best_span(item.claim, item.quotes)
    return Verdict("supported", score, "entailed", span, index)


def best_span(claim: str, quotes: Sequence[str]) -> tuple[int, tuple[int, int]]:
    """The quote and the sentence in it that shares most content words with the claim."""
    wanted = content_stems(claim)
    best = (-1.0, 0, (0, len(quotes[0])))
    for index, quote in enumerate(quotes):
        for span in sentence_spans(quote) or []:
            stems = content_stems(quote[span.start : span.end])
            hits = sum(any(related(w, s) for s in stems) for w in wanted) - len(stems) * 1e-3
            if hits > best[0]:
                best = (hits, index, (span.start, span.end))
    return best[1], best[2]
