"""A conversation as a file to keep: Markdown whose footnotes are numbered through, Word, or PDF. Knows nothing of HTTP or of places."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from qa.schema import Answer
from qa.threads.pdf import pdf_file
from qa.threads.word import Exchange, word_file
from qa.write.markdown import answer_markdown, heading

_MARK = re.compile(r"\[(\d+)\]")


def markdown_file(title: str, answers: Sequence[Answer]) -> bytes:
    """The exchanges one below the other under the title, UTF-8; `[^n]` counts through all of them."""
    parts, used = [f"# {heading(title)}\n"], 0
    for answer in answers:
        parts.append(answer_markdown(_moved(answer, used)))
        used += max((citation.n for citation in answer.citations), default=0)
    return "\n".join(parts).encode("utf-8")


def _moved(answer: Answer, by: int) -> Answer:
    """The answer with every footnote's number raised."""
    known = {citation.n for citation in answer.citations}

    def raised(text: str) -> str:
        return _MARK.sub(lambda mark: f"[{int(mark[1]) + by}]" if int(mark[1]) in known else mark[0], text)

    return answer.model_copy(
        update={
            "answer": raised(answer.answer),
            "claims": [claim.model_copy(update={"citations": [n + by for n in claim.citations]}) for claim in answer.claims],
            "citations": [citation.model_copy(update={"n": citation.n + by}) for citation in answer.citations],
            "conflicts": [
                c.model_copy(update={"citations": [n + by for n in c.citations], "note": raised(c.note)}) for c in answer.conflicts
            ],
        }
    )


def _word(title: str, answers: Sequence[Answer]) -> bytes:
    return word_file(title, [Exchange.of(answer) for answer in answers])


def _pdf(title: str, answers: Sequence[Answer]) -> bytes:
    return pdf_file(title, [Exchange.of(answer) for answer in answers])


FORMATS: dict[str, tuple[str, Callable[[str, Sequence[Answer]], bytes]]] = {
    "md": ("text/markdown; charset=utf-8", markdown_file),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _word),
    "pdf": ("application/pdf", _pdf),
}
"""By file ending: media type, and what makes the file of a title and answers."""


def answer_of(payload: dict[str, Any]) -> Answer:
    """The answer that a turn keeps, with its nearest passages and notes."""
    return Answer(**{**payload["answer"], "related": payload.get("related", []), "notes": payload.get("notes", [])})


def file_name(title: str, ending: str) -> str:
    """A name that every file system takes: letters and digits of any language, joined by hyphens."""
    words = re.findall(r"\w+", title)
    return f"{'-'.join(words)[:80].strip('-_') or 'conversation'}.{ending}"
