// The form for somebody who signs in and reaches no member yet: the card, and the code that an agent or a till gave.

import { Problem, change } from "../core/api.js";
import { filled } from "../core/dialog.js";
import { element, replace } from "../core/element.js";
import { refuse, shown } from "../core/fields.js";
import { languageChoice, signOutButton } from "../core/frame.js";
import { reason } from "../core/notice.js";
import { enableAgain } from "../core/waiting.js";
import { say } from "../core/words.js";

/**
 * Makes the form.
 * @param {() => void} joined
 */
export function join(joined) {
  const card = shown({ name: "card_number", label: say("shop.join-card"), required: true, longest: 64 });
  const code = shown({ name: "code", label: say("shop.join-code"), hint: say("shop.join-hint"), required: true, longest: 64 });
  const alert = element("div", { role: "alert", class: "refusal" });
  const button = element("button", { type: "submit", class: "primary" }, say("shop.join"));
  const form = element("form", { class: "stack", novalidate: true }, card.node, code.node, alert, element("p", {}, button));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled || !filled([card, code])) return;
    replace(alert);
    button.disabled = true;
    try {
      await change("POST", "/v1/members/join", { card_number: card.read(), code: code.read() });
      joined();
    } catch (error) {
      show(error);
    } finally {
      enableAgain(button);
    }
  });
  /** @param {unknown} error */
  function show(error) {
    const isProblem = error instanceof Problem;
    if (isProblem && error.code === "join_refused") {
      code.refuse(error.message);
      code.control.focus();
    } else if (isProblem && error.errors.length > 0) refuse([card, code], error);
    else replace(alert, element("p", {}, reason(error)));
  }
  return [
    element("h1", {}, say("shop.join-title")),
    element("p", {}, say("shop.join-intro")),
    form,
    element("p", { class: "row" }, languageChoice(), signOutButton()),
  ];
}
