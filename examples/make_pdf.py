"""Write `kazakhstan-korea/route-institute-briefing.pdf`, the one PDF of the example corpus.

Run it from the repository root after changing the text: `python examples/make_pdf.py`. It needs reportlab (extra
`dev`). The output is the same byte for byte on every run: reportlab's invariant mode fixes dates and identifiers.
"""

from __future__ import annotations

from pathlib import Path

from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import getSampleStyleSheet  # type: ignore[import-untyped]
from reportlab.lib.units import mm  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer  # type: ignore[import-untyped]

TARGET = Path(__file__).parent / "kazakhstan-korea" / "route-institute-briefing.pdf"
TITLE = "Korean money in Kazakhstan: a briefing"
AUTHOR = "Central Route Institute"

# One list a page; "# " marks a heading.
PAGES = (
    (
        f"# {TITLE}",
        "Central Route Institute, Briefing No. 7, 15 July 2024",
        "# 1. How much has been invested",
        "Two totals are in circulation. In June 2023 the Kazakh foreign minister spoke of $8.5 billion that Korea had invested to "
        "date. In June 2024 President Tokayev put the sum at $9.6 billion, counted up to the end of the previous year. The two "
        "figures are a year apart and do not contradict each other: in twelve months about $1.1 billion was added.",
        "Rank is another matter. The minister placed Korea among the ten largest investors in 2023, the president placed it among the "
        "five largest in 2024. Neither gave the ranking on which this rests.",
        "Direct investment from Korea came to $1.5 billion in the single year 2022.",
    ),
    (
        "# 2. Trade and companies",
        "Trade turnover exceeded $6.5 billion in 2022, a record at the time. The figure named during the state visit of June 2024 is "
        "lower, $6 billion, and no year was attached to it. Readers should not set one against the other without care.",
        "Company counts differ as well. A statement of June 2023 has 740 companies with Korean participation; the speeches of June "
        "2024 have more than 700. The second may simply be a round number.",
        "Ten years earlier the scale was quite different: in 2012 trade stood at some $1.25 billion.",
    ),
    (
        "# 3. Works and plans",
        "The joint commission reported in May 2024 that 15 projects worth $854.4 million are in progress and that seven projects worth "
        "$188.9 million have been launched. Before that, 28 large joint projects had been completed.",
        "Among single plants, the combined-cycle power station of Doosan Enerbility in Turkestan is being built. GL Ralpha has stated "
        "the intention to build a biopharmaceutical plant in Astana, and Samsung Electronics has a plan for household appliances.",
        "# 4. What our readers expect",
        "We asked the subscribers of this briefing which field will grow fastest. Of the 212 who answered in 2024, 61 per cent chose "
        "minerals and 18 per cent chose cars; in 2023 only 48 per cent had chosen minerals. The poll is not representative.",
    ),
)


def footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
    """Print the running foot that every page of a real report carries."""
    canvas.setFont("Helvetica", 8)
    canvas.drawString(25 * mm, 12 * mm, f"{AUTHOR} - Briefing No. 7")
    canvas.drawRightString(185 * mm, 12 * mm, f"Page {document.page} of {len(PAGES)}")


def main() -> None:
    """Lay the pages out and write the file."""
    styles = getSampleStyleSheet()
    story: list[object] = []
    for number, page in enumerate(PAGES):
        if number:
            story.append(PageBreak())
        for text in page:
            heading = text.startswith("# ")
            story.append(Paragraph(text.removeprefix("# "), styles["Heading2" if heading else "BodyText"]))
            story.append(Spacer(1, 3 * mm))
    margins = {"leftMargin": 25 * mm, "rightMargin": 25 * mm, "topMargin": 25 * mm, "bottomMargin": 25 * mm}
    document = SimpleDocTemplate(str(TARGET), pagesize=A4, title=TITLE, author=AUTHOR, invariant=1, **margins)
    document.build(story, onFirstPage=footer, onLaterPages=footer)


if __name__ == "__main__":
    main()
