"""Evidence whose values differ, and what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from index.schema import Published
from qa.check.conflicts import find_conflicts, newest_first
from qa.check.figures.alike import same_count
from qa.check.figures.stated import Stated
from qa.check.figures.values import Value
from qa.read.choose import Choice
from tests.made import choice, document

ASKED = "How many workers does the Brandvik yard employ?"
OLD = document("The yard of Brandvik employs 340 workers.", "old.txt", "2022-03-01")
NEW = document("Some 410 workers are employed at the Brandvik yard.", "new.txt", "2024-03-01")
SAME_DAY = document("At Brandvik the yard has 380 workers.", "other.txt", "2024-03-05")


def found(*chosen: Choice, published: dict[str, str | None] | None = None) -> list[tuple[str, list[str], list[int]]]:
    dates = {c.evidence.source: Published(c.evidence.published, "day", "dateline") for c in chosen}
    conflicts = find_conflicts(ASKED, chosen, [[n] for n, _ in enumerate(chosen, 1)], dates)
    return [(c.kind, c.values, c.citations) for c in conflicts]


def test_values_some_weeks_apart_are_a_change_told_oldest_first() -> None:
    chosen = [choice(NEW.text, NEW, short="410 workers"), choice(OLD.text, OLD, short="340 workers")]
    assert found(*chosen) == [("over_time", ["340 workers", "410 workers"], [2, 1])]


def test_values_of_one_week_are_a_disagreement() -> None:
    chosen = [choice(NEW.text, NEW, short="410 workers"), choice(SAME_DAY.text, SAME_DAY, short="380 workers")]
    assert found(*chosen) == [("disagreement", ["410 workers", "380 workers"], [1, 2])]


def test_without_dates_it_is_a_disagreement() -> None:
    undated = document("The Brandvik yard employs 199 workers.", "undated.txt", None)
    chosen = [choice(NEW.text, NEW, short="410 workers"), choice(undated.text, undated, short="199 workers")]
    assert [kind for kind, _, _ in found(*chosen)] == ["disagreement"]


def test_the_same_value_in_other_figures_is_none() -> None:
    again = document("The Brandvik yard: workers employed: 410", "again.txt")
    assert not found(choice(NEW.text, NEW, short="410 workers"), choice(again.text, again, short="410"))


def test_figures_of_different_units_are_none() -> None:
    costs = document("The Brandvik yard paid its workers 12 million euros.", "costs.txt")
    assert not found(choice(NEW.text, NEW, short="410 workers"), choice(costs.text, costs, short="12 million euros"))


def test_two_figures_of_one_document_are_none() -> None:
    both = document("The Brandvik yard employs 410 workers. In winter it employs 300 workers.", "both.txt")
    one, other = choice(both.text[:39], both, short="410 workers"), choice("In winter it employs 300 workers.", both, short="300 workers")
    assert not found(one, other)


def test_two_records_of_one_table_are_two_things() -> None:
    rows = [
        document(f"yard: Brandvik; employs: {n} workers", f"{file}#row-{row}", "2024-03-01")
        for file, row, n in [("a.csv", 2, 340), ("a.csv", 4, 380), ("b.csv", 4, 410)]
    ]
    first, second, other = (choice(row.text, row, short=row.text.split(": ")[-1]) for row in rows)
    assert not found(first, second)
    assert found(first, other)


def test_a_figure_about_something_else_is_none() -> None:
    mill = document("The paper mill of Holmsund gives work to 95 workers.", "mill.txt")
    assert not found(choice(NEW.text, NEW, short="410 workers"), choice(mill.text, mill, short="95 workers"))


def test_a_piece_whose_section_has_half_of_the_best_ones_words_of_the_question_or_less_is_none() -> None:
    asked = "What is the fee for mooring a barge?"
    mooring = document("The fee for mooring a barge is 40 crowns.", "fees.txt")
    slip = document("The fee is 60 crowns. It is paid at the slipway.", "slip.txt")
    one, other = choice(mooring.text, mooring, short="40 crowns"), choice("The fee is 60 crowns.", slip, short="60 crowns")
    told = replace(other, around="Mooring of barges. The fee is 60 crowns.")
    assert not find_conflicts(asked, [one, other], [[1], [2]], {})
    assert find_conflicts(asked, [one, told], [[1], [2]], {}), "its section says what its sentence does not"
    assert not find_conflicts(asked, [other, replace(one, evidence=replace(one.evidence, score=0.99))], [[1], [2]], {})


def test_a_word_of_the_best_ones_title_says_what_document_is_meant() -> None:
    asked = "For how much must the contractor for painting be insured against accidents?"
    text = "The contractor is insured against accidents for {} crowns."
    painting = document(text.format(2000), "a.txt", title="Contract for painting")
    roofing, again = (document(text.format(3000), f"{n}.txt", title=f"Contract for {n}") for n in ("roofing", "painting"))
    one = choice(painting.text, painting, short="2000 crowns", score=0.95)
    assert not find_conflicts(asked, [one, choice(roofing.text, roofing, short="3000 crowns")], [[1], [2]], {})
    assert find_conflicts(asked, [one, choice(again.text, again, short="3000 crowns")], [[1], [2]], {})


def test_a_correction_need_not_say_again_what_it_is_about() -> None:
    asked = "What is the fee for mooring a barge?"
    mooring = document("The fee for mooring a barge is 40 crowns.", "fees.txt")
    one = choice(mooring.text, mooring, short="40 crowns")
    for text, corrects in (
        ("It is 60 crowns. We wrote 40.", True),
        ("It is 60 crowns, not 40. A bench is 10 crowns.", True),
        ("Oars are 60 crowns. A bench is 40 or 10 crowns.", False),
    ):
        put_right = document(text, "corrections.txt", None)
        assert bool(find_conflicts(asked, [one, choice(text, put_right, short="60 crowns")], [[1], [2]], {})) == corrects


def test_of_two_pieces_of_which_one_has_the_others_value_among_several_none_contradicts_the_other() -> None:
    board = document("A worker of Brandvik yard is paid for 380 days. It employs 340 workers, soon 410.", "board.txt")
    chosen = [choice(board.text, board, short="380"), choice(NEW.text, NEW, short="410 workers")]
    assert not found(*chosen)


def test_beside_a_version_another_document_must_have_all_the_words_that_the_best_one_has() -> None:
    asked = "Within how many days must a berth on the quay be claimed?"
    old, new = (document(f"A berth on the quay is claimed within {n} days.", f"rules-{n}.txt", None) for n in (15, 10))
    crew = document("A claim of the crew for a berth is made within 5 days.", "crew.txt", None)
    chosen = [choice(d.text, d, short=f"{n} days") for d, n in ((new, 10), (old, 15), (crew, 5))]
    (conflict,) = find_conflicts(asked, chosen, [[1], [2], [3]], {}, {"rules-15.txt": "rules-10.txt"})
    assert conflict.values == ["15 days", "10 days"]
    (conflict,) = find_conflicts(asked, chosen, [[1], [2], [3]], {})
    assert conflict.values == ["10 days", "15 days", "5 days"]


def test_a_name_is_no_value() -> None:
    assert not found(choice(NEW.text, NEW, short="Brandvik"), choice(OLD.text, OLD, short="340 workers"))


def test_a_date_is_said_as_far_as_it_is_known() -> None:
    chosen = [choice(NEW.text, NEW, short="410 workers"), choice(OLD.text, OLD, short="340 workers")]
    known = {"old.txt": Published("2022-03-01", "month", "updated"), "new.txt": Published("2024-03-01", "day", "dateline")}
    (conflict,) = find_conflicts(ASKED, chosen, [[1], [2]], known)
    assert conflict.note == "The figure changes over time: 340 workers (2022-03) [2], 410 workers (2024-03-01) [1]."


def test_the_latest_value_comes_first() -> None:
    old, new, same = (
        choice(d.text, d, short=short) for d, short in ((OLD, "340 workers"), (NEW, "410 workers"), (SAME_DAY, "380 workers"))
    )
    dates = {d.source: Published(d.published.date, "day", "dateline") for d in (OLD, NEW, SAME_DAY)}
    assert newest_first(ASKED, [old, new], dates) == [new, old]
    assert newest_first(ASKED, [new, old], dates) == [new, old]
    assert newest_first(ASKED, [new, same], dates) == [new, same], "a disagreement has no latest value"


def test_versions_are_a_change_whatever_their_dates_and_the_later_one_comes_first() -> None:
    rules = document("The Brandvik yard employs 340 workers.", "rules-2.txt", None)
    newer = document("The Brandvik yard employs 410 workers.", "rules-3.txt", None)
    old, new = choice(rules.text, rules, short="340 workers"), choice(newer.text, newer, short="410 workers")
    later = {"rules-2.txt": "rules-3.txt"}
    assert [kind for kind, _, _ in found(old, new)] == ["disagreement"]
    assert newest_first(ASKED, [old, new], {}, later) == newest_first(ASKED, [new, old], {}, later) == [new, old]
    (conflict,) = find_conflicts(ASKED, [new, old], [[1], [2]], {}, later)
    assert (conflict.kind, conflict.values) == ("over_time", ["340 workers", "410 workers"])
    assert conflict.note == "The later version says 410 workers (undated) [1]; until then 340 workers (undated) [2]."


def test_a_later_version_comes_first_also_where_no_figure_changed() -> None:
    rules, newer = (document(f"The gate of Brandvik is {colour}.", f"{colour}.txt") for colour in ("red", "green"))
    chosen = [choice(rules.text, rules, short="red"), choice(newer.text, newer, short="green")]
    assert newest_first("Which colour has the gate?", chosen, {}, {"red.txt": "green.txt"}) == chosen[::-1]
    assert newest_first("Which colour has the gate?", chosen, {}, {"green.txt": "red.txt"}) == chosen
    assert newest_first("Which colour has the gate?", chosen, {}, {"red.txt": "blue.txt"}) == chosen


def test_where_nothing_says_a_date_the_year_in_a_file_name_does() -> None:
    prices = [
        document(f"work: Brandvik yard\nworkers: {n}", f"yard-{year}.csv#row-3", None)
        for year, n in ((2025, 410), (2024, 340), ("new", 380))
    ]
    new, old, unnamed = (choice(one.text, one, short=one.text.split(": ")[-1]) for one in prices)
    (conflict,) = find_conflicts(ASKED, [new, old], [[1], [2]], {})
    assert (conflict.kind, conflict.citations) == ("over_time", [2, 1])
    assert conflict.note == "The figure changes over time: 340 (2024) [2], 410 (2025) [1]."
    assert [c.kind for c in find_conflicts(ASKED, [new, unnamed], [[1], [2]], {})] == ["disagreement"]


def test_a_piece_that_names_the_other_figure_too_comes_first_and_says_so() -> None:
    report = document("The Brandvik yard employs three hundred and forty workers.", "report.txt", "2024-03-01")
    put_right = document("The Brandvik yard employs 380 workers, not 340 as we wrote.", "corrections.txt", None)
    chosen = [choice(report.text, report, short="three hundred and forty workers"), choice(put_right.text, put_right, short="380 workers")]
    published = {"report.txt": Published("2024-03-01", "day", "dateline"), "corrections.txt": Published()}
    (conflict,) = find_conflicts(ASKED, chosen, [[1], [2]], published)
    assert conflict.note == (
        "The sources differ: three hundred and forty workers (2024-03-01) [1]; 380 workers (undated) [2], which names both."
    )
    assert [c.evidence.source for c in newest_first(ASKED, chosen, published)] == ["corrections.txt", "report.txt"]


def test_entries_of_one_log_are_different_things_and_messages_of_one_mail_are_not() -> None:
    for source, expected in (("log.txt", 0), ("re.eml", 1), ("box.mbox#message-3", 1)):
        both = document(f"{OLD.text} {NEW.text}", source, "2024-03-01")
        old, new = (choice(both.text, both, short=short) for short in ("340 workers", "410 workers"))
        new = replace(new, evidence=replace(new.evidence, published="2025-03-01"))
        assert len(find_conflicts(ASKED, [old, new], [[1], [2]], {source: both.published})) == expected, source


def test_an_older_piece_that_names_the_figure_of_a_newer_one_corrects_nothing() -> None:
    plan = document("The Brandvik yard employs 340 workers and wants 410.", "plan.txt", "2022-03-01")
    chosen = [choice(NEW.text, NEW, short="410 workers"), choice(plan.text, plan, short="340 workers")]
    assert found(*chosen) == [("over_time", ["340 workers", "410 workers"], [2, 1])]


def asked(question: str, *told: tuple[str, str, str | None], **fields: str) -> list[list[str]]:
    """The values of the conflict between sentences, each with its short answer and its document's date; one document each."""
    documents = [document(text, f"{n}.txt", day, **fields) for n, (text, _, day) in enumerate(told)]
    chosen = [choice(text, home, short=short) for home, (text, short, _) in zip(documents, told, strict=True)]
    dates = {home.source: home.published for home in documents}
    return [c.values for c in find_conflicts(question, chosen, [[n] for n, _ in enumerate(chosen, 1)], dates)]


