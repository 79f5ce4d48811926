// The page of an invitation: one tap on a score is the rating. A comment can follow, and the mind can change.

import { Problem, change } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { shown } from "../core/fields.js";
import { languageChoice } from "../core/frame.js";
import { reason } from "../core/notice.js";
import { scaleEnds } from "../core/score.js";
import { brand } from "../core/session.js";
import { say } from "../core/words.js";

const path = `/v1/invitations/${encodeURIComponent(decodeURIComponent(location.pathname.split("/")[2] ?? ""))}/rating`;

/** @type {number | null} */
let score = null;

const main = element("main", { class: "visit" });
const status = element("p", { role: "status", class: "told" });
const alert = element("p", { role: "alert", class: "refusal" });
const comment = shown({ name: "comment", label: say("visit.comment"), kind: "long", longest: 1000 });
const send = element("button", { type: "submit", class: "primary" }, say("visit.send"));
const buttons = Array.from({ length: 11 }, (_, given) =>
  element("button", { type: "button", "aria-pressed": "false", click: () => rate(given) }, given),
);
const form = element("form", { hidden: true, novalidate: true }, comment.node, send);

document.title = `${say("visit.title")} · ${brand}`;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (score !== null) rate(score);
});
replace(
  main,
  element("p", { class: "brand" }, brand),
  element("h1", {}, say("visit.title")),
  element("fieldset", { class: "scores" }, element("legend", {}, say("visit.question")), element("div", { class: "scale" }, buttons), scaleEnds()),
  status,
  alert,
  form,
  element("p", {}, languageChoice()),
);
replace(document.body, main);

/**
 * Sends the rating with what is written so far. Where that fails, the score before stays.
 * @param {number} given
 */
async function rate(given) {
  if (main.hasAttribute("aria-busy")) return;
  const before = score;
  const text = comment.control.value.trim();
  show(given, true);
  replace(alert);
  try {
    await change("POST", path, { score: given, comment: text === "" ? null : text }, { open: true });
    const isFirst = form.hidden;
    form.hidden = false;
    const rest = isFirst ? say("visit.may-add") : text === "" ? "" : say("visit.commented");
    replace(status, `${say("visit.thanks")} ${say("visit.score", { n: given })} ${rest}`);
    show(given, false);
  } catch (error) {
    show(before, false);
    replace(status);
    replace(alert, error instanceof Problem && error.status === 404 ? say("visit.expired") : reason(error));
  }
}

/**
 * @param {number | null} chosen
 * @param {boolean} isBusy
 */
function show(chosen, isBusy) {
  score = chosen;
  buttons.forEach((button, given) => button.setAttribute("aria-pressed", String(given === chosen)));
  if (isBusy) main.setAttribute("aria-busy", "true");
  else main.removeAttribute("aria-busy");
}
