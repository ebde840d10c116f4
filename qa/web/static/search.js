// Passages for some words or a question, by document, with those words marked; the documents can be asked.

import { byId, el, named } from "./dom.js";
import { get } from "./server.js";

const STEP = 30; // passages
const SHOWN = 2; // of one document, before its others are asked for
const AROUND = 320; // characters of a passage
let limit = STEP;
let wanted = 0;
const chosen = new Set();

const state = () => ({ q: byId("words").value.trim(), in: byId("collection").value, since: byId("since").value, until: byId("until").value });

// The part of a passage around its first marked word, as nodes. Offsets count code points.
function excerpt({ text, highlights }) {
  const signs = [...text];
  const first = highlights[0]?.[0] || 0;
  let from = Math.max(0, first - 80);
  while (from > 0 && signs[from - 1] !== " " && signs[from - 1] !== "\n") from -= 1;
  const to = Math.min(signs.length, from + AROUND);
  // Lines stay lines; marks of headings and the ruler of a table say nothing here.
  const part = (low, high) => signs.slice(low, high).join("").replace(/(^|\n)[ \t]*[|:\- \t]{3,}(?=\n|$)/g, "$1").replace(/(^|\n)#{1,6} /g, "$1").replace(/\s*\n\s*/g, "\n");
  const nodes = [from > 0 ? "… " : ""];
  let at = from;
  for (const [low, high] of highlights) {
    if (low < at || high > to) continue;
    nodes.push(part(at, low), el("mark", {}, part(low, high)));
    at = high;
  }
  return [...nodes, part(at, to), to < signs.length ? " …" : ""];
}

function passage(hit) {
  const spot = `/document?source=${encodeURIComponent(hit.source)}#c${hit.start}-${hit.end}`;
  const headings = hit.heading.split(" > ").filter((one) => one && one !== hit.title).join(" › ");
  const place = [hit.place, headings].filter(Boolean).join(" · ");
  return el("li", {}, el("a", { class: "passage", dir: "auto", href: spot }, el("span", { class: "text" }, ...excerpt(hit)), place ? el("span", { class: "place" }, place) : null));
}

function documentOf(hits) {
  const [hit] = hits;
  const name = named(hit);
  const box = el("input", { type: "checkbox", id: `d-${hit.source}`, checked: chosen.has(hit.source), onchange: (event) => choose(hit.source, event.target.checked) });
  const about = [hit.published || "no date", hit.publisher, hit.source].filter(Boolean).join(" · ");
  const list = el("ul", {}, ...hits.slice(0, SHOWN).map(passage));
  const rest = hits.slice(SHOWN);
  const more = rest.length ? el("button", { class: "quiet rest", type: "button", onclick: () => { list.append(...rest.map(passage)); more.remove(); } },
    `${rest.length} more passage${rest.length === 1 ? "" : "s"} of it`) : null;
  return el("li", {}, el("div", { class: "title" }, box, el("label", { for: box.id, dir: "auto" }, name)), el("p", { class: "about" }, about), list, more);
}

function choose(source, on) {
  if (on) chosen.add(source);
  else chosen.delete(source);
  byId("chosen").hidden = !chosen.size;
  byId("count").textContent = `${chosen.size} document${chosen.size === 1 ? "" : "s"} chosen`;
}

async function search() {
  const set = state();
  if (!set.q) return;
  const address = new URLSearchParams(Object.entries(set).filter(([, value]) => value));
  history.replaceState(null, "", `/search?${address}`);
  const count = ++wanted;
  byId("told").textContent = "Searching…";
  address.set("k", limit);
  let hits = [];
  let problem = "";
  try { ({ hits } = await get(`/api/search?${address}`)); } catch (error) { problem = error.message; }
  if (count !== wanted) return;
  byId("problem").hidden = !problem;
  byId("problem").textContent = problem;
  const documents = new Map();
  for (const hit of hits) documents.set(hit.source, [...(documents.get(hit.source) || []), hit]);
  byId("found").replaceChildren(...[...documents.values()].map(documentOf));
  const plural = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const worded = hits.filter((hit) => hit.highlights.length).length;
  const kinds = worded === hits.length ? "" : worded ? `${worded} with the words, the others near in meaning: ` : "None has the words; near in meaning: ";
  byId("told").textContent = hits.length ? `${kinds}${plural(hits.length, "passage")} in ${plural(documents.size, "document")}, nearest first` : problem ? "" : "Nothing found.";
  byId("more").hidden = hits.length < limit || limit >= 90;
}

async function offerCollections(chosenOne) {
  let counts = {};
  try { ({ collections: counts } = await get("/api/documents?limit=1")); } catch { /* the search itself will say what is wrong */ }
  const names = Object.keys(counts || {}).filter(Boolean);
  byId("collection-label").hidden = !names.length;
  byId("collection").replaceChildren(el("option", { value: "" }, "all documents"), ...names.map((name) => el("option", { value: `${name}/` }, `${name} (${counts[name]})`)));
  byId("collection").value = names.includes(chosenOne.replace(/\/$/, "")) ? chosenOne : "";
}

byId("search").addEventListener("submit", (event) => { event.preventDefault(); limit = STEP; search(); });
for (const name of ["collection", "since", "until"]) byId(name).addEventListener("change", () => { limit = STEP; search(); });
byId("more").addEventListener("click", () => { limit += STEP; search(); });
byId("none").addEventListener("click", () => {
  for (const source of [...chosen]) choose(source, false);
  for (const box of byId("found").querySelectorAll("input")) box.checked = false;
});
byId("ask-these").addEventListener("click", () => {
  const query = new URLSearchParams([...[...chosen].map((source) => ["in", source]), ["q", byId("words").value.trim()]]);
  location.assign(`/?${query}`);
});

const given = new URLSearchParams(location.search);
byId("words").value = given.get("q") || "";
for (const name of ["since", "until"]) byId(name).value = given.get(name) || "";
await offerCollections(given.get("in") || "");
search();
