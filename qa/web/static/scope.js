// Which documents a question is asked of: collections, documents, dates. Shown in one line, chosen in a panel below it.

import { byId, el } from "./dom.js";
import { get } from "./server.js";

const MOST = 8; // documents offered at once
let chosen = []; // sources, and folders that end with "/"
let wanted = 0; // counts requests, so that a list that comes late does not replace a newer one
let waiting = null;

const label = (source) => (source.endsWith("/") ? source.slice(0, -1) : source.split("/").pop());

// What is sent with a question and kept with its answer.
export function limits() {
  const set = {};
  if (chosen.length) set.sources = [...chosen];
  for (const name of ["since", "until"]) if (byId(name).value) set[name] = byId(name).value;
  return set;
}

// The limits in words; empty where there are none.
export function limitsText(set) {
  const names = (set?.sources || []).map(label);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  const dates = ["since", "until"].filter((name) => set?.[name]).map((name) => `${name} ${set[name]}`).join(" ");
  return [shown && `in ${shown}`, dates && `published ${dates}`].filter(Boolean).join(", ");
}

// Take over what an earlier question of the conversation was asked of.
export function setLimits(set) {
  chosen = [...(set?.sources || [])];
  for (const name of ["since", "until"]) byId(name).value = set?.[name] || "";
  tell();
  if (byId("scope").open) draw();
}

function tell() {
  const text = limitsText(limits());
  byId("scope").querySelector("summary").textContent = text ? `Asking ${text}` : "All documents";
  byId("all").disabled = !text;
}

function toggle(source, on) {
  chosen = on ? [...chosen, source] : chosen.filter((one) => one !== source);
  tell();
}

function option(source, text, note) {
  const box = el("input", { type: "checkbox", checked: chosen.includes(source), onchange: (event) => toggle(source, event.target.checked) });
  return el("label", { class: "option", title: source }, box, el("span", { dir: "auto" }, text), note ? el("small", {}, note) : null);
}

async function draw() {
  const count = ++wanted;
  const query = byId("find").value.trim();
  let found;
  try {
    found = await get(`/api/documents?${new URLSearchParams({ together: true, sort: "title", limit: MOST, q: query })}`);
  } catch (error) {
    byId("options").replaceChildren(el("p", { class: "working" }, error.message));
    return;
  }
  if (count !== wanted) return;
  const folders = Object.entries(found.collections || {}).filter(([name]) => name);
  const folded = query.toLocaleLowerCase();
  const offered = folders.filter(([name]) => name.toLocaleLowerCase().includes(folded)).map(([name]) => `${name}/`);
  const numbers = Object.fromEntries(folders);
  const shown = new Set([...offered, ...found.documents.map((one) => one.source)]);
  // What is chosen stays in sight, whatever is looked for.
  const kept = chosen.filter((source) => !shown.has(source)).map((source) => option(source, label(source)));
  const more = found.total - found.documents.length;
  byId("options").replaceChildren(
    ...kept,
    ...offered.map((source) => option(source, label(source), `${numbers[label(source)]} document${numbers[label(source)] === 1 ? "" : "s"}`)),
    ...found.documents.map((one) => option(one.source, one.title || label(one.source), [one.published, one.title ? one.source : ""].filter(Boolean).join(" · "))),
    ...(more > 0 ? [el("p", { class: "working" }, `${more} more: type a part of the title.`)] : []),
    ...(found.total || offered.length ? [] : [el("p", { class: "working" }, "No document matches.")]),
  );
}

export function startScope() {
  byId("scope").addEventListener("toggle", () => { if (byId("scope").open) draw(); });
  byId("find").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
  byId("find").addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  for (const name of ["since", "until"]) byId(name).addEventListener("input", tell);
  byId("all").addEventListener("click", () => { setLimits(null); byId("scope").querySelector("summary").focus(); });
  byId("done").addEventListener("click", () => { byId("scope").open = false; byId("question").focus(); });
  tell();
}
