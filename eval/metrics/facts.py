"""What can be said of one case once its answer is known: the counts that every metric is a ratio of, and why it failed.

A case passes when nothing is wrong with it; each reason says what is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from eval.cases.matching import MARKER, find_quote, overlap, says, says_all
from eval.schema import Case, Prediction
from qa.schema import Answer, Claim

TextOf = Callable[[str], str | None]
Supports = Callable[[str, str], bool]  # (evidence, claim) -> supported; looked up, never computed, here


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The counts of one case. `None` means: not measured in this scoring (no judge); 0 of 0 means: the case has none.

    `supported[i]` and `citation_recall` use all quotes of a claim together; `precise` counts ALCE-precise citations.
    """

    id: str
    tags: tuple[str, ...]
    answerable: bool
    failed: bool
    abstained: bool
    confidence: float
    nuggets_found: tuple[bool, ...] = ()
    vital: tuple[bool, ...] = ()
    quotes: int = 0
    quotes_exact: int = 0
    quotes_relevant: int = 0
    forbidden: tuple[str, ...] = ()
    forbidden_shown: tuple[str, ...] = ()
    has_conflict: bool = False
    conflict_shown: bool = False
    false_disagreements: int = 0
    claims: int = 0
    supported: tuple[bool, ...] | None = None
    uncited_lines: int = 0
    claim_citations: int = 0
    precise: int | None = None
    total_ms: float | None = None
    reasons: tuple[str, ...] = field(default=())

    @property
    def vital_found(self) -> int:
        """Vital nuggets that the answer states."""
        return sum(found for found, vital in zip(self.nuggets_found, self.vital, strict=True) if vital)

    @property
    def vital_total(self) -> int:
        """Vital nuggets of the case."""
        return sum(self.vital)

    @property
    def answered(self) -> bool:
        """Neither crashed nor abstained."""
        return not self.failed and not self.abstained

    @property
    def correct(self) -> bool:
        """Answered an answerable question with every vital nugget and no forbidden string."""
        return self.answered and self.answerable and self.vital_found == self.vital_total and not self.forbidden_shown

    @property
    def passed(self) -> bool:
        """Nothing is wrong with this case."""
        return not self.reasons


def case_facts(case: Case, prediction: Prediction, text_of: TextOf, supports: Supports | None) -> CaseFacts:
    """The counts of one case. `supports` is the judge's recorded verdict; without it nothing is said of support."""
    vital = tuple(nugget.vital for nugget in case.nuggets)
    tags, forbidden = tuple(dict.fromkeys(case.tags)), tuple(case.forbidden)
    answer = prediction.answer
    if answer is None:
        return CaseFacts(
            case.id, tags, case.answerable, True, False, 0.0, (False,) * len(vital), vital,
            forbidden=forbidden, has_conflict=bool(case.conflict), reasons=(f"crashed: {prediction.error}",),
        )  # fmt: skip
    found = tuple(not answer.abstained and says_all(answer.answer, nugget.match) for nugget in case.nuggets)
    supported = None if supports is None else tuple(supports(claim_evidence(answer, claim), claim.text) for claim in answer.claims)
    facts = CaseFacts(
        id=case.id,
        tags=tags,
        answerable=case.answerable,
        failed=False,
        abstained=answer.abstained,
        confidence=answer.confidence,
        nuggets_found=found,
        vital=vital,
        quotes=len(answer.citations),
        quotes_exact=sum((text_of(c.source) or "")[c.start : c.end] == c.quote and c.quote != "" for c in answer.citations),
        quotes_relevant=_relevant_quotes(case, answer, text_of),
        forbidden=forbidden,
        forbidden_shown=tuple(string for string in case.forbidden if says(answer.answer, string)),
        has_conflict=bool(case.conflict),
        conflict_shown=bool(case.conflict) and _conflict_shown(case.conflict or [], answer),
        false_disagreements=0 if case.conflict else sum(c.kind == "disagreement" for c in answer.conflicts),
        claims=len(answer.claims),
        supported=supported,
        uncited_lines=uncited_lines(answer),
        claim_citations=sum(len(claim.citations) for claim in answer.claims),
        precise=None if supports is None or supported is None else _precise(answer, supported, supports),
        total_ms=answer.timings_ms.total,
    )
    return _with_reasons(facts, case)


