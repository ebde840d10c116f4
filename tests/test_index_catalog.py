"""The catalog: what goes in comes out, nothing hidden shows, BM25 takes any text, threads read side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.catalog.inventory import FileRow
from index.catalog.reader import Catalog
from index.catalog.tables import FILE_NAME, open_for_reading, read_meta
from index.catalog.writer import CatalogWriter, Staged
from index.errors import IndexMismatch, NoIndex, StoreError
from index.schema import Document, Published, Span
from index.structure.chunk import chunk_document
from index.text.terms import MAX_TERMS, query_words
from tests.fakes import word_tokenizer

ODD = Document(
    source="папка/한국 'quoted\".txt",
    text='Home | News\r\n\r\nDoosan builds a plant in Turkistan.\tCafé résumé. \x00 "Quoted" 한국 기업. 👩‍👩‍👧‍👦\n',
    format="html",
    content_hash="h",
    title="O'Neil; DROP TABLE",
    author="김",
    publisher="Tengri",
    published=Published("2024-06-01", "month", "byline"),
    language="en",
    pages=(Span(0, 10, "1"), Span(10, 40, "2")),
    boilerplate=(Span(0, 11, "menu"),),
    blocks=(Span(12, 20, "heading 1"), Span(21, 30, "pair")),
)


def add(writer: CatalogWriter, documents: Sequence[Document], *, publish: bool = True, dying: Sequence[int] = ()) -> None:
    row = FileRow("/r/f", "/r", "f", 1, 1, 1, 1, "h", "r")
    file = writer.file_id(row)
    staged = []
    for document in documents:
        chunks = chunk_document(document, word_tokenizer(), 12)
        staged.append((file, Staged(document, chunks, [f"k-{c.id}" for c in chunks], "fp", b"s")))
    writer.stage(staged, [row], [], dying)
    if publish:
        writer.publish({"vectors": "v1"})
        writer.purge(hidden=True)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[CatalogWriter]:
    made = CatalogWriter(tmp_path)
    yield made
    made.close()


@pytest.fixture
def catalog(tmp_path: Path, writer: CatalogWriter) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / FILE_NAME)
    yield opened
    opened.close()


def plain(source: str, text: str, date: str | None = None, precision: str = "day") -> Document:
    published = Published(date, precision, "text") if date else Published()  # type: ignore[arg-type]
    return Document(source, text, "text", source, published=published)


def test_a_document_comes_back_as_it_went_in(writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [ODD])
    assert catalog.document(ODD.source) == ODD
    assert catalog.text_of(ODD.source) == ODD.text
    info = catalog.documents()[0]
    assert (info.source, info.title, info.author, info.publisher, info.published) == (
        ODD.source, ODD.title, ODD.author, ODD.publisher, ODD.published,
    )  # fmt: skip
    assert (info.language, info.format, info.characters) == ("en", "html", len(ODD.text))
    chunks = catalog.chunks_of(ODD.source)
    assert chunks == chunk_document(ODD, word_tokenizer(), 12)
    assert info.chunks == len(chunks)
    assert catalog.chunks([c.id for c in chunks] + ["absent"]) == {c.id: c for c in chunks}


def test_staged_documents_show_only_once_published(writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [ODD], publish=False)
    assert catalog.document(ODD.source) is None
    assert catalog.documents() == []
    assert catalog.bm25("Doosan", 5) == []
    assert catalog.counts().documents == catalog.counts().chunks == 0
    writer.publish({})
    assert len(catalog.bm25("Doosan", 5)) == 1


def test_hidden_documents_are_gone_at_once_from_every_view(writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [ODD])
    ids = [c.id for c in catalog.chunks_of(ODD.source)]
    keys = [f"k-{id}" for id in ids]
    assert catalog.chunks_by_vector(keys) == {f"k-{id}": [id] for id in ids}
    writer.hide(changed=[1])
    assert catalog.chunks(ids) == catalog.chunks_by_vector(keys) == {}
    assert catalog.chunks_of(ODD.source) == catalog.bm25("Doosan", 5) == catalog.documents() == []
    with pytest.raises(StoreError, match="no document"):
        catalog.text_of(ODD.source)


def test_a_replaced_document_stays_until_its_successor_shows(writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [plain("a", "Old words.")])
    add(writer, [plain("a", "New words.")], publish=False, dying=[1])
    assert catalog.text_of("a") == "Old words."
    writer.publish({})
    assert catalog.text_of("a") == "New words."
    assert len(catalog.documents()) == len(catalog.bm25("words", 9)) == 1


def test_recovery_drops_what_was_staged_and_keeps_what_was_shown(writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [plain("a", "Old words.")])
    add(writer, [plain("a", "New words."), plain("b", "More.")], publish=False, dying=[1])
    writer.recover()
    writer.publish({})
    assert [d.source for d in catalog.documents()] == ["a"]
    assert catalog.text_of("a") == "Old words."
    known = writer.known_files().at("/r/f")
    assert known is not None and known.hash == ""


def test_purged_text_leaves_the_catalog(writer: CatalogWriter) -> None:
    add(writer, [ODD])
    writer.hide(removed=[1])
    writer.purge(hidden=True)
    for table in ("documents", "texts", "chunks", "passages", "files"):
        assert writer.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


def test_bm25_prefers_the_rarer_word_and_breaks_ties_by_id(writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [plain(f"d{i}", "Trade grew again.") for i in range(5)] + [plain("rare", "Hydrogen trade grew.")])
    found = catalog.bm25("hydrogen trade", 10)
    chunks = catalog.chunks([id for id, _ in found])
    assert chunks[found[0][0]].source == "rare"
    assert found[0][1] > found[1][1]
    tied = [id for id, _ in found[1:]]
    assert tied == sorted(tied)
    assert len(catalog.bm25("trade", 3)) == 3


def test_bm25_ignores_case_accents_and_endings(writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [plain("a", "The Café was building plants."), plain("b", "Казахстан подписал.")])
    for query in ("cafe", "CAFÉ", "builds", "plant"):
        assert [catalog.chunks([id])[id].source for id, _ in catalog.bm25(query, 5)] == ["a"]
    assert len(catalog.bm25("казахстан", 5)) == 1


def test_a_title_s_words_are_words_of_every_chunk(writer: CatalogWriter, catalog: Catalog) -> None:
    long = " ".join(["Body words."] * 30)
    add(writer, [replace(plain("a", long), title="Hydrogen"), plain("b", "Hydrogen words."), plain("c", "Others.")])
    found = catalog.bm25("hydrogen", 50)
    chunks = catalog.chunks([id for id, _ in found])
    assert len(found) > 3
    assert [chunks[id].source for id, _ in found] == ["b", *"a" * (len(found) - 1)]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, {"day", "month", "year", "undated"}),
        ("2023-06-15", None, {"day", "month", "year"}),
        ("2023-07-01", None, {"year"}),
        (None, "2023-06-14", {"month", "year"}),
        (None, "2022-12-31", set()),
        ("2023-06-15", "2023-06-15", {"day", "month", "year"}),
        ("2024-01-01", None, set()),
    ],
)
def test_dates_filter_by_what_a_publication_date_may_mean(
    writer: CatalogWriter, catalog: Catalog, since: str | None, until: str | None, expected: set[str]
) -> None:
    dated = [("day", "2023-06-15", "day"), ("month", "2023-06-01", "month"), ("year", "2023-01-01", "year")]
    add(writer, [plain(s, "Words.", date, precision) for s, date, precision in dated] + [plain("undated", "Words.")])
    found = [id for id, _ in catalog.bm25("words", 9, since=since, until=until)]
    assert {chunk.source for chunk in catalog.chunks(found).values()} == expected
    keys = [f"k-{id}" for id, _ in catalog.bm25("words", 9)]
    assert {key for key in catalog.chunks_by_vector(keys, since=since, until=until)} == {f"k-{id}" for id in found}
    assert catalog.share(since, until) == (len(expected), 4)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.one_of(
        st.text(max_size=60), st.sampled_from(['"', "a AND", "NEAR(a b)", "text:x", "a*", "^a", "-a", "((", "OR", "x" * 100_000])
    )
)
def test_any_query_is_safe(writer: CatalogWriter, catalog: Catalog, query: str) -> None:
    if not catalog.documents():
        add(writer, [ODD, plain("b", "x OR a AND row 7 text first")])
    known = {chunk.id for source in (ODD.source, "b") for chunk in catalog.chunks_of(source)}
    assert {id for id, _ in catalog.bm25(query, 5)} <= known


def test_query_terms() -> None:
    assert query_words("Which Korean firms are building Korean plants?") == ["korean", "firms", "building", "plants"]
    assert query_words("who are they") == ["who", "are", "they"]
    assert query_words("?!") == []
    assert len(query_words(" ".join(f"w{i}" for i in range(500)))) == MAX_TERMS


def test_many_threads_read_while_one_writes(writer: CatalogWriter, catalog: Catalog) -> None:
    def read(n: int) -> int:
        return sum(len(catalog.bm25("words", 100)) >= 0 and len(catalog.documents()) for _ in range(20))

    with ThreadPoolExecutor(6) as pool:
        reads = [pool.submit(read, n) for n in range(6)]
        for n in range(10):
            add(writer, [plain(f"d{n}", f"Words {n}.")])
        assert all(read.result() >= 0 for read in reads)
    assert catalog.counts().documents == 10


def test_more_ids_than_one_statement_takes(writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [ODD])
    ids = [c.id for c in catalog.chunks_of(ODD.source)]
    keys = [*(f"x{i}" for i in range(3000)), *(f"k-{id}" for id in ids)]
    assert set(catalog.chunks_by_vector(keys, since="2024-06-30")) == {f"k-{id}" for id in ids}


def test_bm25_within_dates_is_bm25_of_all_without_the_others(
    writer: CatalogWriter, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.catalog.search._SPARE", 1)
    texts = [f"Trade {'grew ' * (n % 5)}by {n} per cent." for n in range(60)]
    add(writer, [plain(f"d{n}", text, f"2024-{n % 12 + 1:02}-01", "month" if n % 7 else "year") for n, text in enumerate(texts)])
    every = catalog.bm25("trade grew", 60)
    assert len(every) == 60
    for since, until in [("2024-11-01", None), (None, "2024-01-31"), ("2024-03-01", "2024-09-30"), ("2024-06-01", "2024-06-30")]:
        inside = {id for ids in catalog.chunks_by_vector([f"k-{id}" for id, _ in every], since=since, until=until).values() for id in ids}
        expected = [(id, score) for id, score in every if id in inside]
        assert 0 < len(expected) < 60
        for limit in (1, 7, 60):
            assert catalog.bm25("trade grew", limit, since=since, until=until) == expected[:limit]
    assert catalog.bm25("trade grew", 5, since="2030-01-01") == []


def test_absent_damaged_and_foreign_catalogs_are_told_apart(tmp_path: Path, writer: CatalogWriter) -> None:
    with pytest.raises(NoIndex, match="footnote index FOLDER --db"):
        open_for_reading(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / FILE_NAME).touch()
    with pytest.raises(NoIndex):
        open_for_reading(tmp_path / "empty")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / FILE_NAME).write_bytes(b"not a database " * 1000)
    with pytest.raises(StoreError, match="SQLite"):
        open_for_reading(tmp_path / "broken")
    writer.set_meta({"layout": "0"})
    with pytest.raises(IndexMismatch, match="layout"):
        open_for_reading(tmp_path)


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [plain("a", "Old words.")])
    pages = writer.db.execute("PRAGMA page_count").fetchone()[0]
    writer.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=r"full.*Free space"):
        add(writer, [plain(f"b{i}", "New words. " * 500) for i in range(20)])
    assert [d.source for d in catalog.documents()] == ["a"]
    assert catalog.text_of("a") == "Old words."


def test_a_snapshot_keeps_what_it_saw_first(writer: CatalogWriter, catalog: Catalog) -> None:
    add(writer, [plain("a", "Old words.")])
    with catalog.snapshot():
        assert catalog.text_of("a") == "Old words."
        writer.hide(changed=[1])
        with catalog.snapshot():
            assert catalog.text_of("a") == "Old words."
        assert len(catalog.bm25("words", 5)) == 1
    assert catalog.document("a") is None


def test_counts_are_taken_again_only_after_somebody_wrote(writer: CatalogWriter, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    add(writer, [plain("a", "Words.")])
    assert catalog.counts().documents == 1
    with monkeypatch.context() as patched:
        patched.setattr("index.catalog.search.count", lambda rows: pytest.fail("counted again"))
        assert catalog.counts().documents == 1
    add(writer, [plain("b", "Words.")])
    assert catalog.counts().documents == 2
    writer.hide(changed=[1])  # the file of both
    assert catalog.counts().documents == 0


def test_facts_are_set_all_or_none(tmp_path: Path, writer: CatalogWriter) -> None:
    with pytest.raises(StoreError):
        writer.set_meta({"embedder": "e", "dim": None})  # type: ignore[dict-item]
    assert "embedder" not in read_meta(writer.db)
