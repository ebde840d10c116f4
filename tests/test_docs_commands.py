"""Every command and snippet of the pages is executed here, page by page and in order, or stands in `LISTED` with its reason."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.main
import yaml

import index.models.embed
import qa.retrieve.rescorer
from index.config import IndexConfig, load_settings
from index.models.protocol import Embedder
from qa.cli import build_app
from qa.config import Settings
from tests.needs import requires_models
from tests.shown import PAGES, ROOT, Block, Command, blocks_of, commands_of, footnote_lines, inline_of, name_of
from tests.terminal import ADDRESS, Done, Terminal, remembered, terminal

QUESTION = "Which Korean firms are building plants?"
NOT_HERE = 75  # how a preparation says that this machine lacks something (EX_TEMPFAIL)


@dataclass(frozen=True, slots=True)
class Listed:
    """Shown commands (a pattern) that no test can run as they stand, and which test looks after what they do."""

    commands: str
    why: str
    test: str = ""


LISTED = [
    Listed("make test*", "runs this file; the Makefile is asked what it would do"),
    Listed("make eval", "a minute and more for 110 questions", "tests/test_eval_product.py"),
    Listed("make eval-sets", "wants sets beside the repository", "tests/test_eval_retrieval.py"),
    Listed("make bench*", "other systems' environments, large files, a quiet machine", "tests/test_eval_bench_peers.py"),
    Listed("*pip install *", "needs a package index; names of extras are checked here"),
    Listed("uv pip compile *", "needs a package index"),
    Listed("pre-commit install*", "fetches its hooks"),
    Listed("*docker compose *", "needs a Docker engine", "tests/test_service_layout.py"),
    Listed("footnote index * --engine ray*", "Ray's start takes 20 s, a cluster more machines", "tests/test_index_engine_ray.py"),
    Listed("python -m eval.bench.cli_reading *", "wants public sets, half an hour", "tests/test_eval_bench_reading.py"),
    Listed("python -m eval.bench.sync *", "wants a large file of records", "tests/test_eval_bench_sync.py"),
    Listed("python -m eval.bench.load *", "minutes with every core busy", "tests/test_eval_bench_load.py"),
    Listed("python -m eval.bench.scale *", "takes hours", "tests/test_eval_bench_scale.py"),
    Listed("python -m tests.kill_campaign *", "takes hours", "tests/test_index_sync.py"),
    Listed("python -m tests.power_campaign *", "takes half an hour", "tests/test_index_power.py"),
]
FULL_RUN = f"test -e eval/results/peers.json || {{ echo 'the result of a full run of make bench' >&2; exit {NOT_HERE}; }}"
# What the sentences around a command tell to do first, by the command's beginning.
FIRST = {
    "footnote import /backup/2026-11-23": "test -e /backup/2026-11-23 || cp -r ~/backup/2026-11-23 /backup/",
    "footnote import /media/usb/export": "mkdir -p /media/usb ~/elsewhere && cp -r ~/backup/2026-11-23 /media/usb/export && cd ~/elsewhere",
    "import pyarrow": "cp -r ~/backup/2026-11-23 backup",
    "cp .footnote-bench/peers.json": f"{FULL_RUN}; mkdir .footnote-bench && cp eval/results/peers.json .footnote-bench/",
    "python -m eval.bench.peers.run --render": FULL_RUN,
}
# What a user types into a program that waits for it.
TYPED = {"footnote chat": f"{QUESTION}\n/sources\n", "footnote adduser": "correct horse battery staple\n"}
# Blocks that hold nothing to execute, by the word after the fence.
PLAIN = {
    "text": "a drawing, or a message",
    "mermaid": "a drawing",
    "caddyfile": "for a proxy of the reader's own",
}
# Programs that a machine may lack: what needs them is skipped, with this reason, after the rest of the page.
MAY_LACK = {"curl", "jq", "openssl", "duckdb"}

by_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def listed(command: Command) -> Listed | None:
    typed = re.sub(r"\s+# .*$", "", command.text)
    return next((one for one in LISTED if fnmatch(typed, one.commands)), None)


def all_commands() -> list[Command]:
    return [c for page in PAGES for block in blocks_of(page) if block.kind == "commands" for c in commands_of(block)]


class TestTheList:
    """Nothing is left out by oversight."""

    @by_page
    def test_every_block_is_of_a_known_kind(self, page: Path) -> None:
        for block in blocks_of(page):
            told = f"{name_of(page)}, line {block.line}: what is this block? Name it after its fence (```sh, ```output, ```toml, ```text)"
            assert block.kind in {"commands", "output", *CHECKS, *PLAIN}, told

    def test_the_pages_show_commands(self) -> None:
        assert len(all_commands()) >= 60
        assert {name_of(c.page) for c in all_commands()} >= {"README.md", "CONTRIBUTING.md", "docs/api.md", "docs/chat.md"}

    @pytest.mark.parametrize("one", LISTED, ids=lambda one: one.commands)
    def test_what_is_listed_is_shown_and_has_its_test(self, one: Listed) -> None:
        assert any(listed(command) is one for command in all_commands()), "no page shows it any more"
        assert not one.test or (ROOT / one.test).is_file()

    def test_preparations_are_for_something(self) -> None:
        texts = [c.text for c in all_commands()] + [b.text for page in PAGES for b in blocks_of(page) if b.kind == "python"]
        for start in [*FIRST, *TYPED]:
            assert any(text.startswith(start) for text in texts), start

    def test_a_make_target_that_is_not_run_is_there(self) -> None:
        for command in all_commands():
            if listed(command) and command.text.startswith("make "):
                words = shlex.split(command.text, comments=True)
                ran = subprocess.run([*words, "-n", "--old-file=setup"], cwd=ROOT, capture_output=True, text=True)
                assert ran.returncode == 0, ran.stderr

    def test_a_module_that_is_not_run_has_the_shown_options(self) -> None:
        for command in all_commands():
            words = shlex.split(command.text, comments=True)
            if listed(command) and words[:2] == ["python", "-m"]:
                told = subprocess.run([sys.executable, *words[1:3], "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
                assert not [word for word in words if word.startswith("--") and word not in told]


class TestInSentences:
    """What stands between backticks is not run, but it exists."""

    @by_page
    def test_every_shown_command_and_option_of_ours_exists(self, page: Path) -> None:
        root = typer.main.get_command(build_app())
        for shown in footnote_lines(page):
            command: Any = root
            words = shown.split("#")[0].split()
            while words and words[0] in getattr(command, "commands", {}):
                command = command.commands[words.pop(0)]
            if words and command is root and words[0].isupper():
                continue  # "footnote COMMAND --help"
            assert command is not root or not words, f"{name_of(page)}: no command in 'footnote {shown}'"
            known = {opt for parameter in command.params for opt in parameter.opts} | {"--help"}
            used = {word.split("=")[0] for word in words if re.fullmatch(r"--[a-z][a-z-]*(?:=.*)?", word)}
            assert used <= known, f"{name_of(page)}: 'footnote {shown}' has no {sorted(used - known)}"

    @by_page
    def test_targets_modules_and_extras_exist(self, page: Path) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        shown = [*inline_of(page), *(c.text for c in all_commands() if c.page == page)]
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
        for text in shown:
            if target := re.match(r"make ([a-z]+)\b", text):
                assert re.search(rf"^{target[1]}:", makefile, re.MULTILINE), text
            for module in re.findall(r"\bpython3? -m ((?:index|qa|eval)[.\w]*)", text):
                assert importlib.util.find_spec(module), text
            for names in re.findall(r"\bfootnote\[([\w,]+)\]", text):
                assert set(names.split(",")) <= set(extras), text

    @by_page
    def test_variables_are_settings(self, page: Path) -> None:
        for section, option in re.findall(r"\bFOOTNOTE_([A-Z]+)__([A-Z]\w*)\b", page.read_text(encoding="utf-8")):
            fields: Any = Settings.model_fields[section.lower()].annotation
            assert option.split("__")[0].lower() in fields.model_fields, f"{section}__{option}"


PAGE = """
Type this:

    footnote ask "who
    builds?" --json | jq .claims   # a comment
    # nothing

