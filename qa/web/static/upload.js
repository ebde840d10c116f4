// Giving documents to the server: dropped or chosen files and folders, how far they are, and what was refused, by name.
// Every file goes alone; its index entry follows by itself on the server.

import { el } from "./dom.js";
import { get } from "./server.js";
import { address } from "./viewer.js";

const AT_ONCE = 3;
const PATIENCE = 1000; // ms between looks at the indexing
const LISTED = 8; // refusals that are shown unfolded
const MOST_LISTED = 200; // ... and altogether: a folder may hold thousands of files that are not taken

// `changed(state)` is called whenever the index has changed; `folder()` names the collection that files go to, "" for as they lie.
export function uploadBox({ changed = () => {}, folder = () => "" } = {}) {
  const files = el("input", { type: "file", multiple: true, class: "hidden", tabindex: "-1", "aria-label": "Files to add" });
  const tree = el("input", { type: "file", multiple: true, webkitdirectory: true, class: "hidden", tabindex: "-1", "aria-label": "Folder to add" });
  const bar = el("progress", { max: "1", "aria-label": "Progress" });
  const line = el("p", { class: "doing", role: "status" });
  const stop = el("button", { class: "quiet", type: "button" }, "Stop");
  const doing = el("div", { class: "uploading", hidden: true }, el("div", { class: "row" }, line, stop), bar);
  const refused = el("div", { class: "refused", role: "alert", hidden: true });
  const zone = el("div", { class: "drop" },
    el("p", {}, el("strong", {}, "Drop files or folders here")),
    el("p", { class: "choose" },
      el("button", { type: "button", onclick: () => files.click() }, "Choose files"),
      el("button", { type: "button", onclick: () => tree.click() }, "Choose a folder"), files, tree),
    el("p", { class: "kinds" }));
  const box = el("div", { class: "upload" }, zone, doing, refused);
  const run = { state: null, waiting: [], sent: 0, all: 0, bytes: 0, allBytes: 0, active: new Map(), refusals: [], watching: false, seen: null, done: 0 };

  for (const input of [files, tree]) {
    input.addEventListener("change", () => {
      add([...input.files].map((file) => [file.webkitRelativePath || file.name, file]));
      input.value = "";
    });
  }
  let inside = 0;
  box.addEventListener("dragenter", (event) => { event.preventDefault(); inside += 1; zone.classList.add("over"); });
  box.addEventListener("dragleave", () => { inside -= 1; if (inside <= 0) zone.classList.remove("over"); });
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", async (event) => {
    event.preventDefault();
    inside = 0;
    zone.classList.remove("over");
    // The entries have to be taken before the first wait: the browser forgets them afterwards.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    add((await Promise.all(entries.map((entry) => walk(entry, "")))).flat());
  });
  stop.addEventListener("click", () => {
    run.waiting.length = 0;
    for (const request of run.active.keys()) request.abort();
  });

  function add(found) {
    if (!run.active.size && !run.waiting.length) Object.assign(run, { sent: 0, all: 0, bytes: 0, allBytes: 0, refusals: [] });
    for (const [path, file] of found) {
      if (path.split("/").some((part) => part.startsWith("."))) continue; // what systems hide, nobody meant to give
      const name = folder() ? `${folder()}/${path}` : path;
      const why = unfit(name, file, run.state);
      if (why) { run.refusals.push(why); continue; }
      run.waiting.push([name, file]);
      run.all += 1;
      run.allBytes += file.size;
    }
    draw();
    while (run.waiting.length && run.active.size < AT_ONCE) next();
    watch();
  }

  async function next() {
    const item = run.waiting.shift();
    if (!item) return;
    const [name, file] = item;
    const request = new XMLHttpRequest();
    run.active.set(request, { name, loaded: 0 });
    draw();
    const answer = await put(request, name, file, (loaded) => { run.active.get(request).loaded = loaded; draw(); });
    run.active.delete(request);
    run.done += 1;
    if (answer.again) { run.waiting.unshift(item); await new Promise((done) => setTimeout(done, PATIENCE)); }
    else { run.sent += 1; run.bytes += file.size; }
    if (answer.problem) run.refusals.push(answer.problem);
    draw();
    if (run.waiting.length && run.active.size < AT_ONCE) next();
  }

  // Looks at the server until nothing is sent or removed and nothing is read any more.
  async function watch() {
    run.done += 1;
    if (run.watching) return;
    run.watching = true;
    for (;;) {
      const before = run.done; // what is done while the answer is under way may not be in it
      try { run.state = await get("/api/files"); } catch { /* tried again */ }
      const indexing = run.state?.indexing;
      const busy = run.done !== before || run.active.size || run.waiting.length || (indexing && indexing.state !== "idle");
      if (indexing && indexing.runs !== run.seen) { run.seen = indexing.runs; changed(run.state); }
      draw();
      if (!busy) break;
      await new Promise((done) => setTimeout(done, PATIENCE));
    }
    run.watching = false;
  }

  function draw() {
    const state = run.state;
    const indexing = state?.indexing;
    zone.hidden = !state?.writable;
    zone.querySelector(".kinds").textContent = state ? `PDF, Word, Excel, PowerPoint, web pages, mails, text and more; up to ${size(state.max_file_bytes)} each.` : "";
    const sending = run.active.size + run.waiting.length;
    doing.hidden = !sending && (!indexing || indexing.state === "idle");
    stop.hidden = !sending;
    if (sending) {
      const loaded = run.bytes + [...run.active.values()].reduce((sum, one) => sum + one.loaded, 0);
      const [first] = run.active.values();
      line.textContent = `Sending ${Math.min(run.sent + 1, run.all)} of ${run.all}${first ? `: ${first.name}` : ""}`;
      bar.value = run.allBytes ? loaded / run.allBytes : 0;
    } else if (!doing.hidden) {
      line.textContent = reading(indexing);
      if (indexing.stage === "read" && indexing.total) bar.value = indexing.done / indexing.total;
      else bar.removeAttribute("value");
    }
    drawRefusals(indexing);
  }

  function drawRefusals(indexing) {
    const failed = (indexing?.failed || []).map((one) => [one.source, one.reason, one.path]);
    const notRead = (indexing?.not_read || []).map((reason) => [reason.split(": ")[0], reason, null]);
    const problem = indexing?.state !== "running" && indexing?.problem ? [["", indexing.problem, null]] : [];
    const told = run.refusals.slice(0, MOST_LISTED).map((reason) => [reason.split(": ")[0], reason, null]);
    const shown = [...problem, ...told, ...failed, ...notRead].slice(0, MOST_LISTED);
    const count = problem.length + run.refusals.length + failed.length + notRead.length;
    const text = JSON.stringify([count, shown]);
    if (refused.dataset.text === text) return;
    refused.dataset.text = text;
    refused.hidden = !count;
    const rows = shown.map(([source, reason, path]) => el("li", {},
      source ? el("strong", {}, source) : null, source ? " " : null, reason.startsWith(`${source}: `) ? reason.slice(source.length + 2) : reason,
      path && run.state.writable ? el("button", { class: "quiet", type: "button", onclick: () => forget(path) }, "Remove") : null));
    const head = el("h3", {}, count === 1 ? "One thing was not taken" : `${count} were not taken`);
    if (count > shown.length) rows.push(el("li", {}, `and ${count - shown.length} more`));
    const more = rows.splice(LISTED);
    refused.replaceChildren(head, el("ul", {}, ...rows),
      ...(more.length ? [el("details", {}, el("summary", {}, `${count - LISTED} more`), el("ul", {}, ...more))] : []));
  }

  async function forget(path) {
    await fetch(`/api/files/${address(path)}`, { method: "DELETE" });
    watch();
  }

  watch();
  return { box, watch, state: () => run.state, refresh() { run.seen = null; watch(); } };
}

