"""A case out of a question, what footnote answers, and what a person says of the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eval.cases.matching import find_quote, says
from eval.schema import Case, Corpus, EvidenceQuote, Nugget
from index.errors import EvalError
from qa.schema import Answer, Citation, Claim

LONGEST_PLACE = 400  # characters of a sentence that is offered as the place of an answer


def accepted(number: int, question: str, answer: Answer, right: Sequence[int]) -> Case:
    """A case whose good answer holds the claims at these positions of `answer`."""
    notes = {c.n: c for c in answer.citations}
    return Case(id=_name(number, question), question=question, answerable=True, nuggets=[_nugget(answer.claims[i], notes) for i in right])


def taught(number: int, question: str, words: str, places: Sequence[EvidenceQuote]) -> Case:
    """A case whose good answer holds `words`, which stand at `places`."""
    nugget = Nugget(text=words, match=[[words]], vital=True, evidence=list(places))
    return Case(id=_name(number, question), question=question, answerable=True, nuggets=[nugget])


def unanswerable(number: int, question: str) -> Case:
    """A case that is to be refused."""
    return Case(id=_name(number, question), question=question, answerable=False, nuggets=[], tags=["unanswerable"])


def places_of(words: str, corpus: Corpus, limit: int = 8, each: int = 3) -> list[EvidenceQuote]:
    """The first lines of the documents that say `words` (numbers whole), at most `each` of one document, cut where they are long."""
    found: list[EvidenceQuote] = []
    for source in corpus.sources:
        text = corpus.text_of(source) or ""
        lines = dict.fromkeys(_line_around(text, *span) for span in find_quote(text, words))
        found += [EvidenceQuote(source=source, quote=line) for line in lines if says(line, words)][:each]
        if len(found) >= limit:
            break
    return found[:limit]


def append(path: Path, case: Case) -> None:
    """Put a case at the end of a set, which is made when it is not there. Raises `EvalError` when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as out:
            out.write(case.model_dump_json(exclude_defaults=True, exclude_none=True) + "\n")
    except OSError as error:
        raise EvalError(
            f"the set must be a file that can be written, got {str(path)!r}: {error.strerror}. Choose another place."
        ) from error


def chosen(typed: str, count: int) -> list[int] | None:
    """Positions from "1, 3" or "a" (all) among `count`; None where the text is neither."""
    if typed.strip().casefold() in ("a", "all"):
        return list(range(count))
    numbers = re.findall(r"\d+", typed)
    if not numbers or re.sub(r"[\d,;\s]", "", typed) or any(not 1 <= int(n) <= count for n in numbers):
        return None
    return sorted({int(n) - 1 for n in numbers})


def _nugget(claim: Claim, notes: Mapping[int, Citation]) -> Nugget:
    cited = [notes[n] for n in claim.citations if n in notes]
    short = next((" ".join(part.split()) for c in cited if (part := c.parts[1]).strip()), claim.text)
    return Nugget(text=claim.text, match=[[short]], vital=True, evidence=[EvidenceQuote(source=c.source, quote=c.quote) for c in cited])


def _name(number: int, question: str) -> str:
    words: Iterable[str] = re.findall(r"\w+", question.casefold())
    return "-".join([f"q{number}", *list(words)[:6]])


def _line_around(text: str, start: int, end: int) -> str:
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    if last - first > LONGEST_PLACE:
        first, last = max(first, start - LONGEST_PLACE // 2), min(last, end + LONGEST_PLACE // 2)
    return text[first:last].strip()
