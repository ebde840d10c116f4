"""A fuzz run over every loader: `python -m tests.fuzz_loaders --minutes 60`.

Files of the examples are cut, mixed, overwritten and repeated; each is read as `footnote index` reads it, with ten seconds of
processor time and a gigabyte of memory. What breaks its reader or its budget is kept in `--keep` (name, seed, bytes) and counted; ends
with 1 when there is any. Inputs once found are under `tests/data/fuzz/` and read again by the tests.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from index.errors import LoadError
from index.formats.guarded import GuardedLoader
from index.formats.load import load_file
from index.formats.registry import ENDINGS
from index.offline import go_offline

ROOT = Path(__file__).parents[1]
MOST = 1_000_000  # bytes of a file
TOKENS = [b"<div>", b"<table><tr><td rowspan=9999 colspan=9999>", b"<!--", b"&#x0;", b"\r\n--b\r\n", b"[" * 200, b"{" * 200, b"%PDF-",
          b"PK\3\4", b"\0" * 64, b"\xff" * 64, b"9" * 300, b"Content-Type: multipart/mixed; boundary=b\n\n", b"1 0 obj", b"endstream",
          b"From a\n", b"\xe2\x80\xae", b"| - ", b"#" * 50, b",;\t|", b"BEGIN:VEVENT\n", b"00:00:01,000 --> 00:00:02,000\n"]  # fmt: skip


def mutate(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """The bytes with one to eight changes: of bits, of pieces, with pieces of other files."""
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        to = min(at + int(chance.paretovariate(0.5)), len(data))
        kind = chance.randrange(7)
        if kind == 0:
            data = data[:at] + bytes(b ^ 1 << chance.randrange(8) for b in data[at : at + 4]) + data[at + 4 :]
        elif kind == 1:
            data = data[:at] + data[to:]
        elif kind == 2:
            data = data[:to] + data[at:to] * chance.choice([1, 2, 50, 2000]) + data[to:]
        elif kind == 3:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            data = data[:at] + other[start : start + chance.randrange(2000)] + data[at:]
        elif kind == 4:
            data = data[:at] + chance.choice(TOKENS) * chance.choice([1, 3, 300]) + data[at:]
        elif kind == 5:
            data = data[:at]
        else:
            data = data[:at] + chance.randbytes(to - at) + data[to:]
        data = data[:MOST]
    return data


def seeds(folders: list[Path]) -> dict[str, list[bytes]]:
    """Small files to begin with, by ending; endings without one begin with a token."""
    found: dict[str, list[bytes]] = {ending: [b"".join(TOKENS)] for ending in ENDINGS}
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        if path.suffix.lower() in found and path.stat().st_size < 200_000:
            found[path.suffix.lower()].append(path.read_bytes())
    return found


def cases(folders: list[Path], seed: int) -> Iterator[tuple[str, int, bytes]]:
    """Without end: an ending, the seed of the case, the bytes."""
    begun = seeds(folders)
    everything = [data for some in begun.values() for data in some]
    number = seed
    while True:
        for ending, some in begun.items():
            number += 1
            chance = random.Random(number)
            yield ending, number, mutate(chance.choice(some[1:] or some), chance, everything)


def main() -> int:
    """Read until the time is over; print what was met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"))
    parser.add_argument("folders", type=Path, nargs="*", default=[ROOT / "examples"])
    given = parser.parse_args()
    go_offline()
    read, told, worst, bad = GuardedLoader(load_file, 10.0, 1000), Counter[str](), (0.0, ""), 0
    until = time.monotonic() + 60 * given.minutes
    with tempfile.TemporaryDirectory() as scratch:
        for ending, number, data in cases(given.folders, given.seed):
            if time.monotonic() > until:
                break
            path = Path(scratch) / f"case{ending}"
            path.write_bytes(data)
            started = time.monotonic()
            try:
                outcome = "read" if read(path, path.name, max_bytes=10**8, problems=[]) else "empty"
            except LoadError as error:
                said = str(error)
                broke = "cannot be read (" in said or "crashed" in said or "and was not" in said or "was ended" in said
                outcome = "broke its reader or budget" if broke else "refused in a line"
                if broke:
                    bad += 1
                    given.keep.mkdir(parents=True, exist_ok=True)
                    (given.keep / f"{number}{ending}").write_bytes(data)
                    print(f"{number}{ending}: {said[:200]}", flush=True)
            told[outcome] += 1
            worst = max(worst, (time.monotonic() - started, f"{number}{ending}"))
    print(
        f"{sum(told.values())} files: {', '.join(f'{n} {what}' for what, n in told.most_common())}; slowest {worst[0]:.1f} s ({worst[1]})"
    )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
