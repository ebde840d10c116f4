"""Which findings are shown."""

from __future__ import annotations

from index.structure.units import units_of
from qa.read.choose import Choice, choose
from qa.read.protocol import Reading
from tests.made import document, reading

GUIDE = document(
    "# Kiln\n\nThe kiln stands in the yard. It was built in 1931.\n\nTo light the kiln:\n\n- Open the flue.\n- Lay dry birch.\n"
    "- Light it from the door.\n\n"
    "Visitors may watch on Fridays.\n",
    "guide.md",
    title="Pottery",
)
FLYER = document("The kiln was built in 1931, when the old one burst.", "flyer.txt")


def chosen(read: Reading, question: str = "?", **clusters: int) -> list[Choice]:
    units = {p.document.source: units_of(p.document) for p in read.passages}
    return choose(question, read, units, {source.replace("_", "."): n for source, n in clusters.items()})


def test_below_the_floor_nothing_is_chosen() -> None:
    assert chosen(reading("?", GUIDE, scores={"stands": 0.3})) == []


def test_neighbouring_items_are_one_span() -> None:
    (one,) = chosen(reading("how is it lit?", GUIDE, scores={"flue": 0.9, "birch": 0.8, "door": 0.85}))
    assert one.evidence.quote == "To light the kiln:\n\n- Open the flue.\n- Lay dry birch.\n- Light it from the door."
    assert GUIDE.text[one.evidence.start : one.evidence.end] == one.evidence.quote
    assert one.evidence.heading == ("Kiln",)


def test_a_list_of_which_half_is_chosen_is_shown_whole() -> None:
    for scores in ({"flue": 0.9, "birch": 0.8}, {"flue": 0.9, "door": 0.8}, {"birch": 0.9, "door": 0.8}):
        (one,) = chosen(reading("how is it lit?", GUIDE, scores=scores))
        assert one.evidence.quote == "To light the kiln:\n\n- Open the flue.\n- Lay dry birch.\n- Light it from the door.", scores


def test_of_a_list_of_which_less_is_chosen_the_rest_stays_out() -> None:
    shelf = document("# Stock\n\nOn the shelf:\n\n" + "".join(f"- Glaze of colour {n}.\n" for n in range(9)), "stock.md")
    quotes = [c.evidence.quote for c in chosen(reading("?", shelf, scores={"colour 2": 0.9, "colour 6": 0.8}))]
    assert quotes == ["Glaze of colour 2.", "Glaze of colour 6."]


def test_what_is_far_less_probable_than_the_best_stays_out() -> None:
    quotes = [c.evidence.quote for c in chosen(reading("?", GUIDE, scores={"flue": 0.9, "Visitors": 0.4}))]
    assert quotes == ["To light the kiln:\n\n- Open the flue."]


def test_the_short_answer_is_marked_at_its_place() -> None:
    (one,) = chosen(reading("when?", GUIDE, scores={"1931": 0.9}, short={"1931": "1931"}))
    assert one.short == "1931"
    assert one.evidence.highlight is not None
    assert GUIDE.text[slice(*one.evidence.highlight)] == "1931"


def test_the_same_short_answer_elsewhere_supports() -> None:
    read = reading("when was it built?", GUIDE, FLYER, scores={"built in 1931": 0.9}, short={"1931": "in 1931"})
    (one,) = chosen(read)
    assert {one.evidence.source, *(t.source for t in one.twins)} == {"guide.md", "flyer.txt"}


def test_who_corrects_a_figure_does_not_support_it() -> None:
    wrong = document("The kiln dates from 1931.", "flyer.txt")
    right = document("We wrote that the kiln was built in 1931. It was in 1913.", "correction.txt")
    scores = {"dates from": 0.9, "built in": 0.8, "1913": 0.7}
    read = reading("when?", wrong, right, scores=scores, short={"1931": "1931", "1913": "1913"})
    assert [c.evidence.source for c in chosen(read)] == ["flyer.txt", "correction.txt"]


def test_another_answer_elsewhere_stands_beside_it() -> None:
    other = document("The kiln was built in 1935.", "paper.txt")
    read = reading("when was it built?", GUIDE, other, scores={"built in": 0.9}, short={"1931": "1931", "1935": "1935"})
    assert sorted(c.short for c in chosen(read)) == ["1931", "1935"]


