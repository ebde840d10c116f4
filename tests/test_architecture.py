"""The rules of the house, checked on the code itself: who may import whom, sizes, docstrings, no swallowed errors."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGES = ("index", "qa", "eval")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
# What eval may know of the product: words and errors, never machinery. It gets the system under test as a callable.
PUBLIC_TYPES = {"index.schema", "index.errors", "index.version", "qa.schema"}
# What making our own models needs: where weights and tokenizers are, how text is cut, and for claims the parser and tables of words.
TRAINED_WITH = {"index.models.registry", "index.schema", "index.text.sentences", "qa.english.parse", "qa.english.lexicon"}
HEAVY = {
    "torch", "transformers", "sentence_transformers", "openvino", "onnxruntime", "chromadb", "llama_index", "spacy",
    "trafilatura", "matplotlib", "scipy", "fastapi", "uvicorn", "mcp", "xllamacpp", "dateparser", "lingua", "ray",
}  # fmt: skip
MAX_MODULE, MAX_FUNCTION, MAX_CLASS = 400, 60, 200
MAX_FOLDER = 14
# The floors of each package, lowest first: a module imports from its own floor and from those below. A name stands for a module or for all
# of a room that is not named more closely.
FLOORS = {
    "index": """version errors schema screen.plain redact imports offline config text dates structure formats.extract formats.archive
        formats.guarded formats.text
        formats.html formats.office formats.mail formats.pdf formats models store catalog sync exchange health screen doctor
        cli_models cli_exchange cli_documents cli""".split(),
    "qa": """schema config trace cite quote engine_protocol question english llm retrieve read check write loaded overview startup answering
        engine llamaindex threads chat api files web commands.cli_eval_retrieval commands cli""".split(),
    "eval": """extra breaks schema cases metrics baseline record run score report gate compare new train bench.peers bench cli_bench
        cli_new cli""".split(),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef
by_module = pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Every module that is imported anywhere in the file, inside functions and type checks too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import in line {node.lineno}"
            assert node.module
            yield node.module


def assembles(path: Path) -> bool:
    return path.name == "cli.py" or path.name.startswith("cli_")


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, Function))


def own_lines(node: Function) -> int:
    """Lines of a function without the functions defined inside it, which are measured by themselves."""
    nested = [n for n in ast.walk(node) if isinstance(n, Function) and n is not node]
    inner = {line for n in nested for line in range(min([n.lineno, *(d.lineno for d in n.decorator_list)]), (n.end_lineno or n.lineno) + 1)}
    return len(set(range(node.lineno, (node.end_lineno or node.lineno) + 1)) - inner)


@by_module
def test_imports_follow_the_rooms(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    siblings = {name for name in imported(path) if name.split(".")[0] in PACKAGES and name.split(".")[0] != room}
    if room == "index":
        assert not siblings, "index knows neither sibling"
    elif room == "qa" and not assembles(path):
        assert not {name for name in siblings if name.startswith("eval")}, "only command-line modules join qa and eval"
    elif room == "eval" and path.parent.name == "train":
        assert siblings <= TRAINED_WITH, "training knows tokens, sentences, words and weights, nothing of the product"
    elif room == "eval" and not assembles(path):
        assert siblings <= PUBLIC_TYPES, "eval knows the data types of the others and gets the system as callables"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def floor_of(module: str) -> int:
    package, _, inside = module.partition(".")
    fitting = [i for i, room in enumerate(FLOORS[package]) if f"{inside}.".startswith(f"{room}.")]
    assert fitting, f"{module} stands on no floor: add it to FLOORS"
    return max(fitting, key=lambda i: len(FLOORS[package][i]))


def own_imports(path: Path) -> set[str]:
    """The modules of the house that a file imports: `from qa import cite` is `qa.cite`."""
    ours = {name_of(p) for p in MODULES}
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            found |= {inside if (inside := f"{node.module}.{alias.name}") in ours else str(node.module) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & ours


@pytest.mark.parametrize("path", [p for p in MODULES if p.name != "__init__.py"], ids=name_of)
def test_no_import_runs_back_up(path: Path) -> None:
    """Inside a package, rooms and modules import what stands below them. A package's `__init__` is its door and stands above all."""
    module = name_of(path)
    package = module.partition(".")[0]
    above = {name for name in own_imports(path) if name.startswith(f"{package}.") and floor_of(name) > floor_of(module)}
    assert not above
    assert package not in own_imports(path), "the door is for others"


