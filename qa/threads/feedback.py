"""Rated answers as candidates for an eval set (contract 4.2): cases that a person reads before they join one. Knows nothing of HTTP."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from index.errors import UsageError
from qa.threads.store import ThreadStore


def export_feedback(path: Path, out: Path) -> int:
    """Write the rated turns of the conversations file `path` to `out` as eval-set candidates; returns how many.

    A candidate is a case of contract 4.2 that a person has to read before it joins a set. Raises `UsageError` when
    `path` does not exist.
    """
    if not path.is_file():
        raise UsageError(f"there are no conversations at {path}. Rate answers in 'footnote serve' first.")
    store = ThreadStore(path)
    try:
        cases = [_candidate(row) for row in store.rated()]
    finally:
        store.close()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), encoding="utf-8")
    return len(cases)


def _candidate(row: dict[str, Any]) -> dict[str, Any]:
    answer = json.loads(row["payload"])["answer"]
    good, reason = row["verdict"] == "up", row["reason"]
    by_number = {citation["n"]: citation for citation in answer["citations"]}
    nuggets = [
        {
            "text": claim["text"],
            "match": [[word] for word in _key_words(claim["text"])],
            "vital": True,
            "evidence": [{"source": by_number[n]["source"], "quote": by_number[n]["quote"]} for n in claim["citations"] if n in by_number],
        }
        for claim in answer["claims"]
        if good or reason == "incomplete"  # what stands there is right, as far as it goes
    ]
    case: dict[str, Any] = {
        "id": f"feedback-{row['id'][:12]}",
        "question": row["question"],
        # A good refusal is a case without an answer; a bad refusal is one that should have had one, and so is what was answered badly.
        "answerable": reason is not None or answer["abstained"] != good,
        "nuggets": nuggets,
        "tags": ["feedback", row["verdict"], *([reason] if reason else []), "candidate"],
    }
    if row["before"]:
        case["history"] = [{"question": question, "answer": payload["answer"]["answer"]} for question, payload in row["before"][-6:]]
    if row["comment"]:
        case["comment"] = row["comment"]
    return case


def _key_words(text: str) -> list[str]:
    """What a right answer must repeat: numbers and names of the claim, at most six; the whole claim when it has none."""
    plain = re.sub(r"\[\d+\]", "", text)
    names = re.findall(r"\d[\d.,]*\d|\d|(?<=\s)[A-ZА-Я][\w’'-]+(?:\s[A-ZА-Я][\w’'-]+)*", plain)
    return list(dict.fromkeys(names))[:6] or [plain.strip()]
