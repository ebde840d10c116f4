"""docs/architecture.md is true: the paths follow imports that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.test_architecture import imported

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PATHS = [block for block in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL) if re.match(r"\w+/\w+\.py", block)]


def imports_of(module: str) -> set[str]:
    """The modules of ours that a module imports, as paths; `from qa.retrieve import dedup as voices` is one of them too."""
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
