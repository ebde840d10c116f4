"""Negation, modality, opposites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.check.polarity import find_cues, mismatch
from tests.needs import requires_parser

pytestmark = requires_parser

PLAN = "Samsung Electronics plans to start producing household appliances in our country."
ONGOING = "Currently, Doosan Enerbility is constructing a power plant based on a combined cycle in Turkestan."
SIGNED = "37 agreements were signed between the two countries."
ONCE = "Once the Kia Motors assembly plant is completed next year, exports to the CIS market will increase."
CLOSE = "Close the valve behind the stove and call the gas works."
DENIED = "The ministry denied that the company had bought the oilfield in Aktobe."


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Samsung Electronics intends to make household appliances.", PLAN),
        ("Samsung Electronics may produce household appliances.", PLAN),
        ("A power plant is being built by Doosan Enerbility.", ONGOING),
        ("Doosan Enerbility is building a combined-cycle power plant.", ONGOING),
        ("A combined-cycle power plant is under construction in Turkestan.", ONGOING),
        ("The two countries signed 37 agreements.", SIGNED),
        ("Exports to the CIS will increase once the Kia plant is completed.", ONCE),
        ("The ministry denied that the company had bought the oilfield.", DENIED),
        ("You can close the valve behind the stove.", CLOSE),
        ("You must close the valve and then call the gas works.", CLOSE),
        ("To find out whether gas escapes, you should hold a candle to the joint.", "Hold a candle to the joint."),
        ("Close the valve behind the stove.", "You must close the valve behind the stove."),
        ("Fishing from the pier is possible on up to two evenings a week.", "Guests may fish from the pier on up to two evenings a week."),
        ("It is not only a plant but a school.", "It is a plant and a school."),
    ],
)
def test_no_mismatch(claim: str, quote: str) -> None:
    assert mismatch(claim, [quote]) is None


@pytest.mark.parametrize(
    ("claim", "quote", "kind"),
    [
        ("Samsung Electronics has started producing household appliances.", PLAN, "modality"),
        ("Samsung makes household appliances in Kazakhstan.", PLAN, "modality"),
        ("Samsung Electronics will produce household appliances.", PLAN, "modality"),
        ("Samsung Electronics does not plan to produce household appliances.", PLAN, "negation"),
        ("Doosan Enerbility has built a power plant.", ONGOING, "modality"),
        ("Doosan Enerbility completed a power plant in Turkestan.", ONGOING, "modality"),
        ("Doosan Enerbility plans to construct a power plant.", ONGOING, "modality"),
        ("Doosan Enerbility never built a power plant.", ONGOING, "negation"),
        ("37 agreements were not signed.", SIGNED, "negation"),
        ("The two countries failed to sign 37 agreements.", SIGNED, "negation"),
        ("37 agreements will be signed.", SIGNED, "modality"),
        ("37 agreements are being signed.", SIGNED, "modality"),
        ("The Kia Motors assembly plant is completed.", ONCE, "modality"),
        ("Exports to the CIS market have increased.", ONCE, "modality"),
        ("The company had bought the oilfield in Aktobe.", DENIED, "negation"),
        ("The works must close the valve behind the stove.", CLOSE, "modality"),
        ("You must open the valve.", "Do not open the valve.", "modality"),
        ("You must repair the valve behind the stove.", CLOSE, "modality"),
        ("The works close the valve behind the stove.", "You must close the valve behind the stove.", "modality"),
        ("If gas escapes, a candle is held to the joint.", "Hold a candle to the joint.", "modality"),
        ("Lotte builds a bridge across the strait.", "Building a bridge across the strait is possible.", "modality"),
        ("Imports rose.", "Imports fell.", "opposite"),
    ],
)
def test_mismatch(claim: str, quote: str, kind: str) -> None:
    found = mismatch(claim, [quote])
    assert found is not None
    assert found.kind == kind
    assert found.contradicts == (kind != "modality")


def test_another_quote_may_state_it_plainly() -> None:
    assert mismatch("Samsung Electronics produces household appliances.", [PLAN]) is not None
    assert (
        mismatch("Samsung Electronics produces household appliances.", [PLAN, "Samsung Electronics produces household appliances."]) is None
    )


def test_a_negation_elsewhere_in_the_quote_does_not_count() -> None:
    quote = "The plant in Kostanay opened in May, although the railway was not finished."
    assert mismatch("The plant in Kostanay opened in May.", [quote]) is None


@given(st.text(st.sampled_from("not never plans to build is building if will may deny .,;’t\n"), max_size=60))
def test_offsets_hold(text: str) -> None:
    for cue in find_cues(text):
        assert text[cue.start : cue.end] == cue.text


@given(st.sampled_from([PLAN, ONGOING, SIGNED, ONCE, DENIED]))
def test_a_text_agrees_with_itself(text: str) -> None:
    assert mismatch(text, [text]) is None
