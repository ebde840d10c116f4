"""An answer with its footnotes as Markdown, ready for a memo.

Text from documents is escaped so that it stays text.
"""

from __future__ import annotations

import re

from index.screen.plain import for_terminal
from qa.cite import shown_title
from qa.retrieve.dedup import ONE_VOICE, kin_line, shared, with_sources
from qa.schema import Answer, Citation, Conflict

_MARK = re.compile(r"\[(\d+)\]")
_SPECIAL = re.compile(r"([\\`*_<>\[\]#|~])")


def answer_markdown(answer: Answer) -> str:
    """Question as a heading, the answer with `[^n]` marks, the conflicts, then one footnote a quote."""
    told = {conflict.note for conflict in answer.conflicts}  # the text tells its conflicts too; here they stand apart
    text = "\n".join(line for line in with_sources(answer).splitlines() if line not in told)
    lines = [f"## {_one_line(answer.question)}", "", _body(text), ""]
    for conflict in answer.conflicts:
        lines += [f"> {' '.join(_body(conflict_line(conflict)).split())}", ""]
    lines += [ONE_VOICE, ""] if shared(answer) else []
    lines += [footnote_line(citation) for citation in answer.citations]
    if answer.abstained and answer.related:
        lines += ["Nearest passages:", ""]
        lines += [f"- {_where(citation)}: “{_one_line(citation.quote)}”" for citation in answer.related]
    return "\n".join(lines).rstrip() + "\n"


def heading(text: str) -> str:
    """A text as a Markdown heading: on one line, nothing in it is markup."""
    return _one_line(text)


def cited_place(citation: Citation) -> str:
    """`Title, date, p. 3 (source)` as plain text."""
    parts = [shown_title(citation), citation.published or "no date", citation.where]
    name = f" ({citation.source})"
    return " ".join(", ".join(part for part in parts if part).split()) + name


def conflict_line(conflict: Conflict) -> str:
    """What the sources disagree on, or what changed, with `[n]` marks; the values are put before a note that lacks them."""
    if all(value in conflict.note for value in conflict.values):
        return conflict.note
    kind = "The sources disagree" if conflict.kind == "disagreement" else "The value changed over time"
    values = "; ".join(f"{value} [{n}]" for value, n in zip(conflict.values, conflict.citations, strict=False))
    return f"{kind}: {values}. {conflict.note}"


def footnote_line(citation: Citation) -> str:
    """`[^1]: Title, date, p. 3 (source): “quote”` on one line."""
    return f"[^{citation.n}]: {_where(citation)}: “{_quoted(citation)}”"


def _quoted(citation: Citation) -> str:
    """The quote on one line, its short answer in bold."""
    before, short, after = citation.parts
    if not short.strip():
        return _one_line(citation.quote)
    return " ".join(f"{_escape(for_terminal(before))}**{_escape(for_terminal(short)).strip()}**{_escape(for_terminal(after))}".split())


def _where(citation: Citation) -> str:
    parts = [_one_line(shown_title(citation)), citation.published or "no date"]
    if citation.where:
        parts.append(_one_line(citation.where))
    name = f" ({_one_line(citation.source)})"
    copies = f" ({_one_line(kin_line(citation))})" if kin_line(citation) else ""
    return ", ".join(parts) + name + copies


def _body(text: str) -> str:
    """The answer's own line structure stays; its `[n]` become `[^n]`, everything else is escaped."""
    pieces = _MARK.split(for_terminal(text))
    return "".join(f"[^{piece}]" if odd % 2 else _escape(piece) for odd, piece in enumerate(pieces))


def _one_line(text: str) -> str:
    return " ".join(_escape(for_terminal(text)).split())


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