~~~sh
cat > a.jsonl <<'END'
{"footnote": "ask"}

END
printf '%s\\n' \\
  one
for name in a b; do
  echo $name
done
~~~

1. In a list, `footnote status --json`:

   ```console
   $ footnote status
   7 documents
   ...
   $ FOOTNOTE_STORE__PATH=x footnote status
   footnote: there is no index
   ```

A picture:

    a ──> b
"""


class TestReading:
    """The reader of pages, and the one who types, see what a person sees."""

    @pytest.fixture
    def page(self, tmp_path: Path) -> Path:
        (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
        return tmp_path / "page.md"

    def test_commands_are_cut_as_a_shell_does(self, page: Path) -> None:
        blocks = blocks_of(page)
        assert [(b.kind, PAGE.splitlines()[b.line - 1].strip()) for b in blocks] == [
            ("commands", 'footnote ask "who'),
            ("commands", "cat > a.jsonl <<'END'"),
            ("commands", "$ footnote status"),
            ("text", "a ──> b"),
        ]
        typed = [c.text for b in blocks[:2] for c in commands_of(b)]
        assert [text.split("\n")[0] for text in typed] == [
            'footnote ask "who',
            "cat > a.jsonl <<'END'",
            "printf '%s\\n' \\",
            "for name in a b; do",
        ]
        assert [len(text.split("\n")) for text in typed] == [2, 4, 2, 3]
        assert [(c.text, c.output) for c in commands_of(blocks[2])] == [
            ("footnote status", "7 documents\n..."),
            ("FOOTNOTE_STORE__PATH=x footnote status", "footnote: there is no index"),
        ]
        assert footnote_lines(page) == ["status --json", 'ask "who', "status"]

    def test_what_a_command_leaves_behind_holds_for_the_next(self) -> None:
        with terminal() as opened:
            for text in ("export A=$(echo 5) && cd ..", "cat > /srv/a <<'END'\n$A\nEND", "source footnote/.venv/bin/activate"):
                assert opened.type(text) == Done(0, "", "")
            assert opened.type("echo $A; pwd; cat /srv/a; which footnote").out == "5\n/home/ann\n$A\n.venv/bin/footnote\n"
            assert not Path("/srv/a").exists()

    def test_what_goes_wrong_fails(self, page: Path, request: pytest.FixtureRequest) -> None:
        with terminal() as opened:
            reader = Reader(opened, request)
            for text in ("false", "nonsense", "footnote status", "footnote status | cat", "footnote ask --nonsense", "python -m nonsense"):
                with pytest.raises(AssertionError, match="ended with"):
                    reader.command(Command(ROOT / "README.md", 1, text))
            reader.command(Command(ROOT / "README.md", 1, "footnote status || true"))
            reader.command(
                Command(
                    ROOT / "README.md",
                    1,
                    "footnote status",
                    "footnote: there is no index at .footnote. Run: footnote index FOLDER --db .footnote",
                )
            )
            with pytest.raises(AssertionError):
                reader.command(Command(ROOT / "README.md", 1, "footnote --version", "footnote 0.0.0"))
        assert not reader.lacking

    def test_shown_output_is_compared(self, request: pytest.FixtureRequest) -> None:
        with terminal() as opened:
            reader = Reader(opened, request)
            for output in ("a\nb\n\nc", "a\n...\nc", "...\nc", "a\n...", "..."):
                reader.compare(Command(ROOT / "README.md", 1, "", output), "a  \nb\n\nc\n")
            for output in ("a\nb\nc", "a\n...\nb", "a", "b\n..."):
                with pytest.raises(AssertionError):
                    reader.compare(Command(ROOT / "README.md", 1, "", output), "a\nb\n\nc\n")

    def test_the_network_is_out_of_reach(self) -> None:
        opened = Terminal(Path(tempfile.mkdtemp(prefix="shown-")))
        assert "NetworkBlocked" in opened.type("python -c 'import socket; socket.create_connection((\"example.org\", 80))'").err
        with pytest.raises(AssertionError, match=r"tried to reach the network: .*example\.org"):
            opened.close()
        shutil.rmtree(opened.folder)


@pytest.fixture(scope="module")
def loaded_once(request: pytest.FixtureRequest) -> Iterator[None]:
    """Commands that run in this process share their models."""
    embedder: Embedder = request.getfixturevalue("embedder")
    usual = load_settings(IndexConfig).models.model_dump_json()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index.models.embed, "load_embedder", remembered(index.models.embed.load_embedder, {usual: embedder}))
        patch.setattr(qa.retrieve.rescorer, "load_rescorer", remembered(qa.retrieve.rescorer.load_rescorer, {}))
        yield


@pytest.mark.models
@pytest.mark.slow
@requires_models
@pytest.mark.parametrize("page", [p for p in PAGES if any(b.kind not in PLAIN for b in blocks_of(p))], ids=name_of)
def test_what_the_page_shows_works(page: Path, loaded_once: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The page from top to bottom in one terminal: everything ends well, and prints what it is said to print."""
    with terminal() as opened:
        reader = Reader(opened, request)
        reader.prepare(page)
        for block in blocks_of(page):
            if block.kind == "commands":
                for command in commands_of(block):
                    reader.command(command)
            elif block.kind == "output":
                reader.compare(Command(page, block.line, "", block.text), reader.printed)
            elif check := CHECKS.get(block.kind):
                check(reader, block)
    if reader.lacking:
        pytest.skip(f"all else was run, but this machine lacks {', '.join(sorted(reader.lacking))}")


