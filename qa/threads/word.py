"""A conversation as a Word file, with real footnotes: what Office Open XML needs of parts and elements, and no more.

Text of documents goes in as text nodes, without control characters. Knows answers, nothing of where they are kept.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]
from lxml.builder import ElementMaker  # type: ignore[import-untyped]

from index.screen.plain import for_terminal
from qa.retrieve.dedup import ONE_VOICE, shared, with_sources
from qa.schema import Answer, Citation
from qa.write.markdown import cited_place, conflict_line

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_MARK = re.compile(r"\[(\d+)\]")
w = ElementMaker(namespace=_W, nsmap={"w": _W})
Element = Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with the lines of its answer, which carry [n], what stands below them, and the footnotes by number."""

    question: str
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    nearest: tuple[Citation, ...]
    citations: dict[int, Citation]

    @classmethod
    def of(cls, answer: Answer) -> Exchange:
        """What is written of an answer."""
        told = {conflict.note for conflict in answer.conflicts}
        lines = tuple(line for line in with_sources(answer).splitlines() if line.strip() and line not in told)
        notes = [*(conflict_line(conflict) for conflict in answer.conflicts), *([ONE_VOICE] if shared(answer) else [])]
        nearest = tuple(answer.related) if answer.abstained else ()
        return cls(answer.question, lines, tuple(notes), nearest, {citation.n: citation for citation in answer.citations})


def word_file(title: str, exchanges: Sequence[Exchange]) -> bytes:
    """The whole file, readable by Word, LibreOffice and others."""
    notes = _Notes()
    body = [_paragraph([_run(title)], "Title", title)]
    for number, exchange in enumerate(exchanges):
        body.append(_paragraph([_run(exchange.question)], "Heading1", exchange.question))
        for line in (*exchange.lines, *exchange.notes):
            item = re.match(r"\s*[-•*]\s+", line)
            text = line[item.end() :] if item else line
            body.append(_paragraph(list(_with_notes(text, number, exchange, notes)), "ListBullet" if item else None, text))
        for citation in exchange.nearest:
            near = f"{cited_place(citation)}: “{' '.join(citation.quote.split())}”"
            body.append(_paragraph([_run(near)], "ListBullet", near))
    section = w.sectPr(w.pgSz(_w(w=11906, h=16838)), w.pgMar(_w(top=1418, right=1418, bottom=1418, left=1418)))
    return _zipped(
        {
            "word/document.xml": w.document(w.body(*body, section)),
            "word/footnotes.xml": w.footnotes(*notes.elements),
            "word/styles.xml": _styles(),
            "word/numbering.xml": _bullets(),
        }
    )


class _Notes:
    """The footnotes of the file; one that is named again is referred to, not repeated."""

    def __init__(self) -> None:
        self.elements: list[Element] = [
            w.footnote(_w(type="separator", id=-1), w.p(w.r(w.separator()))),
            w.footnote(_w(type="continuationSeparator", id=0), w.p(w.r(w.continuationSeparator()))),
        ]
        self._numbers: dict[tuple[int, int], int] = {}

    def mark(self, exchange: int, citation: Citation) -> list[Element]:
        """What stands in the text for a footnote."""
        high = w.rPr(w.rStyle(_w(val="FootnoteReference")))
        key = (exchange, citation.n)
        if (number := self._numbers.get(key)) is not None:
            return [w.fldSimple(_w(instr=f" NOTEREF _Note{number} \\h "), w.r(high, w.t(str(number))))]
        number = self._numbers[key] = len(self._numbers) + 1
        before, short, after = (" ".join(_clean(part).split("\n")) for part in citation.parts)
        place = f" {cited_place(citation)}: “"
        text = [_run(place), _run(before), _run(short, bold=True), _run(f"{after}”")]
        own = w.r(w.rPr(w.rStyle(_w(val="FootnoteReference"))), w.footnoteRef())
        self.elements.append(w.footnote(_w(id=number), _paragraph([own, *text], "FootnoteText", citation.quote)))
        mark = {"id": str(number), "name": f"_Note{number}"}
        return [w.bookmarkStart(_w(**mark)), w.r(high, w.footnoteReference(_w(id=number))), w.bookmarkEnd(_w(id=number))]


def _with_notes(line: str, number: int, exchange: Exchange, notes: _Notes) -> Iterator[Element]:
    pieces = _MARK.split(line)
    known = [odd % 2 == 1 and int(piece) in exchange.citations for odd, piece in enumerate(pieces)]
    for odd, piece in enumerate(pieces):
        if known[odd]:
            yield from notes.mark(number, exchange.citations[int(piece)])
        elif odd % 2:
            yield _run(f"[{piece}]")
        elif piece:  # a footnote stands at its word, without a space before it
            yield _run(piece.rstrip() if odd + 1 < len(pieces) and known[odd + 1] else piece)


