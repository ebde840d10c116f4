"""The plots of the report, as SVG text to put into a page: no scripts, no fonts, no links."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from eval.extra import needs
from eval.score import Scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _BLUE, _GREY, _RED = "#222222", "#2f6690", "#b8c0c8", "#b23a48"


def risk_coverage_plot(scores: Scores) -> str:
    """Share of wrong answers against share of cases answered, as the confidence threshold falls."""

    def draw(ax: Axes) -> None:
        points = scores.risk.points
        ax.plot([c for c, _ in points], [r for _, r in points], drawstyle="steps-post", marker="o", markersize=3, color=_BLUE)
        if points:
            ax.axhline(points[-1][1], color=_GREY, linewidth=1, linestyle="--")
        ax.set(xlim=(0, 1.02), ylim=(-0.02, 1.02), xlabel="coverage: share of cases answered", ylabel="risk: share of these that are wrong")

    return _svg(draw, (5.2, 3.4))


def tag_plot(scores: Scores) -> str:
    """Share of cases with nothing wrong by tag, with intervals."""

    def draw(ax: Axes) -> None:
        tags = [(tag, found["passed"]) for tag, found in scores.by_tag.items()]
        rows = [(tag, value) for tag, value in tags if value]
        rows.sort(key=lambda row: row[1].value)
        places = range(len(rows))
        ax.barh(places, [v.value for _, v in rows], color=_BLUE, height=0.62)
        ax.hlines(places, [v.low for _, v in rows], [v.high for _, v in rows], color=_INK, linewidth=1)
        ax.set_yticks(list(places), [f"{_plain(tag)} ({v.n})" for tag, v in rows])
        ax.set(xlim=(0, 1.02), xlabel="share of cases with nothing wrong, 95 % interval")

    return _svg(draw, (5.2, 0.9 + 0.27 * max(3, len(scores.by_tag))))


def latency_plot(scores: Scores) -> str:
    """How many cases took how long."""

    def draw(ax: Axes) -> None:
        ax.hist([f.total_ms for f in scores.facts if f.total_ms is not None] or [0.0], bins=20, color=_BLUE)
        ax.set(xlabel="milliseconds per question", ylabel="cases", xlim=(0, None))

    return _svg(draw, (5.2, 3.0))


def groundedness_plot(scores: Scores) -> str:
    """Scores of the claims that were shown: as the answer gives them, and red those that the judge found unsupported."""

    def draw(ax: Axes) -> None:
        held: list[float] = []
        failed: list[float] = []
        for facts in scores.facts:
            answer = scores.predictions[facts.id].answer
            for i, claim in enumerate(answer.claims if answer else []):
                (held if facts.supported is None or facts.supported[i] else failed).append(claim.score)
        label = "shown" if scores.judge is None else "supported by their quotes"
        ax.hist([held, failed], bins=[i / 20 for i in range(21)], stacked=True, color=[_BLUE, _RED], label=[label, "not supported"])
        ax.set(xlabel="the verifier's score of a claim", ylabel="claims", xlim=(0, 1))
        ax.legend(frameon=False, loc="upper left")

    return _svg(draw, (5.2, 3.0))


def _plain(text: str) -> str:
    """A label from an eval set as matplotlib should print it: "$" would start mathematics, a long one would take the room."""
    return (text if len(text) <= 28 else text[:27] + "…").replace("$", r"\$")


def _svg(draw: Callable[[Axes], None], size: tuple[float, float]) -> str:
    needs("matplotlib")
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # A fixed salt: the same scores give the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": "footnote", "svg.fonttype": "path", "font.size": 9}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        ax = figure.add_subplot()
        draw(ax)
        ax.spines[["top", "right"]].set_visible(False)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    return re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
