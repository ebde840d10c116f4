// A stored document as plain text, with the cited range marked.

import { byId, el } from "./dom.js";
import { get } from "./server.js";

let characters = [];

// Offsets count Unicode code points; a JavaScript string counts UTF-16 units, so the text is cut as a list of characters.
function mark() {
  const spot = /^#c(\d+)-(\d+)$/.exec(location.hash);
  const pre = byId("text");
  if (!spot) { pre.textContent = characters.join(""); return; }
  const [start, end] = [Number(spot[1]), Number(spot[2])];
  const cut = (from, to) => characters.slice(from, to).join("");
  const marked = el("mark", { id: "quote" }, cut(start, end));
  pre.replaceChildren(cut(0, start), marked, cut(end));
  marked.scrollIntoView({ block: "center" });
}

async function show() {
  const source = new URLSearchParams(location.search).get("source") || "";
  try {
    const found = await get(`/api/documents/${source.split("/").map(encodeURIComponent).join("/")}`);
    characters = Array.from(found.text);
    document.title = `${found.title || found.source} – footnote`;
    byId("title").textContent = found.title || found.source;
    const date = found.published ? `${found.published} (${found.date_known})` : found.date_known;
    byId("meta").textContent = [found.publisher, found.author, date, found.source].filter(Boolean).join(" · ");
    mark();
  } catch (error) {
    byId("text").hidden = true;
    byId("problem").hidden = false;
    byId("problem").textContent = error.message;
  }
}

addEventListener("hashchange", mark);
show();
