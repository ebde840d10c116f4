// The footnote beside the chat: the quote marked inside its passage, and where it comes from.

import { byId, el, icon, named } from "./dom.js";
import { get } from "./server.js";
import { closeDocument, showDocument } from "./viewer.js";

let opener = null;
let opened = 0; // counts openings, so that a passage that comes late is not shown in another's place

export function closePanel() {
  const panel = byId("panel");
  if (panel.hidden) return false;
  closeDocument(panel);
  opener?.setAttribute("aria-expanded", "false");
  opener?.focus();
  opener = null;
  return true;
}

// The answer was drawn anew while its footnote is open: the button of the same number takes over.
export function adoptOpener(node) {
  if (!opener || opener.isConnected) return;
  const same = node.querySelector(`.cite[data-n="${opener.dataset.n}"]`);
  if (!same) return;
  opener = same;
  same.setAttribute("aria-expanded", "true");
}

export async function openPanel(citation, button) {
  opener?.setAttribute("aria-expanded", "false");
  opener = button;
  const count = ++opened;
  button.setAttribute("aria-expanded", "true");
  const panel = byId("panel");
  closeDocument(panel);
  panel.hidden = false;
  panel.replaceChildren(head(citation), el("p", { class: "working" }, "Reading the document…"));
  panel.focus();
  const query = new URLSearchParams({ source: citation.source, start: citation.start, end: citation.end });
  let view = null;
  let problem = "";
  try { view = await get(`/api/passage?${query}`); } catch (error) { problem = error.message; }
  if (panel.hidden || count !== opened) return;
  panel.replaceChildren(head(citation), ...(view && view.quote === citation.quote ? found(view, citation) : lost(citation, problem)));
  panel.querySelector("mark")?.scrollIntoView({ block: "center" });
}

function head(citation) {
  const close = el("button", { class: "icon", type: "button", "aria-label": "Close footnote", title: "Close (Esc)", onclick: closePanel }, icon("close"));
  const label = citation.n ? `[${citation.n}] ` : "";
  return el("div", { class: "head" }, el("h2", {}, label + named(citation)), close);
}

// The quote in pieces, its short answer in bold. Offsets count code points, not the halves of which JavaScript's strings are made.
export function emphasised({ quote, highlight, start }) {
  if (!highlight) return [flowing(quote)];
  const signs = [...quote];
  const part = (from, to) => flowing(signs.slice(from, to).join(""));
  const [from, to] = [highlight.start - start, highlight.end - start];
  return [part(0, from), el("strong", {}, part(from, to)), part(to)];
}

function found(view, citation) {
  const date = view.published ? `${view.published} (${view.date_known})` : view.date_known;
  const section = (citation.heading || []).join(" › ");
  const facts = [["Publisher", view.publisher], ["Author", view.author], ["Published", date], ["Place", view.place], ["Section", section],
    ["Source", view.source]];
  const list = el("dl");
  for (const [name, value] of facts) {
    if (value !== null && value !== undefined && value !== "") list.append(el("dt", {}, name), el("dd", {}, String(value)));
  }
  const passage = el("blockquote", {},
    flowing(view.before), el("mark", {}, ...emphasised(citation)), flowing(view.after));
  const named = el("figure", { "aria-label": "Passage with the quote marked" }, passage); // a quotation itself takes no name
  const read = el("button", { type: "button", onclick: () => readHere(citation) }, "Read it here");
  const link = el("a", { href: view.link, target: "_blank", rel: "noopener" }, "Open the document at this spot");
  return [list, named, el("p", { class: "further" }, read, " ", link)];
}

// The whole document in the footnote's place, beside the chat.
function readHere(citation) {
  const { source, start, end, highlight } = citation;
  showDocument(byId("panel"), { source, start, end, highlight }, { close: closePanel, back: () => openPanel(citation, opener) });
}

// Lines that were broken at a fixed width flow on, like the rest of the page; the stored document keeps its lines.
function flowing(text) {
  return text.replace(/([^\n]{45,})\n[ \t]*(?=[\p{L}\d“"‘'(])/gu, "$1 ");
}

function lost(citation, problem) {
  const why = problem || "The document has changed since this answer was given.";
  return [
    el("p", { class: "note" }, why),
    el("p", {}, "The quote as it stood in ", el("strong", {}, citation.source), ":"),
    el("blockquote", {}, el("mark", {}, citation.quote)),
  ];
}
