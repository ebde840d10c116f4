// The list of conversations: open, search, pin, rename, export, delete.

import { announce, byId, el, icon } from "./dom.js";
import { get, send } from "./server.js";

let here = null; // the open conversation
let actions = { open: () => {}, gone: () => {} };
let wanted = 0;
let waiting = null;

export function showCurrent(id) {
  here = id;
  for (const button of byId("thread-list").querySelectorAll("button[data-thread]")) {
    if (button.dataset.thread === id) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

export async function listThreads() {
  const count = ++wanted;
  const words = byId("thread-search").value.trim();
  let items = [];
  try { items = await get(`/api/threads?${new URLSearchParams({ q: words })}`); } catch { return; }
  if (count !== wanted) return;
  byId("thread-list").replaceChildren(...items.map(line));
  byId("thread-none").hidden = items.length > 0 || !words;
}

function line(item) {
  // The number that tells two of one title apart stays in sight when a long title is cut.
  const [, title, number] = /^(.*?)( \(\d+\))?$/su.exec(item.title);
  const open = el("button", { type: "button", "data-thread": item.id, title: item.title, "aria-current": item.id === here ? "true" : null,
    onclick: () => actions.open(item.id) }, el("span", { dir: "auto" }, title), number ? el("small", {}, number) : null);
  const menu = el("div", { class: "thread-menu", hidden: true });
  const more = el("button", { class: "icon", type: "button", "aria-label": `More for: ${item.title}`, title: "More", "aria-expanded": "false",
    onclick: () => toggle(menu, more, item, node) }, icon(item.pinned ? "pin" : "more"));
  const node = el("li", { class: item.pinned ? "pinned" : null }, el("div", { class: "thread-line" }, open, more), menu);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    toggle(menu, more, item, node);
    more.focus();
  });
  return node;
}

function toggle(menu, more, item, node) {
  const open = menu.hidden;
  for (const other of byId("thread-list").querySelectorAll(".thread-menu")) other.hidden = true;
  for (const other of byId("thread-list").querySelectorAll("[aria-expanded]")) other.setAttribute("aria-expanded", "false");
  if (!open) return;
  const act = (text, onclick) => el("button", { class: "quiet", type: "button", onclick }, text);
  const file = (text, format) => el("a", { class: "quiet", href: `/api/threads/${item.id}/export?format=${format}`, download: "", title: `Save as ${text}` }, text);
  menu.replaceChildren(
    act(item.pinned ? "Unpin" : "Pin", () => change(item.id, { pinned: !item.pinned })),
    act("Rename", () => rename(item, node)),
    file("Markdown", "md"),
    file("Word", "docx"),
    act("PDF", () => savePdf(item, menu)),
    act("Delete", () => remove(item.id)),
  );
  menu.hidden = false;
  more.setAttribute("aria-expanded", "true");
  menu.firstElementChild.focus();
}

async function change(id, body) {
  try { await send("PATCH", `/api/threads/${id}`, body); } catch (error) { announce(error.message); }
  await listThreads();
  byId("thread-list").querySelector(`[data-thread="${id}"]`)?.focus();
}

function rename(item, node) {
  const field = el("input", { "aria-label": "Title", maxlength: 120, value: item.title, dir: "auto" });
  let done = false;
  const end = (keep) => {
    if (done) return;
    done = true;
    if (keep && field.value.trim() && field.value.trim() !== item.title) change(item.id, { title: field.value.trim() });
    else listThreads();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") end(true);
    if (event.key === "Escape") { event.stopPropagation(); end(false); }
  });
  field.addEventListener("blur", () => end(true));
  node.replaceChildren(field);
  field.select();
}

// The server has fonts for most scripts; where it lacks one it says so, and the browser's own printing is offered.
async function savePdf(item, menu) {
  let response;
  try { response = await send("GET", `/api/threads/${item.id}/export?format=pdf`); } catch (error) {
    const print = el("button", { class: "quiet", type: "button", onclick: async () => { await actions.open(item.id); window.print(); } }, "Print instead");
    menu.replaceChildren(el("p", { class: "working", role: "alert" }, error.message), print);
    print.focus();
    return;
  }
  const name = decodeURIComponent(/filename\*=UTF-8''(\S+)/.exec(response.headers.get("Content-Disposition"))[1]);
  const address = URL.createObjectURL(await response.blob());
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

async function remove(id) {
  if (!confirm("Delete this conversation and its ratings?")) return;
  try { await send("DELETE", `/api/threads/${id}`); } catch (error) { announce(error.message); }
  if (id === here) actions.gone();
  listThreads();
}

export function startThreads(given) {
  actions = given;
  byId("thread-search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(listThreads, 150); });
  listThreads();
}
