// Talking to the server: JSON, and a question as a stream of events.

export class ServerError extends Error {
  constructor(message, status, retryAfter, code) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    this.code = code;
  }
}

async function checked(response) {
  if (response.ok) return response;
  if (response.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`);
  }
  let message = `the server answered ${response.status}`;
  let code = null;
  try { ({ message, code } = (await response.json()).error); } catch { /* not our JSON: the status has to do */ }
  throw new ServerError(message, response.status, Number(response.headers.get("Retry-After")) || null, code);
}

export async function get(path) {
  return (await checked(await fetch(path, { headers: { Accept: "application/json" } }))).json();
}

export async function send(method, path, body) {
  const response = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
  return checked(response);
}

// A question that comes while the models load waits for them.
async function onceLoaded(handle, ask) {
  for (let left = 60; ; left -= 1) {
    try { return await ask(); } catch (error) {
      if (error.code !== "loading" || !left) throw error;
      handle("step", { text: "The models are loading" });
      await new Promise((done) => setTimeout(done, 1500));
    }
  }
}

// Calls handle(name, data) for each event; resolves at the end of the stream.
export async function streamQuestion(body, signal, handle) {
  const response = await onceLoaded(handle, async () => checked(await fetch("/api/chat", {
    method: "POST", signal, headers: { "Content-Type": "application/json", Accept: "text/event-stream" }, body: JSON.stringify(body),
  })));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const name = /^event: (.*)$/m.exec(block);
      const data = /^data: (.*)$/m.exec(block);
      if (name && data) handle(name[1], JSON.parse(data[1]));
    }
  }
}
