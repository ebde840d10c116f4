// A document beside the chat or on a page of its own: set out by its structure, as a PDF's pages, or as plain text, with a quote marked.
// Text comes with places (start, end) that count Unicode code points, and goes in as text nodes only.

import { el, icon } from "./dom.js";
import { get } from "./server.js";

const FORMATS = { markdown: "Markdown", docx: "Word", pptx: "PowerPoint", xlsx: "Excel", html: "Web page", pdf: "PDF", text: "Text", mail: "Mail",
  csv: "Table", tsv: "Table", jsonl: "Records", odt: "OpenDocument text", ods: "OpenDocument sheet", odp: "OpenDocument slides", rtf: "Rich text", epub: "E-book" };
export const formatName = (format) => FORMATS[format] || format;
export const address = (path) => path.split("/").map(encodeURIComponent).join("/");

let opened = 0; // counts openings, so that a document that comes late is not shown in another's place

// Shows the document in `box`: { source, start, end } (the quote may be missing); `close` and `back` are offered as buttons where given.
// `outline` says whether the headings are listed unfolded.
export async function showDocument(box, spot, { close = null, back = null, outline = false } = {}) {
  const count = ++opened;
  const buttons = [
    back ? el("button", { class: "icon", type: "button", "aria-label": "Back to the footnote", title: "Back", onclick: back }, icon("back")) : null,
    close ? el("button", { class: "icon", type: "button", "aria-label": "Close the document", title: "Close (Esc)", onclick: close }, icon("close")) : null,
  ];
  const title = el("h2", { dir: "auto" }, spot.source.split("/").pop());
  const head = el("div", { class: "doc-head" }, buttons[0], title, buttons[1]);
  const body = el("div", { class: "doc-body" }, el("p", { class: "working" }, "Reading the document…"));
  box.hidden = false;
  box.classList.add("document");
  box.replaceChildren(head, body);
  if (close) box.focus();
  let found;
  try { found = await get(`/api/layout/${address(spot.source)}`); } catch (error) {
    if (count === opened) body.replaceChildren(el("p", { class: "note", role: "alert" }, error.message));
    return null;
  }
  if (count !== opened || box.hidden) return null;
  title.textContent = found.title || found.source.split("/").pop();
  draw(body, found, spot, outline);
  return found;
}

export function closeDocument(box) {
  opened += 1;
  box.hidden = true;
  box.classList.remove("document");
  box.replaceChildren();
}

function draw(body, found, spot, outline) {
  const text = cutter(found, spot);
  const views = [];
  if (found.pictures) views.push(["Pages", () => pages(found, spot)]);
  const styled = found.format === "markdown" ? (from, to) => text(from, to).flatMap(emphasis) : text;
  if (found.parts.length) views.push(["Text", () => setOut(found, styled, outline)]);
  views.push(["Plain", () => plain(found, text)]);
  const shown = el("div", { class: "doc-view" });
  const tabs = views.map(([name, make], n) => el("button", { type: "button", role: "tab", "aria-selected": "false",
    onclick: () => choose(n), onkeydown: (event) => move(event, n) }, name));
  const made = [];
  function choose(n) {
    tabs.forEach((tab, m) => { tab.setAttribute("aria-selected", String(m === n)); tab.tabIndex = m === n ? 0 : -1; });
    made[n] ||= views[n][1]();
    shown.replaceChildren(made[n]);
    // A quote that stands in no part (page furniture) is still in the plain text.
    const mark = shown.querySelector("mark");
    if (!mark && spot.end && views[n][0] === "Text") { choose(views.length - 1); return; }
    mark?.scrollIntoView({ block: "center" });
  }
  function move(event, n) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (n + step + tabs.length) % tabs.length;
    choose(next);
    tabs[next].focus();
  }
  const original = el("a", { class: "quiet", href: `/api/originals/${address(found.source)}`, target: "_blank", rel: "noopener" }, "Open the original");
  const date = found.published ? `${found.published} (${found.date_known})` : found.date_known;
  const size = found.pages ? `${found.pages} ${found.pages === 1 ? unit(found.format) : `${unit(found.format)}s`}` : "";
  const meta = [...new Set([found.publisher, found.author]), date, formatName(found.format), size, found.source].filter(Boolean).join(" · ");
  body.replaceChildren(
    el("p", { class: "meta", dir: "auto" }, meta),
    el("div", { class: "doc-tools" }, views.length > 1 ? el("div", { role: "tablist", "aria-label": "How the document is shown" }, ...tabs) : null, original),
    shown);
  choose(0);
}

