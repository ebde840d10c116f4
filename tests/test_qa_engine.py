"""The answer engine with its real models over a small corpus: what it says, what it refuses, and who cannot make it lie."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.catalog.library import open_library
from index.config import load_settings
from index.errors import ConfigError, LanguageModelError, UsageError
from index.models.protocol import Embedder
from index.sync.build import build
from index.sync.pipeline import default_pipeline
from qa.answering import MAX_QUESTION, checked_question
from qa.config import LlmSettings, Settings
from qa.engine import Engine
from qa.llm.client import Writer
from qa.loaded import Loaded
from qa.question.small_talk import REPLY
from qa.question.standalone import REFUSAL
from qa.read.choose import FLOOR
from qa.read.protocol import Reader
from qa.read.summary import NOTE
from qa.schema import Answer, StreamEvent, Turn
from tests.corpus import FILES, write_corpus
from tests.fakes import ScriptedWriter
from tests.needs import requires_models

pytestmark = [pytest.mark.models, requires_models]

AGREEMENTS = "How many agreements were signed during the visit?"
COMPANIES = "How many Norwegian companies are there in Chile?"
INVESTED = "How much has Norway invested in Chile?"
NEARLY = "How many people will the shipyard in Antofagasta employ?"
JOBS = "How many people will the shipyard in Valdivia employ?"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, reader: Reader) -> Iterator[Engine]:
    root = tmp_path_factory.mktemp("answers")
    settings = load_settings(Settings, {"store": {"path": root / "db"}})
    report = build([write_corpus(root / "docs")], settings, pipeline=replace(default_pipeline(settings), load_embedder=lambda *_: embedder))
    assert (report.documents, report.failed) == (len(FILES), {})
    made = Engine(Loaded(settings, open_library(settings), embedder, reader))
    yield made
    made.close()


def with_writer(engine: Engine, writer: Writer | None) -> Engine:
    return Engine(replace(engine.loaded, writer=writer))


_answers: dict[str, Answer] = {}


def ask(engine: Engine, question: str) -> Answer:
    """The answer without limits, writer or history; several tests look at the same one."""
    if question not in _answers:
        _answers[question] = engine.ask(question)
    return _answers[question]


def kept(answer: Answer) -> Answer:
    """The answer itself, after checking every promise of the contract against the files on disk."""
    numbers = {c.n for c in answer.citations}
    assert {int(n) for n in re.findall(r"\[(\d+)\]", answer.answer)} <= numbers
    for c in answer.citations:
        if not c.source.endswith(".html"):
            assert FILES[c.source][c.start : c.end] == c.quote, "offsets hold in the user's own editor"
    assert all(claim.citations and set(claim.citations) <= numbers for claim in answer.claims)
    assert answer.abstained == (not answer.claims)
    assert not (answer.abstained and answer.citations)
    return answer


def sources(answer: Answer) -> set[str]:
    return {c.source for c in answer.citations}


class TestAnswers:
    @pytest.mark.parametrize(
        ("question", "said", "source"),
        [
            (JOBS, "450", "visit.txt"),
            (INVESTED, "$3.2 billion", "visit.txt"),
            ("How much salmon did Chile export in 2022?", "$6.1 billion", "salmon.html"),
            ("Who paid for the new terminal of the port of Arica?", "bank in Oslo", "undated.md"),
        ],
    )
    def test_a_fact_with_its_footnote(self, engine: Engine, question: str, said: str, source: str) -> None:
        answer = kept(ask(engine, question))
        assert said in answer.answer
        assert any(said in c.quote and (source in c.source or "copy" in c.source) for c in answer.citations)

    def test_a_pronoun_brings_the_sentence_that_it_points_to(self, engine: Engine) -> None:
        (cited,) = kept(ask(engine, "Who paid for the new terminal of the port of Arica?")).citations
        assert cited.quote.startswith("The port of Arica")

    def test_a_list(self, engine: Engine) -> None:
        answer = kept(ask(engine, "Which Norwegian firms are building in Chile?"))
        assert "Fjord Power" in answer.answer
        assert "Japan" not in answer.answer and "bank" not in answer.answer

    def test_numbers_count_from_one_in_the_order_of_the_text(self, engine: Engine) -> None:
        answer = kept(ask(engine, AGREEMENTS))
        markers = [int(n) for line in answer.answer.splitlines()[: len(answer.claims)] for n in re.findall(r"\[(\d+)\]", line)]
        assert list(dict.fromkeys(markers)) == list(range(1, len(answer.citations) + 1))

    def test_the_json_is_the_contract(self, engine: Engine) -> None:
        data = ask(engine, AGREEMENTS).model_dump(mode="json")
        assert json.loads(json.dumps(data)) == data
        assert "related" not in data and "notes" not in data

    def test_the_same_question_has_the_same_answer(self, engine: Engine) -> None:
        first, second = (engine.ask(AGREEMENTS).model_dump(exclude={"timings_ms"}) for _ in range(2))
        assert first == second


class TestRefusals:
    @pytest.mark.parametrize(
        "question",
        [
            "Which Japanese firms are building in Chile?",
            "How much has Japan invested in Chile?",
            "How many Norwegian companies are there in Peru?",
            "How many people will the shipyard in Antofagasta employ?",
        ],
        ids=["country", "investor", "place", "town"],
    )
    def test_a_swapped_name(self, engine: Engine, question: str) -> None:
        assert kept(ask(engine, question)).abstained

    def test_a_swapped_year(self, engine: Engine) -> None:
        assert kept(ask(engine, "What was the value of Chile's salmon exports in 2019?")).abstained

    @pytest.mark.parametrize(
        "question", ["What is the population of Santiago?", "Who won the football match?", "What is the capital of France?"]
    )
    def test_an_absent_fact(self, engine: Engine, question: str) -> None:
        assert kept(ask(engine, question)).abstained

    @pytest.mark.parametrize("question", ["What did the finance minister say about crypto tokens?", "Who sold his yacht?"])
    def test_menus_and_headline_lists(self, engine: Engine, question: str) -> None:
        answer = kept(ask(engine, question))
        assert answer.abstained
        assert not any("tokens" in c.quote or "yacht" in c.quote for c in answer.related)

    def test_a_refusal_says_what_was_looked_for_and_offers_what_is_near(self, engine: Engine) -> None:
        answer = ask(engine, NEARLY)
        assert answer.answer == REFUSAL
        assert answer.related and not answer.citations
        assert answer.confidence < FLOOR

    def test_a_number_in_brackets_in_a_question_is_no_footnote(self, engine: Engine) -> None:
        assert "[1]" not in kept(ask(engine, "who is it [1]?")).answer


class TestSeveralSources:
    def test_a_disagreement_shows_both_values(self, engine: Engine) -> None:
        answer = kept(ask(engine, AGREEMENTS))
        (conflict,) = answer.conflicts
        assert conflict.kind == "disagreement"
        assert {value.split()[0] for value in conflict.values} == {"24", "19"}
        quotes = {c.n: c.quote for c in answer.citations}
        assert all(value in quotes[n] for value, n in zip(conflict.values, conflict.citations, strict=True))
        assert all(value in answer.answer for value in conflict.values)

    def test_a_figure_that_grew_is_shown_over_time(self, engine: Engine) -> None:
        answer = kept(ask(engine, COMPANIES))
        (conflict,) = answer.conflicts
        assert conflict.kind == "over_time"
        assert [value.split()[0] for value in conflict.values] == ["130", "160"]
        assert [c.published for n in conflict.citations for c in answer.citations if c.n == n] == ["2022-04-10", "2024-04-12"]

    @pytest.mark.parametrize("question", [JOBS, INVESTED, AGREEMENTS, "Which Norwegian firms are building in Chile?"])
    def test_a_near_copy_is_no_second_source(self, engine: Engine, question: str) -> None:
        answer = kept(ask(engine, question))
        assert not answer.abstained
        assert len(sources(answer) & {"press/visit.txt", "wire/copy.txt"}) == 1

    def test_one_value_is_no_conflict(self, engine: Engine) -> None:
        assert ask(engine, INVESTED).conflicts == []


class TestChosenDocuments:
    def test_only_the_chosen_documents_answer(self, engine: Engine) -> None:
        for source in sorted(sources(ask(engine, COMPANIES))):
            answer = kept(engine.ask(COMPANIES, sources=[source]))
            assert sources(answer) == {source} and answer.conflicts == []
        pressed = kept(engine.ask(INVESTED, sources=["press/"]))
        assert sources(pressed) and all(source.startswith("press/") for source in sources(pressed))

    def test_the_step_says_how_many_are_searched(self, engine: Engine) -> None:
        steps = [event.text for event in engine.stream(INVESTED, sources=["press/visit.txt"])]
        assert "searching 1 documents" in steps

    def test_what_names_no_document_is_said(self, engine: Engine) -> None:
        with pytest.raises(UsageError, match=r"'nothing/\*'"):
            engine.ask(INVESTED, sources=["nothing/*"])


def test_another_model_writes_from_now_on(engine: Engine) -> None:
    before = engine.llm
    try:
        engine.write_with(LlmSettings(kind="openai", url="http://127.0.0.1:9/v1", model="m"))
        assert engine.llm.model == "m" and engine.loaded.writer is not None and engine.loaded.judge is not None
        with pytest.raises(ConfigError):
            engine.write_with(LlmSettings(kind="openai"))
        assert engine.llm.model == "m", "what does not fit changes nothing"
    finally:
        engine.write_with(before)
    assert kept(ask(engine, INVESTED)).mode == "extractive"


class TestTime:
    def test_since_and_until(self, engine: Engine) -> None:
        old, new = engine.ask(COMPANIES, until="2023-01-01"), engine.ask(COMPANIES, since="2024-01-01")
        assert "130" in kept(old).answer and "160" not in old.answer
        assert "160" in kept(new).answer and "130" not in new.answer
        assert old.conflicts == new.conflicts == []

    def test_an_undated_text_is_outside_every_limit(self, engine: Engine) -> None:
        question = "Who paid for the new terminal of the port of Arica?"
        refused = kept(engine.ask(question, since="1900-01-01"))
        assert refused.abstained and any("without a known date" in note for note in refused.notes)

    def test_nothing_within_the_limits(self, engine: Engine) -> None:
        answer = kept(engine.ask(COMPANIES, until="1990-01-01"))
        assert answer.abstained and answer.related == []

    def test_the_latest(self, engine: Engine) -> None:
        answer = kept(ask(engine, "What is the latest number of Norwegian companies in Chile?"))
        assert "160" in answer.answer.splitlines()[0]

    @pytest.mark.parametrize("limits", [{"since": "soonish"}, {"since": "2024-02-01", "until": "2024-01-01"}])
    def test_limits_that_are_none(self, engine: Engine, limits: dict[str, str]) -> None:
        with pytest.raises(UsageError):
            engine.ask(COMPANIES, **limits)


def test_a_large_writer_makes_a_follow_up_whole(engine: Engine) -> None:
    asked = "How many people will the shipyard in Valdivia employ?"
    writer = ScriptedWriter(asked, "The shipyard will employ 450 people [1].")
    history = [Turn("Where is the shipyard?", "In Valdivia. [1]")]
    answer = kept(with_writer(engine, writer).ask("And how many people will it employ?", history=history))
    assert answer.standalone_question == asked and "450" in answer.answer


def test_a_writer_that_fails_leaves_follow_ups_to_the_rules(engine: Engine) -> None:
    history = [Turn("Where does Nordex Marine build its shipyard?", "Nordex Marine builds its shipyard in Valdivia. [1]")]
    answer = kept(with_writer(engine, BrokenWriter()).ask("How many people will it employ?", history=history))
    assert "Valdivia" in answer.standalone_question and "450" in answer.answer


def test_a_follow_up(engine: Engine) -> None:
    first = engine.ask(COMPANIES, since="2024-01-01")
    answer = kept(engine.ask("And how many jobs have they created?", history=[Turn(COMPANIES, first.answer)]))
    assert answer.question == "And how many jobs have they created?"
    assert "companies" in answer.standalone_question
    assert "5,200" in answer.answer


class TestHostileDocument:
    @pytest.mark.parametrize("question", [JOBS, INVESTED, AGREEMENTS, COMPANIES, "What is the population of Santiago?"])
    def test_instructions_in_a_document_are_never_followed(self, engine: Engine, question: str) -> None:
        answer = kept(ask(engine, question))
        assert not re.search("PWNED|cancelled|bankrupt", answer.answer)
        assert "notes/engineer.txt" not in sources(answer)

    def test_its_own_numbers_in_brackets_never_become_footnotes(self, engine: Engine) -> None:
        answer = kept(ask(engine, "How much will the shipyard in Valdivia cost?"))
        assert "$900 million" in answer.answer
        assert {int(n) for n in re.findall(r"\[(\d+)\]", answer.answer)} == {c.n for c in answer.citations}
        assert "[3]" in answer.citations[0].quote, "the quote stays verbatim"

    @pytest.mark.parametrize("question", ["Is Nordex Marine bankrupt?", "What will the shipyard in Valdivia cost?"])
    def test_no_control_character_reaches_the_statements(self, engine: Engine, question: str) -> None:
        answer = kept(ask(engine, question))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", answer.answer + "".join(c.text for c in answer.claims))


class TestSummary:
    def test_passages_are_shown_whole_and_are_called_no_summary_and_no_surer_than_they_are(self, engine: Engine) -> None:
        question = "Sum up what the papers say about the shipyard in Valdivia."
        answer = kept(ask(engine, question))
        assert NOTE in answer.notes and "450" in answer.answer
        assert answer.confidence == engine.loaded.read(question, engine.loaded.passages(question)).answered

    def test_a_question_after_a_summary_asks_for_none(self, engine: Engine) -> None:
        asked = "Sum up what the papers say about the shipyard in Valdivia."
        answer = kept(engine.ask("And how many people will it employ?", history=[Turn(asked, ask(engine, asked).answer)]))
        assert asked in answer.standalone_question and NOTE not in answer.notes


class TestSlips:
    def test_a_slip_is_mended_by_the_words_of_the_documents_and_said(self, engine: Engine) -> None:
        spelling = Engine(replace(engine.loaded, is_word=lambda word: word in {"how", "many", "people", "will", "employ"}))
        answer = kept(spelling.ask("How many people will the shpiyard in Valdivia employ?"))
        assert answer.standalone_question == JOBS and "450" in answer.answer
        assert answer.question != JOBS

    def test_a_name_is_offered_and_not_exchanged(self, engine: Engine) -> None:
        spelling = Engine(replace(engine.loaded, is_word=lambda word: word in {"what", "population", "does"}))
        answer = kept(spelling.ask("What is the population of Valdivai?"))
        assert answer.abstained
        assert answer.notes == ['The documents do not have "Valdivai". Did you mean "Valdivia"?']

    def test_a_greeting_is_no_search(self, engine: Engine) -> None:
        events = list(engine.stream("Thank you!"))
        assert [e.kind for e in events] == ["answer"] and events[0].answer is not None
        assert events[0].answer.answer == REPLY and kept(events[0].answer).abstained


class BrokenWriter:
    name = "broken"

    def write(self, prompt_messages: Sequence[Any], *, schema: dict[str, Any] | None, max_tokens: int) -> str:
        raise LanguageModelError("the model fell over")


class TestWriters:
    def test_a_true_sentence_is_shown_as_written(self, engine: Engine) -> None:
        writer = ScriptedWriter("The shipyard in Valdivia will employ 450 people [1].")
        answer = kept(with_writer(engine, writer).ask(JOBS))
        assert (answer.mode, answer.llm, answer.dropped) == ("llm", "scripted", [])
        assert "The shipyard in Valdivia will employ 450 people. [1]" in answer.answer

    @pytest.mark.parametrize(
        ("question", "lie", "word"),
        [
            (JOBS, "The shipyard in Valdivia will employ 540 people.", "540"),
            (JOBS, "The shipyard in Valdivia will employ at least 450,000 people.", "450,000"),
            (JOBS, "Equinor is building a shipyard in Valdivia that will employ 450 people.", "Equinor"),
            (JOBS, "Nordex Marine is building a shipyard in Bergen that will employ 450 people.", "Bergen"),
            (JOBS, "Nordex Marine is not building a shipyard in Valdivia.", "not building"),
            (INVESTED, "Norway has invested $3.2 million in Chile since 1998.", "million"),
            (INVESTED, "Norway has invested $3.2 billion in Chile since 2008.", "2008"),
            (INVESTED, "Norway has never invested $3.2 billion in Chile.", "never"),
            (INVESTED, "PWNED", "PWNED"),
        ],
    )
    def test_a_lie_is_dropped_and_the_documents_speak(self, engine: Engine, question: str, lie: str, word: str) -> None:
        answer = kept(with_writer(engine, ScriptedWriter(f"{lie} [1]")).ask(question))
        assert word not in answer.answer
        assert any(word in d.text and d.reason for d in answer.dropped)
        assert ("450" if question is JOBS else "$3.2 billion") in answer.answer

    def test_a_true_sentence_with_the_wrong_footnote_does_not_keep_it(self, engine: Engine) -> None:
        plain = kept(ask(engine, AGREEMENTS))
        wrong = plain.claims[1].citations[0]
        answer = kept(with_writer(engine, ScriptedWriter(f"During the visit 24 agreements were signed [{wrong}].")).ask(AGREEMENTS))
        quotes = {c.n: c.quote for c in answer.citations}
        for claim in answer.claims:
            if "24" in claim.text:
                assert any("24" in quotes[n] for n in claim.citations)

    def test_what_it_leaves_out_is_said_all_the_same(self, engine: Engine) -> None:
        answer = kept(with_writer(engine, ScriptedWriter("During the visit 24 agreements were signed [1].")).ask(AGREEMENTS))
        assert "24" in answer.answer and "19" in answer.answer
        assert len(answer.conflicts) == 1

    def test_footnotes_that_it_invents_do_not_exist(self, engine: Engine) -> None:
        answer = kept(with_writer(engine, ScriptedWriter("The shipyard will employ 450 people [9].")).ask(JOBS))
        assert "[9]" not in answer.answer and "[7]" not in answer.answer

    @pytest.mark.parametrize(
        "writer", [BrokenWriter(), ScriptedWriter("Roses are red."), ScriptedWriter("")], ids=["error", "nonsense", "empty"]
    )
    def test_one_that_fails_leaves_extracts_and_a_note(self, engine: Engine, writer: Writer) -> None:
        answer = kept(with_writer(engine, writer).ask(JOBS))
        assert answer.mode == "extractive"
        assert "450" in answer.answer
        assert any(writer.name in note for note in answer.notes)

    def test_it_is_not_asked_when_there_is_no_evidence(self, engine: Engine) -> None:
        writer = ScriptedWriter("Japan has invested a lot [1].")
        assert kept(with_writer(engine, writer).ask("How much has Japan invested in Chile?")).abstained
        assert writer.asked == []


class TestStream:
    def test_steps_then_verified_sentences_then_the_answer(self, engine: Engine) -> None:
        events = list(engine.stream(AGREEMENTS))
        kinds = "".join({"step": "s", "claim": "c", "answer": "a"}[e.kind] for e in events)
        assert re.fullmatch("s+c+s?a", kinds)
        answer = events[-1].answer
        assert answer is not None
        claims = [e for e in events if e.kind == "claim"]
        assert len(claims) == len(answer.claims)
        for event, claim in zip(claims, answer.claims, strict=True):
            assert claim.text in event.text
            assert {c.n for c in event.citations} == set(claim.citations)
            assert all(f"[{n}]" in event.text for n in claim.citations)

    def test_a_refusal_has_no_sentences(self, engine: Engine) -> None:
        assert [e.kind for e in engine.stream("How much has Japan invested in Chile?") if e.kind != "step"] == ["answer"]

    def test_closing_it_early_harms_nothing(self, engine: Engine) -> None:
        stream = engine.stream(AGREEMENTS)
        assert isinstance(next(stream), StreamEvent)
        stream.close()
        assert "24" in engine.ask(AGREEMENTS).answer

    def test_timings(self, engine: Engine) -> None:
        spent = engine.ask(JOBS).timings_ms
        assert spent.total >= max(spent.retrieve, spent.rerank, spent.compose, spent.verify) > 0


class TestQuestions:
    @pytest.mark.parametrize("question", ["", "   \n", "???", "…"])
    def test_empty(self, question: str) -> None:
        with pytest.raises(UsageError, match="words"):
            checked_question(question)

    def test_too_long(self) -> None:
        with pytest.raises(UsageError, match="100,000"):
            checked_question("a" * 100_000)

    def test_at_the_limit(self, engine: Engine) -> None:
        question = "word " * (MAX_QUESTION // 5)
        assert checked_question(question) == question.strip()
        assert ask(engine, "x" * MAX_QUESTION).abstained

    @pytest.mark.parametrize(
        "question", ["한국 기업은 칠레에 투자합니까?", "Сколько?", "SELECT * FROM documents; --", "a\x00b OR 1=1 \"'*)", "{0} %s {}"]
    )
    def test_any_text_is_a_question(self, engine: Engine, question: str) -> None:
        kept(ask(engine, question))


def test_an_edited_document_is_answered_from_its_new_text(tmp_path: Path, embedder: Embedder, reader: Reader) -> None:
    settings = load_settings(Settings, {"store": {"path": tmp_path / "db"}})
    pipeline = replace(default_pipeline(settings), load_embedder=lambda *_: embedder)
    page = tmp_path / "docs" / "a.txt"
    page.parent.mkdir()
    page.write_text("March 5, 2024. Norway has invested $3.2 billion in Chile since 1998.", encoding="utf-8")
    build([page.parent], settings, pipeline=pipeline)
    engine = Engine(Loaded(settings, open_library(settings), embedder, reader))
    assert "$3.2 billion" in engine.ask(INVESTED).answer
    page.write_text("March 9, 2024. Hello! Norway has invested $3.9 billion in Chile since 1998.", encoding="utf-8")
    build([page.parent], settings, pipeline=pipeline)
    answer = engine.ask(INVESTED)
    (cited,) = answer.citations
    assert "$3.9 billion" in answer.answer and "$3.2" not in answer.answer
    assert page.read_text(encoding="utf-8")[cited.start : cited.end] == cited.quote
    page.unlink()
    (page.parent / "b.txt").write_text("Nothing about money stands here, only about rain in spring.", encoding="utf-8")
    build([page.parent], settings, pipeline=pipeline)
    assert engine.ask(INVESTED).abstained
    engine.close()


def test_where_the_listed_things_are_does_not_hide_them(engine: Engine) -> None:
    """Few sentences repeat "in Chile"; those that do name other things."""
    answer = kept(ask(engine, "Which Norwegian companies are building something in Chile?"))
    assert "Nordex Marine" in answer.answer and "Fjord Power" in answer.answer