FARES = document(
    "# Fares\n\n| Ticket | Who | Fare |\n|---|---|---|\n"
    "| Crossing | adult | 9.20 |\n| Crossing | child | 4.10 |\n| Island day | adult | 15.50 |\n",
    "fares.md",
    format="markdown",
)


def test_a_row_brings_the_line_of_its_column_names() -> None:
    (one,) = chosen(reading("what does the island day cost?", FARES, scores={"Island": 0.9}))
    assert one.evidence.quote == "Island day | adult | 15.50" and one.said == "Ticket: Island day | Who: adult | Fare: 15.50"
    assert one.names is not None and one.names.quote == "Ticket | Who | Fare"
    assert FARES.text[one.names.start : one.names.end] == one.names.quote


def test_a_row_of_a_table_in_columns_of_blanks_too() -> None:
    plain = document("Ticket      Who     Fare\nCrossing    adult   9.20\nIsland day  child   7.10\n", "fares.txt")
    (one,) = chosen(reading("what does the crossing cost?", plain, scores={"Crossing": 0.9}))
    assert one.said == "Ticket: Crossing | Who: adult | Fare: 9.20"


LOG = document(
    "Log\n\n06:10 Fog. The tug left with two pilots, who had waited since midnight for the wind to turn, and with the doctor of the "
    "islands. Her lamp was out of oil.\n07:45 Crane 2. Fuse changed. AM\n",
    "log.txt",
)
DIARY = document("Diary\n\n3 March 2025\nThe mason came. The new stair has 41 steps.\n\n4 March 2025\nA pane broke.\n", "diary.txt")


def test_a_sentence_of_a_log_is_quoted_from_the_start_of_its_entry_and_a_short_entry_whole() -> None:
    (one,) = chosen(reading("when was the lamp out?", LOG, scores={"lamp": 0.9}))
    assert one.evidence.quote.startswith("06:10 Fog.") and one.evidence.quote.endswith("Her lamp was out of oil.")
    (one,) = chosen(reading("what left?", LOG, scores={"tug": 0.9}))
    assert one.evidence.quote.startswith("06:10 Fog.") and one.evidence.quote.endswith("islands.")
    (one,) = chosen(reading("what was changed?", LOG, scores={"Fuse": 0.9}))
    assert one.evidence.quote == "07:45 Crane 2. Fuse changed. AM"


def test_an_entry_below_a_date_says_its_day_and_quotes_it() -> None:
    (one,) = chosen(reading("when did the mason come?", DIARY, scores={"mason": 0.9}))
    assert one.evidence.quote == "3 March 2025\nThe mason came." and one.said == "3 March 2025: The mason came." and one.names is None
    (one,) = chosen(reading("how many steps?", DIARY, scores={"steps": 0.9}))
    assert one.evidence.quote == "The new stair has 41 steps." and one.said == "3 March 2025: The new stair has 41 steps."
    assert one.names is not None and one.names.quote == "3 March 2025" and one.evidence.place == "3 March 2025"
    assert one.evidence.heading == ()


def test_of_rows_those_that_match_less_of_the_question_than_a_better_one_stay_out() -> None:
    scores = {"| adult | 9": 0.9, "child": 0.7, "Island": 0.6}
    (one,) = chosen(reading("?", FARES, scores=scores), "What does the crossing cost for an adult?")
    assert "9.20" in one.evidence.quote


def test_a_short_table_of_which_most_rows_are_chosen_is_shown_whole() -> None:
    table = "".join(f"| {name} | {price} |\n" for name, price in (("Nordex", 21), ("Brandvik", 17), ("Fjord", 23), ("Sund", 19)))
    tender = document(f"# Tender\n\n| Firm | Offer |\n|---|---|\n{table}", "tender.md", format="markdown")
    assert len(chosen(reading("?", tender, scores={"Nordex": 0.9, "Brandvik": 0.7, "Fjord": 0.6}), "Who made an offer?")) == 4
    assert len(chosen(reading("?", tender, scores={"Nordex": 0.9, "Brandvik": 0.7}), "Who made an offer?")) == 2


def test_rows_that_match_other_words_of_the_question_stay() -> None:
    read = reading("?", FARES, scores={"| adult | 9": 0.9, "child": 0.7, "Island": 0.6})
    assert len(chosen(read, "What do the crossing and the island day cost?")) == 3


