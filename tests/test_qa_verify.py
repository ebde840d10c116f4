"""Verdicts: word for word, by rules, by score; context; a judge in place of the score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa.check.verify import Item, best_span, by_rules, verbatim_span, verify, verify_many
from tests.judged import shipped
from tests.needs import requires_parser

pytestmark = requires_parser

PLAN = '"Samsung Electronics plans to start producing household appliances in our country," said Kassym-Jomart Tokayev.'
HOME = "Kazakhstan is home to 740 companies with Korean business participation, including KIA, Hyundai, Lotte and POSCO."
INVESTED = (
    "To date, the Republic of Korea has invested $8.5 billion in the Kazakh economy, with $1.5 billion in direct investments in 2022."
)
LAUNCHED = "Seven projects costing $188.9 million were launched, while 15 projects worth $854.4 million are being implemented."


class Saying:
    """A judge that supports what names a word, and keeps what it was asked."""

    def __init__(self, word: str, probability: float = 0.9) -> None:
        self.word, self.probability = word, probability
        self.asked: list[Item] = []

    def support(self, items: Sequence[Item]) -> NDArray[np.float32]:
        """See `Judge.support`."""
        self.asked += items
        return np.asarray([self.probability if self.word in item.claim else 0.1 for item in items], dtype=np.float32)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        (HOME, HOME),
        ("740 companies with Korean business participation, including Kia", HOME),
        ("kazakhstan is home to  740 companies", HOME),
        ("And Kazakhstan is home to 740 companies with Korean business participation.", HOME),
        ("Kassym-Jomart Tokayev said that Samsung Electronics plans to start producing household appliances", PLAN),
        ("“Samsung Electronics plans to start producing household appliances”", PLAN),
    ],
)
def test_word_for_word_needs_no_model(claim: str, quote: str) -> None:
    judge = Saying("nothing")
    verdict = verify(claim, ["Something else entirely.", quote], judge=judge)
    assert verdict.label == "supported", verdict
    assert verdict.score > 0.95
    assert verdict.quote_index == 1
    assert verdict.span is not None
    assert not judge.asked


def test_the_span_is_where_the_words_stand() -> None:
    claim = "740 companies with Korean business participation"
    span = verify(claim, [HOME], judge=shipped()).span
    assert span is not None
    assert HOME[slice(*span)] == claim


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("start producing household appliances in our country", PLAN),
        ("The plant is finished", "The minister denied that the plant is finished."),
        ("The plant is finished", "If the plant is finished, exports will grow."),
        ("the plant is finished", "It is not true that the plant is finished."),
        ("companies build a plant", "No companies build a plant."),
        ("Korea has invested $8.5 billion", "Korea has not invested $8.5 billion."),
        ("700 companies operate there", "More than 700 companies operate there."),
        ("6.5 billion dollars were paid", "Over 6.5 billion dollars were paid."),
        ("the road was opened", "It is alleged that the road was opened."),
    ],
)
def test_a_cut_that_changes_the_meaning_is_refused(claim: str, quote: str) -> None:
    assert verify(claim, [quote], judge=shipped()).label != "supported"


@pytest.mark.parametrize("claim", ["", " ", "...", "It is.", "the of and"])
def test_an_empty_claim_is_unsupported(claim: str) -> None:
    assert verify(claim, [HOME], judge=shipped()).label == "unsupported"


@pytest.mark.parametrize("quotes", [[], [""], [" \n"]])
def test_no_quote_no_support(quotes: list[str]) -> None:
    assert verify("Kazakhstan is home to 740 companies.", quotes, judge=shipped()).label == "unsupported"


def test_context_supplies_names_and_dates_but_no_figures() -> None:
    claim = "Samsung Electronics plans to start producing household appliances in Kazakhstan."
    assert verify(claim, [PLAN], judge=shipped()).label == "unsupported"
    assert verify(claim, [PLAN], context=["Korea and Kazakhstan hold a summit"], judge=shipped()).label == "supported"
    dated = "As of June 2023, Korea had invested $8.5 billion in the Kazakh economy."
    assert by_rules(Item(dated, [INVESTED])) is not None
    assert by_rules(Item(dated, [INVESTED], ["2023-06-04"])) is None, "for the judge"
    assert by_rules(Item(dated.replace("2023", "2022"), [INVESTED], ["2023-06-04"])) is not None
    other = by_rules(Item("Kazakhstan is home to 900 companies.", [HOME], ["900 companies in Kazakhstan"]))
    assert other is not None and other.label == "contradicted"
    assert by_rules(Item("The visit took place on June 12, 2024.", ["The visit took place on the 12th."], ["June 13, 2024"])) is None


def test_the_publication_year_does_not_replace_the_year_of_the_quote() -> None:
    claim = "Korea made direct investments of $1.5 billion in 2023."
    assert verify(claim, [INVESTED], context=["2023-06-04"], judge=shipped()).label == "contradicted"


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("South Korea has invested $8.5 billion in Kazakhstan.", True),
        ("South Korea made $1.5 billion of direct investments in 2022.", True),
        ("South Korea made $8.5 billion of direct investments in 2022.", False),
    ],
)
def test_a_number_keeps_to_its_words(claim: str, supported: bool) -> None:
    assert (verify(claim, [INVESTED], judge=shipped()).label == "supported") == supported


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("15 projects worth $854.4 million are being implemented.", True),
        ("Seven projects costing $188.9 million were launched.", True),
        ("15 projects worth $188.9 million are being implemented.", False),
        ("Seven projects costing $854.4 million were launched.", False),
        ("15 projects were launched.", False),
    ],
)
def test_swapped_numbers_are_refused(claim: str, supported: bool) -> None:
    assert (verify(claim, [LAUNCHED], judge=shipped()).label == "supported") == supported


def test_numbers_may_come_from_several_quotes() -> None:
    claim = "740 companies with Korean participation operate in Kazakhstan, and Korea has invested $8.5 billion in the Kazakh economy."
    assert verify(claim, [HOME, INVESTED], judge=shipped()).label == "supported"
    assert verify(claim, [HOME], judge=shipped()).label != "supported"


def test_what_a_number_counts_is_for_the_judge() -> None:
    assert verify("Kazakhstan is home to 740 firms.", [HOME], judge=shipped()).label == "supported"
    assert by_rules(Item("Kazakhstan is home to 740 factories.", [HOME])) is None
    assert verify("Kazakhstan is home to 740 cities.", [HOME], judge=shipped()).label == "unsupported"


LONG_REPORT = (
    "The ferry line carried 4 million passengers last year. Its director may retire in spring. The harbour could be dredged soon. "
    "Bakers in the old town sell rye bread. A bridge will be painted in autumn."
)


def test_a_may_in_another_sentence_refuses_nothing() -> None:
    claim = "Rye bread is sold in the old town, in spring as in winter."
    assert by_rules(Item(claim, [LONG_REPORT])) is None
    assert by_rules(Item(claim, ["Its director may retire in spring. Bakers in the old town sell rye bread."])) is None


def test_how_a_sentence_says_it_counts_where_the_claim_has_its_words() -> None:
    quote = "The harbour may be dredged in spring, the council of the town said."
    told = by_rules(Item("The harbour is dredged in spring, the council said.", [quote]))
    assert told is not None and "'may'" in told.reason
    assert by_rules(Item("Dredging takes place before the summer.", [quote])) is None, "for the judge"


@pytest.mark.parametrize(
    "claim",
    [
        "The director retires in spring.",
        "The bridge was painted in autumn.",
        "The ferry line may have carried 4 million passengers last year.",
        "The ferry line did not carry 4 million passengers last year.",
    ],
)
def test_what_a_sentence_of_a_long_text_hedges_and_what_it_does_not_deny_is_refused(claim: str) -> None:
    assert verify(claim, [LONG_REPORT], judge=Saying("")).label != "supported"


def test_a_long_text_states_plainly_what_another_of_its_sentences_hedges() -> None:
    text = "The plant may open in May. The plant opened in May. Bread is sold there. Rye is grown. It rains."
    assert verify("The plant opened in May.", [text], judge=shipped()).label == "supported"


def test_many_verdicts_are_the_single_verdicts() -> None:
    items = [
        Item(HOME, [HOME]),
        Item("Korea has invested $9 billion.", [INVESTED]),
        Item("Korea has invested $8.5 billion in Kazakhstan.", [INVESTED]),
    ]
    assert verify_many(items, shipped()) == [verify(i.claim, i.quotes, context=i.context, judge=shipped()) for i in items]
    assert verify_many([], shipped()) == []


def test_without_a_judge_only_what_stands_word_for_word_is_supported() -> None:
    items = [Item(HOME, [HOME]), Item("Korea has put $8.5 billion into the Kazakh economy.", [INVESTED])]
    assert [v.label for v in verify_many(items, None)] == ["supported", "unsupported"]


def test_the_configured_judge_decides_what_the_rules_leave_open() -> None:
    judge = Saying("Kazakhstan")
    claim = "Korea has put $8.5 billion into Kazakhstan."
    items = [
        Item(claim, [INVESTED]),
        Item("Korea has put $8.5 billion into the Kazakh economy.", [INVESTED]),
        Item("Korea has put $9 billion.", [INVESTED]),
    ]
    assert [v.label for v in verify_many(items, judge)] == ["supported", "unsupported", "contradicted"]
    assert judge.asked[0] == items[0]
    assert len(judge.asked) == 2


@settings(max_examples=200)
@given(st.text(st.sampled_from("Kazakhstan is home to 740 companies, with $ % not plans.\n“”’é"), max_size=80), st.text(max_size=60))
def test_any_text_gets_a_verdict_and_its_span_lies_in_the_quote(claim: str, quote: str) -> None:
    verdict = verify(claim, [quote, HOME], judge=shipped())
    assert 0 <= verdict.score <= 1
    assert (verdict.span is None) == (verdict.label != "supported")
    if verdict.span is not None and verdict.quote_index is not None:
        text = [quote, HOME][verdict.quote_index]
        assert 0 <= verdict.span[0] < verdict.span[1] <= len(text)


def test_a_graded_verdict_says_where_its_support_stands() -> None:
    quotes = ["The weather was fine.", "The firm is erecting a factory near Almaty. Rain is expected."]
    yes = verify("A works rises near Almaty.", quotes, judge=Saying("works"))
    assert (yes.label, yes.reason, yes.quote_index, yes.span) == ("supported", "entailed", 1, (0, 43))
    no = verify("A works rises near Almaty.", quotes, judge=Saying("bridge"))
    assert (no.label, no.reason) == ("unsupported", "the quotes do not say it clearly enough")
    assert (no.span, no.quote_index) == (None, None)


def test_a_judge_decides_at_one_half() -> None:
    claim, quotes = "The company puts up a works near Almaty.", ["The weather was fine.", "The firm is erecting a factory near Almaty."]
    assert verify(claim, quotes, judge=Saying("works", 0.5)).label == "supported"
    assert verify(claim, quotes, judge=Saying("works", 0.49)).label == "unsupported"


def test_a_claim_of_the_quotes_own_words_needs_less_of_the_judge() -> None:
    quotes = ["Rain is expected.", "In 1987 the council of Harn bought two ferries."]
    assert verify("The council bought two ferries.", quotes, judge=Saying("ferries", 0.1)).label == "supported"
    assert verify("The council bought two ferries.", quotes, judge=Saying("ferries", 0.01)).label == "unsupported"
    assert verify("The council bought two vessels.", quotes, judge=Saying("vessels", 0.4)).label == "unsupported"


def test_a_judge_reads_numbers_as_the_quotes_write_them() -> None:
    judge = Saying("invested")
    verify("Korea has invested USD 8,500m in the Kazakh economy.", [INVESTED], judge=judge)
    assert [item.claim for item in judge.asked] == ["Korea has invested $8.5 billion in the Kazakh economy."]


@pytest.mark.parametrize(
    ("claim", "quote", "label", "reason"),
    [
        ("It is.", "It is.", "unsupported", "the claim states nothing"),
        ("Kia opened.", " ", "unsupported", "the claim has no quote"),
        ("The plant cost $5 billion.", "The plant cost $6 billion.", "contradicted", "the claim says '$5 billion', the quote '$6 billion'"),
        ("The plant cost $5 billion.", "The plant was expensive.", "unsupported", "'$5 billion' is not in the quotes"),
        ("Kia opened the plant.", "Hyundai opened the plant.", "unsupported", "'Kia' is not in the quotes"),
        ("The plant was not opened.", "The plant was opened.", "contradicted", "the claim denies ('not') what the quote does not deny"),
        (
            "Samsung has opened a plant.",
            "Samsung plans to open a plant.",
            "unsupported",
            "the quote says 'plans', the claim states it as a fact",
        ),
        ("Kia bought Lotte.", "Lotte bought Kia.", "unsupported", "the quote says that 'Lotte' did this to 'Kia'"),
    ],
)
def test_each_rule_says_what_it_found(claim: str, quote: str, label: str, reason: str) -> None:
    verdict = verify(claim, [quote], judge=Saying(""))
    assert (verdict.label, verdict.score, verdict.reason) == (label, 0.0, reason)
    assert (verdict.span, verdict.quote_index) == (None, None)


def test_the_support_is_the_sentence_that_shares_most_words() -> None:
    quotes = ["Rain.", "It is cold. Kia builds a plant near Almaty. Then it builds a very long wall, a plant and many other things."]
    assert best_span("Kia builds a plant", quotes) == (1, (12, 43))
    assert best_span("zzz qqq", ["abc defg.", "ghi."]) == (1, (0, 4)), "of sentences that share as much, the shorter one"
    assert best_span("Kia", ["Kia left.", "Kia left."]) == (0, (0, 9)), "of equal ones the first"


def test_word_for_word_says_so() -> None:
    verdict = verify("Kia opened a plant.", ["Kia opened a plant."], judge=shipped())
    assert (verdict.label, verdict.reason, verdict.span, verdict.quote_index) == ("supported", "word for word", (0, 18), 0)


@pytest.mark.parametrize("before", ["Große Straße: ", "Cafe\u0301 \ufb01ve: ", "İzmir, ŉ: "])
def test_offsets_hold_behind_letters_that_fold_into_several(before: str) -> None:
    assert verbatim_span("Kia opened a plant", f"{before}Kia opened a plant.") == (len(before), len(before) + 18)


def test_two_words_are_enough_for_word_for_word() -> None:
    assert verbatim_span("Kia left", "Then Kia left.") == (5, 13)
    assert verbatim_span("And Kia", "Kia left.") is None


def test_verbatim_never_joins_two_sentences() -> None:
    quote = "Hyundai opened a plant. Kia left. In 2024 it sold 8.5 million cars."
    assert verbatim_span("opened a plant Kia left", quote) is None
    assert verbatim_span("opened a plant. Kia left", quote) == (8, 32)
    assert verbatim_span("Kia left. In 2024 it sold", quote) is not None


def test_verbatim_keeps_the_marks_inside_numbers() -> None:
    quote = "In 2024 it sold 8.5 million cars and 1,200 buses."
    assert verbatim_span("it sold 8.5 million cars", quote) == (8, 32)
    for other in ("it sold 8,5 million cars", "it sold 8 5 million cars", "cars and 1.200 buses"):
        assert verbatim_span(other, quote) is None, other
    assert verbatim_span("it sold  8.5 million cars, and 1,200 buses", quote) is not None, "marks between words are no matter"


def test_verbatim_takes_whole_words_only() -> None:
    assert verbatim_span("40 companies with Korean business", HOME) is None
    assert verbatim_span("companies with Kor", HOME) is None
    assert verbatim_span("with Korean business", HOME) is not None


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("The yard has three cranes.", "The yard has cranes."),
        ("The council met twice in May.", "The council met in May."),
        ("It was the first bridge over the river.", "It was a bridge over the river."),
        ("Trade amounted to 3 billion dollars.", "Exports were 2 billion dollars in 2023, imports 5 billion dollars in 2024."),
    ],
)
def test_a_number_that_rules_leave_open_is_not_believed(claim: str, quote: str) -> None:
    assert by_rules(Item(claim, [quote])) is None
    assert verify(claim, [quote], judge=shipped()).label == "unsupported"


def test_a_count_of_what_the_quote_names_is() -> None:
    assert verify("The two firms merged.", ["Harn AG and Kolm AG merged."], judge=shipped()).label == "supported"
