// The first run: no document is there yet, so the page asks for some instead of for a question.

import { byId, el } from "./dom.js";
import { uploadBox } from "./upload.js";

let shown = null;

// Shows or hides the box for the first documents; true while the page waits for them.
export function firstRun(empty, welcome) {
  if (!empty) {
    if (shown) { shown.node.remove(); welcome.classList.remove("first"); shown = null; }
    return false;
  }
  if (!shown) {
    const upload = uploadBox();
    const hint = el("p", { class: "hint-off", hidden: true });
    const node = el("div", { class: "first-run" },
      el("p", {}, "To begin, give it the documents to answer from. They stay where footnote runs."), upload.box, hint);
    shown = { node, upload, hint };
    welcome.classList.add("first");
    welcome.append(node);
  }
  const state = shown.upload.state();
  shown.hint.hidden = !state || state.writable;
  if (state && !state.writable) {
    shown.hint.replaceChildren(state.unlockable ? "Documents are added on the page " : "There are no documents yet. Whoever runs this server adds them with: footnote index FOLDER",
      ...(state.unlockable ? [el("a", { href: "/documents" }, "Documents"), ", with the upload token."] : []));
  }
  byId("banner").hidden = true;
  return true;
}
