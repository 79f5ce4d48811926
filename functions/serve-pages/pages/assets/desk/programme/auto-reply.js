// The automatic reply to low ratings: what it says, and the button that changes it.

import { get } from "../../core/api.js";
import { element } from "../../core/element.js";
import { loading } from "../../core/notice.js";
import { say } from "../../core/words.js";
import { ROUTE, edit } from "../auto-reply.js";
import { button, section } from "./section.js";

/** @typedef {import("puntos").components["schemas"]["AutoReplySettings"]} AutoReply */

/**
 * @param {boolean} canEdit
 * @param {AbortSignal} signal
 */
export function autoReply(canEdit, signal) {
  const node = element("div", { class: "stack" });
  const load = () => loading(node, async () => content(await get(ROUTE)), signal);

  /** @param {AutoReply} settings */
  function content(settings) {
    return [
      element(
        "p",
        { class: "row" },
        element(
          "span",
          { class: settings.enabled ? "tag good" : "tag" },
          say(settings.enabled ? "programme.reply.on" : "programme.reply.off"),
        ),
        element("span", { class: "quiet" }, say("programme.reply.when", { n: settings.wait_minutes })),
      ),
      settings.subject ? element("p", {}, element("strong", {}, settings.subject)) : null,
      settings.body ? element("pre", {}, settings.body) : element("p", { class: "quiet" }, say("programme.reply.none")),
      canEdit
        ? element(
            "div",
            { class: "actions" },
            button(say("programme.edit"), () => change(settings), { about: say("programme.section.auto-reply") }),
          )
        : null,
    ];
  }

  /** @param {AutoReply} settings */
  async function change(settings) {
    if ((await edit(settings, say("programme.section.auto-reply"))) === undefined) return;
    await load();
    node.querySelector("button")?.focus();
  }

  load();
  return section("auto-reply", node);
}