def _paragraph(content: Sequence[Element], style: str | None, text: str) -> Element:
    """A paragraph, from right to left where its text is."""
    right = next((kind in ("R", "AL") for c in text if (kind := unicodedata.bidirectional(c)) in ("L", "R", "AL")), False)
    about = w.pPr(*([w.pStyle(_w(val=style))] if style else []), *([w.bidi()] if right else []))
    if right:
        for run in content:
            run.insert(0, w.rPr(w.rtl())) if run.tag == f"{{{_W}}}r" and run.find(f"{{{_W}}}rPr") is None else None
    return w.p(about, *content)


def _run(text: str, bold: bool = False) -> Element:
    content = w.t(_clean(text))
    content.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return w.r(w.rPr(w.b()), content) if bold else w.r(content)


def _clean(text: str) -> str:
    """Without control characters and what XML cannot hold."""
    return re.sub(r"[\ud800-\udfff\ufffe\uffff]", "\ufffd", for_terminal(text))


def _styles() -> Element:
    def style(name: str, label: str, kind: str = "paragraph", *more: Element) -> Element:
        return w.style(_w(type=kind, styleId=name), w.name(_w(val=label)), *more)

    def font(points: float, *more: Element) -> Element:
        return w.rPr(*more, w.sz(_w(val=round(2 * points))))

    def space(before: int, after: int) -> Element:
        return w.spacing(_w(before=20 * before, after=20 * after))

    base = w.docDefaults(w.rPrDefault(font(11)), w.pPrDefault(w.pPr(w.spacing(_w(after=120, line=276, lineRule="auto")))))
    bullet = w.numPr(w.ilvl(_w(val=0)), w.numId(_w(val=1)))
    return w.styles(
        base,
        style("Normal", "Normal"),
        style("Title", "Title", "paragraph", w.pPr(space(0, 12)), font(20, w.b())),
        style("Heading1", "heading 1", "paragraph", w.pPr(w.keepNext(), space(18, 6), w.outlineLvl(_w(val=0))), font(14, w.b())),
        style("ListBullet", "List Bullet", "paragraph", w.pPr(bullet)),
        style("FootnoteText", "footnote text", "paragraph", w.pPr(w.spacing(_w(after=40, line=240, lineRule="auto"))), font(9)),
        style("FootnoteReference", "footnote reference", "character", w.rPr(w.vertAlign(_w(val="superscript")))),
    )


def _bullets() -> Element:
    level = w.lvl(
        _w(ilvl=0), w.start(_w(val=1)), w.numFmt(_w(val="bullet")), w.lvlText(_w(val="•")), w.pPr(w.ind(_w(left=360, hanging=360)))
    )
    return w.numbering(w.abstractNum(_w(abstractNumId=0), level), w.num(_w(numId=1), w.abstractNumId(_w(val=0))))


def _zipped(parts: dict[str, Element]) -> bytes:
    """The parts with the lists of them that the package needs."""
    kinds = {name: name.removeprefix("word/").removesuffix(".xml") for name in parts}
    types = ElementMaker(namespace=f"{_PACKAGE}/content-types", nsmap={None: f"{_PACKAGE}/content-types"})
    listed = types.Types(
        types.Default(Extension="rels", ContentType="application/vnd.openxmlformats-package.relationships+xml"),
        *(
            types.Override(PartName=f"/{name}", ContentType=f"{_PARTS}.{'document.main' if kind == 'document' else kind}+xml")
            for name, kind in kinds.items()
        ),
    )
    whole = {
        "[Content_Types].xml": listed,
        "_rels/.rels": _relations({"officeDocument": "word/document.xml"}),
        "word/_rels/document.xml.rels": _relations({kind: f"{kind}.xml" for kind in kinds.values() if kind != "document"}),
        **parts,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, element in whole.items():
            package.writestr(name, etree.tostring(element, xml_declaration=True, encoding="UTF-8", standalone=True))
    return file.getvalue()


def _relations(targets: dict[str, str]) -> Element:
    r = ElementMaker(namespace=f"{_PACKAGE}/relationships", nsmap={None: f"{_PACKAGE}/relationships"})
    return r.Relationships(
        *(r.Relationship(Id=f"r{n}", Type=f"{_OFFICE}/{kind}", Target=target) for n, (kind, target) in enumerate(targets.items(), 1))
    )


def _w(**values: object) -> dict[str, str]:
    """Attributes in Word's namespace."""
    return {f"{{{_W}}}{name}": str(value) for name, value in values.items()}