def test_there_is_no_circle() -> None:
    left = {name_of(path): own_imports(path) for path in MODULES if path.name != "__init__.py"}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert not left, "these import one another"


def test_folders_stay_small() -> None:
    folders = {path.parent for path in MODULES}
    assert not {str(f.relative_to(ROOT)): n for f in folders if (n := len(list(f.glob("*.py")))) > MAX_FOLDER}


def test_the_doors_open() -> None:
    import index
    import qa

    for door in (index, qa):
        assert {name: getattr(door, name).__module__ for name in door.__all__}.keys() == set(door.__all__)
        imported_there = {
            name for line in (door.__doc__ or "").splitlines() if " import " in line for name in line.split(" import ")[1].split(", ")
        }
        assert imported_there and imported_there <= set(door.__all__), "the three lines of use are true"
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            door.__getattr__("nothing")
    assert {"open_engine", "Answer"} <= set(qa.__all__)
    assert {"build", "open_library"} <= set(index.__all__)


@by_module
def test_only_command_line_modules_import_command_line_modules(path: Path) -> None:
    if not assembles(path):
        parts = [name.split(".")[-1] for name in imported(path) if name.split(".")[0] in PACKAGES]
        assert not [part for part in parts if part == "cli" or part.startswith("cli_")]


@by_module
def test_the_builtin_eval_is_never_hidden(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            hidden = [alias.name for alias in node.names if (alias.asname or alias.name.split(".")[0]) == "eval"]
            assert not hidden, f"line {node.lineno}: write 'from eval.x import y'"


@by_module
def test_sizes(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE
    for node in functions(path):
        assert own_lines(node) <= MAX_FUNCTION, f"{node.name} has {own_lines(node)} lines"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ClassDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= MAX_CLASS, node.name


@by_module
def test_docstrings_and_return_types(path: Path) -> None:
    tree = tree_of(path)
    assert ast.get_docstring(tree), "a module says what it does and what it does not know"
    holders: list[ast.AST] = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))]
    for holder in holders:
        if isinstance(holder, ast.ClassDef):
            assert ast.get_docstring(holder), holder.name
        for node in holder.body if isinstance(holder, ast.Module | ast.ClassDef) else []:
            if isinstance(node, Function) and not node.name.startswith("_"):
                assert ast.get_docstring(node), node.name
                assert node.returns is not None, node.name


@by_module
def test_no_error_is_swallowed(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        assert node.type is not None, f"line {node.lineno}: bare except"
        silent = all(isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)) for s in node.body)
        assert not silent, f"line {node.lineno}: an error that is meant to be passed over is written contextlib.suppress, with its reason"
        names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
        if names & {"Exception", "BaseException"}:
            uses = any(isinstance(n, ast.Raise) or (isinstance(n, ast.Name) and n.id == node.name) for s in node.body for n in ast.walk(s))
            assert uses, f"line {node.lineno}: a broad except must raise or report what it caught"


@by_module
def test_no_exception_takes_a_builtins_name(path: Path) -> None:
    taken = [node.name for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef) and node.name in dir(__import__("builtins"))]
    assert not taken


def test_every_package_but_the_benches_is_listed_for_the_wheel() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"])
    ours = {".".join(path.relative_to(ROOT).parent.parts) for path in MODULES}
    assert listed == {name for name in ours if not name.startswith("eval.bench")}
    users = [path for path in MODULES if not name_of(path).startswith("eval.bench")]
    assert not {path.name for path in users if any(name.startswith("eval.bench") for name in imported(path))}


def test_the_hooks_before_a_commit_run_what_the_lock_pins() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    locked = {line.split("==")[0] for line in (ROOT / "requirements-dev.lock").read_text(encoding="utf-8").splitlines()}
    programs = {hook["entry"].split()[0].removeprefix(".venv/bin/") for hook in hooks}
    assert programs == {"ruff", "mypy"} <= locked


def test_help_imports_nothing_heavy() -> None:
    code = "import sys, qa.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & HEAVY
