"""A campaign of kills: `python -m tests.kill_campaign 1000`, for the night; the suite does 40.

A folder is edited at random, a real `sync` is killed by SIGKILL at a random moment, what is shown is compared with the folder, and
after each few kills an undisturbed sync has to bring all of it up to date. Ends with a trace and the seed when anything is lost or stale.
"""

from __future__ import annotations

import sys
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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
