"""The console script `footnote`: composes the commands of the three packages, turns errors into lines and exit codes.

Light at import: what a command needs is loaded inside it, so that --help answers at once.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import FootnoteError, UsageError
from index.offline import go_offline
from index.screen.plain import for_terminal, json_text
from index.version import __version__

if TYPE_CHECKING:
    from qa.engine import Engine
    from qa.schema import Answer, Turn

STARTED = time.perf_counter()  # for --timings; what the interpreter itself takes to start (some 20 ms) comes before it
EXAMPLES = """
Examples:

  footnote index ~/articles                      read a folder of documents
  footnote ask "which firms are building plants?"
  footnote ask "and how many jobs?" --json | jq .claims
  footnote list "reports/*.pdf" --sort date      what the index holds
  footnote search pump warranty                  passages by their words, without a question
  footnote chat                                  a conversation in the terminal
  footnote serve                                 the same in a browser, http://127.0.0.1:8000
  footnote doctor                                what is installed, what is missing, how to mend it
"""

_kept: list[Engine] | None = None
"""What was loaded, until `run` leaves the process; None where a process goes on."""

Db = Annotated[Path | None, typer.Option("--db", help="folder of the index", show_default=".footnote")]


def build_app() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="footnote",
        help="Ask questions of your own documents. Every statement carries a footnote; what cannot be supported is not said.",
        epilog=EXAMPLES.replace("\n\n", "\n").replace("\n", "\n\n"),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    from eval.cli import register as register_eval
    from index.cli import register as register_index
    from index.cli_exchange import register as register_exchange
    from index.cli_models import register as register_models
    from qa.commands.cli_eval import systems
    from qa.commands.cli_llm import register as register_llm
    from qa.commands.cli_search import register as register_search
    from qa.commands.cli_serve import register as register_serve
    from qa.config import Settings

    register_index(app, Settings)
    app.command()(ask)
    register_llm(app)
    register_search(app)
    register_models(app, Settings)
    register_exchange(app, Settings)
    register_eval(app, systems())
    register_serve(app)
    return app


def _version(value: bool) -> None:
    if value:
        print(f"footnote {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show the trace of an error (before the command)")] = False,
) -> None:
    """Options of every command."""


def ask(
    question: Annotated[str | None, typer.Argument(help="the question")] = None,
    db: Db = None,
    as_json: Annotated[bool, typer.Option("--json", help="print the Answer as JSON, one object a line")] = False,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="answer with extracts, whatever footnote.toml says")] = False,
    since: Annotated[str | None, typer.Option("--since", help="only documents published since this date")] = None,
    until: Annotated[str | None, typer.Option("--until", help="only documents published until this date")] = None,
    within: Annotated[
        list[str] | None,
        typer.Option("--in", metavar="GLOB", help='only documents whose source fits, such as "reports/*" or mail/; may be repeated'),
    ] = None,
    questions: Annotated[
        Path | None, typer.Option("--questions", help='a file of questions, one JSON object a line: {"question": ...}')
    ] = None,
    timings: Annotated[bool, typer.Option("--timings", help="show where the time went, loading included (on stderr)")] = False,
    trace: Annotated[
        bool, typer.Option("--trace", help='show every step behind the answer (on stderr; with --json as its key "trace")')
    ] = False,
) -> None:
    """Answer a question with footnotes."""
    if (question is None) == (questions is None):
        raise UsageError('give one question, or --questions FILE, not both and not neither. Try: footnote ask "who ...?"')
    if question is not None:
        from qa.answering import checked_question

        asked: list[dict[str, Any]] = [{"question": checked_question(question)}]
    else:
        assert questions is not None
        asked = read_questions(questions)
    from qa.trace import recorded

    laps = {"start, command line": time.perf_counter() - STARTED}
    engine = _engine(db, no_llm, progress=not as_json, laps=laps)
    try:
        for number, case in enumerate(asked):
            with recorded() as made:
                answer = engine.ask(case["question"], history=_turns(case), since=since, until=until, sources=within or ())
            extra = {"id": case["id"]} if "id" in case else {}
            if trace:
                extra |= _trace(made, answer, as_json=as_json)
            if questions is not None and not as_json:
                from qa.chat.screen import print_question

                print_question(number + 1, case["question"])
            _print(answer, engine, as_json=as_json, extra=extra)
            if timings:
                from qa.chat.timings import print_timings

                print_timings(answer.timings_ms, {} if number else laps, time.perf_counter() - STARTED)
        if not (as_json or no_llm) and sys.stdout.isatty():
            _hint(engine)
    finally:
        engine.close()
        if _kept is not None:
            _kept.append(engine)


def _hint(engine: Engine) -> None:
    from rich.console import Console
    from rich.text import Text

    from qa.llm.hint import hint

    if said := hint(engine.loaded.settings):
        Console(stderr=True, highlight=False).print(Text(for_terminal(said), style="dim"))


def read_questions(path: Path) -> list[dict[str, Any]]:
    """Questions from JSON Lines: objects with "question" and, if wanted, "id" and "history". Raises `UsageError` naming the line."""
    from qa.answering import checked_question

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--questions takes a readable text file, got {path}: {error}. Check the path.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
        except json.JSONDecodeError as error:
            raise UsageError(f"{path}, line {number}: every line must be one JSON object, this is not ({error.msg}). Mend it.") from error
        if not isinstance(case, dict) or not isinstance(case.get("question"), str):
            raise UsageError(f'{path}, line {number}: "question" must be a text. Write it like {{"question": "who ...?"}}.')
        checked_question(case["question"])
        found.append(case)
    if not found:
        raise UsageError(f"--questions needs at least one question, {path} has none.")
    return found


def _turns(case: dict[str, Any]) -> list[Turn]:
    from qa.schema import Turn

    history = case.get("history") or []
    try:
        return [Turn(str(turn["question"]), str(turn["answer"])) for turn in history]
    except (TypeError, KeyError) as error:
        raise UsageError(f'"history" must be a list of {{"question", "answer"}}, got {history!r}.') from error


def _engine(db: Path | None, no_llm: bool, *, progress: bool, laps: dict[str, float]) -> Engine:
    from index.config import load_settings
    from qa.config import Settings

    flags: dict[str, Any] = {}
    if db is not None:
        flags["store"] = {"path": db}
    if no_llm:
        flags["llm"] = {"kind": "none"}
    settings = load_settings(Settings, flags)
    from qa.engine import open_engine

    if not (progress and sys.stderr.isatty()):
        return open_engine(settings, laps=laps)
    from rich.console import Console

    with Console(stderr=True).status("loading models ..."):
        return open_engine(settings, laps=laps)


def _trace(made: list[object], answer: Answer, *, as_json: bool) -> dict[str, Any]:
    """The steps behind an answer: what the JSON gets of them, else nothing, for then they are printed."""
    from dataclasses import asdict

    from qa.chat.trace_steps import steps_of
    from qa.chat.trace_text import trace_text

    steps = steps_of(made, answer)
    if as_json:
        return {"trace": asdict(steps)}
    print(trace_text(steps, answer), file=sys.stderr)
    return {}


def _print(answer: Answer, engine: Engine, *, as_json: bool, extra: dict[str, Any]) -> None:
    if as_json:
        print(json_text({**extra, **answer.model_dump(mode="json")}))
        return
    from qa.chat.screen import print_answer

    print_answer(answer, engine.catalog.infos({c.source for c in [*answer.citations, *answer.related]}))


def main() -> None:
    """Run the command line; a `FootnoteError` becomes one or two lines on stderr and its exit code."""
    go_offline()
    try:
        build_app()(standalone_mode=True)
    except FootnoteError as error:
        if "--debug" in sys.argv:
            raise
        print(f"footnote: {for_terminal(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("footnote: stopped.", file=sys.stderr)
        sys.exit(130)


def run() -> None:
    """The console script: `main`, and after an answer out of the process at once. To take the models apart first, as Python does, costs a
    fifth of a second of processor time, and nobody is left to need the memory."""
    global _kept
    _kept = []
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
        if not (_kept and isinstance(code, int)):
            raise
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:  # who read it is gone: Python says so in its own way
            sys.exit(code)
        atexit._run_exitfuncs()
        os._exit(code)


if __name__ == "__main__":
    run()
