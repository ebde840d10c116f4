// The chat page: asking, conversations, starters, state of the server.

import { drawExchange, startExchange } from "./answer.js";
import { byId, el } from "./dom.js";
import { firstRun } from "./first.js";
import { closePanel } from "./panel.js";
import { limits, setLimits, startScope } from "./scope.js";
import { get, streamQuestion } from "./server.js";
import { listThreads, showCurrent, startThreads } from "./threads.js";
import { startWriters, tellWriter } from "./writers.js";

let thread = null;
let running = null;
let first = true;

const log = byId("log");
const question = byId("question");
const welcome = byId("welcome");

function setThread(id) {
  thread = id;
  history.replaceState(null, "", id ? `#${id}` : location.pathname);
  showCurrent(id);
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
  setLimits(null);
  closeMenu();
  question.focus();
}

// `instead`: a turn of this conversation whose place the answer takes, with all behind it.
async function ask(text, instead = null) {
  running?.abort();
  const control = new AbortController();
  running = control;
  welcome.remove();
  const set = limits();
  const exchange = startExchange(log, text, set, again);
  setBusy(true);
  const body = { question: text, ...set };
  if (thread) body.thread = thread;
  if (instead && thread) body.instead = instead;
  const retry = () => ask(text, instead);
  const back = instead ? () => openThread(thread) : null;
  let complete = false;
  try {
    await streamQuestion(body, control.signal, (name, data) => {
      if (name === "thread" && data.thread !== thread) setThread(data.thread);
      else if (name === "step") exchange.step(data.text);
      else if (name === "claim") exchange.claim(data.text, data.citations);
      else if (name === "answer") { complete = true; exchange.finish({ ...data, verdict: null }); }
      else if (name === "error") { complete = true; exchange.fail(data.message, retry, back); }
    });
    if (!complete) exchange.fail("The server ended the answer early.", retry, back);
  } catch (error) {
    if (control.signal.aborted) exchange.stopped(retry, back);
    else exchange.fail(error.status ? error.message : "The server cannot be reached.", retry, back);
  } finally {
    if (running === control) { running = null; setBusy(false); }
    listThreads();
  }
}

// An edited question, or another try: what stood there and behind it makes room.
function again(turn, text) {
  closePanel();
  const from = log.querySelector(`[data-turn="${turn.turn}"]`);
  while (from?.nextElementSibling) from.nextElementSibling.remove();
  from?.remove();
  ask(text, turn.turn);
}

function setBusy(busy) {
  const button = byId("send");
  button.textContent = busy ? "Stop" : "Ask";
  button.setAttribute("aria-label", busy ? "Stop answering" : "Ask");
  log.setAttribute("aria-busy", String(busy));
}

async function openThread(id) {
  let turns;
  try { turns = await get(`/api/threads/${id}`); } catch { newThread(); return; }
  clearLog();
  setThread(id);
  setLimits(turns.at(-1)?.payload.limits);
  for (const { id: turn, question: text, payload, ...rated } of turns) drawExchange(log, text, { ...payload, ...rated, turn }, again);
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
  else if (!message && (recovered || first)) { first = false; offerStarters(); tellWriter(); }
  setTimeout(watchServer, message || waits ? 2000 : 30000);
}

function closeMenu() {
  byId("threads").classList.remove("open");
  byId("menu").setAttribute("aria-expanded", "false");
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
  if (event.key !== "Escape" || closePanel()) return;
  if (byId("scope").open) byId("done").click();
  else closeMenu();
});
byId("menu").addEventListener("click", () => {
  const open = byId("threads").classList.toggle("open");
  byId("menu").setAttribute("aria-expanded", String(open));
  if (open) byId("new").focus();
});
byId("new").addEventListener("click", newThread);
startScope();
startWriters();
startThreads({ open: openThread, gone: newThread });
watchServer();
// From the search: documents to ask, and the words looked for as a beginning of the question.
const given = new URLSearchParams(location.search);
const wanted = location.hash.slice(1);
if (/^[0-9a-f]{32}$/.test(wanted)) openThread(wanted);
else question.focus();
if (given.has("in")) {
  setLimits({ sources: given.getAll("in") });
  question.value = given.get("q") || "";
  question.select();
  history.replaceState(null, "", location.pathname);
}
