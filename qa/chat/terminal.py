"""The conversation in a terminal: questions, slash commands, streamed answers.

Lines come from anywhere (keyboard, pipe, test); drawing is in `qa.chat.view`. Ctrl-C while an answer is made stops that
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from index.errors import FootnoteError, UsageError
from index.screen.plain import in_files, one_line
from index.text.names import path_kept, shown_name
from qa.chat.files import export, open_original, write_new
from qa.chat.view import sentence, show_passage, show_rest, show_sources, show_why
from qa.engine_protocol import AnswerEngine
from qa.question.days import day
from qa.retrieve.dedup import sources_note
from qa.retrieve.passages import passage_view
from qa.schema import Answer, Citation, Turn
from qa.write.markdown import answer_markdown

COMMANDS = {
    "sources": "/sources             the footnotes of the last answer",
    "show": "/show N              footnote N: the quote inside its paragraph",
    "open": "/open N              the file of footnote N, in its own program",
    "why": "/why                 why the last question has no answer: what was read, and how near it came",
    "in": "/in GLOB...          only documents whose source fits: /in reports/ mail/*.eml (/in alone: all)",
    "since": "/since DATE          only documents published since then (/since alone: all)",
    "until": "/until DATE          only documents published until then (/until alone: all)",
    "save": "/save FILE.md        the last answer with footnotes as Markdown",
    "export": "/export FILE.docx    the whole conversation, as Word (.docx), PDF (.pdf) or Markdown (.md)",
    "new": "/new                 forget the conversation",
    "help": "/help                this list",
    "quit": "/quit                leave (also Ctrl-D)",
}


class Chat:
    """One conversation: what was said, which dates count, the last answer."""

    def __init__(
        self,
        engine: AnswerEngine,
        console: Console | None = None,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
    ) -> None:
        """Raises `UsageError` when a date does not fit."""
        self._engine = engine
        self._console = console or _console()
        self._since = day(since) if since else None
        self._until = day(until, last=True) if until else None
        self._within = tuple(sources)
        self._history: list[Turn] = []
        self._answers: list[Answer] = []

    def run(self, lines: Iterable[str]) -> int:
        """Answer line by line until they end or one says /quit; returns how many lines failed."""
        failed = 0
        counts = self._engine.catalog.counts()
        count = counts.documents
        self._say(
            f"{count} document{'' if count == 1 else 's'}{in_files(count, counts.files)}. Ask a question; /help lists the commands.", "dim"
        )
        if not count:
            self._say("The index is empty. Add documents: footnote index FOLDER", "yellow")
        source = iter(lines)
        while True:
            try:
                line = next(source, "/quit").strip()
                if line in ("/quit", "/exit"):
                    return failed
                failed += bool(line) and not self._answer(line)
            except KeyboardInterrupt:
                continue  # at the prompt it clears the line; two in a row must not end the program either

    def _answer(self, line: str) -> bool:
        """Do what one line says; False when it failed."""
        if not self._console.is_terminal:
            self._say(f"\n> {one_line(line)}", "")
        try:
            self._command(line) if line.startswith("/") else self.ask(line)
        except FootnoteError as error:
            self._say(str(error), "red")
            return False
        except KeyboardInterrupt:
            self._say("stopped", "yellow")
        return True

    def ask(self, question: str) -> None:
        """Stream one answer. Raises `FootnoteError`; a KeyboardInterrupt stops the engine's work and passes through."""
        self._engine.refresh()
        limits = {"since": self._since, "until": self._until}
        events = self._engine.stream(question, history=self._history[-6:], sources=self._within, **limits)
        status = self._console.status("searching") if self._console.is_terminal else None
        try:
            if status is not None:
                status.start()
            for event in events:
                if event.kind == "step" and status is not None:
                    status.update(Text(one_line(event.text, 100)))
                elif event.kind == "claim":
                    self._console.print(
                        sentence(f"{event.text} {sources_note(len({c.source for c in event.citations}), event.sources)}".rstrip())
                    )
                elif event.answer is not None:
                    self._finish(question, event.answer)
        finally:
            if status is not None:
                status.stop()
            events.close()

    def _finish(self, question: str, answer: Answer) -> None:
        show_rest(self._console, answer, self._engine.catalog)
        self._answers.append(answer)
        self._history.append(Turn(question, answer.answer))

    def _command(self, text: str) -> None:
        name, _, argument = text[1:].partition(" ")
        actions: dict[str, Callable[[str], None]] = {
            "sources": self._sources,
            "show": self._show,
            "open": self._open,
            "why": self._why,
            "in": self._set_sources,
            "since": self._set_since,
            "until": self._set_until,
            "save": self._save,
            "export": self._export,
            "new": self._new,
            "help": self._help,
        }
        if name not in actions:
            raise UsageError(f"no command /{one_line(name, 40)}; /help lists them.")
        actions[name](argument.strip())

    def _sources(self, _argument: str) -> None:
        answer = self._answered()
        if not answer.citations:
            raise UsageError("the last answer has no footnotes: the documents do not say.")
        show_sources(self._console, answer, self._engine.catalog)

    def _cited(self, command: str, argument: str) -> Citation:
        """The footnote, or nearest passage, of the last answer that a command names."""
        answer = self._answered()
        by_number = {citation.n: citation for citation in answer.citations or answer.related}
        number = argument.strip("[] ")
        citation = by_number.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 9 else None
        if citation is None:
            known = ", ".join(map(str, by_number)) or "it has none"
            raise UsageError(f"/{command} needs a footnote of the last answer ({known}), got {argument!r}.")
        return citation

    def _show(self, argument: str) -> None:
        citation = self._cited("show", argument)
        document = self._engine.catalog.document(citation.source)
        if document is None or document.text[citation.start : citation.end] != citation.quote:
            self._say("The document has changed since this answer; the quote was:", "yellow")
            self._console.print(sentence(citation.quote))
            return
        show_passage(self._console, passage_view(document, citation.start, citation.end), citation.n)

    def _set_since(self, argument: str) -> None:
        self._since = day(argument) if argument else None
        self._dates()

    def _set_until(self, argument: str) -> None:
        self._until = day(argument, last=True) if argument else None
        self._dates()

    def _dates(self) -> None:
        parts = [f"{word} {date}" for word, date in (("since", self._since), ("until", self._until)) if date]
        self._say(f"Documents published {' '.join(parts)}." if parts else "Documents of any date.", "dim")

    def _save(self, argument: str) -> None:
        data = answer_markdown(self._answered()).encode("utf-8")
        self._say(f"saved to {write_new(argument, data, '/save answer.md')}", "dim")

    def _export(self, argument: str) -> None:
        self._answered()
        self._say(f"saved to {export(argument, self._answers)}", "dim")

    def _open(self, argument: str) -> None:
        citation = self._cited("open", argument)
        file = self._engine.catalog.file_of(citation.source)
        path = Path(path_kept(file.place)) if file is not None else None
        if path is None or not path.exists():
            raise UsageError(
                f"the file of {one_line(citation.source)} is no longer where it was indexed. /show {citation.n} shows what is stored."
            )
        place = one_line(shown_name(str(path)) + (f", {citation.where}" if citation.where else ""))
        self._say(place if open_original(path) else f"no desktop here; the file is {place}", "dim")

    def _why(self, _argument: str) -> None:
        answer = self._answered()
        if answer.why is None:
            raise UsageError("the last answer is no refusal. /sources lists its footnotes.")
        show_why(self._console, answer.why)

    def _set_sources(self, argument: str) -> None:
        sources = tuple(argument.replace(", ", " ").split()) if argument else ()
        self._engine.catalog.chosen(sources)
        self._within = sources
        self._say(f"Documents in {', '.join(sources)}." if sources else "All documents.", "dim")

    def _new(self, _argument: str) -> None:
        self._history.clear()
        self._answers.clear()
        self._say("A new conversation.", "dim")

    def _help(self, _argument: str) -> None:
        self._say("\n".join(COMMANDS.values()), "")

    def _answered(self) -> Answer:
        if not self._answers:
            raise UsageError("there is no answer yet. Ask a question first.")
        return self._answers[-1]

    def _say(self, text: str, style: str) -> None:
        self._console.print(Text(text, style=style))


def _console() -> Console:
    """A terminal wraps at its width; a pipe gets each paragraph on one line."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=1_000_000)
