"""Conditions of a question that a sentence must meet: names, countries, years. No model is needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.constraints import mentions, violated
from qa.query import QueryName
from tests.made import candidate, document, query

KOREA = QueryName("Korean", "south korea", of_answer=True)
KAZAKHSTAN = QueryName("Kazakhstan", "kazakhstan")
JAPAN = QueryName("Japanese", "japan", of_answer=True)


class TestDwellers:
    @pytest.mark.parametrize(
        "asked", ["How many people live in Astana?", "What is the population of Astana?", "How many residents has it?"]
    )
    def test_guests_and_workers_are_no_inhabitants(self, asked: str) -> None:
        for sentence in ("More than 300 guests came to the forum in Astana.", "In Astana, 1,200 people will be employed."):
            assert violated(query(asked, kind="count"), candidate(sentence)) == "does not speak of inhabitants"

    @pytest.mark.parametrize("sentence", ["Some 1.4 million people live in Astana.", "Astana is a city of about 1.4 million people.",
                                          "Its population passed 1.4 million.", "Astana is home to 1.4 million."])  # fmt: skip
    def test_inhabitants_are(self, sentence: str) -> None:
        assert violated(query("How many people live in Astana?", kind="count"), candidate(sentence)) is None

    def test_other_questions_about_people_go_on(self) -> None:
        sentence = candidate("In Astana, 1,200 people will be employed.")
        assert violated(query("How many people will the plant in Astana employ?", kind="count"), sentence) is None


class TestYears:
    @pytest.mark.parametrize("sentence", ["Trade reached $6.5 billion in 2022.", "In 2022, trade grew; in 2021 it fell."])
    def test_the_year_in_the_sentence(self, sentence: str) -> None:
        assert violated(query("trade in 2022?", years=[2022]), candidate(sentence)) is None

    @pytest.mark.parametrize("sentence", ["Trade reached $6.5 billion in 2022.", "Trade cost €2019 or 2019.5 dollars in 2022."])
    def test_another_year_does_not_do(self, sentence: str) -> None:
        told = violated(query("trade in 2019?", years=[2019]), candidate(sentence))
        assert told is not None and "2019" in told

    def test_a_sentence_without_a_year_takes_that_of_the_publication(self) -> None:
        dated = candidate("Trade grew by a fifth.", document("Trade grew by a fifth.", published="2022-05-01"))
        assert violated(query("trade in 2022?", years=[2022]), dated) is None
        assert violated(query("trade in 2019?", years=[2019]), dated) is not None

    def test_or_that_of_the_sentence_before(self) -> None:
        home = document("The year 2019 was good. Trade grew by a fifth.", published="2022-05-01")
        assert violated(query("trade in 2019?", years=[2019]), candidate("Trade grew by a fifth.", home)) is None

    def test_an_undated_text_without_a_year_is_no_text_of_that_year(self) -> None:
        undated = candidate("Trade grew by a fifth.", document("Trade grew by a fifth.", published=None))
        assert violated(query("trade in 2019?", years=[2019]), undated) is not None

    def test_of_two_years_one_is_enough(self) -> None:
        asked = query("growth between 2021 and 2022?", years=[2021, 2022])
        assert violated(asked, candidate("Trade reached $6.5 billion in 2022.")) is None

    def test_the_year_of_a_named_source_limits_the_documents(self) -> None:
        asked = query("companies, according to the 2023 report?", doc_year=2023)
        sentence = "There are 740 companies."
        assert violated(asked, candidate(sentence, document(sentence, published="2023-06-02"))) is None
        assert violated(asked, candidate(sentence, document(sentence, published="2024-06-02"))) is not None


class TestCountries:
    def test_a_swapped_country_is_refused(self) -> None:
        home = document("Korean firms build plants in Kazakhstan.", title="Korea and Kazakhstan")
        found = candidate("Korean firms build plants in Kazakhstan.", home)
        assert violated(query("which Korean firms?", "organisation", names=[KOREA]), found) is None
        told = violated(query("which Japanese firms?", "organisation", names=[JAPAN]), found)
        assert told is not None and "Japanese" in told

    def test_a_firm_of_the_country_that_the_text_is_about_need_not_repeat_it(self) -> None:
        text = "Korea and Kazakhstan met. Doosan builds a power plant in Turkestan."
        found = candidate("Doosan builds a power plant in Turkestan.", text)
        assert violated(query("which Korean firms?", "organisation", names=[KOREA]), found) is None

    def test_a_country_in_the_sentence_before_counts(self) -> None:
        text = "Some news of the week follow here. The Japanese came to Almaty. They will build a factory for cars."
        found = candidate("They will build a factory for cars.", text)
        assert violated(query("which Japanese firms?", "organisation", names=[JAPAN]), found) is None

    def test_a_sentence_about_another_country_is_not_about_the_document_s(self) -> None:
        text = "Kazakhstan is large. Kazakhstan is dry. Uzbekistan exports cotton to its neighbours."
        found = candidate("Uzbekistan exports cotton to its neighbours.", document(text, title="Kazakhstan"))
        found.before = ()
        found.document = document(text)
        assert violated(query("what does Kazakhstan export?", names=[KAZAKHSTAN]), found) is not None

    def test_a_capital_stands_for_its_government(self) -> None:
        text = "Kazakhstan signed the agreement on minerals."
        assert violated(query("what did Astana sign?", names=["Astana"]), candidate(text)) is None
        assert violated(query("what did Tashkent sign?", names=["Tashkent"]), candidate(text)) is not None

    def test_the_menu_of_a_page_does_not_make_its_topic(self) -> None:
        menu = "Japan | Japanese news | Japan today\n"
        text = f"{menu}Doosan builds a power plant in Turkestan.\nKorea pays. Korea builds."
        sentence = "Doosan builds a power plant in Turkestan."
        asked = query("which Japanese firms?", "organisation", names=[JAPAN])
        assert violated(asked, candidate(sentence, document(text, furniture=[menu]))) is not None


class TestNames:
    def test_the_doer_must_be_near(self) -> None:
        text = "Samsung opened an office in Almaty in spring. Then came the summer and it was hot. Doosan builds a plant in Turkestan."
        found = candidate("Doosan builds a plant in Turkestan.", text)
        found.lead = ""
        asked = query("what does Samsung build?", names=[QueryName("Samsung", subject=True)])
        assert violated(asked, candidate("Samsung opened an office in Almaty in spring.", text)) is None
        found.before = ()
        assert violated(asked, found) is not None

    def test_a_side_condition_may_stand_anywhere_in_the_body(self) -> None:
        text = "The forum was held in Turkestan. Many came. All were glad. They signed 37 documents there."
        found = candidate("They signed 37 documents there.", text)
        assert violated(query("how many documents were signed in Turkestan?", "count", names=["Turkestan"]), found) is None
        assert violated(query("how many documents were signed in Aktau?", "count", names=["Aktau"]), found) is not None

    def test_not_in_the_furniture(self) -> None:
        menu = "Aktau | Turkestan | Sport\n"
        text = f"{menu}They signed 37 documents there."
        found = candidate("They signed 37 documents there.", document(text, furniture=[menu]))
        assert violated(query("how many were signed in Aktau?", "count", names=["Aktau"]), found) is not None

    def test_of_names_side_by_side_one_is_enough(self) -> None:
        pair = [QueryName("Doosan", subject=True, joined=True), QueryName("Samsung", subject=True, joined=True)]
        asked = query("did Doosan or Samsung build?", "yes_no", names=pair)
        assert violated(asked, candidate("Samsung built a factory.")) is None
        assert violated(asked, candidate("Doosan built a factory.")) is None
        told = violated(asked, candidate("Kia built a factory."))
        assert told is not None and "Doosan" in told and "Samsung" in told

    def test_every_other_name_must_hold(self) -> None:
        asked = query("did Kia build in Kostanay?", names=[QueryName("Kia", subject=True), QueryName("Kostanay")])
        assert violated(asked, candidate("Kia builds a plant in Kostanay.")) is None
        assert violated(asked, candidate("Kia builds a plant in Almaty.")) is not None
        assert violated(asked, candidate("Hyundai builds a plant in Kostanay.")) is not None


class TestMentions:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Doosan Enerbility builds.", "Doosan Enerbility"),
            ("Enerbility, of Doosan, builds.", "Doosan Enerbility"),
            ("Tokayev's visit", "Tokayev"),
            ("TOKAYEV spoke", "Tokayev"),
            ("by SerikAkhmetov today", "Serik Akhmetov"),
            ("in Turkestan Region", "Turkistan"),
            ("Kassym-Jomart Tokayev", "Kassym-Jomart Tokayev"),
            ("the chairman of Samsung", "Samsung Group"),
            ("Президент Токаев прибыл", "Токаев"),
            ("기아 공장", "기아"),
        ],
    )
    def test_it_does(self, text: str, name: str) -> None:
        assert mentions(text, name)

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Samsung Electronics", "Samsung Heavy"),
            ("Kian and Kiana", "Kia"),
            ("Torquay is a town", "Turkey"),
            ("", "Kia"),
            ("Hyundai", "Honda"),
            ("Tokyo", "Tokayev"),
            ("Akmola", "Almaty"),
        ],
    )
    def test_it_does_not(self, text: str, name: str) -> None:
        assert not mentions(text, name)

    @given(st.text(max_size=40), st.text(min_size=1, max_size=20))
    def test_any_text(self, text: str, name: str) -> None:
        assert isinstance(mentions(text, name), bool)

    @given(st.sampled_from(["Doosan", "Samsung Electronics", "GL Ralpha", "Kia"]), st.text(alphabet="abcxyz ,.", max_size=30))
    def test_a_name_that_stands_there_is_found(self, name: str, rest: str) -> None:
        assert mentions(f"{rest} {name} {rest}", name)


@given(st.sampled_from([2019, 2022]), st.sampled_from(["Korea", "Japan", "Uzbekistan"]), st.sampled_from(["Doosan", "Kia"]))
def test_a_question_without_conditions_is_met_by_everything(year: int, country: str, firm: str) -> None:
    assert violated(query("what happened?"), candidate(f"{firm} sold {year} cars to {country} in {year}.")) is None
