"""Write what a real question prints into docs/answers.md: `python -m docs.make_answers`.

Indexes the example documents into a folder of its own and asks what the page's marks name. Needs the models.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from index.build import build
from index.config import load_settings
from index.offline import go_offline
from qa.config import Settings
from qa.engine import open_engine
from qa.screen import print_answer
from qa.trace import recorded
from qa.trace_steps import steps_of
from qa.trace_text import WIDTH, trace_text

if TYPE_CHECKING:
    from qa.engine import Engine

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "answers.md"
DOCUMENTS = ROOT / "examples" / "kazakhstan-korea"
MARKED = re.compile(r"(<!-- (trace|short): ([^\n]+?) -->\n\n```text\n)(.*?)(```\n)", re.DOTALL)


def printed(engine: Engine, question: str) -> str:
    """What `footnote ask QUESTION --trace` prints, on stderr and then on stdout, in lines of the trace's width."""
    with recorded() as made:
        answer = engine.ask(question)
    out = StringIO()
    print_answer(
        answer,
        engine.catalog.infos({c.source for c in [*answer.citations, *answer.related]}),
        console=Console(file=out, width=WIDTH, highlight=False, color_system=None),
    )
    lines = [line.rstrip() for line in f"{trace_text(steps_of(made, answer), answer)}\n{out.getvalue()}".splitlines()]
    return "\n".join([*lines, ""])


def shortened(text: str) -> str:
    """Without the passages: what was asked for, the sentences, the answer."""
    sections = text.split("\n\n")
    return "\n\n".join(section for section in sections if not section.startswith("  Passages:"))


def renewed(page: str, ask: Callable[[str], str]) -> str:
    """The page with what `ask` prints between its marks."""

    def block(match: re.Match[str]) -> str:
        text = ask(match[3])
        return f"{match[1]}{shortened(text) if match[2] == 'short' else text}{match[5]}"

    return MARKED.sub(block, page)


def main() -> None:
    """Write the page."""
    go_offline()
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(Settings, {"store": {"path": Path(folder) / "db"}})
        build([DOCUMENTS], settings)
        engine = open_engine(settings)
        try:
            text = renewed(PAGE.read_text(encoding="utf-8"), lambda question: printed(engine, question))
        finally:
            engine.close()
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}.\n")


if __name__ == "__main__":
    main()
