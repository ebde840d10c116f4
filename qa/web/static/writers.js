// Who writes: the documents themselves, or a language model at hand. Says what that means, and switches where one may.

import { byId, el } from "./dom.js";
import { get, send } from "./server.js";

const EXTRACTS = "Quotes only";

function tell(state) {
  byId("writer").hidden = false;
  byId("writer").querySelector("summary").textContent = state.name ? `Written by ${state.name}` : EXTRACTS;
}

function speed({ name, speed }) {
  if (!name) return "";
  if (!speed) return `How fast ${name} writes is told here after its first answer.`;
  return `${name} wrote ${speed.words_per_second} words a second, after ${speed.first_word_s} s of reading.`;
}

function option(name, text, where, state) {
  const box = el("input", { type: "radio", name: "writer", checked: state.name === name, disabled: !state.may_switch, onchange: () => choose(name) });
  return el("label", { class: "option", title: where }, box, el("span", {}, text), where ? el("small", {}, where) : null);
}

function draw(state) {
  tell(state);
  const others = state.at_hand.map((one) => option(one.name, one.name, one.where, state));
  byId("writer-speed").textContent = speed(state);
  byId("writers").replaceChildren(option(null, EXTRACTS, "the documents' own sentences", state), ...others);
  byId("writer-problem").textContent = others.length || !state.may_switch ? ""
    : "No language model is at hand. Ollama, LM Studio, Jan, vLLM or llama.cpp on this machine would be found, and GGUF files.";
}

async function choose(name) {
  byId("writer-problem").textContent = "Loading…";
  let said = "";
  try {
    draw(await (await send("POST", "/api/models", { name })).json());
    said = name ? `${name} writes from the next question on, until the server ends.` : "";
  } catch (error) {
    said = error.message;
    await look();
  }
  byId("writer-problem").textContent = said;
  byId("writers").querySelector("input:checked")?.focus();
}

async function look() {
  try { draw(await get("/api/models?look=true")); } catch (error) { byId("writer-problem").textContent = error.message; }
}

// Called when the server is ready to answer.
export async function tellWriter() {
  try { tell(await get("/api/models")); } catch { /* the banner says what keeps the server */ }
}

export function startWriters() {
  const panel = byId("writer");
  panel.addEventListener("toggle", () => {
    if (!panel.open) return;
    byId("scope").open = false;
    byId("writer-problem").textContent = "Looking…";
    look();
  });
  byId("scope").addEventListener("toggle", () => { if (byId("scope").open) panel.open = false; });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !panel.open) return;
    event.stopPropagation();
    panel.open = false;
    panel.querySelector("summary").focus();
  });
}
