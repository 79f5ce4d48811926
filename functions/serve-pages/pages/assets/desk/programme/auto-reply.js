// The automatic reply to low ratings: what it says, and the dialog that sets it up.

import { change, get } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { announce, loading } from "../../core/notice.js";
import { say } from "../../core/words.js";
import { worded } from "./refusals.js";
import { button, section } from "./section.js";

/** @typedef {import("puntos").components["schemas"]["AutoReplySettings"]} AutoReply */

const PATH = "/v1/settings/auto-reply";

/**
 * @param {boolean} canEdit
 * @param {AbortSignal} signal
 */
export function autoReply(canEdit, signal) {
  const node = element("div", { class: "stack" });
  const load = () => loading(node, async () => content(await get(PATH)), signal);

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
            button(say("programme.edit"), () => edit(settings), { about: say("programme.section.auto-reply") }),
          )
        : null,
    ];
  }

  /** @param {AutoReply} settings */
  async function edit(settings) {
    const done = await ask({
      title: say("programme.section.auto-reply"),
      button: say("save"),
      fields: [
        { name: "enabled", kind: "switch", label: say("programme.reply.enabled"), value: settings.enabled },
        { name: "subject", label: say("programme.reply.subject"), value: settings.subject, longest: 150 },
        { name: "body", kind: "long", label: say("programme.reply.body"), value: settings.body, longest: 4000 },
        {
          name: "wait_minutes",
          kind: "number",
          label: say("programme.reply.wait"),
          value: settings.wait_minutes,
          min: 0,
          max: 43_200,
          required: true,
        },
      ],
      send: (body) => worded(change("PUT", PATH, { ...settings, subject: null, body: null, ...body })),
    });
    if (done === undefined) return;
    await load();
    node.querySelector("button")?.focus();
    announce(say("programme.reply.done"));
  }

  load();
  return section("auto-reply", node);
}