def test_a_lead_in_stands_before_its_first_item_alone() -> None:
    quotes = [c.evidence.quote for c in chosen(reading("?", GUIDE, scores={"birch": 0.9}))]
    assert quotes == ["Lay dry birch."]


def test_two_steps_of_a_numbered_list_bring_the_others() -> None:
    steps = ("Open the flue.", "Lay dry birch.", "Light it.", "Close the door.", "Wait an hour.")
    guide = document("# Kiln\n\n" + "".join(f"{n}. {step}\n" for n, step in enumerate(steps, 1)), "steps.md")
    (one,) = chosen(reading("how is it lit?", guide, scores={"birch": 0.9, "Light": 0.8}))
    assert all(step in one.evidence.quote for step in steps)
    (alone,) = chosen(reading("what is laid?", guide, scores={"birch": 0.9}))
    assert "flue" not in alone.evidence.quote


def test_two_of_many_numbered_rules_are_shown_alone() -> None:
    rules = [f"Nobody may leave item {n} in the kiln." for n in range(1, 13)]
    text = "# Rules\n\n" + "".join(f"{n}. {rule}\n" for n, rule in enumerate(rules, 1))
    found = chosen(reading("What may not be left?", document(text, "rules.md"), scores={"item 3": 0.9, "item 8": 0.8}))
    assert [choice.evidence.quote for choice in found] == [rules[2], rules[7]]


def test_an_answer_stands_behind_its_question() -> None:
    faq = document("Can I pay by card? No, cash only. The office is closed on Mondays.", "faq.txt")
    (one,) = chosen(reading("can I use my card?", faq, scores={"cash": 0.9}))
    assert one.evidence.quote == "Can I pay by card? No, cash only."
    below = document("May I bring a friend?\n\nOnly on Sundays. Ring the bell twice.\n", "faq.txt")
    (one,) = chosen(reading("Are guests welcome?", below, scores={"Only on Sundays": 0.8}))
    assert one.evidence.quote == "May I bring a friend?\n\nOnly on Sundays."


def test_of_a_list_only_what_has_the_code_that_is_asked_for() -> None:
    faults = document(
        "Faults:\n\n- E-17: paper jam in tray 2.\n- E-23: toner is empty.\n- E-40: card not known.\n", "faults.md", format="markdown"
    )
    scores = {"E-17": 0.8, "E-23": 0.7, "E-40": 0.6}
    (one,) = chosen(reading("?", faults, scores=scores), "what does error E-23 mean?")
    assert "toner" in one.evidence.quote and "jam" not in one.evidence.quote and "card" not in one.evidence.quote
    several = " ".join(c.evidence.quote for c in chosen(reading("?", faults, scores=scores), "what are the faults?"))
    assert all(word in several for word in ("jam", "toner", "card"))


def test_entries_of_different_days_are_pieces_with_their_own_days() -> None:
    text = "# Timeline of the kiln\n\n- **3 May**: the flue is built.\n- **5 June**: the door comes.\n- **7 July**: it is lit."
    pieces = chosen(reading("?", document(text, "a.md", "2026-08-01", format="markdown"), scores={"flue": 0.9, "door": 0.8}))
    assert [(c.evidence.quote, c.evidence.published) for c in pieces] == [
        ("**3 May**: the flue is built.", "2026-05-03"),
        ("**5 June**: the door comes.", "2026-06-05"),
    ]


def test_a_sentence_that_follows_a_chosen_one_and_may_answer_comes_along() -> None:
    text = "The kiln is cold. The flue is shut. Its door is warped. The shed is old.\n\nThe flue leaks. Tea is served."
    read = reading("?", document(text), scores={"cold": 0.9, "shut": 0.22, "warped": 0.21, "leaks": 0.22, "Tea": 0.1})
    assert [c.evidence.quote for c in chosen(read)] == ["The kiln is cold. The flue is shut. Its door is warped."]
    apart = reading("?", document(text), scores={"cold": 0.9, "warped": 0.21, "leaks": 0.9, "Tea": 0.1})
    assert [c.evidence.quote for c in chosen(apart)] == ["The kiln is cold.", "The flue leaks."]