def test_what_is_asked_for_or_was_foreseen_contradicts_nothing_that_came() -> None:
    came = ("The harvest of the estate was 40 tonnes.", "40 tonnes", "2024-06-12")
    question = "How large was the harvest of the estate?"
    for other in ("Brokers expected the harvest of the estate to be 50 tonnes.", "The estate wanted a harvest of 50 tonnes."):
        assert not asked(question, came, (other, "50 tonnes", "2024-06-20"))
    assert asked(question, came, ("The harvest of the estate came to 50 tonnes.", "50 tonnes", "2024-06-20"))
    coming = ("The harvest will be 40 tonnes.", "40 tonnes", "2024-06-12")
    assert asked(question, coming, ("The harvest of the estate is expected to be 50 tonnes.", "50 tonnes", "2024-06-20"))


def test_values_of_two_times_are_none() -> None:
    now = ("The mill gives work to 120 weavers.", "120", "2024-06-12")
    question = "How many weavers work at the mill?"
    for other in (
        "In 2009 the mill had 90 weavers.",
        "The mill had 90 weavers in May 2009.",
        "The mill lost 90 weavers when it burnt in 2009.",
    ):
        assert not asked(question, now, (other, "90", "2024-06-20")), other
    assert asked(question, now, ("The mill has 90 weavers in 2024.", "90", "2024-06-20"))
    spring = ("Sales of the mill were 90 bales in April, after 70 in March.", "90 bales", "2024-05-12")
    autumn = ("Sales of the mill were 80 bales in October.", "80 bales", "2024-11-12")
    assert not asked("How high were the sales of the mill?", spring, autumn)
    assert asked("How did the sales of the mill go from 2022 to 2024?", *(
        (f"Sales of the mill were {n} bales in {year}.", f"{n} bales", f"{year + 1}-02-01") for year, n in ((2022, 80), (2024, 90))
    ))  # fmt: skip