def claim_evidence(answer: Answer, claim: Claim, without: int | None = None) -> str:
    """The quotes that a claim cites, one a line, in the order cited; `without` leaves one footnote number out."""
    quotes = {citation.n: citation.quote for citation in answer.citations}
    return "\n".join(quotes[n] for n in claim.citations if n != without and n in quotes)


def support_pairs(answer: Answer) -> list[tuple[str, str]]:
    """Every (evidence, claim) pair that `case_facts` may ask the judge about."""
    quotes = {citation.n: citation.quote for citation in answer.citations}
    pairs: list[tuple[str, str]] = []
    for claim in answer.claims:
        pairs.append((claim_evidence(answer, claim), claim.text))
        if len(claim.citations) > 1:
            for n in claim.citations:
                pairs += [(quotes.get(n, ""), claim.text), (claim_evidence(answer, claim, without=n), claim.text)]
    return pairs


def uncited_lines(answer: Answer) -> int:
    """Lines of an answer that state something without a footnote; a line that ends with a colon introduces others."""
    if answer.abstained:
        return 0
    lines = (line.strip() for line in answer.answer.splitlines())
    return sum(any(c.isalpha() for c in line) and not MARKER.search(line) and not line.rstrip("*_ ").endswith(":") for line in lines)


def evidence_spans(case: Case, text_of: TextOf) -> list[tuple[int, str, int, int]]:
    """(nugget number, source, start, end) of every place where the corpus holds an evidence quote of the case."""
    return [
        (i, evidence.source, start, end)
        for i, nugget in enumerate(case.nuggets)
        for evidence in nugget.evidence
        for start, end in find_quote(text_of(evidence.source) or "", evidence.quote)
    ]


def _relevant_quotes(case: Case, answer: Answer, text_of: TextOf) -> int:
    spans = evidence_spans(case, text_of)
    return sum(
        any(source == c.source and overlap((start, end), (c.start, c.end)) for _, source, start, end in spans) for c in answer.citations
    )


def _conflict_shown(values: Sequence[str], answer: Answer) -> bool:
    """Every value is in the answer text, and one entry of `conflicts` lists them all, each as a value of its own."""
    if answer.abstained or not all(says(answer.answer, value) for value in values):
        return False
    return any(_listed(list(values), list(entry.values)) for entry in answer.conflicts)


def _listed(wanted: list[str], listed: list[str]) -> bool:
    if not wanted:
        return True
    return any(says(listed[i], wanted[0]) and _listed(wanted[1:], listed[:i] + listed[i + 1 :]) for i in range(len(listed)))


def _precise(answer: Answer, supported: tuple[bool, ...], supports: Supports) -> int:
    """ALCE: a citation counts when its statement is supported and it either supports alone or the rest does not."""
    quotes = {citation.n: citation.quote for citation in answer.citations}
    precise = 0
    for claim, holds in zip(answer.claims, supported, strict=True):
        if holds and len(claim.citations) == 1:
            precise += 1
        elif holds:
            precise += sum(
                supports(quotes.get(n, ""), claim.text) or not supports(claim_evidence(answer, claim, without=n), claim.text)
                for n in claim.citations
            )
    return precise


def _with_reasons(facts: CaseFacts, case: Case) -> CaseFacts:
    reasons: list[str] = []
    if facts.answered and not case.answerable:
        reasons.append("answered a question that the documents do not answer")
    if facts.abstained and case.answerable:
        reasons.append("refused a question that the documents answer")
    if facts.answered:
        missing = [n.text for n, found in zip(case.nuggets, facts.nuggets_found, strict=True) if n.vital and not found]
        reasons += [f"does not say: {text}" for text in missing]
        if case.conflict and not facts.conflict_shown:
            reasons.append(f"does not show the conflict {' / '.join(case.conflict)} in the answer and in `conflicts`")
    if facts.false_disagreements:
        reasons.append("reports a disagreement where the sources do not disagree")
    reasons += [f"shows the forbidden {string!r}" for string in facts.forbidden_shown]
    if facts.quotes_exact < facts.quotes:
        reasons.append(f"{facts.quotes - facts.quotes_exact} of {facts.quotes} quotes are not verbatim at their offsets")
    if facts.supported is not None and not all(facts.supported):
        reasons.append(f"{facts.supported.count(False)} of {facts.claims} statements are not supported by their quotes")
    return replace(facts, reasons=tuple(reasons))
