"""Training data: units, windows and the negatives that are made of them; batches as the network takes them."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from eval.train.batches import collate, encode
from eval.train.examples import Example, cut, exchanged, split_units, without_evidence
from eval.train.export import mixed
from eval.train.office import office_documents, office_examples
from eval.train.sources import RECIPE, read_source, with_columns

OFFICE = Path(__file__).parents[1] / "eval" / "train" / "office"
TEXT = (
    "The mill stands in Harn. It was built in 1701 by the guild of millers.\n- Open from May\n- Boat: Tern | Berth: 4\n"
    "Its wheel is of larch."
)


def example() -> Example:
    units = split_units(TEXT)
    return cut(
        "own", "When was the mill of Harn built?", TEXT, units, [1], random.Random(1), short=(TEXT.index("1701"), TEXT.index("1701") + 4)
    )


def test_units_of_lines_and_sentences() -> None:
    assert [TEXT[u.start : u.end] for u in split_units(TEXT)] == [
        "The mill stands in Harn.", "It was built in 1701 by the guild of millers.", "Open from May", "Boat: Tern | Berth: 4",
        "Its wheel is of larch.",
    ]  # fmt: skip


def test_a_window_holds_its_evidence_and_keeps_its_offsets() -> None:
    made = example()
    (at,) = made.evidence
    assert made.answers and made.passage[slice(*made.units[at])] == "It was built in 1701 by the guild of millers."
    assert made.short is not None and made.passage[slice(*made.short)] == "1701"


def test_without_its_evidence_a_passage_does_not_answer() -> None:
    made = without_evidence(example())
    if made is not None:
        assert not made.answers and made.evidence == () and "1701" not in made.passage


def test_an_exchanged_question_asks_for_what_the_passage_does_not_hold() -> None:
    whole = Example("own", "When was the mill of Harn built?", TEXT, ((0, 24), (25, 70)), (1,), True)
    made = exchanged(whole, ["Osby", "Harn"], random.Random(3))
    assert made is not None
    assert made.question == "When was the mill of Osby built?" and not made.answers
    assert exchanged(Example("own", "why is it so?", TEXT, ((0, 24),), (0,), True), ["Osby"], random.Random(3)) is None


def test_a_table_gets_its_column_names_and_the_spans_move_along() -> None:
    text = "Harbour\nBoat | Berth\nTern | 4\nGull | 17"
    new, answers, _ = with_columns(text, [{"text": "17", "start": text.index("17")}], [])
    assert new == "Harbour\n- Boat: Tern | Berth: 4\n- Boat: Gull | Berth: 17"
    assert new[answers[0]["start"] :] == "17"


def test_the_rate_has_fallen_when_the_time_is_over() -> None:
    pytest.importorskip("torch")
    from eval.train.reader import progress, rate

    assert progress(0.3, 600.0, None) == pytest.approx(0.3)
    assert progress(0.3, 600.0, 20) == pytest.approx(0.5)
    assert progress(0.3, 9000.0, 20) == 1.0
    assert rate(progress(0.3, 9000.0, 20), 0.05, 0.03) == pytest.approx(0.03)


def test_training_can_start_from_the_reader_that_ships() -> None:
    pytest.importorskip("torch")
    from eval.train.export import MAX_DIFFERENCE, Exported, _difference
    from eval.train.network import ReaderNetwork
    from eval.train.reader import started

    network = ReaderNetwork(12)
    shipped = Path(__file__).parents[1] / "qa" / "read" / "weights" / "reader.xml"
    network.load_state_dict(started(shipped, network))
    assert _difference(Exported(network.eval()), shipped) < MAX_DIFFERENCE


class Words:
    """A tokenizer of one token a word, for pairs."""

    def encode(self, question: str, passage: str) -> Words:
        self.ids, self.type_ids, self.sequence_ids, self.offsets = [2], [0], [None], [(0, 0)]
        for n, text in enumerate((question, passage)):
            at = 0
            for word in text.split():
                at = text.index(word, at)
                self.ids.append(5 + len(word))
                self.type_ids.append(n)
                self.sequence_ids.append(n)  # type: ignore[arg-type]
                self.offsets.append((at, at + len(word)))
                at += len(word)
        return self


def test_a_batch_says_which_token_belongs_to_which_unit() -> None:
    made = example()
    coded = encode(made.as_json() | {"context": "Mills"}, Words())  # type: ignore[arg-type]
    batch = collate([coded])
    words = f"{made.question} Mills {made.passage}".split()
    inside = [w for w, unit in zip(words, coded.unit[1:], strict=True) if unit == made.evidence[0]]
    assert " ".join(inside) == "It was built in 1701 by the guild of millers."
    assert batch.labels[0, made.evidence[0]] == 1 and batch.labels[0].sum() == 1
    assert batch.answers[0] == 1 and words[int(batch.short[0, 0]) - 1] == "1701"


@pytest.mark.parametrize("path", sorted(OFFICE.glob("*.jsonl")), ids=lambda p: p.stem)
def test_our_own_documents_hold_what_their_questions_cite(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        asked = [q["question"] for q in document["questions"]]
        assert len(set(asked)) == len(asked)
        for question in document["questions"]:
            assert all(quote in document["text"] for quote in question["evidence"]), question["question"]
            assert not question["short"] or any(question["short"] in quote for quote in question["evidence"]), question["question"]
            assert question.get("near", "") in document["text"]


def test_office_examples_answer_where_the_evidence_stands() -> None:
    made = list(office_examples(OFFICE, random.Random(1)))
    assert len(made) > 4 * len(office_documents(OFFICE))
    assert all(bool(e.evidence) == e.answers for e in made)
    assert all(0 <= a < b <= len(e.passage) for e in made for a, b in e.units)


def test_fewer_other_windows_are_taken_where_asked_for_and_near_misses_stay(tmp_path: Path) -> None:
    three = (OFFICE / "one.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[:3]
    (tmp_path / "three.jsonl").write_text("".join(three), encoding="utf-8")
    few, many = (list(office_examples(tmp_path, random.Random(1), others)) for others in (0, 4))
    assert len(few) < len(many)
    assert sum(e.answers for e in few) == sum(e.answers for e in many) and not all(e.answers for e in few)


def test_a_sample_grows_with_the_times_asked_for(tmp_path: Path) -> None:
    name, (number, _) = "fairytaleqa_part", RECIPE["fairytaleqa_part"]
    row = {"question": "?", "passage": TEXT, "answerable": True, "answers": [{"text": "1701", "start": TEXT.index("1701")}], "evidence": []}
    with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for _ in range(2 * number))
    for times in (0.5, 1.0, 1.5):
        assert len(list(read_source(tmp_path, name, frozenset(), random.Random(1), times))) == round(number * times)


def test_mixed_weights_lie_between_those_of_two_networks() -> None:
    import torch

    made = mixed({"w": torch.tensor([1.0, 3.0]), "n": torch.tensor([7])}, {"w": torch.tensor([2.0, -1.0]), "n": torch.tensor([9])}, 0.25)
    assert made["w"].tolist() == [1.25, 2.0] and made["n"].tolist() == [7]