def test_values_under_titles_of_two_quarters_are_none() -> None:
    question = "What was the revenue of the mill?"
    first, second = (
        document(f"Revenue of the mill was {n} crowns.", f"{n}.txt", title=f"Accounts of the {which} quarter")
        for n, which in ((300, "first"), (400, "second"))
    )
    pieces = [choice(d.text, d, short=d.source.removesuffix(".txt")) for d in (first, second)]
    assert not find_conflicts(question, pieces, [[1], [2]], {})


def test_a_figure_for_something_else_that_has_no_word_of_what_is_asked_is_none() -> None:
    question = "What will it cost to repair the quay?"
    quay = ("The repair of the quay will cost 80 crowns.", "80 crowns", "2024-06-12")
    assert not asked(question, quay, ("The barge needs planks for 60 crowns. To repair the quay costs more.", "60 crowns", "2024-06-12"))
    assert asked(question, quay, ("The damage to the quay costs 60 crowns.", "60 crowns", "2024-06-12"))


def test_a_document_that_states_several_values_states_none() -> None:
    question = "In which year were most boats built at the yard?"
    table = document("Boats built at the yard in one year: 12\n\nBoats built at the yard in one year: 15", "table.txt")
    rows = [choice(line, table, short=line[-2:]) for line in table.text.split("\n\n")]
    other = document("The yard built 14 boats in a year.", "other.txt")
    assert not find_conflicts(question, [*rows, choice(other.text, other, short="14")], [[1], [2], [3]], {})


