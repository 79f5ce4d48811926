// The conversation about a rating: what was rated, messages, gifts, and a new message.

import { Problem, change, get, freshKey } from "../core/api.js";
import { keep } from "../core/drafts.js";
import { element, replace } from "../core/element.js";
import { shown } from "../core/fields.js";
import { moment } from "../core/format.js";
import { announce, loading, reason } from "../core/notice.js";
import { onReturn } from "../core/tabs.js";
import { say, sayCode } from "../core/words.js";
import { couponCard } from "./coupon.js";
import { branchName } from "./state.js";

/** @typedef {import("puntos").components["schemas"]} Schemas */
/** @typedef {Schemas["ThreadAnswer"]} Thread */

/**
 * Shows a rating with its conversation.
 * @param {HTMLElement} panel
 * @param {string} id
 * @param {AbortSignal} signal ends when something else is opened
 */
export async function showThread(panel, id, signal) {
  const region = element("section", { "aria-label": say("shop.conversation") });
  await loading(panel, async () => {
    const thread = await get(`/v1/ratings/${id}`);
    const messages = element("div", {});
    replace(messages, conversation(thread));
    replace(
      region,
      element("h3", { tabindex: -1 }, `${say("shop.visit", { branch: branchName(thread.branch) })} · ${say("shop.score-of", { n: thread.score })}`),
      messages,
      form(thread, (newer) => replace(messages, conversation(newer)), signal),
      element("p", {}, element("a", { href: "#ratings" }, say("close"))),
    );
    return region;
  });
}

/** Opinions, messages and gifts, the oldest first. @param {Thread} thread */
function conversation(thread) {
  const opinions = thread.history.length > 0 ? thread.history : [{ at: thread.created_at, score: thread.score, comment: thread.comment }];
  const said = [
    ...opinions.map(({ at, score, comment }) => ({ at, from: "member", text: comment, score, gift: null })),
    ...thread.messages.map(({ at, from, text }) => ({ at, from, text, score: null, gift: null })),
    ...thread.gifts_of_rating.map((gift) => ({ at: gift.created_at, from: "agent", text: null, score: null, gift })),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return element(
    "ol",
    { role: "list", class: "thread", "aria-label": say("shop.messages") },
    said.map(({ at, from, text, score, gift }) =>
      element(
        "li",
        { class: from === "member" ? "said mine" : "said" },
        element("p", { class: "quiet" }, `${sayCode("shop.by", from)} · ${moment(at)}`),
        score !== null && element("p", {}, say("shop.your-score", { n: score })),
        text && element("pre", {}, text),
        gift && giftCard(gift),
      ),
    ),
  );
}

/** @param {Schemas["GiftAnswer"]} gift */
function giftCard(gift) {
  const name = say("shop.gift", { name: gift.points === null ? gift.name : say("shop.points", { n: gift.points }) });
  if (gift.coupon === null) return element("p", {}, name);
  return element("div", { class: "row coupon" }, couponCard({ ...gift.coupon, name, used: null }));
}

/**
 * Makes the form of a new message. Its draft survives a reload.
 * @param {Thread} thread
 * @param {(thread: Thread) => void} refresh
 * @param {AbortSignal} signal
 */
function form(thread, refresh, signal) {
  const path = `/v1/ratings/${thread.rating_id}`;
  const field = shown({ name: "text", label: say("shop.message"), kind: "long", longest: 4000 });
  const text = /** @type {HTMLTextAreaElement} */ (field.control);
  const forget = keep(text, thread.rating_id);
  const button = element("button", { type: "submit", class: "primary" }, say("shop.send"));
  let key = freshKey();
  let newest = thread.messages.at(-1)?.message_id ?? "none";
  text.addEventListener("input", () => (key = freshKey()));

  /** Reads the thread again. */
  const read = async () => {
    /** @type {Thread} */
    const newer = await get(path);
    newest = newer.messages.at(-1)?.message_id ?? "none";
    if (!signal.aborted) refresh(newer);
  };
  onReturn(() => read().catch((error) => announce(reason(error))), signal);
  const send = async () => {
    if (text.value.trim() === "") return field.refuse(say("field.missing"));
    button.disabled = true;
    try {
      await change("POST", `${path}/messages`, { text: text.value.trim(), after: newest }, { key });
      forget();
      text.value = "";
      announce(say("shop.sent"));
      await read();
    } catch (error) {
      if (error instanceof Problem && error.code === "thread_moved") await read();
      field.refuse(reason(error));
    } finally {
      button.disabled = false;
      text.focus();
    }
  };
  const node = element("form", { novalidate: true }, field.node, element("div", { class: "actions" }, button));
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button.disabled) send();
  });
  return node;
}
