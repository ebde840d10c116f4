// Making elements. Text always goes in as text: nothing here can turn a string into markup.

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// What a document without a title is called: what its file's name says, as in index/text/names.py.
export function named({ title, source }) {
  if (title) return title;
  const inside = source.split("#").filter((part) => part && !/^(?:row|message|event)-\d+$/.test(part));
  const words = inside[inside.length - 1].split("/").pop().replace(/(?<=.)\.[^.]*$/, "")
    .replace(/_|(?<=\p{L})-(?=\p{L})/gu, " ").split(/\s+/).filter(Boolean).join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export const byId = (id) => document.getElementById(id);

let lastAnnouncement = null;
// Read a sentence aloud once, in a place of its own: the visible answer is redrawn when it is complete.
export function announce(text) {
  lastAnnouncement?.previousSibling?.remove();
  lastAnnouncement = el("p", {}, text);
  byId("announce").append(lastAnnouncement);
}