def test_a_figure_for_something_else_in_a_document_does_not_hide_its_value() -> None:
    question = "How much has the port put into the quay?"
    best = ("The port has put 80 crowns into the quay.", "80 crowns", "2024-06-12")
    told = "The port had put 60 crowns into the quay."
    both = document(f"{told} Bread sells at 70 crowns.", "both.txt", "2023-06-12")
    home = document(best[0], "home.txt", best[2])
    pieces = [choice(best[0], home, short=best[1]), choice(told, both, short="60 crowns")]
    pieces.append(choice("Bread sells at 70 crowns.", both, short="70 crowns", score=0.6))
    dates = {d.source: d.published for d in (home, both)}
    assert [c.values for c in find_conflicts(question, pieces, [[1], [2], [3]], dates)] == [["60 crowns", "80 crowns"]]


def test_a_bare_number_under_another_column_is_no_measure() -> None:
    sentence = "The play ran for eleven minutes."
    counting = Value("number", Decimal(11), "minute"), Stated(sentence, 17, 31)

    def alike(question: str, cell: str) -> bool:
        return same_count(question, counting, (Value("number", Decimal(8)), Stated(f"Play | {cell}: 8", len(cell) + 9, len(cell) + 10, 7)))

    assert not alike("How long is the play?", "Hands")
    assert alike("How long is the play?", "Minutes")
    assert alike("How many hands does the play need?", "Hands")
    assert same_count("?", counting, (Value("number", Decimal(8)), Stated("It ran for 8.", 11, 12)))


