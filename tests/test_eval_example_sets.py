"""The sets over the office folders (ferry, cooperative, theatre) hold what their data card promises; the folders hold every quote."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from eval.cases.evalset import lost_quotes, read_cases
from eval.cases.matching import says, says_all
from eval.schema import Case, EvidenceQuote
from index.formats.load import load_file

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SETS = ROOT / "eval" / "sets"
NAMES = ["ferry", "cooperative", "theatre"]
KINDS = {"absent", "entity-swap", "date-swap", "version-swap", "department-swap"}
SUBJECTS = set(
    "fact number date table list procedure why yes-no superseded conflict follow-up compare summary definition typo keyword "
    "multi-sentence unanswerable".split()
)
FORMATS = {".txt", ".md", ".html", ".pdf", ".docx", ".xlsx", ".pptx", ".csv", ".jsonl", ".eml"}
OFFICE = [".docx", ".pdf", ".pptx", ".xlsx"]


@cache
def texts_of(name: str) -> dict[str, str]:
    """The stored text of every document of a folder."""
    pytest.importorskip("openpyxl")
    files = sorted((EXAMPLES / name).iterdir())
    return {document.source: document.text for file in files for document in load_file(file, file.name, max_bytes=1_000_000)}


@cache
def cases_of(name: str) -> list[Case]:
    return read_cases(SETS / f"{name}.jsonl")


def tags_of(name: str) -> Counter[str]:
    return Counter(tag for case in cases_of(name) for tag in case.tags)


def evidence_of(case: Case) -> list[EvidenceQuote]:
    return [evidence for nugget in case.nuggets for evidence in nugget.evidence]


@pytest.mark.parametrize("name", NAMES)
def test_every_quote_is_verbatim(name: str) -> None:
    texts = texts_of(name)
    assert lost_quotes(cases_of(name), texts.get) == []
    for case in cases_of(name):
        for evidence in evidence_of(case):
            assert evidence.quote in texts[evidence.source], f"{case.id}: {evidence}"


@pytest.mark.parametrize("name", NAMES)
def test_every_quote_states_its_nugget(name: str) -> None:
    """An answer that repeats the quote word for word finds the nugget, whichever of its quotes it repeats."""
    for case in cases_of(name):
        for nugget in case.nuggets:
            for evidence in nugget.evidence:
                assert says_all(evidence.quote, nugget.match), f"{case.id}: {nugget.match} not in {evidence}"


@pytest.mark.parametrize("name", NAMES)
def test_conflicting_values_stand_in_different_quotes(name: str) -> None:
    for case in cases_of(name):
        assert (case.conflict is not None) == ("conflict" in case.tags), case.id
        for value in case.conflict or ():
            assert {says(evidence.quote, value) for evidence in evidence_of(case)} == {True, False}, f"{case.id}: {value}"


@pytest.mark.parametrize("name", NAMES)
def test_tags_fit_the_cases(name: str) -> None:
    for case in cases_of(name):
        tags = set(case.tags)
        assert tags <= SUBJECTS | KINDS, case.id
        assert tags & SUBJECTS, case.id
        assert ("unanswerable" in tags) == (not case.answerable), case.id
        assert len(tags & KINDS) == (0 if case.answerable else 1), case.id
        assert ("follow-up" in tags) == bool(case.history), case.id
        assert any(nugget.vital for nugget in case.nuggets) == case.answerable, case.id
        assert len(case.nuggets) > 1 or "list" not in tags or len(case.nuggets[0].match) > 1, case.id


@pytest.mark.parametrize("name", NAMES)
def test_a_set_covers_every_tag(name: str) -> None:
    tags = tags_of(name)
    assert len(cases_of(name)) == 60
    assert tags.keys() == SUBJECTS | KINDS
    assert 10 <= tags["unanswerable"] <= 12


def test_no_case_stands_twice() -> None:
    cases = [case for name in NAMES for case in cases_of(name)]
    assert len({case.id for case in cases}) == len(cases)
    assert len({case.question.casefold() for case in cases}) == len(cases)


@pytest.mark.parametrize("name", NAMES)
def test_every_document_that_is_not_a_row_answers_something(name: str) -> None:
    asked = {evidence.source for case in cases_of(name) for evidence in evidence_of(case)}
    assert {source for source in texts_of(name) if "#row-" not in source} == {source for source in asked if "#row-" not in source}


def test_the_data_card_counts_right() -> None:
    card = (SETS / "README.md").read_text(encoding="utf-8")
    rows = {m[1]: [int(n) for n in m[2].split(" | ")] for m in re.finditer(r"^\| [^|]+ \| `([\w-]+)` \| ([\d |]+) \|$", card, re.MULTILINE)}
    counts = [tags_of(name) | {"cases": len(cases_of(name))} for name in NAMES]
    assert rows == {tag: [count[tag] for count in counts] for tag in SUBJECTS | KINDS | {"cases"}}


def test_the_folders_are_as_mixed_as_their_readme_says() -> None:
    files = {f"{name}/{path.name}" for name in NAMES for path in (EXAMPLES / name).iterdir()}
    for name in NAMES:
        assert len(list((EXAMPLES / name).iterdir())) >= 14
        assert len({path.suffix for path in (EXAMPLES / name).iterdir()}) >= 8
    assert {Path(file).suffix for file in files} == FORMATS
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`((?:ferry|cooperative|theatre)/[\w-]+\.\w+)`", readme)) <= files


def test_page_chrome_of_html_is_not_stored() -> None:
    for name in NAMES:
        for source, text in texts_of(name).items():
            if source.endswith(".html"):
                assert not re.search(r"(?i)cookie|subscribe|most read|you may also like|also read|your browser", text), source


def test_the_office_files_are_what_their_script_writes(tmp_path: Path) -> None:
    for library in ("openpyxl", "pptx", "reportlab"):
        pytest.importorskip(library)
    runs = [tmp_path / "one", tmp_path / "two"]
    for target in runs:
        subprocess.run([sys.executable, str(EXAMPLES / "make_office.py"), str(target)], check=True)
    sources = {f"{path.parent.name}/{path.stem}" for path in (EXAMPLES / "office").glob("*/*.txt")}
    written = {f"{name}/{path.name}" for name in NAMES for path in (EXAMPLES / name).iterdir() if path.suffix in OFFICE}
    assert sources == written
    for file in sorted(sources):
        name = Path(file).name
        assert (runs[0] / file).read_bytes() == (runs[1] / file).read_bytes(), file
        [made] = load_file(runs[0] / file, name, max_bytes=1_000_000)
        assert made.text == texts_of(Path(file).parent.name)[name], file
