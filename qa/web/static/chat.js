// The chat page: asking, conversations, starters, state of the server.

import { drawExchange, startExchange } from "./answer.js";
import { announce, byId, el, icon } from "./dom.js";
import { firstRun } from "./first.js";
import { closePanel } from "./panel.js";
import { get, send, streamQuestion } from "./server.js";

let thread = null;
let running = null;
let first = true;

const log = byId("log");
const question = byId("question");
const welcome = byId("welcome");

function setThread(id) {
  thread = id;
  history.replaceState(null, "", id ? `#${id}` : location.pathname);
  for (const button of byId("thread-list").querySelectorAll("button[data-thread]")) {
    if (button.dataset.thread === id) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

function clearLog() {
  running?.abort();
  closePanel();
  log.replaceChildren();
}

function newThread() {
  clearLog();
  log.append(welcome);
  setThread(null);
  closeMenu();
  question.focus();
}

async function ask(text) {
  running?.abort();
  const control = new AbortController();
  running = control;
  welcome.remove();
  const exchange = startExchange(log, text);
  setBusy(true);
  const body = { question: text };
  if (thread) body.thread = thread;
  for (const name of ["since", "until"]) if (byId(name).value) body[name] = byId(name).value;
  let complete = false;
  try {
    await streamQuestion(body, control.signal, (name, data) => {
      if (name === "thread" && data.thread !== thread) setThread(data.thread);
      else if (name === "step") exchange.step(data.text);
      else if (name === "claim") exchange.claim(data.text, data.citations);
      else if (name === "answer") { complete = true; exchange.finish({ ...data, verdict: null }); }
      else if (name === "error") { complete = true; exchange.fail(data.message, () => ask(text)); }
    });
    if (!complete) exchange.fail("The server ended the answer early.", () => ask(text));
  } catch (error) {
    if (control.signal.aborted) exchange.stopped();
    else exchange.fail(error.status ? error.message : "The server cannot be reached.", () => ask(text));
  } finally {
    if (running === control) { running = null; setBusy(false); }
    listThreads();
  }
}

function setBusy(busy) {
  const button = byId("send");
  button.textContent = busy ? "Stop" : "Ask";
  button.setAttribute("aria-label", busy ? "Stop answering" : "Ask");
  log.setAttribute("aria-busy", String(busy));
}

async function listThreads() {
  let items = [];
  try { items = await get("/api/threads"); } catch { return; }
  byId("thread-list").replaceChildren(...items.map((item) => el("li", {},
    el("button", { type: "button", "data-thread": item.id, title: item.title, "aria-current": item.id === thread ? "true" : null,
      onclick: () => openThread(item.id) }, el("span", {}, item.title)),
    el("button", { class: "icon", type: "button", "aria-label": `Delete conversation: ${item.title}`, title: "Delete",
      onclick: () => removeThread(item.id) }, icon("close")))));
}

async function removeThread(id) {
  if (!confirm("Delete this conversation and its ratings?")) return;
  try { await send("DELETE", `/api/threads/${id}`); } catch (error) { announce(error.message); }
  if (id === thread) newThread();
  listThreads();
}

async function openThread(id) {
  let turns;
  try { turns = await get(`/api/threads/${id}`); } catch { newThread(); return; }
  clearLog();
  setThread(id);
  for (const turn of turns) drawExchange(log, turn.question, { ...turn.payload, turn: turn.id, verdict: turn.verdict });
  log.lastElementChild?.scrollIntoView({ block: "start" });
  closeMenu();
  question.focus();
}

// The server finds them one by one: it asks itself each and offers those it can answer.
async function offerStarters() {
  let found;
  try { found = await get("/api/starters"); } catch { return; }
  const list = byId("starters") || welcome.querySelector("#starters");
  for (const text of found.questions.slice(list.childElementCount)) {
    list.append(el("li", { class: "fresh" }, el("button", { type: "button", onclick: () => ask(text) }, text)));
  }
  if (!found.complete && welcome.isConnected) setTimeout(offerStarters, 1000);
}

// The page says why it cannot answer, and notices by itself when it can.
async function watchServer() {
  let health = { status: "unavailable", reason: "The server cannot be reached." };
  try { health = await (await fetch("/health?quiet=true")).json(); } catch { /* said by the banner */ }
  let message = "";
  if (health.status === "starting") message = "The models are loading…";
  else if (health.status !== "ready") message = health.reason || "The server cannot answer now.";
  const waits = firstRun(Boolean(health.empty), welcome);
  if (waits) message = "";
  const banner = byId("banner");
  const recovered = !banner.hidden && !message;
  banner.hidden = !message;
  if (banner.textContent !== message) banner.textContent = message;
  const count = health.documents;
  byId("status").textContent = count ? `${count} document${count === 1 ? "" : "s"}` : "";
  byId("logout").hidden = !health.login;
  if (waits) first = true;
  else if (!message && (recovered || first)) { first = false; offerStarters(); }
  setTimeout(watchServer, message || waits ? 2000 : 30000);
}

function closeMenu() {
  byId("threads").classList.remove("open");
  byId("menu").setAttribute("aria-expanded", "false");
}

// A limit that is set is told, also when its fields are folded away.
function tellDates() {
  const set = ["since", "until"].filter((name) => byId(name).value).map((name) => `${name} ${byId(name).value}`);
  byId("dates").querySelector("summary").textContent = set.length ? `Documents published ${set.join(" ")}` : "Dates";
}

function fit() {
  question.rows = Math.min(6, Math.max(1, question.value.split("\n").length));
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  if (running) { running.abort(); return; }
  const text = question.value.trim();
  if (!text) return;
  question.value = "";
  fit();
  ask(text);
});
byId("send").addEventListener("click", (event) => {
  if (running) { event.preventDefault(); running.abort(); } // Stop works with an empty question too
});
question.addEventListener("input", fit);
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (!running) byId("ask").requestSubmit();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !closePanel()) closeMenu();
});
byId("menu").addEventListener("click", () => {
  const open = byId("threads").classList.toggle("open");
  byId("menu").setAttribute("aria-expanded", String(open));
  if (open) byId("new").focus();
});
byId("new").addEventListener("click", newThread);
byId("clear-dates").addEventListener("click", () => { byId("since").value = ""; byId("until").value = ""; tellDates(); });
for (const name of ["since", "until"]) byId(name).addEventListener("input", tellDates);

watchServer();
listThreads();
const wanted = location.hash.slice(1);
if (/^[0-9a-f]{32}$/.test(wanted)) openThread(wanted);
else question.focus();
