"""A campaign of kills: `python -m tests.kill_campaign 1000`, for the night; the suite does 40.

A folder is edited at random, a real `sync` is killed by SIGKILL at a random moment, what is shown is compared with the folder, and
after each few kills an undisturbed sync has to bring all of it up to date. With `--server` the vectors are on a Chroma server, which
is killed in turn. Ends with a trace and the seed when anything is lost or stale.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chroma_process import ChromaProcess
from tests.test_index_sync import kill_at_random

_EACH = 20  # kills in one folder


def main(kills: int, seed: int, *, server: bool) -> None:
    """Kill so many syncs; print how it goes."""
    done, started = 0, time.monotonic()
    while done < kills:
        with tempfile.TemporaryDirectory() as home, _vectors_on(Path(home) / "chroma" if server else None) as chroma:
            try:
                kill_at_random(Path(home), kills=min(_EACH, kills - done), seed=seed + done, server=chroma)
            except BaseException:
                print(f"seed {seed + done}, after {done} kills", flush=True)
                raise
        done += min(_EACH, kills - done)
        print(f"{done} kills, nothing lost, nothing stale ({(time.monotonic() - started) / 60:.0f} min)", flush=True)


@contextmanager
def _vectors_on(folder: Path | None) -> Iterator[ChromaProcess | None]:
    """A Chroma server of this folder that this process and its children use; without one the vectors are embedded."""
    if folder is None:
        yield None
        return
    server = ChromaProcess(folder)
    os.environ["FOOTNOTE_STORE__URL"] = server.url
    try:
        yield server
    finally:
        server.kill()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.kill_campaign", description="Kill real index runs and look at what is left.")
    parser.add_argument("kills", type=int, nargs="?", default=1000)
    parser.add_argument("seed", type=int, nargs="?", default=1, help="a campaign that found something prints it")
    parser.add_argument("--server", action="store_true", help="vectors on a Chroma server, which is killed too")
    given = parser.parse_args()
    main(given.kills, given.seed, server=given.server)
