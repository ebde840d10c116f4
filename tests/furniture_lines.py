"""Line labels of furniture for the tests: read them, and count what `find_boilerplate` makes of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.formats.load import complete
from index.formats.text import read_markdown
from index.schema import Span
from index.text.lines import read_rows

HERE = Path(__file__).parent
CORPORA = {"seeds": HERE.parents[1] / "shared" / "corpus" / "seeds", "examples": HERE.parent / "examples" / "kazakhstan-korea"}


@dataclass(frozen=True)
class Labelled:
    """A text with a kind for each line: F furniture, N either way (title, date line), S sentence."""

    source: str
    text: str
    kinds: dict[int, str]  # offset of the first character of a line -> kind


@dataclass
class Count:
    """Lines found and missed; `missed` and `lost` hold the lines for the message of a failing test."""

    boilerplate: int = 0
    found: int = 0
    sentences: int = 0
    missed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / max(self.boilerplate, 1)

    @property
    def precision(self) -> float:
        return self.found / max(self.found + len(self.lost), 1)

    @property
    def lost_share(self) -> float:
        return len(self.lost) / max(self.sentences, 1)

    def add(self, labelled: Labelled, spans: Sequence[Span]) -> None:
        for row in read_rows(labelled.text):
            marked = any(span.start <= row.start < span.end for span in spans)
            kind = labelled.kinds[row.start]
            self.boilerplate += kind == "F"
            self.sentences += kind == "S"
            self.found += kind == "F" and marked
            if kind == "F" and not marked:
                self.missed.append(f"{labelled.source}: {row.text[:60]}")
            if kind == "S" and marked:
                self.lost.append(f"{labelled.source}: {row.text[:60]}")


def furniture_of(labelled: Labelled) -> tuple[Span, ...]:
    """The furniture that a loaded document carries."""
    extract = read_markdown(labelled.text.encode(), labelled.source)[0]
    return complete(extract, labelled.source).boilerplate


def corpus(name: str) -> Iterator[Labelled]:
    """The labelled files of `seeds` or `examples`; a file that changed since must be labelled again."""
    for line in (HERE / "data" / "furniture_labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        if label["corpus"] != name:
            continue
        data = (CORPORA[name] / label["source"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == label["sha256"], f"{label['source']} changed: label it again in furniture_labels.jsonl"
        text = data.decode()
        kinds = {row.start: "S" for row in read_rows(text)}
        for kind, key in (("F", "furniture"), ("N", "neutral")):
            for start in (row.start for row in read_rows(text) if text.count("\n", 0, row.start) + 1 in label[key]):
                kinds[start] = kind
        yield Labelled(label["source"], text, kinds)


def scrapes() -> Iterator[Labelled]:
    """Pages written for the tests, one label a line: `F|`, `N|`, `S|`, and `.` for a blank line."""
    for path in sorted((HERE / "data" / "scrapes").glob("*.txt")):
        kinds: dict[int, str] = {}
        text = ""
        for line in path.read_text().splitlines():
            if line != ".":
                kinds[len(text)] = line[0]
                text += line[2:]
            text += "\n"
        yield Labelled(path.name, text, kinds)


def main() -> None:
    """Print lines found and sentences lost for each set of labelled texts: `python -m tests.furniture_lines`."""
    sets = {name: corpus(name) for name, folder in CORPORA.items() if folder.is_dir()}
    print(f"{'texts':12}{'furniture':>10}{'recall':>8}{'precision':>10}{'sentences':>10}{'lost':>6}")
    for name, pages in {**sets, "scrapes": scrapes()}.items():
        total = Count()
        for page in pages:
            total.add(page, furniture_of(page))
        print(f"{name:12}{total.furniture:10}{total.recall:8.3f}{total.precision:10.3f}{total.sentences:10}{len(total.lost):6}")


if __name__ == "__main__":
    main()
