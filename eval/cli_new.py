"""`footnote eval new`: a person asks, footnote answers, the person says what is right; each becomes a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from eval.schema import Case, Corpus, EvidenceQuote, Systems
    from qa.schema import Answer

CASES = 5
_NUMBERS = "its numbers (1,2 or a for all), "
_CHOICES = "w when the right answer is missing, n when the documents do not say it, s to skip"


def add_new(group: typer.Typer, systems: Systems) -> None:
    """Add the command to `group`."""

    @group.command()
    def new(
        set_file: Annotated[Path, typer.Argument(help="the eval set, JSON Lines; cases are added at its end", show_default=False)],
        db: Annotated[Path | None, typer.Option("--db", help="folder of the index", show_default=".footnote")] = None,
        cases: Annotated[int, typer.Option("--cases", min=1, help="how many questions")] = CASES,
        no_llm: Annotated[bool, typer.Option("--no-llm", help="answer with extracts only")] = False,
    ) -> None:
        """Make an eval set of your own: ask five questions, and say of each answer what is right.

        Example: footnote eval new my-set.jsonl --db .footnote
        """
        from eval.cases.evalset import read_cases
        from eval.new import append

        corpus = systems.corpus(db)
        made = len(read_cases(set_file)) if set_file.exists() else 0
        system = systems.answerer(Path(corpus.db), no_llm=no_llm, broken=None)
        typer.echo(
            "Ask as your readers would, before you know what comes. One question in five should be one that the documents do not answer."
        )
        added = 0
        while added < cases and (question := _typed(f"\nQuestion {added + 1} of {cases} (empty to end)")):
            case = _case(made + added + 1, question, system.ask(_bare(question)), corpus)
            if case is not None:
                append(set_file, case)
                added += 1
        typer.echo(f"\n{added} case{'' if added == 1 else 's'} added to {set_file}.")
        if made + added:
            typer.echo(f"Next: footnote eval run --set {set_file} --out runs/{set_file.stem} --db {corpus.db}")


def _bare(question: str) -> Case:
    from eval.new import unanswerable

    return unanswerable(0, question)


def _case(number: int, question: str, answer: Answer, corpus: Corpus) -> Case | None:
    """The case that the person makes of an answer; None when it is skipped."""
    from eval.new import accepted, chosen, unanswerable

    for n, claim in enumerate(answer.claims, start=1):
        sources = ", ".join(dict.fromkeys(c.source for c in answer.citations if c.n in claim.citations))
        typer.echo(f"  {n}  {claim.text}  ({sources})")
    if answer.abstained:
        typer.echo(f"  {answer.answer}")
    while True:
        typed = _typed(f"What is right? {_NUMBERS if answer.claims else ''}{_CHOICES}").casefold()
        if typed in ("", "s"):
            return None
        if typed == "n":
            return unanswerable(number, question)
        if typed == "w":
            return _taught(number, question, corpus)
        right = chosen(typed, len(answer.claims))
        if right:
            return accepted(number, question, answer, right)
        typer.echo(f"That is none of them: {typed!r}.")


def _taught(number: int, question: str, corpus: Corpus) -> Case | None:
    """The case of an answer that was missing: its words, and where they stand."""
    from eval.new import chosen, places_of, taught

    while words := _typed("The right answer, in a few words as the documents have them (empty to skip)"):
        places: list[EvidenceQuote] = places_of(words, corpus)
        if not places:
            typer.echo("No document has these words. Try fewer, or as they stand there.")
            continue
        for n, place in enumerate(places, start=1):
            typer.echo(f"  {n}  {place.source}: {place.quote}")
        right = chosen(_typed("Which of these places say it? numbers, or a for all (empty: none)"), len(places))
        if right:
            return taught(number, question, words, [places[i] for i in right])
    return None


def _typed(prompt: str) -> str:
    """A line that the person types, stripped; empty at the end of the input."""
    try:
        return str(typer.prompt(prompt, default="", show_default=False)).strip()
    except typer.Abort:
        typer.echo()
        return ""
