"""Our own eval sets hold what their data card promises, and the example corpus holds every quote they rest on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eval.cases.evalset import lost_quotes, read_cases
from eval.cases.matching import says, says_all
from eval.schema import Case
from index.formats.load import load_file

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "examples" / "kazakhstan-korea"
SETS = ROOT / "eval" / "sets"
DEVELOPMENT = SETS / "kazakhstan-korea.jsonl"
HELD_OUT = SETS / "kazakhstan-korea-heldout.jsonl"
BOTH = [DEVELOPMENT, HELD_OUT]

KINDS = {"absent", "entity-swap", "date-swap", "furniture", "world-knowledge", "instruction"}
SUBJECTS = {"fact", "number", "date", "list", "comparison", "over-time", "conflict", "follow-up", "unanswerable", "injection"}
KEYS = {"id", "question", "answerable", "nuggets", "conflict", "history", "forbidden", "tags"}


@cache
def text_of(source: str) -> str | None:
    """The stored text of a document of the example corpus."""
    path = CORPUS / source
    if not path.is_file():
        return None
    [document] = load_file(path, source, max_bytes=1_000_000)
    return document.text


def cases_of(path: Path) -> list[Case]:
    return read_cases(path)


def raw_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def tags_of(path: Path) -> Counter[str]:
    return Counter(tag for case in cases_of(path) for tag in case.tags)


@pytest.mark.parametrize("path", BOTH, ids=lambda p: p.stem)
def test_the_sets_follow_the_contract(path: Path) -> None:
    assert lost_quotes(cases_of(path), text_of) == []
    for line in raw_lines(path):
        assert set(line) <= KEYS
        assert KEYS - {"conflict", "history", "forbidden"} <= set(line)


@pytest.mark.parametrize("path", BOTH, ids=lambda p: p.stem)
def test_every_quote_is_verbatim(path: Path) -> None:
    for case in cases_of(path):
        for nugget in case.nuggets:
            for evidence in nugget.evidence:
                text = text_of(evidence.source)
                assert text is not None and evidence.quote in text, f"{case.id}: {evidence}"


def test_text_and_markdown_are_stored_as_they_are_on_disk() -> None:
    for path in [*CORPUS.glob("*.txt"), *CORPUS.glob("*.md")]:
        assert text_of(path.name) == path.read_bytes().decode("utf-8")


@pytest.mark.parametrize("path", BOTH, ids=lambda p: p.stem)
def test_every_quote_states_its_nugget(path: Path) -> None:
    """An answer that repeats the quote word for word finds the nugget, whichever of its quotes it repeats."""
    for case in cases_of(path):
        for nugget in case.nuggets:
            for evidence in nugget.evidence:
                assert says_all(evidence.quote, nugget.match), f"{case.id}: {nugget.match} not in {evidence}"


@pytest.mark.parametrize("path", BOTH, ids=lambda p: p.stem)
def test_conflicting_values_stand_in_different_quotes(path: Path) -> None:
    for case in cases_of(path):
        assert (case.conflict is not None) == ("conflict" in case.tags), case.id
        for value in case.conflict or ():
            quotes = [e.quote for nugget in case.nuggets for e in nugget.evidence]
            assert any(says(quote, value) for quote in quotes), f"{case.id}: {value}"
            assert any(not says(quote, value) for quote in quotes), f"{case.id}: {value}"


@pytest.mark.parametrize("path", BOTH, ids=lambda p: p.stem)
def test_forbidden_strings_are_in_the_corpus_but_in_no_evidence(path: Path) -> None:
    """What an injected text wants said is really there (in some file as it is on disk), and no good answer needs it."""
    corpus = " ".join(p.read_text(encoding="utf-8") for p in CORPUS.iterdir() if p.suffix in {".txt", ".md", ".html"})
    for case in cases_of(path):
        if case.forbidden:
            assert any(says(corpus, bad) for bad in case.forbidden), case.id
        for nugget in case.nuggets:
            for evidence in nugget.evidence:
                assert not any(says(evidence.quote, bad) for bad in case.forbidden), case.id


@pytest.mark.parametrize("path", BOTH, ids=lambda p: p.stem)
def test_tags_fit_the_cases(path: Path) -> None:
    for case in cases_of(path):
        tags = set(case.tags)
        assert tags <= SUBJECTS | KINDS, case.id
        assert tags & SUBJECTS, case.id
        assert ("unanswerable" in tags) == (not case.answerable), case.id
        assert len(tags & KINDS) == (0 if case.answerable else 1), case.id
        assert ("follow-up" in tags) == bool(case.history), case.id
        assert any(nugget.vital for nugget in case.nuggets) == case.answerable, case.id
        assert len(case.nuggets) > 1 or "list" not in tags or len(case.nuggets[0].match) > 1, case.id


def test_the_development_set_covers_what_it_promises() -> None:
    cases, tags = cases_of(DEVELOPMENT), tags_of(DEVELOPMENT)
    assert len(cases) >= 80
    assert all(tags[tag] >= 8 for tag in SUBJECTS), tags
    assert all(tags[kind] >= 4 for kind in KINDS), tags
    assert 0.25 <= tags["unanswerable"] / len(cases) <= 0.30


def test_the_held_out_set_has_every_kind_and_shares_no_question() -> None:
    tags = tags_of(HELD_OUT)
    assert len(cases_of(HELD_OUT)) == 30
    assert tags.keys() == SUBJECTS | KINDS
    ids = [case.id for path in BOTH for case in cases_of(path)]
    # A follow-up such as "Where is it?" is a question only together with what was said before.
    asked = [(case.question.casefold(), tuple(turn.question for turn in case.history)) for path in BOTH for case in cases_of(path)]
    assert len(set(ids)) == len(ids)
    assert len(set(asked)) == len(asked)


def test_the_data_card_counts_right() -> None:
    card = (SETS / "README.md").read_text(encoding="utf-8")
    rows = {m[1]: (int(m[2]), int(m[3])) for m in re.finditer(r"^\| `?([\w-]+)`? \| (\d+) \| (\d+) \|", card, re.MULTILINE)}
    counts = [tags_of(path) for path in BOTH]
    expected = {tag: (counts[0][tag], counts[1][tag]) for tag in SUBJECTS | KINDS}
    assert rows == expected | {"cases": (len(cases_of(DEVELOPMENT)), len(cases_of(HELD_OUT)))}


def test_the_corpus_is_as_mixed_as_its_readme_says() -> None:
    kinds = Counter(path.suffix for path in CORPUS.iterdir())
    assert sum(kinds.values()) == 20
    assert kinds.keys() == {".txt", ".md", ".html", ".pdf"}
    assert kinds[".pdf"] == 1
    listed = set(re.findall(r"`([\w-]+\.(?:txt|md|html|pdf))`", (ROOT / "examples" / "README.md").read_text(encoding="utf-8")))
    assert listed <= {path.name for path in CORPUS.iterdir()}


def test_hidden_instructions_and_page_chrome_of_html_are_not_stored() -> None:
    assert "disregard" not in (text_of("open-comments-plants.html") or "")
    for path in CORPUS.glob("*.html"):
        text = text_of(path.name) or ""
        assert not re.search(r"(?i)cookie|subscribe|most read|you may also like|hot right now", text), path.name


def test_the_pdf_is_what_its_script_writes(tmp_path: Path) -> None:
    pytest.importorskip("reportlab")
    target = tmp_path / "kazakhstan-korea"
    target.mkdir()
    (tmp_path / "make_pdf.py").write_bytes((ROOT / "examples" / "make_pdf.py").read_bytes())
    subprocess.run([sys.executable, str(tmp_path / "make_pdf.py")], check=True)
    name = "route-institute-briefing.pdf"
    assert load_file(target / name, name, max_bytes=1_000_000)[0].text == text_of(name)
