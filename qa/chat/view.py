"""An answer on a terminal: sentences, conflicts, footnotes with dates, a quote inside its paragraph.

Everything printed went through `index.screen.plain` and is printed as text, never as Rich markup: documents are not trusted.
"""

from __future__ import annotations

import re

from rich.console import Console
from rich.text import Text

from index.screen.dates import dated_quote
from index.screen.plain import for_terminal, one_line
from qa.cite import shown_title
from qa.engine_protocol import Shelf
from qa.retrieve.dedup import ONE_VOICE, kin_line, shared
from qa.retrieve.passages import PassageView
from qa.schema import Answer, Citation, Why
from qa.write.markdown import conflict_line

_MARK = re.compile(r"\[\d+\]")


def sentence(text: str) -> Text:
    """A sentence with its footnote marks in colour."""
    line = Text(for_terminal(text))
    line.highlight_regex(_MARK, "bold cyan")
    return line


def show_rest(console: Console, answer: Answer, shelf: Shelf) -> None:
    """What follows the sentences: the refusal and its nearest passages, conflicts, notes, footnotes, what was dropped."""
    if answer.abstained:
        console.print(sentence(answer.answer))
        if answer.related:
            console.print(Text("Nearest passages:", style="dim"))
        for citation in answer.related:
            console.print(Text(f"- {_where(citation, shelf)}: “{one_line(citation.quote, 200)}”", style="dim"))
    for conflict in answer.conflicts:
        console.print(Text(f"! {one_line(conflict_line(conflict))}", style="yellow"))
    for note in [*answer.notes, *([ONE_VOICE] if shared(answer) else [])]:
        console.print(Text(one_line(note), style="yellow"))
    if answer.citations:
        console.print()
        show_sources(console, answer, shelf)
    if answer.dropped:
        count = len(answer.dropped)
        text = "1 statement not shown: no quote supports it." if count == 1 else f"{count} statements not shown: no quote supports them."
        console.print(Text(text, style="dim"))


def show_sources(console: Console, answer: Answer, shelf: Shelf) -> None:
    """One line a footnote: number, title, date and how it is known, source."""
    for citation in answer.citations:
        line = Text(f"[{citation.n}] ", style="bold cyan")
        line.append(_where(citation, shelf), style="not bold default")
        console.print(line)


def show_why(console: Console, why: Why) -> None:
    """What was read for a question without an answer, nearest first, with the probability that it answers."""
    console.print(Text(f"{_passages(len(why.considered))} read; an answer is shown from {why.needed:.0%}.", style="dim"))
    for one in why.considered:
        place = ", ".join(one_line(part, 60) for part in (shown_title(one), one.where) if part)
        console.print(Text(f"{one.score:4.0%}  {place}: “{one_line(one.quote, 200)}”"))


def show_passage(console: Console, view: PassageView, n: int) -> None:
    """The quote inside its paragraph, with where it comes from."""
    head = Text(f"[{n}] ", style="bold cyan")
    head.append(one_line(shown_title(view)), style="bold default")
    console.print(head)
    date = f"{view.published} ({view.date_known})" if view.published else view.date_known
    facts = [view.publisher, view.author, date, view.place, view.source]
    console.print(Text(" · ".join(one_line(fact) for fact in facts if fact), style="dim"))
    body = Text(for_terminal(view.before))
    # Plain output has no colours, so the quote is set off by marks there.
    quote = for_terminal(view.quote)
    body.append(quote if console.is_terminal else f"»{quote}«", style="bold reverse")
    body.append(for_terminal(view.after))
    console.print(body)


def _where(citation: Citation, shelf: Shelf) -> str:
    document = shelf.document(citation.source)
    date = dated_quote(citation.published, document.published if document is not None else None) or "no date"
    place = f", {one_line(citation.where)}" if citation.where else ""
    copies = f" ({one_line(kin_line(citation))})" if kin_line(citation) else ""
    publisher = f", {one_line(document.publisher)}" if document is not None and document.publisher else ""
    return f"{one_line(shown_title(citation), 90)}{publisher}, {date}{place} · {one_line(citation.source)}{copies}"


def _passages(number: int) -> str:
    return "1 passage was" if number == 1 else f"{number} passages were"
