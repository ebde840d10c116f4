// Drawing one exchange: sentences with footnote buttons, conflicts, refusals, sources, what was dropped.

import { announce, el, icon } from "./dom.js";
import { adoptOpener, openPanel } from "./panel.js";
import { send } from "./server.js";

const MARKS = /\s*((?:\[\d+\])+)/;

function cite(citation) {
  const label = `Footnote ${citation.n}: ${citation.title || citation.source}, ${citation.published || "no date"}`;
  return el("button", { class: "cite", type: "button", "aria-label": label, title: label, "aria-expanded": "false", "aria-controls": "panel",
    "data-n": citation.n, onclick: (event) => openPanel(citation, event.currentTarget) }, `[${citation.n}]`);
}

// Marks stay together and with the word before them: a line does not begin with a footnote.
function withFootnotes(text, byNumber) {
  return text.split(MARKS).flatMap((piece, index, pieces) => {
    const last = /\S{0,30}$/;
    if (index % 2 === 0) return [index + 1 < pieces.length ? piece.replace(last, "") : piece];
    const marks = [...piece.matchAll(/\d+/g)].map(([number]) => {
      const citation = byNumber.get(Number(number));
      return citation ? cite(citation) : `[${number}]`;
    });
    return [el("span", { class: "marks" }, last.exec(pieces[index - 1])[0], " ", ...marks)];
  });
}

function paragraphs(text, byNumber) {
  const blocks = [];
  let list = null;
  for (const line of text.split("\n")) {
    const item = /^\s*[-•*]\s+(.*)$/.exec(line);
    if (item) {
      if (!list) blocks.push(list = el("ul"));
      list.append(el("li", {}, ...withFootnotes(item[1], byNumber)));
    } else {
      list = null;
      if (line.trim()) blocks.push(el("p", {}, ...withFootnotes(line, byNumber)));
    }
  }
  return blocks;
}

// An exchange that is still being answered; gives functions that add to it.
export function startExchange(log, question) {
  const working = el("p", { class: "working" }, "Searching…");
  const body = el("div", { class: "answer" });
  const node = el("article", { class: "exchange", "aria-label": "Exchange" }, el("h2", { class: "question" }, question), body, working);
  log.append(node);
  node.scrollIntoView({ block: "end" });
  const byNumber = new Map();
  const list = el("ul", { class: "one" });
  return {
    node,
    step(text) {
      working.textContent = `${text}…`;
    },
    claim(text, citations) {
      for (const citation of citations) byNumber.set(citation.n, citation);
      // One sentence stands alone, several are a list, as in the whole answer.
      if (!list.isConnected) body.append(list);
      else list.classList.remove("one");
      list.append(el("li", { class: "fresh" }, ...withFootnotes(text, byNumber)));
      announce(text.replace(/\s*\[\d+\]/g, ""));
      working.scrollIntoView({ block: "nearest" });
    },
    finish(turn) {
      working.remove();
      body.replaceWith(...drawTurn(turn));
      adoptOpener(node);
      if (turn.answer.abstained) announce(turn.answer.answer);
      node.scrollIntoView({ block: "nearest" });
    },
    fail(message, retry) {
      working.remove();
      const again = el("button", { type: "button", onclick: () => { node.remove(); retry(); } }, "Ask again");
      node.append(el("p", { class: "failed", role: "alert" }, message), again);
    },
    stopped() {
      working.textContent = "Stopped.";
    },
  };
}

export function drawExchange(log, question, turn) {
  const body = drawTurn(turn);
  log.append(el("article", { class: "exchange", "aria-label": "Exchange" }, el("h2", { class: "question" }, question), ...body));
}

function drawTurn(turn) {
  const { answer } = turn;
  const byNumber = new Map(answer.citations.map((citation) => [citation.n, citation]));
  // The text of an answer tells its conflicts too; here they have a note of their own.
  const told = new Set(answer.conflicts.map((conflict) => conflict.note));
  const text = (turn.text || answer.answer).split("\n").filter((line) => !told.has(line)).join("\n");
  const body = el("div", { class: "answer" }, ...paragraphs(text, byNumber));
  return [
    body,
    ...answer.conflicts.map((conflict) => drawConflict(conflict, byNumber)),
    answer.abstained && turn.related.length ? nearest(turn.related) : null,
    answer.citations.length ? sources(answer.citations) : null,
    ...(turn.notes || []).map((text) => el("p", { class: "working" }, text)),
    how(answer, turn.steps || []),
    foot(turn),
  ].filter(Boolean);
}

