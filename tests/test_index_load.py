from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import LoadError, UsageError
from index.formats import load as loader
from index.formats.find import discover, unread
from index.formats.load import load_file
from index.formats.text import decode
from index.schema import Document, Published
from tests import loader_digest

LIMIT = 5_000_000
RUSSIAN = "Компания построит завод в Астане. Стоимость проекта составляет сорок миллионов долларов, сообщили в министерстве.\n"
KOREAN = "한국 기업이 카자흐스탄에 공장을 건설한다. 투자 금액은 사천만 달러라고 산업부가 밝혔다.\n"


def load(folder: Path, name: str, data: bytes, limit: int = LIMIT) -> list[Document]:
    path = folder / name
    path.write_bytes(data)
    return load_file(path, name, max_bytes=limit)


def one(folder: Path, name: str, data: bytes) -> Document:
    documents = load(folder, name, data)
    assert len(documents) == 1
    return documents[0]


def refusal(folder: Path, name: str, data: bytes, limit: int = LIMIT) -> str:
    with pytest.raises(LoadError) as caught:
        load(folder, name, data, limit)
    message = str(caught.value)
    assert message.startswith(name) and "\n" not in message
    return message


# -- discover ----------------------------------------------------------------------------------------------------------


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")


def test_files_are_found_sorted_with_slashes_and_without_hidden_ones(tmp_path: Path) -> None:
    put(
        tmp_path, "b.txt", "a/z.md", "a/Ünïcode 이름.txt", ".hidden.txt", ".footnote/catalog.txt", "a/.git/x.txt", "picture.gif", "noending"
    )
    assert [file.source for file in discover([tmp_path])] == ["a/z.md", "a/Ünïcode 이름.txt", "b.txt"]
    assert [file.path for file in discover([tmp_path])] == [tmp_path / "a/z.md", tmp_path / "a/Ünïcode 이름.txt", tmp_path / "b.txt"]


def test_a_single_file_is_kept_whatever_its_ending_so_that_its_trouble_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "picture.gif")
    found = discover([tmp_path / "picture.gif"])
    assert [(file.source, file.root) for file in found] == [("picture.gif", tmp_path)]


def test_patterns_choose(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "b.md", "news/c.txt")
    assert [file.source for file in discover([tmp_path], ["*.md", "news/*"])] == ["b.md", "news/c.txt"]


def test_links_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    put(tmp_path, "a/x.txt", "outside/y.txt")
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "a" / "alias.txt").symlink_to(tmp_path / "a" / "x.txt")
    (tmp_path / "a" / "dangling.txt").symlink_to(tmp_path / "nowhere.txt")
    assert [file.source for file in discover([tmp_path / "a"])] == ["dangling.txt", "out/y.txt", "x.txt"]


def test_a_folder_that_is_closed_is_reported_like_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("words")
    closed = tmp_path / "in" / "closed"
    closed.mkdir(parents=True)
    real = os.scandir

    def scandir(path: str | Path) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert [f.source for f in discover([tmp_path])] == ["a.txt", "in/closed"]
    with pytest.raises(LoadError, match=r"^in/closed: .*A folder is no document"):
        load_file(closed, "in/closed", max_bytes=LIMIT)
    if os.geteuid():  # root may open everything
        closed.chmod(0)
        with pytest.raises(LoadError, match=r"got Permission denied\. Check its permissions\.$"):
            load_file(closed, "in/closed", max_bytes=LIMIT)
        closed.chmod(0o755)


def test_a_file_given_twice_is_found_once(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "sub/b.txt")
    assert [file.source for file in discover([tmp_path, tmp_path / "sub", tmp_path / "a.txt"])] == ["a.txt", "sub/b.txt"]


def test_two_roots_with_the_same_source_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "one/a.txt", "two/a.txt")
    with pytest.raises(UsageError, match=r"both 'a\.txt'"):
        discover([tmp_path / "one", tmp_path / "two"])


@pytest.mark.parametrize("make", [False, True])
def test_no_such_path_and_an_empty_folder_are_wrong_usage(tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "empty"
    if make:
        folder.mkdir()
    with pytest.raises(UsageError, match="must hold a readable file" if make else "must exist"):
        discover([folder])


# -- text --------------------------------------------------------------------------------------------------------------


def test_plain_text_is_stored_as_it_is(tmp_path: Path) -> None:
    text = "A title\r\n\r\n\tTabs, trailing blanks   \r\n😀 Ünï ‐ 한글 e\u0301\r\nno end of line"
    document = one(tmp_path, "a.txt", text.encode())
    assert document.text == text
    assert (document.source, document.format, len(document.content_hash)) == ("a.txt", "text", 64)


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    assert one(tmp_path, "a.txt", b"\xef\xbb\xbfHello there").text == "Hello there"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "koi8-r"])
def test_russian_encodings(tmp_path: Path, encoding: str) -> None:
    document = one(tmp_path, "a.txt", RUSSIAN.encode(encoding))
    assert document.text == RUSSIAN
    assert document.language in ("ru", None)  # None where lingua is not installed


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "euc-kr", "cp949"])
def test_korean_encodings(tmp_path: Path, encoding: str) -> None:
    assert one(tmp_path, "a.md", KOREAN.encode(encoding)).text == KOREAN


