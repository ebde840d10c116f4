"""A campaign of power cuts: `python -m tests.power_campaign 500`; the suite does 19.

Real index runs are recorded, and what a power cut at moments drawn by chance may leave of the index is looked at and indexed again.
Says how what is left was made (see `Disk.leave`) and whether it answers as before the run, as after it, without what is to be read again,
or tells what mends it. Ends with a trace when anything is lost, stale or not mended, and keeps the folder that was left.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from tests.test_index_power import RUNS, cut, steps

_EACH = 100  # cuts in one recording


def main(cuts: int, seed: int) -> None:
    """Cut so often in small runs, and a tenth as often in large ones; print how it ended."""
    for kind, number in zip(RUNS, (cuts, cuts // 10), strict=True):
        ends: Counter[str] = Counter()
        for first in range(0, number, _EACH):
            home = Path(tempfile.mkdtemp())  # kept when it ends in a trace
            for way, said in cut(home, steps(home, kind), min(_EACH, number - first), seed + first):
                ends[f"{way}: {said if said in ('before', 'between', 'now') else 'told'}"] += 1
            shutil.rmtree(home)
            print(f"{kind}: {sum(ends.values())} cuts, {dict(sorted(ends.items()))}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.power_campaign", description="Cut the power of recorded index runs.")
    parser.add_argument("cuts", type=int, nargs="?", default=500)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    given = parser.parse_args()
    main(given.cuts, given.seed)