class Reader:
    """Somebody who types what a page shows."""

    def __init__(self, opened: Terminal, request: pytest.FixtureRequest) -> None:
        self.terminal, self.request = opened, request
        self.lacking: set[str] = set()
        self.printed = ""

    def prepare(self, page: Path) -> None:
        """What the page takes for granted: an index, unless its first command makes one, and the places that it names."""
        typed = [c.text for b in blocks_of(page) if b.kind == "commands" for c in commands_of(b) if not listed(c)]
        ours = [text for text in typed if re.search(r"\bfootnote |^curl |^make demo", text)]
        if any("/srv/articles" in text for text in typed):
            self.must("mkdir -p /srv && cp -r ~/articles /srv/articles")
        if ours and not re.match(r"footnote index |make ", ours[0]):
            self.must("footnote index ~/articles")
        for place in ("/srv/archive/db", "/path/to/.footnote"):
            if any(place in text for text in ours):
                self.must(f"mkdir -p {Path(place).parent} && cp -r .footnote {place}")

    def must(self, text: str) -> None:
        done = self.terminal.type(text)
        assert done.code == 0, (text, done)

    def command(self, command: Command) -> None:
        """Type one command, unless it is listed, and look at how it ends."""
        if listed(command) or not self.ready_for(command.text):
            return
        if command.output and f"$ {command.text}" in self.printed:
            # "make demo" types the next command of the page itself; what it printed is shown there.
            self.compare(command, self.printed[self.printed.index(f"$ {command.text}") :].partition("\n")[2])
            return
        stdin = next((text for start, text in TYPED.items() if command.text.startswith(start)), "")
        done = self.terminal.type(self.on_servers(command.text), stdin)
        if not self.lacks(done):
            self.ended_well(command, done)

    def ended_well(self, command: Command, done: Done) -> None:
        place = f"{name_of(command.page)}, line {command.line}: {command.text}"
        to_fail = (command.output or "").startswith("footnote: ")
        assert (done.code != 0) == to_fail, f"{place}\nended with {done.code}\n{done.out[-3000:]}\n{done.err[-3000:]}"
        assert "Traceback" not in done.err, f"{place}\n{done.err}"
        self.printed = done.out
        if command.output:
            self.compare(command, done.err if to_fail else done.out)

    def compare(self, command: Command, printed: str) -> None:
        """Whether the shown output is what was printed; a line "..." stands for any lines."""
        lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
        shown = (command.output or "").strip("\n")
        if not matches(shown.splitlines(), lines):
            assert "\n".join(lines) == shown, f"{name_of(command.page)}, line {command.line}"

    def ready_for(self, text: str) -> bool:
        """Do what has to be done before; False when this machine cannot."""
        first = next((first for start, first in FIRST.items() if text.startswith(start)), None)
        if first is not None:
            done = self.terminal.type(first)
            if done.code == NOT_HERE:
                self.lacking.add(done.err.strip())
                return False
            assert done.code == 0, (first, done)
        if re.search(r"\bcurl |^(import|from) ", text, re.MULTILINE) and any(address[2] == "8000" for address in ADDRESS.finditer(text)):
            self.serve()
        return True

    def serve(self) -> None:
        """A page that asks a server takes for granted that it runs."""
        if not self.terminal.answers("8000"):
            self.must("footnote serve --no-llm")

    def on_servers(self, text: str) -> str:
        """A Chroma server that the page names by the machine it runs on is one of this machine."""
        if "http://chroma:8000" not in text:
            return text
        server = self.request.getfixturevalue("chroma")
        self.terminal.ports[str(server.port)] = server.port  # this one is not to be replaced
        return text.replace("http://chroma:8000", server.url)

    def lacks(self, done: Done) -> bool:
        """Whether this failed for want of something that a machine need not have."""
        if not done.code:
            return False
        programs = {name for name in re.findall(r"(\S+): command not found", done.err) if name in MAY_LACK}
        extras = set(re.findall(r"Install it: pip install '(footnote\[\w+\])'", done.err))
        modules = {m for m in re.findall(r"ModuleNotFoundError: No module named '([a-z]\w+)", done.err) if m not in ("index", "qa", "eval")}
        self.lacking |= programs | extras | modules
        return bool(programs | extras | modules)