def test_western_code_page(tmp_path: Path) -> None:
    text = "Die Behörde prüft die Anträge für das größte Werk der Region. Über die Höhe der Förderung ist noch nicht entschieden.\n"
    assert one(tmp_path, "a.txt", text.encode("cp1252")).text == text


def test_a_few_damaged_bytes_in_utf8_do_not_change_the_encoding(tmp_path: Path) -> None:
    data = (RUSSIAN * 3).encode() + b"\xff"
    assert one(tmp_path, "a.txt", data).text == RUSSIAN * 3 + "\ufffd"


@settings(max_examples=60)
@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda t: not t.startswith("\ufeff") and t.strip())
)
def test_utf8_text_survives_unchanged(text: str) -> None:
    assert decode(text.encode(), "a.txt") == text


def test_binary_data_named_txt_is_refused(tmp_path: Path) -> None:
    for data in (bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + os.urandom(500), b"%PDF-1.4 ...", b"\x00\x01\x02\x03\xff" * 100):
        assert "binary data" in refusal(tmp_path, "a.txt", data)


@pytest.mark.parametrize("data", [b"", b"\n \t\r\n", b"\0\0\0"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "empty" in refusal(tmp_path, "a.txt", data)


def test_white_space_of_other_kinds_is_empty_too(tmp_path: Path) -> None:
    assert "only white space" in refusal(tmp_path, "a.txt", "\u00a0\u2003\n".encode())


def test_a_large_file_is_refused_with_the_limit(tmp_path: Path) -> None:
    assert "at most 0.001 MB" in refusal(tmp_path, "a.txt", b"x" * 2000, limit=1000)


def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    assert ".epub" in refusal(tmp_path, "a.gif", b"data")


def test_missing_folder_and_device_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="must be readable"):
        load_file(tmp_path / "gone.txt", "gone.txt", max_bytes=LIMIT)
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(LoadError, match="must be"):
        load_file(tmp_path / "folder.txt", "folder.txt", max_bytes=LIMIT)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    path.chmod(0)
    with pytest.raises(LoadError, match="Check its permissions"):
        load_file(path, "a.txt", max_bytes=LIMIT)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(LoadError, match="ordinary file"):
        load_file(tmp_path / "a.txt", "a.txt", max_bytes=LIMIT)


# -- Markdown and HTML -------------------------------------------------------------------------------------------------


def test_front_matter_gives_metadata_and_is_furniture(tmp_path: Path) -> None:
    text = '---\ntitle: "Plants"\nauthor: Ann Lee\npublisher: Steppe Herald\ndate: 2024-05-24\nlang: en\n---\n\n# Head\n\nText.\n'
    document = one(tmp_path, "a.md", text.encode())
    assert (document.title, document.author, document.publisher, document.language) == ("Plants", "Ann Lee", "Steppe Herald", "en")
    assert document.published == Published("2024-05-24", "day", "markup")
    assert document.text == text
    assert [document.text[f.start : f.end].splitlines()[0] for f in document.boilerplate] == ["---"]


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Plant opens | Steppe Herald</title>
<meta property="og:site_name" content="Steppe Herald"><meta name="author" content="Ann Lee">{meta}
<style>p{{color:red}}</style><script>var secret = "from the script";</script></head><body>
<nav><ul><li><a href="/">Front page</a></li><li><a href="/w">World pages</a></li></ul></nav>
<div class="cookie-banner">We use cookies. <button>Accept all</button></div>
<article><h1>Plant opens in Kostanay</h1>{byline}
<p>Kia opened a plant in Kostanay that will make 70,000 cars a year, the company said.</p>
<p hidden>hidden by attribute</p><p style="display: none">hidden by style</p>
<div aria-hidden="true">hidden from readers</div><!-- comment -->
<h2>Numbers</h2><ul><li>Cost: $200 million</li><li>Jobs: 1,500</li></ul>
<table><tr><th>Year</th><th>Cars</th></tr><tr><td>2025</td><td>30,000</td></tr><tr><td>2026</td><td>70,000</td></tr></table>
<p>The minister said that exports <b>will</b> follow.</p></article>
<aside><h3>Popular now</h3><ul><li><a href="/x">Tokens to replace cash</a></li></ul>
<time datetime="2031-01-01">1 January 2031</time></aside>
<footer>Steppe Herald, last updated 3 July 2025</footer></body></html>"""


def test_html_becomes_readable_text_without_what_is_hidden_or_around(tmp_path: Path) -> None:
    document = one(
        tmp_path, "a.html", PAGE.format(meta='<meta property="article:published_time" content="2024-06-14T22:00:00Z">', byline="").encode()
    )
    lines = document.text.splitlines()
    assert lines[0] == "Plant opens in Kostanay"
    for expected in ("Numbers", "- Cost: $200 million", "- Year: 2026 | Cars: 70,000", "The minister said that exports will follow."):
        assert expected in lines
    for absent in ("script", "hidden", "comment", "color", "cookies", "Front page", "Tokens", "2025-07", "last updated"):
        assert absent not in document.text
    assert (document.title, document.author, document.publisher, document.language) == (
        "Plant opens in Kostanay",
        "Ann Lee",
        "Steppe Herald",
        "en",
    )
    assert document.published == Published("2024-06-14", "day", "markup")


JSON_LD = '<script type="application/ld+json">{%s</script>'


@pytest.mark.parametrize(
    ("meta", "byline", "expected"),
    [
        ("", "", Published()),
        ("", '<p class="meta">By Ann Lee. Published on 21 June 2024.</p>', Published("2024-06-21", "day", "byline")),
        ("", '<p>By Ann Lee, <time datetime="2024-06-20">20 June</time></p>', Published("2024-06-20", "day", "markup")),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2024-06-11"}</script>',
            "",
            Published("2024-06-11", "day", "markup"),
        ),
        ('<script type="application/ld+json">{broken</script>', "", Published()),
        ('<meta name="date" content="soon">', "", Published()),
        ('<meta property="article:modified_time" content="2025-01-01">', "", Published()),
    ],
)
def test_html_dates_come_from_markup_or_byline_only(tmp_path: Path, meta: str, byline: str, expected: Published) -> None:
    assert one(tmp_path, "a.html", PAGE.format(meta=meta, byline=byline).encode()).published == expected


def test_html_with_a_declared_code_page(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="windows-1251"><title>Завод</title></head><body><p>{RUSSIAN}</p></body></html>'
    assert RUSSIAN.strip() in one(tmp_path, "a.htm", page.encode("cp1251")).text


def test_html_without_visible_text_is_refused(tmp_path: Path) -> None:
    assert "visible text" in refusal(tmp_path, "a.html", b"<html><body><script>x=1</script></body></html>")


def test_short_and_odd_html_keeps_its_text(tmp_path: Path) -> None:
    assert one(tmp_path, "a.html", b"<p>Just one sentence here.</p>").text == "Just one sentence here."
    assert "Tail of it" in one(tmp_path, "b.html", b"<div>Start<script>x</script> Tail of it</div>").text


def test_the_loader_version_is_raised_with_what_the_loader_gives() -> None:
    """An index reads a file again when the version of the loader changes, so a loader that gives something else needs another."""
    noted = json.loads(loader_digest.NOTED.read_text(encoding="utf-8"))
    now = loader_digest.digests()
    same_files = noted["digests"].keys() & now.keys()
    assert len(same_files) > 20, "the files of the tests have changed: run python -m tests.loader_digest"
    changed = sorted(name for name in same_files if noted["digests"][name] != now[name])
    assert not changed or noted["version"] != loader.VERSION, f"raise VERSION in index/formats/load.py: other documents from {changed[:3]}"
    assert noted["version"] == loader.VERSION, "run python -m tests.loader_digest, which notes what the new version gives"


def test_files_that_nothing_reads_are_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.txt", "sub/old.doc", "plan.dwg", "LICENCE", ".hidden.dwg"):
        (tmp_path / name).write_text("text")
    reasons = unread([tmp_path, tmp_path / "a.txt"])
    assert sorted(reasons) == ["LICENCE", "plan.dwg", "sub/old.doc"]
    assert reasons["sub/old.doc"] == "sub/old.doc: files ending in .doc are not read. Save it as .docx."
    assert "without an ending" in reasons["LICENCE"]


def test_entities_of_markdown_are_signs_save_in_code_and_comments_are_furniture(tmp_path: Path) -> None:
    source = "# Fees\n\n<!-- not yet -->\n\nA berth costs 12&nbsp;&euro; &amp; more, `&amp;` in code.\n\n"
    source += "```\n&lt;b&gt;\n```\n&unknown; stays.\n"
    document = one(tmp_path, "a.md", source.encode())
    assert "12\xa0€ & more, `&amp;` in code." in document.text
    assert "&lt;b&gt;" in document.text and "&unknown; stays." in document.text
    assert [document.text[span.start : span.end] for span in document.boilerplate] == ["<!-- not yet -->"]


def test_a_table_has_the_date_of_its_file_name_or_of_a_line_above_it(tmp_path: Path) -> None:
    (tmp_path / "prices_2025-11.csv").write_text("Item,Price\nPeas,2\n", encoding="utf-8")
    (found,) = load_file(tmp_path / "prices_2025-11.csv", "prices_2025-11.csv", max_bytes=1000)
    assert (found.published.date, found.published.how) == ("2025-11-01", "file name")
