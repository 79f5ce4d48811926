// The automatic reply to bad ratings without a comment: one switch, and its texts.

import { change, get } from "../../core/api.js";
import { element, replace } from "../../core/element.js";
import { announce, failure, reason } from "../../core/notice.js";
import { caller } from "../../core/session.js";
import { enableAgain } from "../../core/waiting.js";
import { say } from "../../core/words.js";
import { ROUTE, edit } from "../auto-reply.js";

/** @typedef {import("puntos").components["schemas"]["AutoReplySettings"]} Settings */

/** Makes the switch. Agents see only whether it is on. @param {AbortSignal} signal */
export function autoReply(signal) {
  const mayChange = caller().role !== "agent";
  const control = element("input", { type: "checkbox", role: "switch", id: "auto-reply", disabled: true, "aria-describedby": "auto-reply-state" });
  const state = element("span", { class: "hint", id: "auto-reply-state" });
  const editButton = element("button", { type: "button", class: "small", hidden: !mayChange, click: () => texts(settings?.enabled) }, say("ratings.edit-auto-reply"));
  const trouble = element("div", {});
  const node = element("div", { class: "row ratings-auto" }, control, element("label", { for: "auto-reply" }, say("ratings.auto-reply")), state, editButton, trouble);
  /** @type {Settings | null} */
  let settings = null;

  /** @param {Settings} next */
  function show(next) {
    settings = next;
    control.checked = next.enabled;
    control.disabled = !mayChange;
    replace(state, next.enabled ? say("ratings.auto-on", { n: next.wait_minutes }) : say("ratings.auto-off"));
  }

  async function load() {
    replace(trouble);
    try {
      show(await get(ROUTE, {}, { signal }));
    } catch (error) {
      if (!signal.aborted) replace(trouble, failure(error, load));
    }
  }

  async function toggle() {
    if (settings === null) return;
    const [before, enabled] = [settings, control.checked];
    if (enabled && before.subject === "") {
      // Without texts there is nothing to send: they are asked for.
      show(before);
      return texts(true);
    }
    show({ ...before, enabled });
    control.disabled = true;
    try {
      show(await change("PATCH", ROUTE, { enabled }));
      announce(say(enabled ? "ratings.auto-turned-on" : "ratings.auto-turned-off"));
    } catch (error) {
      show(before);
      announce(reason(error));
    }
    enableAgain(control);
  }

  /** Asks for the texts. @param {boolean} [enabled] */
  async function texts(enabled) {
    if (settings === null) return;
    const answer = await edit(settings, say("ratings.edit-auto-reply"), enabled);
    if (answer !== undefined) show(answer);
  }

  control.addEventListener("change", toggle);
  load();
  return node;
}
