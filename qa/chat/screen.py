"""An Answer on the terminal: the answer, then numbered footnotes with title, publisher, date and quote.

Documents are untrusted: control characters never reach the terminal, and nothing is read as Rich markup.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from index.catalog.reader import DocumentInfo
from index.screen.console import result_console
from index.screen.dates import dated_quote
from index.screen.plain import for_terminal, one_line
from qa.cite import shown_title
from qa.retrieve.dedup import ONE_VOICE, kin_line, shared, with_sources
from qa.schema import Answer, Citation


def print_question(number: int, question: str, *, console: Console | None = None) -> None:
    """The question that the answer below belongs to, one of several; a blank line parts it from what stands above."""
    out = console or result_console()
    if number > 1:
        out.print()
    out.print(Text(f"{number}. {one_line(question)}", style="bold"))


def print_answer(answer: Answer, infos: Mapping[str, DocumentInfo], *, console: Console | None = None) -> None:
    """Print one answer; `infos` describe the cited sources."""
    out = console or result_console()
    if answer.standalone_question != answer.question:
        out.print(Text(f"Understood as: {one_line(answer.standalone_question)}", style="dim"))
    out.print(Text(for_terminal(with_sources(answer)), style="" if not answer.abstained else "yellow"))
    for note in [*answer.notes, *([ONE_VOICE] if shared(answer) else [])]:
        out.print(Text(one_line(note), style="dim"))
    if answer.citations:
        out.print()
    for citation in answer.citations:
        _print_footnote(out, citation, infos.get(citation.source), f"[{citation.n}]")
    if answer.abstained and answer.related:
        out.print(Text("Related, but not an answer:", style="dim"))
        for citation in answer.related:
            _print_footnote(out, citation, infos.get(citation.source), "  -", clip=160)
    if answer.dropped:
        out.print(Text(f"{len(answer.dropped)} statement(s) were not supported by their quotes and are not shown.", style="dim"))


def highlighted(citation: Citation, clip: int = 600) -> Text:
    """The quote on one line with its short answer in bold, cut after `clip` characters."""
    whole = Text(" ".join(one_line(citation.quote).split()))
    before, short, _ = (" ".join(one_line(part).split()) for part in citation.parts)
    at = whole.plain.find(short, max(0, len(before) - 1)) if short else -1
    if at >= 0:
        whole.stylize("bold", at, at + len(short))
    if len(whole) > clip:
        whole = whole[:clip] + Text("…")
    return whole


def _print_footnote(out: Console, citation: Citation, info: DocumentInfo | None, mark: str, clip: int = 600) -> None:
    date = dated_quote(citation.published, info.published if info else None) or "undated"
    parts = (shown_title(citation), info.publisher if info else None, date, citation.where)
    head = Text.assemble((f"{mark} ", "bold cyan"), (", ".join(one_line(part) for part in parts if part), "bold"))
    source = Text(one_line(citation.source), style="dim")
    if head.cell_len + 2 + source.cell_len <= out.width:
        out.print(Text.assemble(head, "  ", source))
    else:  # a name that is wrapped cannot be found or copied any more
        out.print(head)
        out.print(Text.assemble("    ", source), soft_wrap=True)
    out.print(Text.assemble("    “", highlighted(citation, clip), "”"))
    if copies := kin_line(citation):
        out.print(Text(f"    {one_line(copies)}", style="dim"))
