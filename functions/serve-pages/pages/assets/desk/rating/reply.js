// The form for a message. The draft is kept until it is sent; a message that came in between is shown first.

import { change, freshKey, Problem } from "../../core/api.js";
import { keep } from "../../core/drafts.js";
import { element } from "../../core/element.js";
import { refuse, shown } from "../../core/fields.js";
import { announce, reason } from "../../core/notice.js";
import { say } from "../../core/words.js";

const LONGEST = 4000;

/**
 * Makes the form. `after` names the newest message that is shown.
 * @param {{
 *   id: string,
 *   after: () => string,
 *   sent: (message: import("./thread.js").Message) => void,
 *   moved: (newer: import("./thread.js").Message | undefined) => Promise<void>,
 *   actions: import("../../core/element.js").Child[],
 * }} options
 */
export function reply({ id, after, sent, moved, actions }) {
  const field = shown({ name: "text", label: say("ratings.message"), kind: "long", longest: LONGEST, hint: say("ratings.message-hint") });
  const area = /** @type {HTMLTextAreaElement} */ (field.control);
  const forget = keep(area, id);
  const send = element("button", { type: "submit", class: "primary" }, say("ratings.send"));
  const form = element("form", { class: "ratings-reply", novalidate: true }, field.node, element("div", { class: "actions" }, send, actions));
  /** The same message again is the same call: it is written once. */
  let last = { content: "", key: "" };

  async function submit() {
    const text = area.value.trim();
    if (send.disabled) return;
    if (text === "") {
      field.refuse(say("field.missing"));
      return area.focus();
    }
    const body = { text, after: after() };
    const content = JSON.stringify(body);
    if (content !== last.content) last = { content, key: freshKey() };
    field.refuse(null);
    send.disabled = area.readOnly = true;
    form.setAttribute("aria-busy", "true");
    try {
      const message = await change("POST", `/v1/ratings/${id}/messages`, body, { key: last.key });
      area.value = "";
      forget();
      sent(message);
      announce(say("ratings.sent"));
      area.readOnly = false;
      area.focus();
    } catch (error) {
      if (error instanceof Problem && error.code === "thread_moved") await moved(error.facts.message);
      if (error instanceof Problem && error.errors.length > 0) refuse([field], error);
      else field.refuse(reason(error));
      area.focus();
    } finally {
      send.disabled = area.readOnly = false;
      form.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  });
  return form;
}
