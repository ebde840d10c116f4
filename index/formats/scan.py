"""Pictures of pages (scans, photographs, faxes) to text, by text recognition. Each frame of a picture is a page of the document."""

from __future__ import annotations

import io
import warnings

from index.errors import LoadError, NotRead, Remark
from index.formats.extract import Extract
from index.formats.pdf import ocr
from index.formats.pdf.layout import Rules
from index.formats.pdf.pages import Page, arranged

MOST_PIXELS = 100_000_000  # of a frame; larger ones unpack to more memory than a page is worth


def read_scan(data: bytes, source: str, problems: list[LoadError] | None = None) -> list[Extract]:
    """One document with a page span a frame; how sure the recognition is goes to `problems`.

    Raises `LoadError` for a broken or vast picture, `NotRead` for one without words.
    """
    from PIL import Image, ImageOps

    pages: list[Page] = []
    sure: dict[str, float] = {}
    unknown: dict[str, int] = {}
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as picture:  # of damage: it is told once
            frames = getattr(picture, "n_frames", 1)
            for number in range(min(frames, ocr.MOST_PAGES)):
                picture.seek(number)
                if picture.width * picture.height > MOST_PIXELS:
                    rule = f"a picture must have at most {MOST_PIXELS // 1_000_000} million pixels, got {picture.width} x {picture.height}"
                    raise LoadError(f"{source}: {rule}. Scan it at 300 dots an inch or less.")
                found = ocr.recognise(ImageOps.exif_transpose(picture.convert("RGB")), ocr.POINTS)
                pages.append(Page(found.words, [], Rules(), scanned=not found.words))
                unknown[str(number + 1)] = found.unknown
                if found.words:
                    sure[str(number + 1)] = found.confidence
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise LoadError(f"{source}: must be a readable picture, found a broken one ({str(error)[:120]}). Save it again.") from error
    if not sure and any(unknown.values()):
        raise NotRead(f"{source}: the picture was not read: its text is {ocr.UNKNOWN}.")
    if not sure:
        raise NotRead(f"{source}: no text was recognised on this picture. If it shows some, scan it again more sharply.")
    if problems is not None:
        problems.append(Remark(ocr.tell(source, sure, [str(number) for number in range(ocr.MOST_PAGES + 1, frames + 1)], unknown)))
    made = arranged(pages)
    several = frames > 1
    return [
        Extract(
            text=made.text,
            format="picture",
            identity=data,
            pages=made.pages if several else (),
            boilerplate=made.boilerplate,
            blocks=made.blocks,
        )
    ]