function drawConflict(conflict, byNumber) {
  const heading = conflict.kind === "disagreement" ? "Sources disagree" : "The value changed over time";
  const values = conflict.values.map((value, index) => {
    const citation = byNumber.get(conflict.citations[index]);
    const when = ` (${citation?.published || "no date"})`;
    return el("li", {}, el("strong", {}, value), when, " ", citation ? cite(citation) : null);
  });
  // A note that only repeats the values would say the same twice.
  const more = conflict.values.every((value) => conflict.note.includes(value)) ? null : el("p", {}, ...withFootnotes(conflict.note, byNumber));
  return el("div", { class: "note", role: "note" }, el("h3", {}, heading), el("ul", {}, ...values), more);
}

function nearest(related) {
  const items = related.map((citation) => source({ ...citation, n: null }, citation.quote));
  return el("div", {}, el("p", { class: "working" }, "Nearest passages:"), el("ul", { class: "sources nearest", "aria-label": "Nearest passages" }, ...items));
}

function sources(citations) {
  const items = citations.map((citation) => source(citation, citation.title || citation.source));
  return el("ol", { class: "sources", "aria-label": "Footnotes" }, ...items);
}

function source(citation, text) {
  const button = el("button", { class: "text", type: "button", "aria-expanded": "false", "aria-controls": "panel",
    onclick: (event) => openPanel(citation, event.currentTarget) }, text);
  const name = citation.n ? "" : `${citation.title || citation.source}, `;
  const where = el("span", { class: "where" }, `${name}${citation.published || "no date"}${place(citation)}`);
  const number = citation.n ? el("span", {}, `[${citation.n}]`) : null;
  return el("li", {}, number, el("span", {}, button, "\u2002 ", where, copies(citation)));
}

function place(citation) {
  if (citation.place) return `, ${citation.place}`;
  return citation.page ? `, p. ${citation.page}` : "";
}

// Near-copies of the cited document: kept as sources, counted as one voice.
function copies(citation) {
  const all = citation.copies || [];
  if (!all.length) return null;
  const more = all.length > 3 ? ` and ${all.length - 3} more` : "";
  return el("span", { class: "copies" }, ` Near-cop${all.length > 1 ? "ies" : "y"}: ${all.slice(0, 3).join(", ")}${more}`);
}

function how(answer, steps) {
  const parts = [];
  if (steps.length) parts.push(el("ol", {}, ...steps.map((text) => el("li", {}, text))));
  if (answer.standalone_question !== answer.question) parts.push(el("p", {}, `Understood as: ${answer.standalone_question}`));
  if (answer.dropped.length) {
    parts.push(el("p", {}, "Not shown, because no quote supports it:"));
    parts.push(el("ul", {}, ...answer.dropped.map((item) => el("li", {}, `${item.text} — ${item.reason}`))));
  }
  const writer = answer.mode === "llm" ? `written by ${answer.llm}, every sentence checked` : "extracts";
  const seconds = (answer.timings_ms.total / 1000).toFixed(1);
  parts.push(el("p", {}, `${writer}; confidence ${Math.round(answer.confidence * 100)} %; ${seconds} s`));
  const dropped = answer.dropped.length ? `, ${answer.dropped.length} dropped` : "";
  return el("details", { class: "steps" }, el("summary", {}, `How this was answered${dropped}`), ...parts);
}

function foot(turn) {
  const status = el("span", { role: "status" });
  const copy = el("button", { class: "icon", type: "button", "aria-label": "Copy with footnotes", title: "Copy with footnotes",
    onclick: async () => { status.textContent = (await copyText(turn.markdown)) ? "Copied." : "The browser refused to copy."; } }, icon("copy"));
  const thumbs = ["up", "down"].map((verdict) => el("button", { class: "icon", type: "button", "aria-pressed": String(turn.verdict === verdict),
    "aria-label": verdict === "up" ? "Good answer" : "Bad answer", title: verdict === "up" ? "Good answer" : "Bad answer",
    onclick: () => rate(turn, verdict, thumbs, status) }, icon(verdict)));
  return el("div", { class: "foot" }, ...thumbs, copy, status);
}

async function rate(turn, verdict, thumbs, status) {
  const wanted = turn.verdict === verdict ? null : verdict;
  try {
    await send("POST", "/api/feedback", { turn: turn.turn, verdict: wanted });
  } catch (error) {
    status.textContent = error.message;
    return;
  }
  turn.verdict = wanted;
  thumbs[0].setAttribute("aria-pressed", String(wanted === "up"));
  thumbs[1].setAttribute("aria-pressed", String(wanted === "down"));
  status.textContent = wanted ? "Noted." : "Withdrawn.";
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http on another machine has no clipboard API.
    const area = el("textarea", { class: "hidden", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
