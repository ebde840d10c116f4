"""What is recorded on the way to an answer, and how it is shown."""

from __future__ import annotations

import threading

from qa.candidates import Candidate
from qa.query import Query, QueryName
from qa.reading import Reading
from qa.rephrase import Asked
from qa.retrieve import Found, Hit, retrieve
from qa.schema import Answer, Citation, Claim, Conflict, Passage
from qa.select import ANSWER_FLOOR, LIST_FLOOR, Choice
from qa.times import Window
from qa.trace import recorded, seen
from qa.trace_steps import Steps, steps_of
from qa.trace_text import WIDTH, trace_text
from qa.verify import Item, verify_many
from tests.fakes import HashEmbedder
from tests.made import document
from tests.test_qa_retrieve import Lengths, library

TEXT = "Kia opened a plant in Almaty in 2021. The weather\x1b[31m was fine. Lotte sells \u202esweets in Oslo."
PLACE = document(TEXT, "a.txt", title="Cars")


def sentence(start: int, end: int, **scores: object) -> Candidate:
    made = Candidate(PLACE, start, end, TEXT[start:end], (), "", 0)
    for name, value in scores.items():
        setattr(made, name, value)
    return made


def lookup(**asked: object) -> Reading:
    names = (QueryName("Kia"), QueryName("Kazakh", "kazakhstan"))
    facts = {"kind": "date", "noun": None, "plural": False, "template": "Kia opened a plant in {}?", **asked}
    query = Query("When did Kia open a plant?", names=names, years=(2021,), stems=("open", "plant"), **facts)  # type: ignore[arg-type]
    best = sentence(0, 37, plain=8.25, framed=9.5, tested=7.0, answer="2021", cover=1.0, likely=0.91, score=0.61)
    other = sentence(38, 66, plain=-3.0, likely=0.02, score=0.0)
    out = sentence(67, len(TEXT))
    passage = Passage("c1", "a.txt", 0, 60, TEXT[:60], 0.9)
    return Reading(query, [passage], [best, other], [Choice(best)], [best, other, out], Window(since="2024-01-01"))


FOUND = Found(
    near=[("c1", 0.71), ("c2", 0.4)],
    terms=[("c1", 12.5)],
    passages=[Passage("c2", "a.txt", 60, 90, TEXT[60:90], 0.8), Passage("c1", "a.txt", 0, 60, TEXT[:60], 0.7)],
    hits=[Hit("c1", 0.9, 1.0, 1.0, 0.66), Hit("c2", 0.2, 0.0, 0.2, 0.11), Hit("gone", 0.1)],
)
ANSWER = Answer(
    question="when did it open?", standalone_question="When did Kia open a plant?", answer="Kia opened a plant in Almaty in 2021. [1]",
    abstained=False, claims=[Claim(text="Kia opened a plant in Almaty in 2021.", citations=[1], score=0.99, sources=1)],
    citations=[Citation(n=1, source="a.txt", start=0, end=37, quote=TEXT[:37], copies=["b.txt"])],
    conflicts=[Conflict(kind="over_time", citations=[1, 1], values=["2021", "2022"], note="")], confidence=0.91, mode="extractive",
)  # fmt: skip


def steps(*made: object, answer: Answer = ANSWER) -> Steps:
    return steps_of([Asked(("When did Kia open a plant?",)), *made], answer)


class TestRecording:
    def test_nothing_is_kept_while_nobody_records(self) -> None:
        assert seen("a") == "a"
        with recorded() as made:
            pass
        assert (seen("b"), made) == ("b", [])

    def test_what_is_seen_is_kept_in_order_and_given_back(self) -> None:
        with recorded() as outer:
            first = seen([1])
            with recorded() as inner:
                seen("inside")
            seen("after")
        assert outer == [[1], "after"] and outer[0] is first and inner == ["inside"]

    def test_other_threads_are_not_overheard(self) -> None:
        with recorded() as made:
            thread = threading.Thread(target=seen, args=("elsewhere",))
            thread.start()
            thread.join()
        assert made == []

    def test_retrieval_tells_both_scores_and_both_orders(self) -> None:
        shelf = library(12, bm25=["c004", "c000"])
        shelf.by_source["011.txt"] = document("a much longer text " * 9, "011.txt")
        with recorded() as made:
            passages = retrieve(shelf, HashEmbedder(), "q", 12, second=Lengths())  # type: ignore[arg-type]
        (found,) = made
        assert isinstance(found, Found)
        assert [hit.id for hit in found.hits] == [p.chunk_id for p in passages] != [p.chunk_id for p in found.passages]
        assert [id for id, _ in found.terms] == ["c004", "c000"] and len(found.near) == 12
        assert all(hit.second is not None for hit in found.hits)

    def test_verification_tells_its_verdicts(self) -> None:
        items = [Item("Kia opened a plant.", [TEXT]), Item("Lotte opened a plant in 2019.", [TEXT])]
        with recorded() as made:
            verdicts = verify_many(items, None)
        assert [v.label for v in verdicts] == ["supported", "contradicted"]
        checked = steps_of(made, ANSWER).checked
        assert [(c.statement, c.verdict, c.reason) for c in checked] == [
            (i.claim, v.label, v.reason) for i, v in zip(items, verdicts, strict=True)
        ]


