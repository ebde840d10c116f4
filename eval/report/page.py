"""A scored run as one self-contained HTML page, or as Markdown: tables, plots, every failed case with its evidence.

Documents, questions and answers are untrusted: everything is escaped, and the page forbids itself any network and any
script.
"""

from __future__ import annotations

from html import escape

from eval.cases.evalset import count_quotes, lost_line
from eval.metrics.facts import CaseFacts
from eval.report import plots, tables
from eval.report.tables import Table
from eval.schema import Case, Nugget
from eval.score import Scores
from qa.schema import Answer

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_CSS = """
:root { --ink: #222; --soft: #5d6770; --line: #dde2e6; --bad: #b23a48; --good: #2f7d4f; --paper: #fff; --band: #f5f7f8; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 2rem 1.25rem 4rem; color: var(--ink); background: var(--paper);
       font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
p.lead, caption, .soft { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0; }
.card { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem .9rem; }
.card strong { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
caption { caption-side: bottom; text-align: left; padding-top: .5rem; font-size: .85rem; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; } thead th { border-bottom: 2px solid var(--line); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; } figcaption { font-size: .9rem; margin-bottom: .25rem; font-weight: 600; } figure svg { width: 100%; height: auto; }
article { border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: .4rem; padding: .9rem 1.1rem; margin: 0 0 1rem; }
article h3 { font-size: 1rem; margin: 0 0 .5rem; }
article h4 { font-size: .85rem; margin: .8rem 0 .2rem; color: var(--soft); font-weight: 600; }
ul, ol { margin: 0; padding-left: 1.3rem; } li.miss { color: var(--bad); } li.hit { color: var(--good); } .reasons { color: var(--bad); }
blockquote { margin: 0 0 .4rem; padding: .3rem .7rem; background: var(--band); border-left: 3px solid var(--line);
  overflow-wrap: anywhere; }
.answer { white-space: pre-wrap; overflow-wrap: anywhere; } code { overflow-wrap: anywhere; font-size: .85rem; }
.tag { font-size: .75rem; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; margin-left: .3rem; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .9rem; } dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
"""


