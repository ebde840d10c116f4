"""An answer with its footnotes as Markdown, ready for a memo.

Text from documents is escaped so that it stays text. Knows nothing of how the answer was made.
"""

from __future__ import annotations

import re

from qa.plain import for_terminal
from qa.schema import Answer, Citation

_MARK = re.compile(r"\[(\d+)\]")
_SPECIAL = re.compile(r"([\\`*_<>\[\]#|~])")


def answer_markdown(answer: Answer) -> str:
    """Question as a heading, the answer with `[^n]` marks, the conflicts, then one footnote a quote."""
    lines = [f"## {_one_line(answer.question)}", "", _body(answer.answer), ""]
    for conflict in answer.conflicts:
        kind = "Sources disagree" if conflict.kind == "disagreement" else "The value changed over time"
        marks = "".join(f"[^{n}]" for n in conflict.citations)
        lines += [f"> **{kind}:** {_escape(' / '.join(conflict.values))}{marks}. {_escape(conflict.note)}", ""]
    lines += [footnote_line(citation) for citation in answer.citations]
    if answer.abstained and answer.related:
        lines += ["Nearest passages:", ""]
        lines += [f"- {_where(citation)}: “{_one_line(citation.quote)}”" for citation in answer.related]
    return "\n".join(lines).rstrip() + "\n"


def footnote_line(citation: Citation) -> str:
    """`[^1]: Title, date, p. 3 (source): “quote”` on one line."""
    return f"[^{citation.n}]: {_where(citation)}: “{_one_line(citation.quote)}”"


def _where(citation: Citation) -> str:
    parts = [_one_line(citation.title or citation.source), citation.published or "no date"]
    if citation.page is not None:
        parts.append(f"p. {citation.page}")
    name = f" ({_one_line(citation.source)})" if citation.title else ""
    return ", ".join(parts) + name


def _body(text: str) -> str:
    """The answer's own line structure stays; its `[n]` become `[^n]`, everything else is escaped."""
    pieces = _MARK.split(for_terminal(text))
    return "".join(f"[^{piece}]" if odd % 2 else _escape(piece) for odd, piece in enumerate(pieces))


def _one_line(text: str) -> str:
    return " ".join(_escape(for_terminal(text)).split())


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