class TestSteps:
    def test_passages_stand_in_their_final_order_with_the_scores_of_both_stores(self) -> None:
        (one,) = steps(FOUND, lookup()).lookups
        assert [(p.start, p.bm25, p.cosine, p.fused, p.second, p.read) for p in one.passages] == [
            (0, 12.5, 0.71, 0.7, 0.66, True),
            (60, None, 0.4, 0.8, 0.11, False),
        ]
        assert (one.by_vector, one.by_bm25) == (2, 1)

    def test_sentences_are_chosen_scored_or_left_out_with_the_reason(self) -> None:
        (one,) = steps(FOUND, lookup()).lookups
        assert [(s.start, s.chosen, s.probability, s.in_context, s.tried) for s in one.sentences] == [
            (0, True, 0.91, 9.5, 7.0),
            (38, False, 0.02, None, None),
        ]
        assert [left.reason for left in one.left_out] == ["does not speak of Kazakh"]
        assert (one.floor, one.unread) == (ANSWER_FLOOR, 0)

    def test_a_list_is_held_to_its_own_floor(self) -> None:
        (one,) = steps(FOUND, lookup(kind="organisation", plural=True)).lookups
        assert (one.floor, one.sentences[0].probability) == (LIST_FLOOR, 0.61)

    def test_a_plain_question_without_a_search_of_its_own_has_no_passages(self) -> None:
        first, second = steps(FOUND, lookup(), lookup()).lookups
        assert first.passages and not second.passages

    def test_what_was_read_out_of_the_question(self) -> None:
        (one,) = steps(FOUND, lookup(doc_year=2024)).lookups
        assert (one.names, one.times, one.published) == (["Kia", "Kazakh (kazakhstan)"], ["2021", "a document of 2024"], "since 2024-01-01")

    def test_a_statement_that_nothing_was_compared_with_is_its_own_quote(self) -> None:
        assert steps(FOUND, lookup()).whole_quotes == ["Kia opened a plant in Almaty in 2021."]
        with recorded() as made:
            verify_many([Item("Kia opened a plant in Almaty in 2021.", ["Kia opened a plant."])], None)
        assert steps(*made).whole_quotes == ["Kia opened a plant in Almaty in 2021."], "a further source was compared, not the first"
        with recorded() as made:
            verify_many([Item("Kia opened a plant in Almaty in 2021.", [TEXT[:37]])], None)
        assert steps(*made).whole_quotes == []

    def test_each_check_says_what_it_found(self) -> None:
        with recorded() as made:
            verify_many(
                [Item("Lotte did not open a plant in 2019.", ["Kia opened a plant in 2021."]), Item("Kia opened it.", [TEXT])], None
            )
        first, second = steps(*made).checked
        assert {name for name, result in first.checks.items() if result != "passed"} >= {"numbers", "names", "negation and modality"}
        assert first.floor is None and set(second.checks.values()) == {"passed", "no"} and second.floor is not None


class TestText:
    def test_every_step_is_told(self) -> None:
        with recorded() as made:
            verify_many([Item("Kia opened it.", [TEXT])], None)
        text = trace_text(steps(FOUND, lookup(), *made), ANSWER)
        for told in (
            "typed          when did it open?", "understood as  When did Kia open a plant?", "names          Kia, Kazakh (kazakhstan)",
            "published      since 2024-01-01", "2 near by vector, 1 by BM25", "12.50    0.71    0.70    0.66    0.90  a.txt 0-60",
            "3 in these passages; 1 left out by a condition, 2 scored; the best needs 0.54", "a.txt, tried: 2021",
            "1 left out: does not speak of Kazakh", "its own quote: Kia opened a plant", "of 0.50 needed: ",
            "over time: 2021 [1], 2022 [1]", "[1] a.txt has near-copies: b.txt", "Confidence 0.91",
        ):  # fmt: skip
            assert told in text, told

    def test_documents_cannot_steer_the_terminal_and_lines_end(self) -> None:
        text = trace_text(steps(FOUND, lookup()), ANSWER)
        assert not {c for c in text if ord(c) < 32} - {"\n"} and "\u202e" not in text
        assert max(map(len, text.splitlines())) <= WIDTH + 20  # a list of copies or conflicts is told whole

    def test_a_refusal_has_no_statements(self) -> None:
        refused = ANSWER.model_copy(update={"abstained": True, "claims": [], "citations": [], "conflicts": []})
        text = trace_text(steps(answer=refused), refused)
        assert "none: no sentence is probable enough" in text and "Sources" not in text


def test_a_series_is_told() -> None:
    made = Asked(("What was trade in 2012?", "What was trade in 2022?"), series=True)
    assert "one figure over time" in trace_text(steps_of([made], ANSWER), ANSWER)
