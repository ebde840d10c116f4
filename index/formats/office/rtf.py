"""Rich text (.rtf), by striprtf of the extra `formats`: paragraphs and the rows of tables."""

from __future__ import annotations

from itertools import groupby

from index.errors import LoadError
from index.formats.extract import Extract
from index.structure.blocks import Block, assemble
from index.structure.tables import plain_table


def read_rtf(data: bytes, source: str) -> list[Extract]:
    """One document. Raises `LoadError` for a file that is no rich text, and without striprtf."""
    try:
        from striprtf.striprtf import rtf_to_text
    except ImportError as error:
        raise LoadError(
            f"{source}: RTF files need striprtf, which is not installed. Install the extra: pip install 'footnote[formats]'."
        ) from error
    if not data.lstrip().startswith(b"{\\rtf"):
        raise LoadError(f"{source}: an RTF file must begin with '{{\\rtf', found {data[:12]!r}. Give it its real file ending.")
    try:
        text = rtf_to_text(data.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, IndexError, KeyError, AttributeError) as error:
        raise LoadError(f"{source}: must be readable rich text, found it broken ({str(error)[:80]}). Save it again.") from error
    blocks: list[Block] = []
    # striprtf gives the cells of a row on one line, each closed by a bar.
    for is_row, lines in groupby(text.split("\n"), key=lambda line: line.rstrip().endswith("|")):
        if is_row:
            blocks += plain_table([line.rstrip().removesuffix("|").split("|") for line in lines])
        else:
            blocks += [Block(" ".join(line.split())) for line in lines]
    made = assemble(blocks)
    return [Extract(text=made.text, format="rtf", identity=data, blocks=made.blocks)]
