"""The metrics of answers (design 4.3): each a (numerator, denominator) of one case, summed over cases.

A denominator of 0 means that the case does not enter the metric. A crashed case always enters with the worst value
wherever its denominator is known beforehand, and is counted beside every figure: crashing never pays. Knows nothing
of intervals or tags.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from eval.metrics.facts import CaseFacts
from eval.metrics.stats import interval_of

Share = tuple[float, float]
NONE: Share = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """A named metric. `better` is +1 when higher is better, -1 when lower is; `judged` when it needs a support judge."""

    name: str
    title: str
    of: Callable[[CaseFacts], Share]
    better: int = 1
    judged: bool = False


def right(facts: CaseFacts) -> Share:
    """Answerable cases whose answer has every vital nugget and nothing forbidden / answerable cases.

    The headline, with the three below: right, in part, beside the point and refused add up to 1 (design 5.3). Not `passed`, which also
    wants quotes, conflicts and support to be faultless.
    """
    return (facts.correct, 1) if facts.answerable else NONE


def in_part(facts: CaseFacts) -> Share:
    """Answerable cases that were answered with some of the vital nuggets, or with all and something forbidden / answerable cases."""
    return (facts.answered and not facts.correct and facts.vital_found > 0, 1) if facts.answerable else NONE


def beside(facts: CaseFacts) -> Share:
    """Answerable cases that were answered without any vital nugget (or crashed) / answerable cases. Lower is better."""
    return ((facts.answered and facts.vital_found == 0 and not facts.correct) or facts.failed, 1) if facts.answerable else NONE


def verdict_score(facts: CaseFacts) -> Share:
    """Mean of right 1, in part .5, refused 0, beside the point -1, answered though unanswerable -1, over all cases (design 5.3).

    Not the CRAG-style score, which counts a part of an answer as wrong. A refusal of an unanswerable question counts 0 like every other,
    so the best possible score is the share of answerable cases.
    """
    if facts.answerable:
        return right(facts)[0] + 0.5 * in_part(facts)[0] - beside(facts)[0], 1.0
    return (0.0 if facts.abstained else -1.0), 1.0


def vital_recall(facts: CaseFacts) -> Share:
    """Vital nuggets found / vital nuggets, over answerable cases.

    Source: nugget recall of TREC QA (Voorhees 2003), string-matched as contract 4.2 says. Not the mean of each case's
    recall (`case_recall`): here a case with five nuggets weighs five times one with a single nugget.
    """
    return facts.vital_found, facts.vital_total


def case_recall(facts: CaseFacts) -> Share:
    """Mean over answerable cases of (vital nuggets found / vital nuggets). Macro average; `vital_recall` is the micro one."""
    return (facts.vital_found / facts.vital_total, 1.0) if facts.vital_total else NONE


def list_completeness(facts: CaseFacts) -> Share:
    """Mean share of a list's vital items that the answer names, over answerable cases tagged `list`.

    Source: instance recall of the TREC list task (Voorhees 2003). Not the share of complete lists: half a list earns half.
    """
    return case_recall(facts) if "list" in facts.tags else NONE


def quote_precision(facts: CaseFacts) -> Share:
    """Cited quotes that overlap (by document span) the evidence of a nugget of the case / cited quotes, over answerable cases.

    Source: design 4.3. Not citation precision: that asks whether a quote supports its statement, this asks whether it
    is about the question; an answer that dumps every near sentence scores 1 there and low here.
    """
    return (facts.quotes_relevant, facts.quotes) if facts.answerable else NONE


def quote_exactness(facts: CaseFacts) -> Share:
    """Citations with `text_of(source)[start:end] == quote` / citations.

    Source: contract 4.1. Not support: a verbatim quote may prove nothing.
    """
    return facts.quotes_exact, facts.quotes


def citation_recall(facts: CaseFacts) -> Share:
    """Statements that their quotes together support / statements, where a line without a footnote is an unsupported one.

    Source: ALCE (Gao et al. 2023, arXiv 2305.14627), with the judge named in the report for its TRUE model. Not
    groundedness: that looks at the claims only, this at everything the answer text says.
    """
    return (sum(facts.supported), facts.claims + facts.uncited_lines) if facts.supported is not None else NONE


def citation_precision(facts: CaseFacts) -> Share:
    """Precise citations / citations. A citation is imprecise when its statement is not supported by all its citations
    together, or when it alone does not support the statement and the others still do.

    Source: ALCE (arXiv 2305.14627). Not `quote_precision`, which asks for relevance to the question.
    """
    return (facts.precise, facts.claim_citations) if facts.precise is not None else NONE


def groundedness(facts: CaseFacts) -> Share:
    """Claims supported by the quotes they cite / claims, by the judge named in the report.

    Source: "faithfulness" of RAGAS (Es et al. 2023, arXiv 2309.15217), taken against the cited quotes instead of all that
    was retrieved. Not correctness: a grounded claim can answer another question.
    """
    return (sum(facts.supported), facts.claims) if facts.supported is not None else NONE


def rejection(facts: CaseFacts) -> Share:
    """Unanswerable cases on which the system abstained / unanswerable cases.

    Source: negative rejection of RGB (Chen et al. 2023, arXiv 2309.01431). Not accuracy of abstaining: see `false_refusal`.
    """
    return NONE if facts.answerable else (facts.abstained, 1)


def false_refusal(facts: CaseFacts) -> Share:
    """Answerable cases that got no answer (abstained or crashed) / answerable cases. Lower is better.

    The price of `rejection`: a system that always abstains has 1 in both.
    """
    return (not facts.answered, 1) if facts.answerable else NONE


def conflict_shown(facts: CaseFacts) -> Share:
    """Conflict cases whose values are all in the answer text and listed together in `conflicts` / conflict cases.

    Source: design 4.3. Not nugget recall: an answer can say both values and not tell that they disagree.
    """
    return (facts.conflict_shown, 1) if facts.has_conflict else NONE


def false_disagreement(facts: CaseFacts) -> Share:
    """Cases without a conflict whose answer reports one of kind "disagreement" / cases without a conflict. Lower is better.

    Changes over time are not disagreements and do not count.
    """
    return NONE if facts.has_conflict else (facts.failed or facts.false_disagreements > 0, 1)


def forbidden_shown(facts: CaseFacts) -> Share:
    """Cases whose answer text holds one of their forbidden strings / cases that have any. Lower is better."""
    return (facts.failed or bool(facts.forbidden_shown), 1) if facts.forbidden else NONE


def crag(facts: CaseFacts) -> Share:
    """Mean of +1 correct, 0 abstained, -1 wrong (incomplete, unasked-for or crashed), over all cases.

    Source: truthfulness score of CRAG (Yang et al. 2024, arXiv 2406.04744), which has +0.5 for an acceptable answer too.
    Not accuracy: a wrong answer costs more than none. An abstention scores 0 on unanswerable cases as well, so the best
    possible score is the share of answerable cases.
    """
    return (1.0 if facts.correct else 0.0 if facts.abstained else -1.0), 1.0


def passed(facts: CaseFacts) -> Share:
    """Cases with nothing wrong / cases: the strictest figure, and the one that `compare` pairs."""
    return facts.passed, 1


def crashed(facts: CaseFacts) -> Share:
    """Cases that ended in an error / cases. Lower is better."""
    return facts.failed, 1


METRICS: tuple[Metric, ...] = (
    Metric("right", "answered right", right),
    Metric("in_part", "answered in part", in_part, better=-1),
    Metric("beside", "beside the point", beside, better=-1),
    Metric("false_refusal", "answerable questions refused", false_refusal, better=-1),
    Metric("rejection", "unanswerable questions refused", rejection),
    Metric("verdict_score", "score of the verdicts", verdict_score),
    Metric("passed", "cases with nothing wrong", passed),
    Metric("crag", "CRAG-style score", crag),
    Metric("vital_recall", "vital nugget recall", vital_recall),
    Metric("case_recall", "vital nugget recall, mean of cases", case_recall),
    Metric("list_completeness", "list completeness", list_completeness),
    Metric("quote_precision", "cited quotes that are relevant", quote_precision),
    Metric("quote_exactness", "quotes verbatim at their offsets", quote_exactness),
    Metric("citation_recall", "citation recall (ALCE)", citation_recall, judged=True),
    Metric("citation_precision", "citation precision (ALCE)", citation_precision, judged=True),
    Metric("groundedness", "claims supported by their quotes", groundedness, judged=True),
    Metric("conflict_shown", "conflicts shown", conflict_shown),
    Metric("false_disagreement", "false disagreements", false_disagreement, better=-1),
    Metric("forbidden_shown", "forbidden strings shown", forbidden_shown, better=-1),
    Metric("crashed", "crashed cases", crashed, better=-1),
)


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Points (coverage, risk) as the confidence threshold falls, one for each distinct confidence; the area beneath.

    `n` answers were given; `interval` is the bootstrap interval of `aurc` over cases.
    """

    points: tuple[tuple[float, float], ...]
    aurc: float | None
    n: int
    interval: tuple[float, float] | None = None


