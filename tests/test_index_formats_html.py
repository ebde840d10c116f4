from __future__ import annotations

from pathlib import Path

import pytest

from index.formats.load import load_file
from index.structure.tables import Cell, fill, table_blocks
from index.text.marks import raised
from tests.office_files import labelled, load, zipped

PROSE = (
    "<p>The harbour of Holm was built by the fishermen themselves, who carried the stones from the northern shore in small boats.</p>"
    "<p>Today it has two piers, a crane and a slipway, and in summer a ferry calls there on every day but Sunday.</p>"
)


def page(body: str) -> bytes:
    return f"<html><head><title>The harbour</title></head><body>{body}</body></html>".encode()


def test_lists_definitions_and_cells_are_kept_whatever_stands_around_them(tmp_path: Path) -> None:
    lists = "<ul><li>rope</li><li>tar</li></ul><ol start=3><li>moor</li><li>pay<ul><li>in cash</li></ul></li></ol>"
    lists += "<dl><dt>Fee</dt><dd>12 kr</dd><dt>Deposit</dt><dt>Key</dt><dd>50 kr</dd><dt>Is it safe?</dt><dd>Yes, at night too.</dd></dl>"
    table = "<table><tr><th>Day</th><th>Hours</th></tr><tr><td>Monday</td><td><ul><li>8 to 12</li><li>14 to 18</li></ul></td></tr></table>"
    document = load(tmp_path, "a.html", page(f"<h1>The harbour</h1>{PROSE}<h2>Gear</h2>{lists}{table}"))
    assert labelled(document, "item") == ["- rope", "- tar", "3. moor", "4. pay", "- in cash"]
    assert labelled(document, "pair") == ["Fee: 12 kr", "Deposit, Key: 50 kr"]
    assert "Is it safe?\n\nYes, at night too." in document.text
    assert labelled(document, "row") == ["- Day: Monday | Hours: 8 to 12; 14 to 18"]
    assert (labelled(document, "heading 1"), labelled(document, "heading 2")) == (["The harbour"], ["Gear"])


def test_menus_side_bars_and_feet_are_left_out(tmp_path: Path) -> None:
    around = "<nav><ul><li><a href=/>Home</a></li></ul></nav><div id='sidebar'><ul><li>Also read this</li></ul></div>"
    links = "<div><ul><li><a href=/a>Weather for the week</a></li><li><a href=/b>Prices of fish</a></li></ul></div>"
    text = load(
        tmp_path, "a.html", page(f"{around}<article><h1>The harbour</h1>{PROSE}</article>{links}<footer>Printed in Vik</footer>")
    ).text
    assert text.startswith("The harbour\n\nThe harbour of Holm") and text.endswith("every day but Sunday.")


def test_spans_property_rows_and_layout_tables(tmp_path: Path) -> None:
    spans = "<table><tr><th rowspan=2>Port</th><th colspan=2>Depth</th></tr><tr><th>inside</th><th>outside</th></tr>"
    spans += "<tr><td rowspan=2>Holm</td><td>3 m</td><td>5 m</td></tr><tr><td>4 m</td><td>6 m</td></tr><tr><td colspan=3>Islands</td></tr>"
    spans += "<tr><td>Vik</td><td>2 m</td><td>3 m</td></tr></table>"
    facts = "<table><tr><th>Built</th><td>1902</td><th>Crane</th><td>12 t</td></tr></table>"
    layout = f"<table><tr><td><h3>News</h3>{PROSE}</td></tr></table>"
    document = load(tmp_path, "a.html", page(f"<h1>The harbour</h1>{layout}{spans}{facts}"))
    assert labelled(document, "row") == [
        "- Port: Holm | Depth, inside: 3 m | Depth, outside: 5 m",
        "- Port: Holm | Depth, inside: 4 m | Depth, outside: 6 m",
        "- Islands",
        "- Islands | Port: Vik | Depth, inside: 2 m | Depth, outside: 3 m",
    ]
    assert labelled(document, "pair") == ["Built: 1902", "Crane: 12 t"]
    assert labelled(document, "heading 3") == ["News"]


