"""How the console script ends: after an answer at once, with all that was said and done, and without taking apart what was loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, qa.cli

class Models:
    def __del__(self):
        print("taken apart", file=sys.stderr)

def main():
    atexit.register(print, "cleaned up", flush=True)
    if sys.argv[1] == "keep":
        qa.cli._kept.append(Models())
    print("said", end=" ")
    if sys.argv[2] != "none":
        sys.exit(int(sys.argv[2]))

qa.cli.main = main
qa.cli.run()
"""


@pytest.mark.parametrize("kept", ["keep", "nothing"])
@pytest.mark.parametrize("code", [0, 3])
def test_what_was_said_is_written_and_the_code_kept(kept: str, code: int) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, kept, str(code)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (code, ["said", "cleaned", "up"], "")


def test_a_command_that_returns_ends_as_ever() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, "nothing", "none"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["said", "cleaned", "up"])


def test_a_reader_that_is_gone_is_no_reason_to_hang_or_to_succeed() -> None:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, "keep", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, told = process.communicate(timeout=60)
    assert process.returncode != 0 and b"BrokenPipeError" in told