export function size(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} KB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
}

export function reading(indexing) {
  if (indexing.state === "waiting") return indexing.problem || "Reading begins…";
  if (indexing.stage === "read") return `Reading ${Math.min(indexing.done + 1, indexing.total)} of ${indexing.total}`;
  return indexing.stage === "finish" ? "Almost there…" : "Getting ready to read…";
}

// What the server would refuse anyway is told before it is sent.
function unfit(name, file, state) {
  if (!state) return "";
  const dot = name.lastIndexOf(".");
  const ending = dot > name.lastIndexOf("/") ? name.slice(dot).toLowerCase() : "";
  if (!state.endings.includes(ending)) return `${name}: files ${ending ? `ending in ${ending}` : "without an ending"} are not read.`;
  if (file.size > state.max_file_bytes) return `${name}: must be at most ${size(state.max_file_bytes)}, this is ${size(file.size)}.`;
  return file.size ? "" : `${name}: is empty.`;
}

function put(request, name, file, progress) {
  return new Promise((done) => {
    request.upload.addEventListener("progress", (event) => progress(event.loaded));
    request.addEventListener("load", () => {
      if (request.status === 429) return done({ again: true });
      if (request.status < 300) return done({});
      let message = `the server answered ${request.status}`;
      try { message = JSON.parse(request.responseText).error.message; } catch { /* not our JSON: the status has to do */ }
      done({ problem: message.startsWith(name) ? message : `${name}: ${message}` });
    });
    request.addEventListener("error", () => done({ problem: `${name}: the connection broke. Add it again.` }));
    request.addEventListener("abort", () => done({ problem: `${name}: stopped.` }));
    request.open("PUT", `/api/files/${address(name)}`);
    request.send(file);
  });
}

async function walk(entry, above) {
  const path = above ? `${above}/${entry.name}` : entry.name;
  if (entry.isFile) {
    return new Promise((done) => entry.file((file) => done([[path, file]]), () => done([])));
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a reader gives a hundred at a time
    const some = await new Promise((done) => reader.readEntries(done, () => done([])));
    if (!some.length) break;
    found.push(...some);
  }
  return (await Promise.all(found.map((inner) => walk(inner, path)))).flat();
}
