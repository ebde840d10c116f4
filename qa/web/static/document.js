// A stored document on a page of its own, with the cited range marked.

import { byId } from "./dom.js";
import { showDocument } from "./viewer.js";

async function show() {
  const source = new URLSearchParams(location.search).get("source") || "";
  const spot = /^#c(\d+)-(\d+)$/.exec(location.hash);
  const range = spot ? { start: Number(spot[1]), end: Number(spot[2]) } : {};
  const found = await showDocument(byId("viewer"), { source, ...range }, { outline: matchMedia("(min-width: 64rem)").matches });
  if (found) document.title = `${found.title || found.source} – footnote`;
}

addEventListener("hashchange", show);
show();
