// The automatic reply to bad ratings without a comment: the dialog that writes it, beside the mail that it becomes.

import { change } from "../core/api.js";
import { ask } from "../core/dialog.js";
import { element } from "../core/element.js";
import { announce, reason } from "../core/notice.js";
import { brand } from "../core/session.js";
import { LANGUAGES, say, speaker } from "../core/words.js";
import { branches } from "./branches.js";
import { programme } from "./member/programme.js";
import { worded } from "./programme/refusals.js";

/** @typedef {import("puntos").components["schemas"]["AutoReplySettings"]} Settings */

export const ROUTE = "/v1/settings/auto-reply";

/**
 * Asks for the texts and saves them. Returns the new settings.
 * @param {Settings} settings
 * @param {string} title
 * @param {boolean} [enabled] whether it is to be sent, where that was chosen already
 * @returns {Promise<Settings | undefined>}
 */
export async function edit(settings, title, enabled = settings.enabled) {
  const preview = await mailPreview().catch((error) => void announce(reason(error)));
  if (preview === undefined) return undefined;
  const answer = await ask({
    title,
    intro: say("auto-reply.intro"),
    button: say("save"),
    fields: [
      { name: "subject", label: say("auto-reply.subject"), value: settings.subject, required: true, longest: 150 },
      { name: "body", label: say("auto-reply.body"), kind: "long", value: settings.body, required: true, longest: 4000 },
      { name: "wait_minutes", label: say("auto-reply.wait"), kind: "number", value: settings.wait_minutes, min: 0, max: 43_200, required: true },
      { name: "enabled", label: say("auto-reply.enabled"), kind: "switch", value: enabled },
    ],
    preview,
    send: (body) => worded(change("PATCH", ROUTE, body)),
  });
  if (answer !== undefined) announce(say("auto-reply.saved"));
  return answer;
}

/** Makes what shows the mail to a sample customer, in the language in which it is sent. */
async function mailPreview() {
  const [program, places] = await Promise.all([programme(), branches()]);
  const mail = await speaker(program.locale);
  const sample = {
    name: mail.say("auto-reply.mail-name"),
    branch: places[0]?.id ?? mail.say("auto-reply.mail-branch"),
    day: new Intl.DateTimeFormat(mail.language, { dateStyle: "long", timeZone: program.time_zone }).format(new Date()),
  };
  /** @param {Record<string, string>} written */
  return ({ subject, body }) => [
    element("p", { class: "hint" }, say("auto-reply.mail-for", { ...sample, language: LANGUAGES[mail.language] })),
    element(
      "div",
      { class: "sample stack", lang: mail.language },
      element("p", {}, element("strong", {}, subject || brand)),
      element("p", { class: "hint" }, brand),
      body && element("pre", {}, body),
      element("p", { class: "sample-link" }, mail.say("auto-reply.mail-answer")),
      element("p", {}, brand),
      element("p", { class: "hint" }, mail.say("auto-reply.mail-why", sample), " ", element("span", { class: "sample-link" }, mail.say("auto-reply.mail-off"))),
    ),
  ];
}
