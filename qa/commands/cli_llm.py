"""Commands about language models: which are at hand, use one, test it. Parses, calls, prints; decides nothing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import LanguageModelError, UsageError

if TYPE_CHECKING:
    from qa.config import LlmSettings
    from qa.llm.client import LlmWriter

HELP = """Language models that can read and write for footnote.

Without a command: those at hand on this machine. Nothing beyond it is contacted."""


def register(app: typer.Typer) -> None:
    """Add the command `llm` to `app`."""
    llm = typer.Typer(help=HELP, invoke_without_command=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    llm.callback()(_list)
    llm.command("use")(_use)
    llm.command("test")(_test)
    app.add_typer(llm, name="llm")


def _list(context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False) -> None:
    if context.invoked_subcommand is not None:
        return
    from index.config import load_settings
    from qa.config import Settings
    from qa.llm.found import at_hand

    now = load_settings(Settings).llm
    found = at_hand()
    if as_json:
        print(json.dumps([{"name": f.name, "where": f.where, **f.settings, "in_use": _in_use(f.settings, now)} for f in found], indent=2))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"In use: {escape(_said(now))}", soft_wrap=True)
    if not found:
        console.print(
            "No language model is at hand. Start Ollama, LM Studio, Jan, vLLM or llama.cpp here, or get a GGUF file.", soft_wrap=True
        )
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("name", overflow="fold")
    table.add_column("where", overflow="fold")
    for model in found:
        table.add_row(f"{escape(model.name)}{' *' if _in_use(model.settings, now) else ''}", escape(model.where))
    console.print(table)
    console.print(f"\nUse one: footnote llm use {escape(found[0].name)}", soft_wrap=True)


def _in_use(settings: dict[str, str], now: LlmSettings) -> bool:
    return all(getattr(now, name) == value for name, value in settings.items())


def _said(now: LlmSettings) -> str:
    if now.kind == "none":
        return "none (answers are the documents' own sentences)"
    return " ".join(part for part in (now.kind, now.model or now.import_path, now.url and f"at {now.url}") if part)


def _use(
    name: Annotated[str, typer.Argument(help="a name that 'footnote llm' lists, a path to a GGUF file, or 'none'")],
) -> None:
    """Write a model into footnote.toml, after three test questions."""
    from qa.llm.settings import write_llm

    _refuse_overridden()
    if name == "none":
        write_llm({"kind": "none"})
        print("Answers are the documents' own sentences from now on (footnote.toml).")
        return
    from qa.config import LlmSettings
    from qa.llm.found import at_hand, named

    values: dict[str, Any] = dict(named(name, at_hand()).settings)
    reads = _tested(LlmSettings(**values))
    write_llm(values | {"reads": reads})
    print(f"{_said(LlmSettings(**values))} is used from now on (footnote.toml). Without it: --no-llm, or 'footnote llm use none'.")


def _test() -> None:
    """Ask the model in use three test questions. Exit code 1 when it does not read well enough."""
    from index.config import load_settings
    from qa.config import Settings

    settings = load_settings(Settings).llm
    if settings.kind == "none":
        raise UsageError("llm test needs a model in use, llm.kind is 'none'. Choose one: footnote llm use NAME.")
    if not _tested(settings):
        raise typer.Exit(1)


def _refuse_overridden() -> None:
    """The environment wins over the file: what is written would have no effect."""
    variable = next((name for name in sorted(os.environ) if name.startswith("FOOTNOTE_LLM__")), None)
    if variable:
        raise UsageError(f"{variable} is set and wins over footnote.toml. Unset it first.")


def _tested(settings: LlmSettings) -> bool:
    """Ask the test questions, print each answer as it comes. Raises `LanguageModelError` when the model does not answer."""
    from qa.llm.client import load_llm
    from qa.write.probe import PASSED, QUESTIONS, passes

    writer = load_llm(settings)
    assert writer is not None
    print(f"Asking {writer.name} {len(QUESTIONS)} test questions ...", flush=True)
    right = 0
    for question in QUESTIONS:
        passed = passes(writer, question)
        right += passed
        print(f"  {'right' if passed else 'wrong'}: {question.question}", flush=True)
    if right < PASSED:
        print(f"{right} of {len(QUESTIONS)} right: too small to read passages. Answers stay the documents' own sentences.")
    else:
        print(f"{right} of {len(QUESTIONS)} right, {_window(writer)} tokens at once{_speed(writer)}.")
    return right >= PASSED


def _speed(writer: LlmWriter) -> str:
    speed = writer.speed
    return f", {speed.words_per_second:g} words a second after {speed.first_word_s:g} s of reading" if speed else ""


def _window(writer: LlmWriter) -> str:
    try:
        return f"{writer.window:,}"
    except LanguageModelError:
        return "unknown"
