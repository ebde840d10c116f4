"""Write the jobs of all modules into docs/architecture.md: `python -m docs.make_architecture`.

The page says which group a module stands in; what it does is the first sentence of its docstring. Knows no module by name.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("index", "qa", "eval")
LINE = re.compile(r"^- `((?:index|qa|eval)/\w+\.py)`:.*$", re.MULTILINE)


def modules() -> list[str]:
    """The modules of the three packages as paths, without `eval/bench`."""
    return sorted(path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).glob("*.py"))


def job(module: str) -> str:
    """The first sentence of a module's docstring, on one line. Raises `ValueError` when there is none."""
    told = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8"))) or ""
    sentence = re.match(r".+?[.?!](?=\s|$)", " ".join(told.split("\n\n")[0].split()))
    if sentence is None:
        raise ValueError(f"{module}: the docstring must begin with a sentence that says what the module does")
    return sentence[0]


def renewed(page: str) -> str:
    """The page with the job of every listed module as its docstring says it now; modules that are gone stay out."""
    known = set(modules())
    lines = [line for line in page.split("\n") if not (found := LINE.match(line)) or found[1] in known]
    return LINE.sub(lambda line: f"- `{line[1]}`: {job(line[1])}", "\n".join(lines))


def unlisted(page: str) -> list[str]:
    """Modules that the page names in no group."""
    return sorted(set(modules()) - {line[1] for line in LINE.finditer(page)})


if __name__ == "__main__":
    text = renewed(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}.\n")
    for module in unlisted(text):
        sys.stdout.write(f"Put a line into its group by hand, then run this again: - `{module}`:\n")
