"""What the loader gives for files that the tests have, as digests beside its version: `python -m tests.loader_digest` notes them.

A changed digest under an unchanged version would leave indexes with documents that the loader no longer gives.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from index.formats import load

HERE = Path(__file__).parent
NOTED = HERE / "data" / "loader_version.json"
FOLDERS = (HERE.parent / "examples" / "kazakhstan-korea", HERE / "data" / "scrapes")


def digests() -> dict[str, str]:
    """File name and digest of its content -> digest of its documents."""
    found = {}
    for path in (path for folder in FOLDERS for path in sorted(folder.iterdir()) if load.is_readable(path.name)):
        documents = load.load_file(path, path.name, max_bytes=10_000_000)
        content = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        found[f"{path.name} {content}"] = hashlib.sha256(repr([asdict(document) for document in documents]).encode()).hexdigest()[:16]
    return found


if __name__ == "__main__":
    NOTED.write_text(json.dumps({"version": load.VERSION, "digests": digests()}, indent=1) + "\n", encoding="utf-8")
