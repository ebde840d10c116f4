"""Files read in a process of its own that can be ended: one that costs too much time or memory, or crashes a parser, costs itself only.

The process is kept and reads file after file, beside the embedder, so it costs next to nothing. Only what is loaded comes back. A
limit of the system ends it when its time is over, in whatever library it is. Knows nothing of formats.
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from index.errors import LoadError
from index.schema import Document

SECONDS_A_MB = 20.0  # of processor, beyond the budget of a small file; a PDF of many pages takes 1 to 5
MEMORY_A_MB = 40  # megabytes; an Excel file in memory is 20 to 30 times as large as on the disk
_PATIENCE = 10  # a process that waits instead of working is ended after so many times its processor time

Load = Callable[..., Sequence[Document]]
_HEAD = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class GuardedLoader:
    """`index.sync.protocol.LoadFile` around another one; `load` is found again by its name in the other process.

    `seconds` of processor and `megabytes` of memory are for a small file, a larger one may take more.
    """

    load: Load
    seconds: float
    megabytes: int

    def __call__(self, path: Path, source: str, *, max_bytes: int, problems: list[LoadError]) -> Sequence[Document]:
        """The documents of the file. Raises `LoadError`, also for one that breaks its reader or its budget."""
        size = path.stat().st_size / 1e6
        seconds, megabytes = self.seconds + SECONDS_A_MB * size, int(self.megabytes + MEMORY_A_MB * size)
        # Absolute: the process keeps the folder that it was started in.
        told = _child.ask((self.load, path.absolute(), source, max_bytes, seconds, megabytes), _PATIENCE * seconds)
        if isinstance(told, int):
            raise LoadError(f"{source}: {_why(told, seconds, megabytes)}")
        documents, found, error = told
        problems.extend(found)
        if error is not None:
            raise error
        return list(documents)

    def start(self) -> None:
        """Start the process, so that it is there when the first file is to be read."""
        _child.start()


def more_time(seconds: float) -> None:
    """Allow the file that is being read so many more seconds of processor; nothing where no limit runs."""
    left = signal.getitimer(signal.ITIMER_PROF)[0] if hasattr(signal, "getitimer") else 0.0
    if left:
        signal.setitimer(signal.ITIMER_PROF, left + seconds)


def _why(code: int, seconds: float, megabytes: int) -> str:
    """What ended the process, and what to do."""
    if code == -signal.SIGPROF:
        return f"must be read in {seconds:.0f} s of processor time, and was not. Leave it out, or raise index.max_file_seconds."
    if code == -signal.SIGKILL:
        return "must be read in time and with the memory there is; its reader was ended. Leave it out, or raise index.max_file_seconds."
    how = f"crashed (signal {-code})" if code < 0 else f"ended by itself (code {code})"
    return f"cannot be read: its reader {how}. Convert it or leave it out."


class _Child:
    """The process, started when it is first needed and again after it ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, request: Any, patience: float) -> Any:
        """What the process answers, or the code that it ended with."""
        with self._lock:
            process = self._started()
            assert process.stdin is not None and process.stdout is not None
            last = threading.Timer(patience, process.kill)
            last.start()
            try:
                _send(process.stdin, request)
                answer = _receive(process.stdout)
            except OSError:
                answer = None
            finally:
                last.cancel()
            if answer is None:
                return self._ended()
            *told, spent = answer
            if spent:  # what is left of a process without memory is not to be trusted with another file
                self._ended()
            return told

    def start(self) -> None:
        """Start the process where it does not run."""
        with self._lock:
            self._started()

    def stop(self) -> None:
        """End the process: it has nothing left to read."""
        with self._lock:
            if self._process is not None:
                self._ended()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            path = os.pathsep.join(entry for entry in sys.path if entry)
            command = [sys.executable, "-P", "-m", __name__]  # -P: nothing is imported from the folder where it runs
            environment = {**os.environ, "PYTHONPATH": path}
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        return self._process

    def _ended(self) -> int:
        process, self._process = self._process, None
        assert process is not None and process.stdin is not None and process.stdout is not None
        with suppress(OSError):  # it may be gone
            process.stdin.close()
        code = process.wait()
        process.stdout.close()
        return code


_child = _Child()
atexit.register(_child.stop)


def _send(pipe: IO[bytes], data: Any) -> None:
    written = pickle.dumps(data, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_HEAD.pack(len(written)) + written)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    """What was sent; None at the end of the pipe."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    body = pipe.read(_HEAD.unpack(head)[0])
    return pickle.loads(body) if len(body) == _HEAD.unpack(head)[0] else None


def _serve() -> None:
    """The other process: read files until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that asks
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries that print do not print among the answers
    while (request := _receive(sys.stdin.buffer)) is not None:
        with suppress(BrokenPipeError):  # who asked is gone, which the next look at stdin tells
            try:
                _send(answers, _answer(*request))
            except MemoryError:  # read, but too much to hand over
                _, _, source, _, _, megabytes = request
                _send(answers, (None, [], _no_memory(source, megabytes), True))


def _answer(load: Load, path: Path, source: str, max_bytes: int, seconds: float, megabytes: int) -> tuple[Any, list[LoadError], Any, bool]:
    """The documents, problems of members, what went wrong with all of it, and whether the memory was used up."""
    problems: list[LoadError] = []
    _limit(seconds, megabytes)
    try:
        return load(path, source, max_bytes=max_bytes, problems=problems), problems, None, False
    except LoadError as error:
        return None, problems, error, False
    except MemoryError:
        return None, problems, _no_memory(source, megabytes), True
    except Exception as error:  # noqa: BLE001 - one file's parser must not end the run; the file is reported by name
        told = f"{type(error).__name__}: {str(error)[:120]}"
        return None, problems, LoadError(f"{source}: cannot be read ({told}). Convert it or leave it out."), False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _no_memory(source: str, megabytes: int) -> LoadError:
    return LoadError(f"{source}: must be read in {megabytes} MB of memory, and was not. Leave it out, or raise index.max_file_memory_mb.")


def _limit(seconds: float, megabytes: int) -> None:
    """Of this process: SIGPROF ends it after so many seconds of processor time, and the system gives it no more memory."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    with suppress(ImportError, ValueError, OSError):  # systems without such a limit have none
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 1_000_000, resource.getrlimit(resource.RLIMIT_DATA)[1]))


if __name__ == "__main__":
    _serve()