export const unit = (format) => ({ pptx: "slide", odp: "slide", xlsx: "sheet", ods: "sheet", epub: "chapter" }[format] || "page");

// Gives the nodes for a place in the text: the quote in it marked, its short answer strong.
function cutter(found, { start = 0, end = 0, highlight = null }) {
  // Offsets count code points; where every character is one unit of a JavaScript string, that can be cut as it is.
  const signs = found.text.length === found.characters ? null : Array.from(found.text);
  const cut = (from, to) => (signs ? signs.slice(from, to).join("") : found.text.slice(from, to));
  const strong = (from, to) => {
    const [a, b] = highlight ? [Math.max(from, highlight.start), Math.min(to, highlight.end)] : [to, to];
    return a < b ? [cut(from, a), el("strong", {}, cut(a, b)), cut(b, to)].filter(Boolean) : [cut(from, to)];
  };
  return (from, to) => {
    const [a, b] = [Math.max(from, start), Math.min(to, end)];
    if (a >= b) return [cut(from, to)];
    return [cut(from, a), el("mark", {}, ...strong(a, b)), cut(b, to)].filter((node) => node !== "");
  };
}

// Emphasis and code as Markdown means them; in the plain text the marks stay as they are.
function emphasis(node) {
  if (typeof node !== "string") {
    node.replaceChildren(...[...node.childNodes].flatMap((inner) => emphasis(inner.nodeType === Node.TEXT_NODE ? inner.data : inner)));
    return [node];
  }
  return node.split(/(\*\*[^*\n]+\*\*|`[^`\n]+`|(?<![*\w])\*[^*\s][^*\n]*\*(?![*\w]))/).map((piece, n) => {
    if (n % 2 === 0) return piece;
    if (piece.startsWith("**")) return el("strong", {}, piece.slice(2, -2));
    return piece.startsWith("`") ? el("code", {}, piece.slice(1, -1)) : el("em", {}, piece.slice(1, -1));
  });
}

function setOut(found, text, unfolded) {
  const view = el("div", { class: "set-out", tabindex: "0", role: "region", "aria-label": "The document" });
  const headings = el("ol");
  const places = [...found.places];
  for (const part of found.parts) {
    const begins = part.lines[0][0][0];
    let place = null;
    while (places.length && places[0].start <= begins) place = places.shift().place;
    if (place) view.append(el("p", { class: "place" }, place));
    const node = drawPart(part, text);
    if (part.kind === "heading" || part.kind === "question") {
      const [from, to] = part.lines[0][0];
      const level = part.kind === "question" ? 3 : Math.min(part.level, 3);
      headings.append(el("li", { class: `level-${level}` },
        el("button", { class: "text", type: "button", dir: "auto", onclick: () => node.scrollIntoView({ block: "start" }) }, ...plainly(text(from, to)))));
    }
    view.append(node);
  }
  if (headings.childElementCount < 3) return view;
  return el("div", { class: "with-outline" }, el("details", { class: "outline", open: unfolded },
    el("summary", {}, "Outline"), el("nav", { "aria-label": "Outline" }, headings)), view);
}

const plainly = (nodes) => nodes.map((node) => (typeof node === "string" ? node : node.textContent));

function drawPart(part, text) {
  const cell = ([from, to]) => text(from, to);
  if (part.kind === "table") return table(part, cell);
  if (part.kind === "list") {
    return el("ul", { class: "items" }, ...part.lines.map(([item], n) => el("li", { dir: "auto", class: `in-${Math.min(3, Math.floor((part.indents[n] || 0) / 2))}` },
      el("span", { class: "number", "aria-hidden": part.numbers[n] ? null : "true" }, part.numbers[n] || "•"), el("span", {}, ...cell(item)))));
  }
  if (part.kind === "pairs") {
    return el("dl", {}, ...part.lines.flatMap(([name, value]) => (value
      ? [el("dt", { dir: "auto" }, ...cell(name)), el("dd", { dir: "auto" }, ...cell(value))]
      : [el("dd", { class: "alone", dir: "auto" }, ...cell(name))])));
  }
  if (part.kind === "code") return el("pre", { class: "code" }, ...part.lines.flatMap(([line], n) => [n ? "\n" : "", ...cell(line)]));
  const lines = part.lines.flatMap(([line], n) => [n ? el("br") : null, ...cell(line)]);
  if (part.kind === "heading" || part.kind === "question") {
    return el(`h${Math.min(6, (part.level || 3) + 2)}`, { dir: "auto", class: part.kind }, ...lines);
  }
  return el("p", { dir: "auto", class: part.kind }, ...lines);
}

