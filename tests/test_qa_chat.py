"""The terminal conversation: commands, hostile documents, Ctrl-C, pipes; and the commands around it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

import qa.commands.cli_serve as commands
from index.catalog.inventory import FileRow
from index.errors import FootnoteError, UsageError
from qa.api.access import read_users
from qa.chat.input import piped_lines
from qa.chat.later import LaterEngine
from qa.chat.terminal import COMMANDS, Chat
from qa.schema import StreamEvent
from qa.threads.store import ThreadStore, threads_path
from qa.web.chat import turn_payload
from tests.fakes import PRESS, FakeEngine

ROOT = Path(__file__).parents[1]
QUESTION = "How much has Korea invested?"
QUOTE = "Korea has invested 9.6 billion dollars in Kazakhstan since 1992."
Talk = Callable[..., str]


@pytest.fixture
def talk() -> Talk:
    def run(*lines: str, engine: Any = None, **options: Any) -> str:
        out = io.StringIO()
        console = Console(file=out, width=200, highlight=False)
        Chat(engine or FakeEngine(), console, **options).run(lines)
        return out.getvalue()

    return run


def test_an_answer_with_footnotes_and_dates(talk: Talk) -> None:
    said = talk(QUESTION)
    assert f"{QUOTE} [1]" in said
    assert "[1] Plant opens in Almaty, Press Office, 2024-06-13 · press/plant.txt" in said
    assert "! The sources disagree: 9.6 billion [1]; 8.5 billion [2]. The sources differ." in said
    assert "1 statement not shown" in said


def test_a_refusal_shows_the_nearest_passages(talk: Talk) -> None:
    said = talk("Who is the moon?", "/show 1", "/sources")
    assert "The documents do not say." in said and "Nearest passages:" in said
    assert "»The two presidents met on Wednesday.«" in said, "/show opens a nearest passage too"
    assert "has no footnotes" in said


def test_show_marks_the_quote_inside_its_paragraph(talk: Talk) -> None:
    said = talk(QUESTION, "/show 1")
    assert f"It will make 60,000 cars a year.\n\n»{QUOTE}«" in said


@pytest.mark.parametrize("argument", ["", "0", "9", "x", "-1", "1 2", "²", "9" * 30])
def test_show_without_such_a_footnote(talk: Talk, argument: str) -> None:
    assert "/show needs a footnote of the last answer (1, 2)" in talk(QUESTION, f"/show {argument}")


def test_follow_ups_know_what_was_said(talk: Talk) -> None:
    engine = FakeEngine()
    talk(QUESTION, "And how many jobs?", "/new", "Who?", engine=engine)
    assert [len(history) for _, history, _, _ in engine.asked] == [0, 1, 0]
    assert engine.asked[1][1][0].question == QUESTION
    assert engine.refreshed == 3, "each question sees new indexing"


def test_dates_limit_the_documents(talk: Talk) -> None:
    engine = FakeEngine()
    said = talk("/since 2024", "/until 2024-06", QUESTION, "/since", "/until", QUESTION, "/since soon", engine=engine)
    assert [(since, until) for _, _, since, until in engine.asked] == [("2024-01-01", "2024-06-30"), (None, None)]
    assert "Documents published since 2024-01-01 until 2024-06-30." in said and "Documents of any date." in said
    assert "got 'soon'" in said
    with pytest.raises(UsageError):
        Chat(FakeEngine(), since="soon")


def test_sources_limit_the_documents(talk: Talk) -> None:
    engine = FakeEngine()
    said = talk("/in press/ *.md", QUESTION, "/in nothing/", "/in", QUESTION, engine=engine, sources=("press/",))
    assert engine.within == [("press/", "*.md"), ()]
    assert "Documents in press/, *.md." in said and "no document is named by 'nothing/'" in said and "All documents." in said


def test_the_conversation_is_exported(talk: Talk, tmp_path: Path) -> None:
    md, docx = tmp_path / "talk.md", tmp_path / "talk.DOCX"
    said = talk(
        "/export x.md", QUESTION, "Who is the moon?", f"/export {md}", f"/export {docx}", f"/export {md}", "/export talk.odt", "/export"
    )
    assert "no answer yet" in said and "exists and is not overwritten" in said and said.count("ends in .md, .docx or .pdf") == 2
    text = md.read_text(encoding="utf-8")
    assert text.startswith(f"# {QUESTION}\n") and "## Who is the moon?" in text and docx.read_bytes().startswith(b"PK")


def test_the_original_of_a_footnote_is_opened(talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "plant.txt"
    path.write_text(PRESS.text)
    engine = FakeEngine()
    engine.catalog.file_rows[PRESS.source] = FileRow(str(path), str(tmp_path), PRESS.source, 0, 0, 0, 0, "", "")
    said = talk(QUESTION, "/open 1", "/open 99", engine=engine)
    assert f"no desktop here; the file is {path}" in said and "/open needs a footnote of the last answer" in said
    launched: list[str] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("typer.launch", lambda url: launched.append(url) or 0)
    talk(QUESTION, "/open 1", engine=engine)
    assert launched == [str(path)]
    hostile = tmp_path / "ev\x1b[2Jil\nname.txt"
    hostile.write_text(PRESS.text)
    engine.catalog.file_rows[PRESS.source] = FileRow(str(hostile), str(tmp_path), PRESS.source, 0, 0, 0, 0, "", "")
    assert "\x1b" not in talk(QUESTION, "/open 1", engine=engine) and launched[-1] == str(hostile)
    hostile.unlink()
    assert "no longer where it was indexed" in talk(QUESTION, "/open 1", engine=engine)


def test_why_there_is_no_answer(talk: Talk) -> None:
    said = talk("/why", "Who is the moon?", "/why", QUESTION, "/why")
    assert "1 passage was read; an answer is shown from 70%." in said and " 21%  Plant opens in Almaty: “The two" in said
    assert "the last answer is no refusal" in said


def test_save_writes_markdown_and_never_overwrites(talk: Talk, tmp_path: Path) -> None:
    path = tmp_path / "answer.md"
    said = talk("/save x.md", QUESTION, f"/save {path}", f"/save {path}", "/save", f"/save {tmp_path}/no/such/place.md")
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"## {QUESTION}\n") and "[^1]: Plant opens in Almaty" in text
    for words in ("no answer yet", f"saved to {path}", "is not overwritten", "needs a file name", "cannot be written"):
        assert words in said


def test_help_names_every_command(talk: Talk) -> None:
    said = talk("/help", "/nonsense", "/quit", QUESTION)
    assert all(f"/{name}" in said for name in COMMANDS)
    assert "no command /nonsense" in said and QUOTE not in said, "/quit ends it"


def test_hostile_documents_cannot_steer_the_terminal(talk: Talk) -> None:
    said = talk("Doosan power plant", "/show 2", "/sources", "[bold]markup[/bold] \x1b[2J question about Korea")
    assert "\x1b" not in said and "Doosan builds a power plant" in said
    assert "[bold]markup" in said, "nothing is read as markup"


def test_a_document_that_changed_since() -> None:
    engine = FakeEngine()

    def lines() -> Iterator[str]:
        yield QUESTION
        engine.catalog.by_source.pop(PRESS.source)
        yield "/show 1"

    out = io.StringIO()
    Chat(engine, Console(file=out, width=200)).run(lines())
    assert "The document has changed since this answer" in out.getvalue() and out.getvalue().count(QUOTE) >= 2


def test_ctrl_c_stops_the_answer_not_the_program(talk: Talk) -> None:
    class Interrupted(FakeEngine):
        def stream(self, question: str, **options: Any) -> Generator[StreamEvent, None, None]:
            inner = super().stream(question, **options)
            try:
                yield next(inner)
                yield next(inner)
                if "stop" in question:
                    raise KeyboardInterrupt
                yield from inner
            finally:
                inner.close()

    engine = Interrupted()
    said = talk(f"stop: {QUESTION}", "/sources", QUESTION, engine=engine)
    assert "stopped" in said and "no answer yet" in said
    assert said.count("The sources disagree") == 1 and engine.stopped == 1 and engine.at_once == 0
    assert engine.asked[-1][1] == (), "a stopped answer is no history"


def test_errors_are_told_and_the_conversation_goes_on(talk: Talk) -> None:
    class Failing(FakeEngine):
        def stream(self, question: str, **options: Any) -> Generator[StreamEvent, None, None]:
            if "fail" in question:
                raise FootnoteError("the index cannot be read: disk on fire. Buy a new disk.")
            yield from super().stream(question, **options)

    said = talk("fail", QUESTION, engine=Failing())
    assert "disk on fire" in said and QUOTE in said


def test_an_empty_index_says_what_to_do(talk: Talk) -> None:
    assert "Add documents: footnote index FOLDER" in talk(engine=FakeEngine(()))


def test_piped_lines_survive_other_encodings() -> None:
    stream = io.TextIOWrapper(io.BytesIO("Қазақстан?\r\n".encode() + b"\xff\xfe broken\nlast"), encoding="latin-1")
    assert list(piped_lines(stream)) == ["Қазақстан?", "\ufffd\ufffd broken", "last"]


PROMPT = "\x1b[?2004h"  # prompt_toolkit switches bracketed paste on when it reads keys
SCRIPT = """
import contextlib, sys, time
import qa.commands.cli_serve as commands
from tests.fakes import FakeEngine
commands._open = lambda db, no_llm: FakeEngine(pause=float(sys.argv[2]))
from pathlib import Path
commands._store = lambda db: Path(sys.argv[1])
commands._shelf = lambda store: contextlib.nullcontext(FakeEngine().catalog)
if len(sys.argv) > 3:
    opened = commands._open
    def wait(db, no_llm):
        while not Path(sys.argv[3]).exists():
            time.sleep(0.01)
        return opened(db, no_llm)
    commands._open = wait
