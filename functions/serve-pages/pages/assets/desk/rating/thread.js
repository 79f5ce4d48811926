// The messages of a rating: the comment first, then what both sides wrote, and the automatic reply.

import { element } from "../../core/element.js";
import { date, moment } from "../../core/format.js";
import { say, sayCode } from "../../core/words.js";
import { agentName } from "../agents.js";
import { inWords } from "./score.js";

/** @typedef {import("puntos").components["schemas"]["ThreadAnswer"]} Thread */
/** @typedef {import("puntos").components["schemas"]["MessageAnswer"]} Message */

/**
 * Makes the conversation of a rating.
 * @param {Thread} thread
 * @param {import("../agents.js").Agents} agents
 */
export function messages(thread, agents) {
  const current = thread.history[thread.history.length - 1];
  const comment = thread.comment === null ? null : bubble("member", thread.name, current?.at ?? thread.created_at, thread.comment, say("ratings.comment"));
  const items = [comment, ...thread.messages.map((message) => written(message, thread, agents))].filter((one) => one !== null);
  return [
    earlier(thread),
    element(
      "div",
      { class: "ratings-talk", tabindex: 0, role: "group", "aria-label": say("ratings.messages") },
      element("ul", { role: "list", "aria-label": say("ratings.messages") }, items),
      items.length === 0 && element("p", { class: "quiet empty" }, say("ratings.no-messages")),
    ),
    automatic(thread),
  ];
}

/**
 * Returns the newest message of a thread, as the API wants to be told it.
 * @param {Thread} thread
 */
export function newest(thread) {
  return thread.messages[thread.messages.length - 1]?.message_id ?? "none";
}

/** Writes the status of the mail that brought something. @param {string | null} status */
export const mailed = (status) => (status === null ? null : say("ratings.mail", { status: sayCode("members.mail", status) }));

/**
 * @param {Message} message
 * @param {Thread} thread
 * @param {import("../agents.js").Agents} agents
 */
function written(message, thread, agents) {
  const subject = message.actor?.replace(/^[a-z]+:/, "") ?? "";
  const names = { member: thread.name, system: say("ratings.auto-reply"), agent: agentName(agents, subject) };
  return bubble(message.from, names[message.from], message.at, message.text, mailed(message.email_status));
}

/**
 * @param {"member" | "agent" | "system"} from
 * @param {string} name
 * @param {string} at
 * @param {string} text
 * @param {string | null} note
 */
function bubble(from, name, at, text, note) {
  return element(
    "li",
    { class: `ratings-message ${from}` },
    element("p", { class: "hint" }, element("strong", {}, name), " · ", element("time", { datetime: at }, moment(at)), note && ` · ${note}`),
    element("pre", {}, text),
  );
}

/** Shows what the customer said of this visit before. @param {Thread} thread */
function earlier({ history }) {
  const before = history.slice(0, -1);
  if (before.length === 0) return null;
  const items = before.map((one) =>
    element("li", {}, inWords(one), " · ", date(one.at), one.comment === null ? null : element("pre", {}, one.comment)),
  );
  return element("details", {}, element("summary", {}, say("ratings.earlier", { n: before.length })), element("ul", { class: "rows" }, items));
}

/** Tells of the automatic reply that waits, or that a bad rating does not get. @param {Thread} thread */
function automatic({ auto_reply: { state, until }, category }) {
  if (state === "waiting" && until !== null) return element("p", { class: "hint" }, say("ratings.auto-waiting", { when: moment(until) }));
  return state === "cancelled" && category === "detractor" ? element("p", { class: "hint" }, say("ratings.auto-cancelled")) : null;
}
