// The profile of a member: its facts, changing it, enrolling somebody, and unblocking an address.

import { change as send } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { element } from "../../core/element.js";
import { date, day } from "../../core/format.js";
import { caller } from "../../core/session.js";
import { LANGUAGES, say } from "../../core/words.js";
import { agentName, agents } from "../agents.js";
import { fact } from "./fact.js";

/** @typedef {import("./search.js").Member} Member */
/** @typedef {import("./action.js").View} View */

/**
 * Makes the facts of a member.
 * @param {Member} member
 * @param {import("../agents.js").Agents} names
 */
export function factsOf(member, names) {
  return element(
    "dl",
    { class: "facts" },
    fact(say("members.email"), emailWords(member)),
    member.phone !== null && fact(say("members.phone"), member.phone),
    member.document !== null && fact(say("members.document"), member.document),
    member.card_number !== null && fact(say("members.card"), member.card_number),
    member.birth_date !== null && fact(say("members.birth-date"), day(member.birth_date)),
    member.locale !== null && fact(say("members.language"), languageName(member.locale)),
    fact(say("members.optional-emails"), say(member.optional_emails ? "members.wanted" : "members.unwanted")),
    member.agent_id !== null && fact(say("members.agent"), agentName(names, member.agent_id)),
    fact(say("members.since"), date(member.created_at)),
  );
}

/**
 * Changes what was changed in the dialog; an emptied field is cleared.
 * @param {View} view
 */
export async function editProfile({ member }) {
  const agents = await agentChoices(member.agent_id);
  const answer = await ask({
    title: say("members.edit"),
    fields: [
      ...profileFields(member),
      { name: "optional_emails", label: say("members.optional-emails"), kind: "switch", value: member.optional_emails },
      { name: "agent_id", label: say("members.agent"), kind: "choice", value: member.agent_id ?? "", choices: agents },
    ],
    send: async (body, key) => {
      const names = /** @type {const} */ (["name", "email", "phone", "document", "card_number", "locale", "birth_date", "optional_emails", "agent_id"]);
      const changed = names.filter((name) => (body[name] ?? null) !== member[name]);
      if (changed.length === 0) return member;
      const patch = Object.fromEntries(changed.map((name) => [name, body[name] ?? null]));
      return send("PATCH", `/v1/members/${member.member_id}`, patch, { key });
    },
  });
  return answer === undefined ? undefined : say("members.saved");
}

/**
 * Enrols somebody.
 * @returns {Promise<Member | undefined>}
 */
export function enrol() {
  return ask({
    title: say("members.new"),
    fields: profileFields(null),
    send: (body, key) => send("POST", "/v1/members", body, { key }),
  });
}

/**
 * Lets mail go to a blocked address again.
 * @param {View} view
 */
export async function unblock({ member }) {
  const answer = await ask({
    title: say("members.unblock"),
    intro: member.email,
    fields: [{ name: "reason", label: say("members.reason"), kind: "long", required: true, longest: 500, hint: say("members.reason-hint") }],
    send: (body, key) => send("POST", `/v1/members/${member.member_id}/email-unblock`, body, { key }),
  });
  return answer === undefined ? undefined : say("members.unblocked");
}

/**
 * @param {Member | null} member
 * @returns {import("../../core/fields.js").Field[]}
 */
function profileFields(member) {
  const known = [["", say("members.programme-language")], ...Object.entries(LANGUAGES)];
  const locale = member?.locale ?? "";
  if (!known.some(([code]) => code === locale)) known.push([locale, languageName(locale)]);
  return [
    { name: "name", label: say("members.full-name"), value: member?.name, required: true, longest: 120 },
    { name: "email", label: say("members.email"), value: member?.email, longest: 254 },
    { name: "phone", label: say("members.phone"), kind: "tel", value: member?.phone, longest: 64 },
    { name: "document", label: say("members.document"), value: member?.document, longest: 64 },
    { name: "card_number", label: say("members.card"), value: member?.card_number, longest: 64 },
    { name: "locale", label: say("members.language"), kind: "choice", value: locale, choices: known.map(([value, text]) => ({ value, text })) },
    { name: "birth_date", label: say("members.birth-date"), kind: "day", value: member?.birth_date },
  ];
}

/**
 * Returns the agents by name, the caller and the agent of the member among them.
 * @param {string | null} current
 */
async function agentChoices(current) {
  const names = await agents();
  const ids = new Set([caller().subject, ...names.keys(), ...(current === null ? [] : [current])]);
  return [{ value: "", text: say("members.no-agent") }, ...[...ids].map((id) => ({ value: id, text: agentName(names, id) }))];
}

/** @param {Member} member */
function emailWords({ email, email_pending, email_status: { state, reason, since } }) {
  return [
    email ?? say("members.no-email"),
    state === "ok" && [" ", element("span", { class: "tag good" }, say("members.email-ok"))],
    state === "blocked" && [" ", element("span", { class: "tag bad" }, say("members.email-blocked"))],
    reason !== null && element("p", { class: "hint" }, say(`members.block.${reason}`), since !== null && ` (${date(since)})`),
    state === "blocked" && caller().role !== "supervisor" && element("p", { class: "hint" }, say("members.unblocked-by")),
    email_pending !== null && element("p", { class: "hint" }, say("members.email-pending", { email: email_pending })),
  ].flat();
}

/** @param {string} locale */
function languageName(locale) {
  return /** @type {Record<string, string>} */ (LANGUAGES)[locale] ?? locale;
}
