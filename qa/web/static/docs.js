// The API's documentation, drawn from /openapi.json.

import { byId, el } from "./dom.js";
import { get } from "./server.js";

const SAMPLE = {
  "/api/ask": { question: "What did the plant cost?" },
  "/api/chat": { question: "What did the plant cost?" },
  "/api/feedback": { turn: "TURN", verdict: "up" },
  "/v1/chat/completions": { model: "footnote", messages: [{ role: "user", content: "What did the plant cost?" }] },
};

function schemaOf(content, whole) {
  const schema = content?.["application/json"]?.schema;
  const name = schema?.$ref?.split("/").pop();
  return name ? [name, whole.components.schemas[name]] : [null, null];
}

function parameters(list) {
  if (!list?.length) return null;
  const rows = list.map((item) => el("tr", {}, el("td", {}, el("code", {}, item.name)), el("td", {}, item.in),
    el("td", {}, item.required ? "required" : "optional"), el("td", {}, item.description || item.schema?.description || "")));
  return el("table", {}, el("tbody", {}, ...rows));
}

function curl(method, path) {
  const url = `${location.origin}${path.replace(/\{(\w+)(:path)?\}/g, (_, name) => name.toUpperCase())}`;
  if (method === "GET") return `curl '${url}'`;
  if (method === "PUT") return `curl -T FILE '${url}'`;
  const body = SAMPLE[path] ? ` -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(SAMPLE[path])}'` : "";
  return `curl -X ${method} '${url}'${body}`;
}

// What stands between `backticks` is code.
function prose(text) {
  return text.split("`").map((piece, index) => (index % 2 ? el("code", {}, piece) : piece));
}

function route(path, method, operation, whole) {
  const [name, schema] = schemaOf(operation.requestBody?.content, whole);
  const statuses = Object.entries(operation.responses).map(([status, response]) => `${status} ${response.description}`).join("; ");
  return el("section", {},
    el("h3", {}, el("span", { class: "method" }, method), path),
    el("p", {}, ...prose(operation.description || operation.summary || "")),
    parameters(operation.parameters),
    schema ? el("details", {}, el("summary", {}, `Body: ${name}`), el("pre", { class: "code", tabindex: "0" }, JSON.stringify(schema.properties, null, 2))) : null,
    el("pre", { class: "code", tabindex: "0" }, curl(method, path)),
    el("p", {}, `Answers: ${statuses}`));
}

try {
  const whole = await get("/openapi.json");
  for (const [path, methods] of Object.entries(whole.paths)) {
    for (const [method, operation] of Object.entries(methods)) byId("routes").append(route(path, method.toUpperCase(), operation, whole));
  }
} catch (error) {
  byId("problem").hidden = false;
  byId("problem").textContent = error.message;
}
