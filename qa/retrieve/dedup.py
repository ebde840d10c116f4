"""How many independent sources stand behind each statement, and which near-copies a cited document has.

Near-copies, versions and documents of one publisher are one voice, however many footnotes they give. Knows what the catalog says of
documents; knows nothing of how copies are told (`index.sync.dedup`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from index.catalog.reader import Catalog, DocumentInfo
from index.dates.versions import later_versions
from qa.schema import MOST_COPIES, Answer, Citation, Claim

_MARKS = re.compile(r"(?:\[\d+\])+$")
_WORD = re.compile(r"[^\W_]+")
NO_VERSIONS: Mapping[str, str] = MappingProxyType({})
NAMED = 3  # near-copies that a footnote names; the rest is counted
ONE_VOICE = "Near-copies, versions and documents of one publisher count as one source."


def independent(documents: Iterable[DocumentInfo], later: Mapping[str, str] = NO_VERSIONS) -> int:
    """Number of voices among documents: those of one cluster of near-copies, of one publisher, or with one latest version (`later`, by
    source) share a voice."""
    voices: list[set[tuple[str, str]]] = []
    for document in documents:
        marks = {("cluster", str(document.cluster)), ("version", later.get(document.source, document.source))}
        if document.publisher and document.publisher.strip():
            marks.add(("publisher", " ".join(document.publisher.casefold().split())))
        same = [voice for voice in voices if voice & marks]
        voices = [*(voice for voice in voices if not voice & marks), marks.union(*same)]
    return len(voices)


def count_sources(
    catalog: Catalog, claims: Sequence[Claim], citations: Sequence[Citation], replaced: Mapping[str, str] = NO_VERSIONS
) -> tuple[list[Claim], list[Citation]]:
    """Claims with their number of independent sources, citations with the near-copies that hold their quotes and the later versions of
    their documents. What another document corrects (`replaced`) is marked where both are cited: only then is it known to be about the
    same."""
    sources = list(dict.fromkeys(c.source for c in citations))
    later = {old: new for old, new in replaced.items() if new in sources} | later_versions(catalog)
    dated = [c.model_copy(update={"later_version": later.get(c.source)}) for c in citations]
    return counted(claims, citations, catalog.infos(sources), later), copied(dated, catalog.copies(sources, MOST_COPIES), catalog.text_of)


def counted(
    claims: Sequence[Claim], citations: Sequence[Citation], infos: Mapping[str, DocumentInfo], later: Mapping[str, str] = NO_VERSIONS
) -> list[Claim]:
    """The claims with the number of independent sources that each cites; `later` as in `independent`."""
    source = {citation.n: citation.source for citation in citations}
    return [
        claim.model_copy(update={"sources": independent((infos[s] for s in {source[n] for n in claim.citations} if s in infos), later)})
        for claim in claims
    ]


def copied(citations: Sequence[Citation], copies: Mapping[str, Sequence[str]], text_of: Callable[[str], str]) -> list[Citation]:
    """The citations with those near-copies of their documents (`copies`, by source) that hold the quoted words: a reply repeats the mail
    before it, but its new sentence stands in it alone."""
    return [c.model_copy(update={"copies": [s for s in copies.get(c.source, ()) if holds(text_of(s), c.quote)]}) for c in citations]


def holds(text: str, quote: str) -> bool:
    """Whether the words of a quote stand in a text one after the other, whatever their case and whatever stands between them."""
    words = r"[\W_]+".join(map(re.escape, _WORD.findall(quote)))
    return bool(words) and re.search(rf"(?<![^\W_]){words}(?![^\W_])", text, re.IGNORECASE) is not None


def sources_note(documents: int, sources: int) -> str:
    """What stands behind the marks of a statement with footnotes to several documents: "(2 independent sources)"; else nothing."""
    if documents < 2 or sources < 1:
        return ""
    return f"({sources} independent source{'' if sources == 1 else 's'})"


def with_sources(answer: Answer) -> str:
    """The answer's text with the number of independent sources behind each statement with footnotes to several documents.

    Marks and lines stay as they are: only what `told` says is put at the end of a line.
    """
    source = {citation.n: citation.source for citation in answer.citations}
    said = {
        "".join(f"[{n}]" for n in claim.citations): sources_note(len({source.get(n, n) for n in claim.citations}), claim.sources)
        for claim in answer.claims
    }
    lines = []
    for line in answer.answer.split("\n"):
        marks = _MARKS.search(line)
        count = said.get(marks.group(), "") if marks else ""
        lines.append(f"{line} {count}" if count else line)
    return "\n".join(lines)


def kin_line(citation: Citation) -> str:
    """ "later version: c.txt; near-copies: b.txt, d.txt and 2 more" for a footnote whose document has some; else nothing."""
    later = f"later version: {citation.later_version}" if citation.later_version else ""
    return "; ".join(filter(None, (later, _copies(citation))))


def _copies(citation: Citation) -> str:
    if not citation.copies:
        return ""
    more = len(citation.copies) - NAMED
    names = ", ".join(citation.copies[:NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"near-cop{'y' if len(citation.copies) == 1 else 'ies'}: {names}"


def shared(answer: Answer) -> bool:
    """Whether some statement has footnotes to more documents than voices, which wants a word of explanation."""
    source = {c.n: c.source for c in answer.citations}
    return any(claim.sources and len({source.get(n) for n in claim.citations}) > claim.sources for claim in answer.claims)
