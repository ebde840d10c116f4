// Drawing one exchange: sentences with footnote buttons, conflicts, refusals, sources, what was dropped.

import { announce, el, icon, named } from "./dom.js";
import { feedback } from "./feedback.js";
import { adoptOpener, emphasised, openPanel } from "./panel.js";
import { limitsText } from "./scope.js";

const MOST_NEAR = 6; // passages shown of those that were read in vain
const MARKS = /\s*((?:\[\d+\])+)/;

function cite(citation) {
  const label = `Footnote ${citation.n}: ${named(citation)}, ${citation.published || "no date"}`;
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

// `copyOf` gives the button that copies the statement in a line, by the line's number, or nothing.
function paragraphs(text, byNumber, copyOf) {
  const blocks = [];
  let list = null;
  for (const [number, line] of text.split("\n").entries()) {
    const item = /^\s*[-•*]\s+(.*)$/.exec(line);
    if (item) {
      if (!list) blocks.push(list = el("ul"));
      list.append(el("li", { dir: "auto" }, ...withFootnotes(item[1], byNumber), copyOf(number)));
    } else {
      list = null;
      if (line.trim()) blocks.push(el("p", { dir: "auto" }, ...withFootnotes(line, byNumber), copyOf(number)));
    }
  }
  return blocks;
}

// The Markdown of an answer begins with its heading and an empty line, has then the same lines as its text, then the footnotes.
function statementCopies(turn) {
  const lines = turn.markdown.split("\n");
  const notes = new Map(lines.map((line) => [/^\[\^(\d+)\]: /.exec(line)?.[1], line]));
  return (number) => {
    const line = (lines[number + 2] || "").replace(/^- /, "");
    const cited = [...line.matchAll(/\[\^(\d+)\]/g)].map(([, n]) => notes.get(n)).filter(Boolean);
    if (!cited.length) return null;
    const button = el("button", { class: "icon copy-one", type: "button", "aria-label": "Copy this statement with its footnotes", title: "Copy this statement with its footnotes",
      onclick: (event) => tellCopied([line, "", ...cited, ""].join("\n"), event.currentTarget.closest(".exchange").querySelector(".foot [role=status]")) }, icon("copy"));
    return button;
  };
}

// The question, what it was asked of, and a way to change it.
function asked(question, limits, edit) {
  const words = limitsText(limits);
  const pencil = edit ? el("button", { class: "icon edit", type: "button", "aria-label": "Edit the question", title: "Edit the question",
    onclick: () => editor(block, question, edit) }, icon("edit")) : null;
  const block = el("div", { class: "asked" }, el("h2", { class: "question", dir: "auto" }, question), pencil,
    words ? el("p", { class: "limits" }, `Asked ${words}`) : null);
  return block;
}

function editor(block, question, edit) {
  const before = [...block.childNodes];
  const field = el("textarea", { rows: Math.min(6, question.split("\n").length + 1), maxlength: 2000, "aria-label": "Question", dir: "auto" });
  field.value = question;
  const cancel = () => { block.replaceChildren(...before); block.querySelector(".edit").focus(); };
  const form = el("form", { class: "editor" }, field, el("div", {}, el("button", { type: "submit" }, "Ask again"),
    el("button", { class: "quiet", type: "button", onclick: cancel }, "Cancel")));
  form.addEventListener("submit", (event) => { event.preventDefault(); if (field.value.trim()) edit(field.value.trim()); });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); cancel(); }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  block.replaceChildren(form);
  field.focus();
}

// An exchange that is still being answered; gives functions that add to it.
export function startExchange(log, question, limits, again) {
  const working = el("p", { class: "working" }, "Searching…");
  const body = el("div", { class: "answer" });
  const node = el("article", { class: "exchange", "aria-label": "Exchange" }, asked(question, limits), body, working);
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
      node.querySelector(".asked").replaceWith(asked(question, turn.limits, (text) => again(turn, text)));
      node.dataset.turn = turn.turn;
      body.replaceWith(...drawTurn(turn, () => again(turn, question)));
      adoptOpener(node);
      if (turn.answer.abstained) announce(turn.answer.answer);
      node.scrollIntoView({ block: "nearest" });
    },
    fail(message, retry, back) {
      working.remove();
      node.append(el("p", { class: "failed", role: "alert" }, message), ways(node, retry, back));
    },
    stopped(retry, back) {
      working.textContent = "Stopped.";
      node.append(ways(node, retry, back));
    },
  };
}

function ways(node, retry, back) {
  return el("p", { class: "ways" }, el("button", { type: "button", onclick: () => { node.remove(); retry(); } }, "Ask again"),
    back ? el("button", { class: "quiet", type: "button", onclick: back }, "Back to the earlier answer") : null);
}

// `again(turn, question)` asks in its place.
export function drawExchange(log, question, turn, again) {
  const body = drawTurn(turn, () => again(turn, question));
  log.append(el("article", { class: "exchange", "aria-label": "Exchange", "data-turn": turn.turn }, asked(question, turn.limits, (text) => again(turn, text)), ...body));
}

