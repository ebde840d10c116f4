"""Reading and checking eval sets: JSON Lines, one case a line (contract 4.2).

Each problem names file, line, field and rule.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eval.cases.matching import find_quote
from eval.schema import Case, Corpus, EvidenceQuote
from index.errors import EvalError


@dataclass(frozen=True, slots=True)
class Problem:
    """A case that does not fit its corpus: which case, which field, what rule it breaks."""

    case: str
    field: str
    rule: str

    def __str__(self) -> str:
        return f"case {self.case!r}, {self.field}: {self.rule}"


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, unpacked when its name ends in .gz. Raises `EvalError` when it cannot be read."""
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except FileNotFoundError as error:
        raise EvalError(f"{path} does not exist. Give the path of a file that does.") from error
    except (OSError, EOFError) as error:
        raise EvalError(f"{path} cannot be read: {error}.") from error


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON Lines file (.gz too) with their line numbers, from 1; blank lines are passed over.

    Raises `EvalError` naming file, line and rule.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvalError(f"{path} must be UTF-8: {error}. Save it as UTF-8.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise EvalError(f"{path}, line {number}: must be one JSON object: {error}.") from error
        if not isinstance(found, dict):
            raise EvalError(f"{path}, line {number}: must be one JSON object, got {type(found).__name__}.")
        yield number, found


def read_cases(path: Path) -> list[Case]:
    """The cases of a set, in file order. Raises `EvalError` for a line that breaks a rule, a duplicate id, an empty set."""
    cases: list[Case] = []
    lines: dict[str, int] = {}
    for number, fields in json_lines(path):
        try:
            case = Case.model_validate(fields)
        except ValidationError as error:
            raise EvalError(f"{path}, line {number}: {first_problem(error)}") from error
        if case.id in lines:
            raise EvalError(f"{path}, line {number}: field 'id': {case.id!r} is taken by line {lines[case.id]}. Ids must differ.")
        lines[case.id] = number
        cases.append(case)
    if not cases:
        raise EvalError(f"{path} holds no case. Write at least one line.")
    return cases


def first_problem(error: ValidationError) -> str:
    """The first broken rule of a pydantic error as "field 'x.0.y': rule, got value"."""
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"]) or "(whole line)"
    given = "" if problem["type"] in ("missing", "value_error") else f", got {str(problem.get('input'))[:60]!r}"
    more = len(error.errors()) - 1
    return f"field {field!r}: {problem['msg']}{given}" + (f" (and {more} more)" if more else "") + "."


def set_hash(path: Path) -> str:
    """SHA-256 of the set's bytes (unpacked)."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


def lost_quotes(cases: Sequence[Case], text_of: Callable[[str], str | None]) -> list[Problem]:
    """The evidence quotes that the corpus does not hold, in case order: content that loading lost, or a set for other documents.

    `text_of(source)` is the stored text of a document, None when the corpus does not hold it.
    """
    lost: list[Problem] = []
    for case in cases:
        for i, nugget in enumerate(case.nuggets):
            for j, evidence in enumerate(nugget.evidence):
                field = f"nuggets.{i}.evidence.{j}"
                text = text_of(evidence.source)
                if text is None:
                    lost.append(Problem(case.id, f"{field}.source", f"the corpus holds no {evidence.source!r}"))
                elif not find_quote(text, evidence.quote):
                    lost.append(Problem(case.id, f"{field}.quote", f"{evidence.source!r} does not hold {evidence.quote[:80]!r}"))
    return lost


def in_members(cases: Sequence[Case], corpus: Corpus) -> list[Case]:
    """The cases, with evidence that stands in a part of the named source (an attachment, a member of an archive, a record:
    `mail.eml#note.txt`) and not in the source itself placed in that part."""

    def placed(evidence: EvidenceQuote) -> EvidenceQuote:
        if find_quote(corpus.text_of(evidence.source) or "", evidence.quote):
            return evidence
        parts = (source for source in corpus.sources if source.startswith(evidence.source + "#"))
        part = next((source for source in parts if find_quote(corpus.text_of(source) or "", evidence.quote)), None)
        return evidence.model_copy(update={"source": part}) if part else evidence

    return [
        case.model_copy(update={"nuggets": [n.model_copy(update={"evidence": [placed(e) for e in n.evidence]}) for n in case.nuggets]})
        for case in cases
    ]


def count_quotes(cases: Sequence[Case]) -> int:
    """How many evidence quotes a set has."""
    return sum(len(nugget.evidence) for case in cases for nugget in case.nuggets)


def require_evidence(cases: Sequence[Case], path: Path) -> None:
    """Raise `EvalError` for a nugget without an evidence quote: nothing could be found for it."""
    for case in cases:
        for i, nugget in enumerate(case.nuggets):
            if not nugget.evidence:
                problem = Problem(case.id, f"nuggets.{i}.evidence", "a nugget needs at least one evidence quote")
                raise EvalError(f"{path}: {problem}. Add the words of a document that say it.")


def lost_line(lost: Sequence[Problem], quotes: int, corpus_name: str) -> str:
    """One line on lost content."""
    cases = list(dict.fromkeys(problem.case for problem in lost))
    named = ", ".join(cases[:8]) + (f" and {len(cases) - 8} more" if len(cases) > 8 else "")
    return f"Lost content: {len(lost)} of {quotes} evidence quotes are not in the documents of {corpus_name} (cases {named})."