def html_report(scores: Scores) -> str:
    """The whole page."""
    record = scores.record
    failing = [(case, facts) for case, facts in zip(scores.cases, scores.facts, strict=True) if not facts.passed]
    shown = "".join(_article(case, facts, scores) for case, facts in failing) or "<p>None.</p>"
    name = escape(record.set.path.rsplit("/", 1)[-1])
    figures = (
        ("Risk and coverage", plots.risk_coverage_plot(scores)),
        ("Scores by tag", plots.tag_plot(scores)),
        ("Latency", plots.latency_plot(scores)),
        ("Groundedness of claims", plots.groundedness_plot(scores)),
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><link rel="icon" href="data:,">
<title>Evaluation of {name}</title><style>{_CSS}</style></head><body>
<h1>Evaluation of {name}</h1>
<p class="lead">{len(scores.facts)} cases over {record.corpus.documents} documents, {escape(record.date)}.
{escape(tables.judge_note(scores))}</p>
<div class="cards">{_cards(scores)}</div>
{_lost(scores)}
<h2>Metrics</h2>{_html_table(tables.metric_table(scores))}
<h2>Plots</h2><div class="plots">{"".join(f"<figure><figcaption>{title}</figcaption>{svg}</figure>" for title, svg in figures)}</div>
<h2>By tag</h2>{_html_table(tables.tag_table(scores))}
<h2>Latency in ms</h2>{_html_table(tables.latency_table(scores))}
<h2>Cases with something wrong ({len(failing)} of {len(scores.facts)})</h2>{shown}
<h2>The run</h2><dl>{"".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in run_facts(scores))}</dl>
</body></html>
"""


def markdown_report(scores: Scores) -> str:
    """The same as Markdown, without plots."""
    parts = [f"## Evaluation of {scores.record.set.path.rsplit('/', 1)[-1]}\n"]
    parts += [tables.markdown(t(scores)) for t in (tables.metric_table, tables.tag_table, tables.latency_table)]
    if scores.lost:
        parts.append(f"### Lost content\n\n{_one_line(_lost_line(scores))}\n")
        parts += [f"- {_one_line(str(problem))}" for problem in scores.lost]
        parts.append("")
    failing = [(case, facts) for case, facts in zip(scores.cases, scores.facts, strict=True) if not facts.passed]
    parts.append(f"### Cases with something wrong ({len(failing)} of {len(scores.facts)})\n")
    for case, facts in failing:
        answer = scores.predictions[case.id].answer
        parts.append(f"**{case.id}** {_one_line(case.question)}\n")
        parts += [f"- wrong: {_one_line(reason)}" for reason in facts.reasons]
        parts += [f"- {'found' if ok else 'missing'}: {_one_line(n.text)}" for n, ok in zip(case.nuggets, facts.nuggets_found, strict=True)]
        if answer:
            parts.append(f"- answer: {_one_line(answer.answer)}")
            parts += [f"- quote [{c.n}] {c.source}: {_one_line(c.quote)}" for c in answer.citations]
        parts.append("")
    parts.append("### The run\n")
    parts += [f"- {key}: {_one_line(value)}" for key, value in run_facts(scores)]
    return "\n".join(parts) + "\n"


def run_facts(scores: Scores) -> list[tuple[str, str]]:
    """What the run was made with, as (name, value)."""
    record = scores.record
    models = [f"{m.role}: {m.name}" + (f" (sha256 {m.sha256[:16]})" if m.sha256 else "") for m in record.models]
    return [
        ("command", " ".join(record.command)),
        ("set", f"{record.set.path}, sha256 {record.set.sha256}"),
        ("corpus", f"{record.corpus.db}, {record.corpus.documents} documents, sha256 {record.corpus.sha256}"),
        ("models", "; ".join(models) or "none"),
        ("switched off", record.broken or "nothing"),
        ("commit", record.commit or "unknown"),
        ("machine", ", ".join(f"{k} {v}" for k, v in record.machine.items())),
        ("versions", ", ".join(f"{k} {v}" for k, v in record.versions.items())),
        ("seconds", f"{record.seconds:.1f} in {len(record.sessions)} session(s)"),
    ]


def _cards(scores: Scores) -> str:
    cards = []
    names = {
        "right": "answered right",
        "beside": "beside the point",
        "false_refusal": "refused",
        "verdict_score": "score of the verdicts",
        "quote_precision": "relevant quotes",
        "groundedness": "grounded claims",
        "rejection": "unanswerable refused",
        "conflict_shown": "conflicts shown",
    }
    for name, label in names.items():
        value = scores.overall[name]
        figure, interval = (f"{value.value:.3f}", f"{value.low:.2f} to {value.high:.2f}, n = {value.n}") if value else ("-", "not measured")
        cards.append(f'<div class="card"><span>{label}</span><strong>{figure}</strong><span class="soft">{interval}</span></div>')
    return "".join(cards)


def _lost(scores: Scores) -> str:
    if not scores.lost:
        return ""
    rows = "".join(f"<li>{escape(str(problem))}</li>" for problem in scores.lost)
    return f"<h2>Lost content ({len(scores.lost)})</h2><p>{escape(_lost_line(scores))}</p><ul>{rows}</ul>"


def _lost_line(scores: Scores) -> str:
    return lost_line(scores.lost, count_quotes(scores.cases), scores.record.corpus.db)


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    caption = f"<caption>{escape(table.note)}</caption>" if table.note else ""
    return f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _article(case: Case, facts: CaseFacts, scores: Scores) -> str:
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in case.tags)
    nuggets = "".join(_nugget(n, found) for n, found in zip(case.nuggets, facts.nuggets_found, strict=True))
    prediction = scores.predictions[case.id]
    history = "".join(f"<li>{escape(turn.question)}</li>" for turn in case.history)
    return (
        f'<article id="case-{escape(case.id)}"><h3>{escape(case.id)}: {escape(case.question)}{tags}</h3>'
        + (f"<h4>Asked before</h4><ul>{history}</ul>" if history else "")
        + f'<h4>Wrong</h4><ul class="reasons">{"".join(f"<li>{escape(reason)}</li>" for reason in facts.reasons)}</ul>'
        + f"<h4>Expected</h4><ul>{nuggets or '<li>no answer: the documents do not say</li>'}</ul>"
        + (_answer(prediction.answer) if prediction.answer else "")
        + "</article>"
    )


def _nugget(nugget: Nugget, found: bool) -> str:
    kind, said = ("hit", "found") if found else ("miss", "missing")
    return f'<li class="{kind}">{said}: {escape(nugget.text)}{"" if nugget.vital else " (not vital)"}</li>'


def _answer(answer: Answer) -> str:
    quotes = "".join(
        f"<blockquote>[{c.n}] {escape(c.quote)}<br><code>{escape(c.source)} {c.start}-{c.end}</code></blockquote>" for c in answer.citations
    )
    conflicts = "".join(f"<li>{escape(c.kind)}: {escape(' / '.join(c.values))}. {escape(c.note)}</li>" for c in answer.conflicts)
    dropped = "".join(f"<li>{escape(d.text)} ({escape(d.reason)})</li>" for d in answer.dropped)
    said = "abstained" if answer.abstained else "answered"
    return (
        f'<h4>Answer ({said}, confidence {answer.confidence:.2f}, {answer.mode})</h4><div class="answer">{escape(answer.answer)}</div>'
        + (f"<h4>Quotes</h4>{quotes}" if quotes else "")
        + (f"<h4>Conflicts reported</h4><ul>{conflicts}</ul>" if conflicts else "")
        + (f"<h4>Dropped</h4><ul>{dropped}</ul>" if dropped else "")
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