def test_marks_of_notes_are_not_glued_to_numbers_while_powers_stay(tmp_path: Path) -> None:
    text = "<p>In 1902<sup><a href='#n1'>1</a></sup> the basin had 3 km<sup>2</sup>, in 1950<sup>4</sup> it had five<sup>[5]</sup>.</p>"
    assert "In 1902 the basin had 3 km², in 1950 it had five." in load(tmp_path, "a.html", page(text + PROSE)).text


@pytest.mark.parametrize(
    ("before", "text", "shown"),
    [("12 m", "3", "³"), ("10", "-6", "⁻⁶"), ("1,450", "2", ""), ("the crane", "*", ""), ("the 1", "st", "st"), ("word.", "[3]", "")],
)
def test_raised_signs(before: str, text: str, shown: str) -> None:
    assert raised(before, text) == shown


def test_quotes_code_and_captions_are_blocks(tmp_path: Path) -> None:
    body = "<blockquote><p>The crane is old.</p><footer>Ann Lee</footer></blockquote><pre>moor --long\n  pay</pre>"
    document = load(tmp_path, "a.html", page(PROSE + body + "<figure><figcaption>The crane in 1950</figcaption></figure>"))
    assert labelled(document, "quote")[0] == "The crane is old."
    assert labelled(document, "code") == ["moor --long\n  pay"]
    assert labelled(document, "caption") == ["The crane in 1950"]


@pytest.mark.parametrize("depth", [600, 5_000])
def test_what_is_nested_without_end_is_read_to_the_last_word(tmp_path: Path, depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def search(*_: object, **__: object) -> None:
        raise AssertionError("the search for the article takes time in the square of the depth")

    monkeypatch.setattr("trafilatura.bare_extraction", search)
    data = page("".join(f"<div>line {number} of the long list " for number in range(depth)))
    text = load(tmp_path, "a.html", data).text
    assert all(f"line {number} of" in text for number in range(depth))


def test_a_cell_that_claims_to_span_everything_costs_nothing() -> None:
    grid = fill([[Cell("a" * 10_000, rows=65_000, columns=65_000), Cell("b")], [Cell("c")]])
    assert sum(len(cell.text) for row in grid for cell in row) < 3_000_000
    long = [[Cell("name " * 100), Cell("x")], *([Cell("1"), Cell("2")] for _ in range(1000))]
    assert sum(len(block.text) for block in table_blocks(long)) < 20_000


def test_a_bad_chapter_does_not_cost_the_book(tmp_path: Path) -> None:
    opf = '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="ch%201.xhtml"/><item id="b" href="gone.xhtml"/>'
    opf += '</manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    chapter = '<html xmlns:epub="http://www.idpf.org/2007/ops"><body><p>It was lit in 1871<a epub:type="noteref" href="#n">1</a>.</p>'
    chapter += '<aside epub:type="footnote" id="n"><p>Or in 1872.</p></aside></body></html>'
    book = zipped(
        {
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>',
            "O/b.opf": opf,
            "O/ch 1.xhtml": chapter,
        }
    )
    problems: list = []  # type: ignore[type-arg]
    document = load(tmp_path, "a.epub", book, problems)
    assert document.text == "It was lit in 1871.\n\nOr in 1872."
    assert labelled(document, "note") == ["Or in 1872."]
    assert "gone.xhtml" in str(problems[0])


def test_the_title_is_the_articles_own_heading_and_not_one_of_a_menu(tmp_path: Path) -> None:
    menu = "<div><h2>Keyboard shortcuts</h2><p>Press the arrow to turn the page.</p></div>"
    data = page(f"{menu}<main><h1>The harbour</h1>{PROSE}</main>")
    document = load(tmp_path, "a.html", data.replace(b"<title>The harbour<", b"<title>The harbour - Holm<"))
    assert document.title == "The harbour" and not labelled(document, "heading 2")


@pytest.mark.parametrize("tag", ["table", "dl", "tr", "ul"])
def test_text_beside_the_parts_of_a_table_or_list_is_not_lost(tag: str, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    whole = f"<{tag}>Paragraph 0 is here.<p>Paragraph 1 is here.</p>Paragraph 2 is here.</{tag}>"
    for page in (whole, f"<{tag}>Paragraph 0 <{tag}>Paragraph 1 "):
        path.write_text(page)
        (document,) = load_file(path, "a.html", max_bytes=10**6)
        assert all(f"Paragraph {n}" in document.text for n in range(page.count("Paragraph")))