def risk_coverage(cases: Sequence[CaseFacts]) -> RiskCoverage:
    """Risk (share of wrong answers among those given) against coverage (share of all cases answered), by `confidence`.

    Source: selective prediction (El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017). AURC is the mean, over the answers
    given, of the risk at each one's confidence; answers of equal confidence cannot be told apart and share the risk of
    all of them. Lower is better; an uninformative confidence gives the plain error rate. Not calibration: only the
    order of confidences matters. A crash is a wrong answer of confidence 0; an answer to an unanswerable question is wrong.
    """
    points, aurc, n = _risk_points(cases)
    if aurc is None:
        return RiskCoverage(points, aurc, n)

    def drawn(rows: NDArray[np.int64]) -> float:
        area = _risk_points([cases[i] for i in rows])[1]
        return float("nan") if area is None else area

    return RiskCoverage(points, aurc, n, interval_of(len(cases), drawn))


def _risk_points(cases: Sequence[CaseFacts]) -> tuple[tuple[tuple[float, float], ...], float | None, int]:
    given = sorted((f for f in cases if not f.abstained), key=lambda f: -f.confidence)
    points: list[tuple[float, float]] = []
    area = wrong = seen = 0.0
    for _, tied in groupby(given, key=lambda f: f.confidence):
        group = list(tied)
        seen += len(group)
        wrong += sum(not f.correct for f in group)
        points.append((seen / len(cases), wrong / seen))
        area += len(group) * wrong / seen
    return tuple(points), area / seen if seen else None, len(given)