commands.chat()
"""


def _process(tmp_path: Path, pause: float = 0.0, gate: str = "", **options: Any) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(pause), *([gate] if gate else [])], cwd=ROOT, env=env, **options
    )


def test_questions_through_a_pipe(tmp_path: Path) -> None:
    process = _process(tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(f"{QUESTION}\n/show 1\n".encode(), timeout=60)
    assert process.returncode == 0, err.decode()
    text = out.decode()
    assert f"> {QUESTION}\n" in text and f"»{QUOTE}«" in text and "\x1b" not in text


def test_a_real_terminal(tmp_path: Path) -> None:
    """Typing, Ctrl-C while an answer is made, Ctrl-C at the prompt, history in the next session, Ctrl-D."""
    first = _Terminal(tmp_path, pause=30.0)  # long: a busy machine may be late with the key, which ends the pause
    first.wait_for(PROMPT)
    first.type(f"{QUESTION}\r")
    first.wait_for("searching")
    first.type("\x03")
    first.wait_for("stopped")
    first.wait_for(PROMPT)
    first.type("half a question\x03")
    first.wait_for(PROMPT)
    first.type("/help\r")
    first.wait_for("Ctrl-D")
    first.wait_for(PROMPT)
    first.type("\x04")
    assert first.end() == 0
    assert QUESTION in (tmp_path / "chat_history").read_text(encoding="utf-8")
    second = _Terminal(tmp_path)
    second.wait_for(PROMPT)
    second.type("\x1b[A\x1b[A\r")
    second.wait_for("The sources disagree")
    second.wait_for(PROMPT)
    second.type("\x04")
    assert second.end() == 0


def test_one_can_type_before_the_models_are_there(tmp_path: Path) -> None:
    terminal = _Terminal(tmp_path, gate=str(tmp_path / "go"))
    terminal.wait_for(PROMPT)
    terminal.type("/in press/\r")
    terminal.wait_for("Documents in press/.")
    terminal.wait_for(PROMPT)
    terminal.type(f"{QUESTION}\r")
    terminal.wait_for("loading the models")
    terminal.type("\x03")
    terminal.wait_for("stopped")
    terminal.wait_for(PROMPT)
    terminal.type(f"{QUESTION}\r")
    terminal.wait_for("loading the models")
    (tmp_path / "go").touch()
    terminal.wait_for("9.6 billion")
    terminal.wait_for(PROMPT)
    terminal.type("\x04")
    assert terminal.end() == 0


def test_what_keeps_the_models_from_loading_is_said_and_tried_again() -> None:
    opened: list[int] = []

    def opener() -> FakeEngine:
        opened.append(1)
        if len(opened) == 1:
            raise FootnoteError("the model is missing. Get it.")
        return FakeEngine()

    engine = LaterEngine(opener, FakeEngine().catalog)
    with pytest.raises(FootnoteError, match="the model is missing"):
        list(engine.stream(QUESTION))
    assert not engine.ask(QUESTION).abstained and engine.search(QUESTION) and len(opened) == 2
    assert next(event.text for event in engine.stream(QUESTION)).startswith("searching"), "no word of loading any more"


class _Terminal:
    """A program at the other end of a pseudo-terminal."""

    def __init__(self, tmp_path: Path, pause: float = 0.0, gate: str = "") -> None:
        self._side, theirs = pty.openpty()
        self._process = _process(
            tmp_path, pause, gate, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=_control
        )
        os.close(theirs)
        self._seen = ""

    def type(self, keys: str) -> None:
        os.write(self._side, keys.encode())

    def wait_for(self, words: str) -> None:
        import select

        deadline = time.monotonic() + 60
        while words not in self._seen:
            assert time.monotonic() < deadline, f"{words!r} did not come: {self._seen[-2000:]!r}"
            if select.select([self._side], [], [], 0.2)[0]:
                self._seen += os.read(self._side, 65536).decode("utf-8", "replace")
                if "\x1b[6n" in self._seen:  # prompt_toolkit asks where the cursor is
                    self._seen = self._seen.replace("\x1b[6n", "")
                    self.type("\x1b[1;1R")
        self._seen = self._seen[self._seen.index(words) + len(words) :]

    def end(self) -> int:
        code = self._process.wait(30)
        os.close(self._side)
        return code


def _control() -> None:
    import fcntl
    import signal
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a test run in the background passes "ignore Ctrl-C" on to its children
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _app() -> typer.Typer:
    app = typer.Typer()
    group = typer.Typer()
    group.command("run")(lambda: None)
    app.add_typer(group, name="eval")
    commands.register(app)
    return app


def test_commands_name_the_extra_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    for extra, command in (("web", "serve"), ("mcp", "mcp")):
        with pytest.raises(UsageError, match=rf"pip install 'footnote\[{extra}\]'"):
            commands.require(extra, command)


def test_serve_refuses_before_it_loads_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FOOTNOTE_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    for arguments, words in ((["--host", "0.0.0.0"], "FOOTNOTE_TOKEN"), (["--users", "absent"], "user list")):
        result = CliRunner().invoke(_app(), ["serve", *arguments])
        assert isinstance(result.exception, UsageError) and words in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_adduser_reads_the_password_from_a_pipe(tmp_path: Path) -> None:
    users = tmp_path / "users"
    result = CliRunner().invoke(_app(), ["adduser", "ann", "--users", str(users)], input="correct horse\n")
    assert result.exit_code == 0, result.output
    assert list(read_users(users)) == ["ann"] and "correct horse" not in users.read_text() + result.output


def test_export_feedback_command(tmp_path: Path) -> None:
    db = tmp_path / "db"
    store = ThreadStore(threads_path(db))
    store.rate("a", store.add_turn(store.start("a", "t"), QUESTION, turn_payload(FakeEngine().ask(QUESTION))), "up")
    store.close()
    out = tmp_path / "cases.jsonl"
    result = CliRunner().invoke(_app(), ["eval", "export-feedback", str(out), "--db", str(db)])
    assert result.exit_code == 0 and "1 rated answer written" in result.output and out.read_text().count("\n") == 1
