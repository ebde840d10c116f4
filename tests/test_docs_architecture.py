"""docs/architecture.md is true: every module with its job, the paths along imports that exist, libraries where it says they are."""

from __future__ import annotations

import ast
import re
import runpy
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.test_architecture import MODULES, PACKAGES, PUBLIC_TYPES, imported

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PATHS = [block for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL) if re.match(r"\w+/\w+\.py", block)]


@cache
def maker() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "make_architecture.py"))


def test_every_module_is_listed_once_with_its_job() -> None:
    listed = re.findall(r"^- `(\w+/\w+\.py)`: \S", PAGE, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) >= {path.relative_to(ROOT).as_posix() for path in MODULES if path.parent.name in PACKAGES}, (
        "put a line for the new module into its group of docs/architecture.md, then run: python -m docs.make_architecture"
    )
    assert maker()["renewed"](PAGE) == PAGE, "docs/architecture.md is stale. Run: python -m docs.make_architecture"


def test_a_job_is_a_sentence_and_a_lost_module_leaves_the_page() -> None:
    assert maker()["job"]("index/lock.py").startswith("One writer at a time")
    page = "- `index/lock.py`: old words\n- `index/gone.py`: gone\nkept"
    assert maker()["renewed"](page).splitlines() == [f"- `index/lock.py`: {maker()['job']('index/lock.py')}", "kept"]
    assert "index/lock.py" not in maker()["unlisted"](page) and "qa/cli.py" in maker()["unlisted"](page)


def imports_of(module: str) -> set[str]:
    """The modules of ours that a module imports, as paths; `from qa import voices` is one of them too."""
    path = ROOT / module
    names = set(imported(path))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {f"{name.replace('.', '/')}.py" for name in names}


@pytest.mark.parametrize("block", PATHS, ids=lambda block: block.split()[0])
def test_each_module_on_a_path_is_imported_by_the_one_that_it_stands_under(block: str) -> None:
    above: list[tuple[int, str]] = []
    for line in block.splitlines():
        depth, module = len(line) - len(line.lstrip()), line.split()[0]
        assert (ROOT / module).is_file(), module
        above = [(d, m) for d, m in above if d < depth]
        if above:
            assert module in imports_of(above[-1][1]), f"{above[-1][1]} does not import {module}"
        above.append((depth, module))


def test_both_paths_are_told() -> None:
    assert [block.split()[0] for block in PATHS] == ["index/cli.py", "qa/cli.py"]


def test_libraries_are_imported_only_where_the_page_says() -> None:
    rows = re.findall(r"^\| .*\(((?:`\w+`(?:, )?)+)\) \| (.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) >= 10
    for libraries, places in rows:
        allowed = re.findall(r"`(\w+/[\w*]+\.py)`", places)
        for library in re.findall(r"\w+", libraries):
            users = {
                p.relative_to(ROOT).as_posix()
                for p in MODULES
                if p.parent.name in PACKAGES
                if library in {i.split(".")[0] for i in imported(p)}
            }
            assert users, f"nobody imports {library}"
            assert not [user for user in users if not any(fnmatch(user, place) for place in allowed)], library
        unused = [place for place in allowed if not any(fnmatch(m.relative_to(ROOT).as_posix(), place) for m in MODULES)]
        assert not unused


def test_the_rule_is_the_one_that_is_checked() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| `eval` |"))
    assert set(re.findall(r"`(\w+\.\w+)`", row)) == PUBLIC_TYPES