function drawTurn(turn, retry) {
  const { answer } = turn;
  const byNumber = new Map(answer.citations.map((citation) => [citation.n, citation]));
  // The text of an answer tells its conflicts too; here they have a note of their own.
  const told = new Set(answer.conflicts.map((conflict) => conflict.note));
  const text = (turn.text || answer.answer).split("\n").filter((line) => !told.has(line)).join("\n");
  const body = el("div", { class: "answer" }, ...paragraphs(text, byNumber, statementCopies(turn)));
  return [
    body,
    ...answer.conflicts.map((conflict) => drawConflict(conflict, byNumber)),
    answer.abstained && turn.related.length ? nearest(turn.related) : null,
    answer.abstained && turn.why ? whyNot(turn.why) : null,
    answer.citations.length ? sources(answer.citations) : null,
    ...(turn.notes || []).map((text) => el("p", { class: "working" }, text)),
    how(answer, turn.steps || []),
    ...foot(turn, retry),
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

// What was read, and how near it came.
function whyNot(why) {
  const percent = (share) => `${Math.round(share * 100)} %`;
  const best = why.considered[0];
  const read = why.considered.length === 1 ? "One passage was read." : `${why.considered.length} passages were read.`;
  const said = !best ? "No passage was found to read."
    : best.score >= why.needed ? `${read} What was written from them could not be supported by a quote, so it is not shown.`
      : `${read} ${why.considered.length === 1 ? "It" : "The one that comes nearest"} answers the question with a probability of ${percent(best.score)}; it is shown as an answer from ${percent(why.needed)}.`;
  const near = why.considered.filter((one, index) => index < MOST_NEAR && one.score >= 0.01);
  const items = near.map((one) => el("li", {}, el("span", { class: "share" }, percent(one.score)),
    el("span", {}, el("button", { class: "text", type: "button", "aria-expanded": "false", "aria-controls": "panel", dir: "auto",
      onclick: (event) => openPanel({ ...one, n: null }, event.currentTarget) }, one.quote), el("span", { class: "where" }, `${named(one)}${place(one)}`))));
  return el("details", { class: "why" }, el("summary", {}, "Why not?"), el("p", {}, said),
    items.length ? el("ul", { class: "sources nearest", "aria-label": "Passages that were read" }, ...items) : null,
    el("p", {}, "Other words, other sources or a look at the documents may help; if they do say it, the thumb down takes that as a reason."));
}

function sources(citations) {
  const items = citations.map((citation) => source(citation, named(citation)));
  return el("ol", { class: "sources", "aria-label": "Footnotes" }, ...items);
}

function source(citation, text) {
  const button = el("button", { class: "text", type: "button", "aria-expanded": "false", "aria-controls": "panel",
    onclick: (event) => openPanel(citation, event.currentTarget) }, text);
  const name = citation.n ? "" : `${named(citation)}, `;
  const where = el("span", { class: "where" }, `${name}${citation.published || "no date"}${place(citation)}`);
  const number = citation.n ? el("span", {}, `[${citation.n}]`) : null;
  const quote = citation.n ? el("q", { class: "printed", dir: "auto" }, ...emphasised(citation)) : null;
  return el("li", {}, number, el("span", {}, button, where, copies(citation), quote));
}

function place(citation) {
  const above = citation.heading || [];
  if (citation.place?.startsWith("sheet ") && above.length > 1) return `, ${citation.place}: ${above[above.length - 1]}`;
  if (citation.place) return `, ${citation.place}`;
  return citation.page ? `, p. ${citation.page}` : "";
}

// The later version of the cited document, and its near-copies: kept as sources, counted as one voice.
function copies(citation) {
  const all = citation.copies || [];
  const later = citation.later_version ? ` Later version: ${citation.later_version}.` : "";
  if (!all.length) return later ? el("span", { class: "copies" }, later) : null;
  const more = all.length > 3 ? ` and ${all.length - 3} more` : "";
  return el("span", { class: "copies" }, `${later} Near-cop${all.length > 1 ? "ies" : "y"}: ${all.slice(0, 3).join(", ")}${more}`);
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

function foot(turn, retry) {
  const status = el("span", { role: "status" });
  const [thumbs, form] = feedback(turn, status);
  const copy = el("button", { class: "icon", type: "button", "aria-label": "Copy with footnotes", title: "Copy with footnotes",
    onclick: () => tellCopied(turn.markdown, status) }, icon("copy"));
  const again = retry ? el("button", { class: "icon", type: "button", "aria-label": "Try again", title: "Try again", onclick: retry }, icon("retry")) : null;
  return [el("div", { class: "foot" }, ...thumbs, copy, again, status), form];
}

async function tellCopied(text, status) {
  status.textContent = (await copyText(text)) ? "Copied." : "The browser refused to copy.";
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