function table(part, cell) {
  const rows = part.headed ? part.lines.slice(1) : part.lines;
  const columns = Math.max(part.names.length, ...part.lines.map((line) => line.length));
  const figures = (n) => rows.some((row) => row[n] && row[n][1] > row[n][0])
    && rows.every((row) => !row[n] || row[n][0] === row[n][1] || /^[\d−+-]/.test(plainly(cell(row[n])).join("")));
  const right = Array.from({ length: columns }, (_, n) => figures(n));
  const head = part.names.length ? part.names.map((name) => [name]) : part.headed ? part.lines[0].map(cell) : null;
  const shown = (name, n, content) => el(name, { dir: "auto", class: right[n] ? "figure" : null, scope: name === "th" ? "col" : null }, ...content);
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" }, el("table", {},
    head ? el("thead", {}, el("tr", {}, ...head.map((content, n) => shown("th", n, content)))) : null,
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((one, n) => shown("td", n, cell(one))))))));
}

function plain(found, text) {
  return el("pre", { class: "plain", tabindex: "0", role: "region", "aria-label": "Text of the document" }, ...text(0, found.characters));
}

// The pages as they were printed; the first one shown is that of the quote.
function pages(found, spot) {
  const picture = el("img", { alt: "" });
  const leaf = el("div", { class: "leaf" }, picture);
  const count = el("span", { role: "status" });
  const turn = (step, label, name) => el("button", { class: "icon", type: "button", "aria-label": label, title: label, onclick: () => show(page + step) }, icon(name));
  const [before, after] = [turn(-1, "Page before", "back"), turn(1, "Next page", "forth")];
  const note = el("p", { class: "note", role: "alert", hidden: true });
  const view = el("div", { class: "sheets" }, el("div", { class: "turn" }, before, count, after), note, leaf);
  let page = 1;
  let all = found.pages || 1;
  let marks = [];
  function show(wanted) {
    page = Math.min(Math.max(1, wanted), all);
    count.textContent = `Page ${page} of ${all}`;
    before.disabled = page <= 1;
    after.disabled = page >= all;
    leaf.classList.add("coming");
    const wide = (leaf.clientWidth || 700) * Math.min(2, devicePixelRatio || 1);
    picture.src = `/api/pictures/${address(found.source)}?page=${page}&width=${Math.min(2400, Math.max(400, Math.ceil(wide / 200) * 200))}`;
    picture.alt = `Page ${page} of ${found.title || found.source}`;
    for (const box of leaf.querySelectorAll("mark")) box.remove();
    for (const [left, top, right, bottom] of marks.find((one) => one.page === page)?.boxes || []) {
      const box = el("mark", { role: "img", "aria-label": "The quote" });
      Object.assign(box.style, { left: `${left * 100}%`, top: `${top * 100}%`, width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%` });
      leaf.append(box);
    }
  }
  function trouble(message) {
    note.hidden = !message;
    note.textContent = message;
  }
  picture.addEventListener("load", () => {
    leaf.classList.remove("coming");
    leaf.querySelector("mark")?.scrollIntoView({ block: "center" });
  });
  picture.addEventListener("error", async () => {
    leaf.hidden = true;
    try { await get(picture.getAttribute("src")); } catch (error) { trouble(error.message); }
  });
  queueMicrotask(async () => { // once the view stands in the page and has a width
    if (spot.end) {
      try {
        const told = await get(`/api/marks/${address(found.source)}?start=${spot.start}&end=${spot.end}`);
        ({ pages: all, marks } = told);
        page = told.marks[0]?.page || told.page;
        if (!told.marks.length) trouble("The quote's place on the page was not found; it stands in the text.");
      } catch (error) { trouble(error.message); }
    }
    show(page);
  });
  return view;
}
