"""What the pages show: blocks of commands, settings and code, read from Markdown. Runs nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
# What a user reads. The change log tells what was, not what to type.
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "examples" / "README.md",
    ROOT / "eval" / "sets" / "README.md",
]
LANGUAGES = {
    "sh": "commands", "bash": "commands", "shell": "commands", "console": "commands",
    "python": "python", "py": "python", "toml": "toml", "json": "json", "jsonl": "json", "yaml": "yaml", "yml": "yaml", "http": "http",
}  # fmt: skip
# A block without a language is one of commands when its first word is one of these.
PROGRAMS = {
    ".", "cat", "cd", "chroma", "cp", "curl", "docker", "echo", "export", "footnote", "for", "git", "jq", "make", "mkdir", "mv", "pip",
    "pre-commit", "printf", "pytest", "python", "python3", "ray", "rm", "set", "source", "unset", "uv", "while",
}  # fmt: skip
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
ENDS = {"for": "done", "while": "done", "until": "done", "if": "fi", "case": "esac"}


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page. `kind` is a value of `LANGUAGES`, another word after the fence, "text" for
    a drawing or columns of words, or "unknown"."""

    page: Path
    line: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed at once, with heredoc and continued lines; `output` where the page shows what is printed."""

    page: Path
    line: int
    text: str
    output: str | None = None


def name_of(page: Path) -> str:
    """The page's place in the repository."""
    return page.relative_to(ROOT).as_posix()


@cache
def tokens_of(page: Path) -> tuple[tuple[str, str, str, int], ...]:
    """(type, info, content, line) of every token that holds code."""
    found = []
    for token in MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8")):
        line = token.map[0] + 1 if token.map else 0
        if token.type in ("fence", "code_block"):
            found.append((token.type, token.info, token.content, line + (token.type == "fence")))
        found += [("inline", "", child.content, line) for child in token.children or () if child.type == "code_inline"]
    return tuple(found)


def blocks_of(page: Path) -> list[Block]:
    """The page's blocks, fenced and indented, in order."""
    return [Block(page, line, kind_of(info, text), text) for type_, info, text, line in tokens_of(page) if type_ != "inline"]


def inline_of(page: Path) -> list[str]:
    """What stands between backticks in the page's sentences and tables."""
    return [text for type_, _, text, _ in tokens_of(page) if type_ == "inline"]


def kind_of(info: str, text: str) -> str:
    """What a block holds: told by its fence, else by how it begins."""
    language = info.split()[0].lower() if info.strip() else ""
    if language:
        return LANGUAGES.get(language, language)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    first = lines[0] if lines else ""
    if re.fullmatch(r"\[[\w.]+\]", first.split("#")[0].strip()):
        return "toml"
    if first.startswith("{"):
        return "json"
    word = next((w for w in first.removeprefix("$ ").split() if not re.match(r"[A-Z_]+=", w)), "")
    if word.rpartition("/")[2] in PROGRAMS or first.startswith("$ "):
        return "commands"
    columns = sum(bool(re.search(r"\S {2,}[^#\s]", line)) for line in lines)
    return "text" if re.search("[─-╿]", text) or columns > len(lines) / 2 else "unknown"


def commands_of(block: Block) -> list[Command]:
    """The commands of a block. One with "$ " before its commands shows what they print in between."""
    lines = block.text.splitlines()
    if any(line.startswith("$ ") for line in lines):
        return list(_session(block, lines))
    found, start = [], 0
    while start < len(lines):
        end = _end(lines, start)
        text = "\n".join(lines[start:end])
        if text.strip() and not text.lstrip().startswith("#"):
            found.append(Command(block.page, block.line + start, text.strip()))
        start = end
    return found


def _session(block: Block, lines: list[str]) -> Iterator[Command]:
    marks = [n for n, line in enumerate(lines) if line.startswith("$ ")]
    for start, after in zip(marks, [*marks[1:], len(lines)], strict=True):
        typed = [line.removeprefix("$ ").removeprefix("> ") for line in lines[start:after]]
        end = _end(typed, 0)
        printed = "\n".join(line.rstrip() for line in lines[start + end : after]).strip("\n")
        yield Command(block.page, block.line + start, "\n".join(typed[:end]), printed or None)


def _end(lines: list[str], start: int) -> int:
    """The line after the command that begins in line `start`."""
    for end in range(start + 1, len(lines)):
        if is_whole("\n".join(lines[start:end])):
            return end
    return len(lines)


def is_whole(text: str) -> bool:
    """Whether a shell would run this, or wait for more."""
    lines = text.splitlines()
    if heredoc := HEREDOC.search(lines[0] if lines else ""):
        return len(lines) > 1 and lines[-1].strip() == heredoc[2]
    if text.endswith("\\"):
        return False
    try:
        words = shlex.split(text, comments=True)
    except ValueError:  # a quotation that goes on in the next line
        return False
    return not words or words[0] not in ENDS or words[-1] == ENDS[words[0]]


def footnote_lines(page: Path) -> list[str]:
    """Every different command line of ours that a page shows, in blocks and in sentences, without the word footnote."""
    shown = [*inline_of(page), *(c.text for b in blocks_of(page) if b.kind == "commands" for c in commands_of(b))]
    start = re.compile(r"(?:^|[\s$(|;&]|\bexec )footnote ((?:[a-z][a-z-]*)(?: [^|;&)\n]*)?)")
    return list(dict.fromkeys(match[1].strip() for code in shown for match in start.finditer(code.replace("\\\n", " "))))