def test_each_value_is_listed_once() -> None:
    question = "How many workers does the Brandvik yard employ?"
    told = [("The Brandvik yard employs 410 workers.", "410"), ("At the Brandvik yard are 1,150 workers.", "1,150")]
    again = [("Workers at the Brandvik yard: 1150.", "1150"), ("At the Brandvik yard are about 400 workers.", "400")]
    assert asked(question, *((text, short, "2024-06-12") for text, short in (*told, *again))) == [["410", "1,150"]]


def test_the_date_of_a_report_and_a_piece_of_a_number_are_no_values() -> None:
    question = "When did the mill burn?"
    report = ("NORTHAM, June 12, 2024 (Wire) - The mill that burns no more is sold.", "June 12, 2024", "2024-06-12")
    assert not asked(question, report, ("The mill burnt on 3 May 2024.", "3 May 2024", "2024-05-04"))
    rule = ("7.1 An appeal is made within 15 days.", "7", "2024-06-12")
    assert not asked("Within how many days is an appeal made?", rule, ("An appeal is made within 10 days.", "10 days", "2024-06-12"))


def test_a_figure_that_a_piece_sets_its_own_against_is_found_in_others_whatever_their_short_answer_is() -> None:
    question = "How high were the sales of the mill?"
    for said in ("not 90 bales", "instead of 90 bales"):
        right = (f"The sales of the mill were 80 bales, {said}.", "80 bales", "2024-07-01")
        first = ("Sales rose by 5 per cent to 90 bales.", "5 per cent to 90 bales", "2024-06-12")
        assert asked(question, right, first) == [["90", "80 bales"]]


def test_a_correction_may_name_the_other_figure_in_the_sentence_before() -> None:
    right = ("In our report of 340 guests we wrote that the inn has nine rooms. It has eleven.", "eleven", "2024-06-20")
    assert asked("How many rooms does the inn have?", right, ("The inn has nine rooms.", "nine", "2024-06-12")) == [["nine", "eleven"]]


def test_a_sentence_that_says_little_itself_is_read_with_its_heading() -> None:
    question = "How long was the outage of the mill?"
    long = document("The outage of the mill took 94 minutes.", "a.txt")
    short = document("For 110 minutes you saw nothing.", "b.txt", title="News")
    under = choice(short.text, short, short="110 minutes")
    for heading, expected in ((("News", "About the outage"), 1), (("News",), 0)):
        told = replace(under, evidence=replace(under.evidence, heading=heading), around="Of the outage of the mill.")
        assert len(find_conflicts(question, [choice(long.text, long, short="94 minutes"), told], [[1], [2]], {})) == expected


def test_a_small_count_beside_another_is_no_correction() -> None:
    rooms = ("The inn has 9 single rooms and 3 double.", "9", "2024-06-20")
    assert not asked("How many single rooms does the inn have?", rooms, ("Three rooms of the inn are single.", "Three rooms", "2024-06-12"))


def test_what_is_less_sure_contradicts_nothing() -> None:
    sure, other = (choice(d.text, d, short=short) for d, short in ((NEW, "410 workers"), (SAME_DAY, "380 workers")))
    assert found(sure, other)
    assert not found(sure, replace(other, sure=False))
    assert not found(replace(sure, sure=False), other)