def matches(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Line by line; "..." in the shown lines stands for any number of lines."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(matches(shown[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and matches(shown[1:], printed[1:])


def python(reader: Reader, block: Block) -> None:
    if reader.ready_for(block.text):
        done = reader.terminal.run_python(block.text)
        place = f"{name_of(block.page)}, line {block.line}\n{done.out}\n{done.err}"
        assert done.code == 0 or reader.lacks(done), place
        assert done.code or "[n]" not in block.text or "[1]" in done.out, place


def toml(reader: Reader, block: Block) -> None:
    """A footnote.toml that the program takes. It is not left behind: the servers that it names do not exist here."""
    here = reader.terminal.folder / "settings"
    here.mkdir(exist_ok=True)
    (here / "footnote.toml").write_text(reader.terminal.here(block.text), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        load_settings(Settings)


def data(reader: Reader, block: Block) -> None:
    """JSON, or JSON Lines; an entry for an assistant starts a command of ours."""
    try:
        values = [json.loads(block.text)]
    except json.JSONDecodeError:
        values = [json.loads(line) for line in block.text.splitlines() if line.strip()]
    root: Any = typer.main.get_command(build_app())
    for value in values:
        for entry in (value.get("mcpServers", {}) if isinstance(value, dict) else {}).values():
            assert entry["command"].endswith("footnote")
            root.commands[entry["args"][0]].make_context(entry["args"][0], entry["args"][1:])


def configuration(reader: Reader, block: Block) -> None:
    assert list(yaml.safe_load_all(block.text))


def http(reader: Reader, block: Block) -> None:
    """A request as it goes over the wire: its line, headers, an empty line, a body."""
    head, _, body = block.text.partition("\n\n")
    line, *headers = head.splitlines()
    method, path = line.split()[:2]
    reader.serve()
    named = dict(header.split(": ", 1) for header in headers if not header.lower().startswith(("host:", "content-length:")))
    url = f"http://127.0.0.1:{reader.terminal.port('8000')}{path}"
    response = httpx.request(method, url, headers=named, content=body.strip(), timeout=120)
    assert response.status_code < 400, f"{name_of(block.page)}, line {block.line}: {response.text}"


CHECKS: dict[str, Callable[[Reader, Block], None]] = {
    "python": python, "toml": toml, "json": data, "yaml": configuration, "http": http,
}  # fmt: skip
