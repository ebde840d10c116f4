// The page of documents: adding, listing, searching, sorting, opening and removing them.

import { announce, byId, el, icon } from "./dom.js";
import { get, send } from "./server.js";
import { size, uploadBox } from "./upload.js";
import { address, closeDocument, formatName, showDocument, unit } from "./viewer.js";

const PAGE = 100;
let shown = 0;
let opener = null;
let wanted = 0; // counts requests, so that a list that comes late does not replace a newer one

const upload = uploadBox({ changed: settled, folder: () => byId("into").value.trim().replace(/^\/+|\/+$/g, "") });
byId("add").prepend(upload.box);

function problem(message) {
  byId("problem").hidden = !message;
  byId("problem").textContent = message;
}

// The index has changed, or the page was opened.
function settled(state) {
  byId("add").hidden = !state.writable && !state.indexing.failed.length;
  byId("into-label").hidden = !state.writable;
  byId("unlock").hidden = !state.unlockable;
  byId("reindex").hidden = !state.writable;
  list();
}

async function list(more = false) {
  const [sort, descending] = byId("sort").value.split(" ");
  const query = new URLSearchParams({ together: true, sort, descending: Boolean(descending), offset: more ? shown : 0, limit: PAGE });
  if (byId("search").value.trim()) query.set("q", byId("search").value.trim());
  if (byId("collection").value !== "*") query.set("collection", byId("collection").value);
  const count = ++wanted;
  let found;
  try {
    const health = await get("/health?quiet=true");
    if (count !== wanted) return;
    if (health.status !== "ready") { // no index yet, or the models are loading
      byId("list").hidden = true;
      byId("summary").textContent = health.empty ? "None yet." : health.status === "starting" ? "The models are loading…" : health.reason;
      setTimeout(() => { if (count === wanted) list(); }, 1500);
      return;
    }
    found = await get(`/api/documents?${query}`);
  } catch (error) { problem(error.message); return; }
  if (count !== wanted) return;
  problem("");
  const rows = found.documents.map(row);
  if (more) byId("rows").append(...rows);
  else byId("rows").replaceChildren(...rows);
  shown = (more ? shown : 0) + rows.length;
  byId("more").hidden = shown >= found.total;
  byId("none").hidden = found.total > 0;
  collections(found.collections);
  const all = Object.values(found.collections).reduce((sum, number) => sum + number, 0);
  byId("list").hidden = !all;
  const state = upload.state();
  const room = state?.writable ? `, ${size(state.used_bytes)} of ${size(state.quota_bytes)}` : "";
  byId("summary").textContent = all ? `${all} document${all === 1 ? "" : "s"}${room}` : "None yet.";
}

function collections(counts) {
  const chosen = byId("collection").value || "*";
  const option = (value, text) => el("option", { value }, text);
  const named = Object.entries(counts).filter(([name]) => name);
  const loose = counts[""] && named.length ? [option("", `In no collection (${counts[""]})`)] : [];
  byId("collection").replaceChildren(option("*", "All collections"), ...named.map(([name, number]) => option(name, `${name} (${number})`)), ...loose);
  byId("collection").hidden = !named.length;
  byId("list").classList.toggle("loose", !named.length);
  byId("collection").value = chosen in counts ? chosen : "*";
  byId("collections").replaceChildren(...named.map(([name]) => el("option", { value: name })));
}

function row(one) {
  const name = one.title || one.source.split("/").pop();
  const open = el("a", { class: "text", dir: "auto", href: `/document?source=${encodeURIComponent(one.source)}`, onclick: openHere(one.source) }, name);
  const remove = el("button", { class: "icon", type: "button", title: "Remove", "aria-label": `Remove ${name}`, onclick: () => removeOne(one, name, line) }, icon("close"));
  const parts = one.inside ? ` · ${one.inside} ${one.format === "mail" ? "attachments" : "entries"}` : "";
  const line = el("tr", {},
    el("td", { class: "title" }, open, el("span", { class: "source", dir: "auto" }, `${one.source.split("#")[0]}${parts}`)),
    el("td", { dir: "auto" }, one.collection),
    el("td", { class: "date", title: one.date_known }, one.published || "–"),
    el("td", { class: "format" }, formatName(one.format)),
    el("td", { class: "number", "data-unit": unit(one.format) + (one.pages === 1 ? "" : "s") }, one.pages ? String(one.pages) : ""),
    el("td", { class: "actions" }, upload.state()?.writable ? remove : null));
  return line;
}

async function removeOne(one, name, line) {
  const many = one.inside ? ` with its ${one.inside} entries` : "";
  if (!confirm(`Remove “${name}”${many}? It will no longer be answered from.`)) return;
  line.classList.add("going");
  try {
    const removed = await (await send("DELETE", `/api/documents/${address(one.source)}`)).json();
    announce(`${name} is being removed.`);
    if (removed.file_kept) problem(`${name} is taken out of the index. Its file was not added on this page and stays where it is; looking for changes brings it back.`);
  } catch (error) {
    line.classList.remove("going");
    problem(error.message);
  }
  upload.watch();
}

// A plain click opens the document beside the list; any other does what it does with a link.
function openHere(source) {
  return (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    opener?.removeAttribute("aria-current");
    opener = event.currentTarget;
    opener.setAttribute("aria-current", "true");
    showDocument(byId("viewer"), { source }, { close: shut });
  };
}

function shut() {
  if (byId("viewer").hidden) return;
  closeDocument(byId("viewer"));
  opener?.removeAttribute("aria-current");
  opener?.focus();
  opener = null;
}

let pause = 0;
byId("search").addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(list, 200); });
byId("tools").addEventListener("submit", (event) => { event.preventDefault(); list(); });
for (const id of ["collection", "sort"]) byId(id).addEventListener("change", () => list());
byId("more").addEventListener("click", () => list(true));
byId("reindex").addEventListener("click", async () => {
  try { await send("POST", "/api/index"); } catch (error) { problem(error.message); }
  upload.watch();
});
byId("unlock").addEventListener("submit", async (event) => {
  event.preventDefault();
  try { await send("POST", "/api/unlock", { token: byId("token").value }); } catch (error) { problem(error.message); return; }
  byId("token").value = "";
  problem("");
  upload.refresh();
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") shut(); });
