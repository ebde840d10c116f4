"""A campaign of kills: `python -m tests.kill_campaign 1000`, for the night; the suite does 40.

A folder is edited at random, a real `sync` is killed by SIGKILL at a random moment, what is shown is compared with the folder, and
after each few kills an undisturbed sync has to bring all of it up to date. Ends with a trace and the seed when anything is lost or stale.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.test_index_sync import kill_at_random

_EACH = 20  # kills in one folder


def main(kills: int, seed: int) -> None:
    """Kill so many syncs; print how it goes."""
    done, started = 0, time.monotonic()
    while done < kills:
        with tempfile.TemporaryDirectory() as home:
            try:
                kill_at_random(Path(home), kills=min(_EACH, kills - done), seed=seed + done)
            except BaseException:
                print(f"seed {seed + done}, after {done} kills", flush=True)
                raise
        done += min(_EACH, kills - done)
        print(f"{done} kills, nothing lost, nothing stale ({(time.monotonic() - started) / 60:.0f} min)", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.kill_campaign", description="Kill real index runs and look at what is left.")
    parser.add_argument("kills", type=int, nargs="?", default=1000)
    parser.add_argument("seed", type=int, nargs="?", default=1, help="a campaign that found something prints it")
    given = parser.parse_args()
    main(given.kills, given.seed)
