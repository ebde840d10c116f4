// Thumbs up or down, and for a bad answer what is wrong with it.

import { el, icon } from "./dom.js";
import { send } from "./server.js";

const REASONS = { wrong: "Wrong", incomplete: "Incomplete", refused: "The documents do say it" };

// The thumbs and what opens below them: [button, button], form.
export function feedback(turn, status) {
  const form = el("form", { class: "reason", hidden: true });
  const thumbs = ["up", "down"].map((verdict) => el("button", { class: "icon", type: "button", "aria-pressed": String(turn.verdict === verdict),
    "aria-label": verdict === "up" ? "Good answer" : "Bad answer", title: verdict === "up" ? "Good answer" : "Bad answer",
    onclick: () => press(turn, verdict, thumbs, form, status) }, icon(verdict)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reason = form.querySelector("input[type=radio]:checked")?.value || null;
    if (await rate(turn, { verdict: "down", reason, comment: form.querySelector("[name=comment]").value.trim() }, status)) form.hidden = true;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); form.hidden = true; thumbs[1].focus(); }
  });
  return [thumbs, form];
}

async function press(turn, verdict, thumbs, form, status) {
  const wanted = turn.verdict === verdict ? null : verdict;
  if (!(await rate(turn, { verdict: wanted }, status))) return;
  thumbs[0].setAttribute("aria-pressed", String(wanted === "up"));
  thumbs[1].setAttribute("aria-pressed", String(wanted === "down"));
  form.hidden = wanted !== "down";
  if (!form.hidden) ask(turn, form);
}

// A refusal cannot say something wrong, and an answer has not refused: only what may be true is offered.
function ask(turn, form) {
  const offered = turn.answer.abstained ? ["refused", "wrong"] : ["wrong", "incomplete"];
  const name = `reason-${turn.turn}`;
  const choices = offered.map((reason) => el("label", {}, el("input", { type: "radio", name, value: reason, checked: turn.reason === reason }), REASONS[reason]));
  form.replaceChildren(
    el("fieldset", {}, el("legend", {}, "What is wrong with it?"), ...choices),
    el("input", { name: "comment", maxlength: 2000, "aria-label": "What the right answer is, or where it stands", placeholder: "What would be right, or where it stands (optional)",
      value: turn.comment || "" }),
    el("button", { type: "submit" }, "Send"),
  );
  form.querySelector("input").focus();
}

async function rate(turn, body, status) {
  try {
    await send("POST", "/api/feedback", { turn: turn.turn, ...body });
  } catch (error) {
    status.textContent = error.message;
    return false;
  }
  Object.assign(turn, { reason: null, comment: "" }, body);
  status.textContent = !body.verdict ? "Withdrawn." : body.reason || body.comment ? "Noted, thank you." : "Noted.";
  return true;
}
