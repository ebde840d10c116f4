"""A hundred claims that the product showed, read by hand: their quotes still stand, and the verifier agrees with the reader."""

from __future__ import annotations

import json
from pathlib import Path

from index.formats.load import load_file
from qa.check.verify import Item, verify_many
from tests.judged import shipped
from tests.needs import requires_models

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "kazakhstan-korea"
CLAIMS = [json.loads(line) for line in (ROOT / "eval" / "sets" / "claims-checked.jsonl").read_text(encoding="utf-8").splitlines()]


def quotes_of(claim: dict[str, list[dict[str, int | str]]]) -> list[str]:
    texts = {}
    for citation in claim["citations"]:
        source = str(citation["source"])
        texts[source] = load_file(EXAMPLES / source, source, max_bytes=10**8)[0].text
    return [texts[str(c["source"])][int(c["start"]) : int(c["end"])] for c in claim["citations"]]


def test_a_hundred_claims_were_read_and_nearly_all_are_supported() -> None:
    assert len(CLAIMS) == 100
    assert sum(claim["supported"] for claim in CLAIMS) >= 98


@requires_models
def test_the_verifier_agrees_with_the_reader() -> None:
    verdicts = verify_many([Item(claim["claim"], quotes_of(claim)) for claim in CLAIMS], shipped())
    agreed = sum((verdict.label == "supported") == claim["supported"] for verdict, claim in zip(verdicts, CLAIMS, strict=True))
    assert agreed >= 98, [(c["claim"], v.reason) for v, c in zip(verdicts, CLAIMS, strict=True) if v.label != "supported"]
