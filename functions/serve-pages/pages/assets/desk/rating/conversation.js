// The opened rating: the visit, the customer, both sides' messages, the gifts, and who else looks at it.

import { change, get } from "../../core/api.js";
import { element, replace } from "../../core/element.js";
import { moment, number } from "../../core/format.js";
import { announce, loading, reason } from "../../core/notice.js";
import { channel, onReturn } from "../../core/tabs.js";
import { say } from "../../core/words.js";
import { localOf } from "../../core/zone.js";
import { agents } from "../agents.js";
import { branchName, branches } from "../branches.js";
import { fact } from "../member/fact.js";
import { showReceipt } from "../member/receipt.js";
import { attach, gifts } from "./gifts.js";
import { reply } from "./reply.js";
import { lookers } from "./row.js";
import { badge, TONES, word } from "./score.js";
import { messages, newest } from "./thread.js";

/** @typedef {import("./thread.js").Thread} Thread */

const LOOK_MS = 30_000;

/**
 * Opens a rating in a node. Its heading gets the focus.
 * @param {HTMLElement} node
 * @param {string} id
 * @param {{signal: AbortSignal, replied: (replies: number) => void, others: (member: string) => string}} options
 *   `others` makes the address of all ratings of the customer
 */
export async function conversation(node, id, { signal, replied, others }) {
  await loading(
    node,
    async () => {
      const [first, names] = await Promise.all([read(), agents(), branches()]);
      return opened(first, names);
    },
    signal,
  );
  if (!signal.aborted) node.querySelector("h2")?.focus();

  /** @returns {Promise<Thread>} */
  function read() {
    return get(`/v1/ratings/${id}`, {}, { signal });
  }

  /**
   * @param {Thread} first
   * @param {import("../agents.js").Agents} names
   */
  function opened(first, names) {
    let thread = first;
    const [talk, given] = [element("div", { class: "stack" }), element("div", { class: "stack" })];
    const looking = element("p", { class: "ratings-looking", role: "status" });
    const about = element("dl", { class: "facts ratings-facts" });

    /** @param {Thread} next */
    function show(next) {
      thread = next;
      replace(about, facts(thread));
      replace(talk, messages(thread, names));
      replace(given, element("h3", {}, say("ratings.gifts")), gifts(thread.gifts_of_rating));
      const box = talk.querySelector(".ratings-talk");
      requestAnimationFrame(() => box?.scrollTo(0, box.scrollHeight));
    }

    const form = reply({
      id,
      after: () => newest(thread),
      sent: (message) => {
        show({ ...thread, messages: [...thread.messages, message], replies: thread.replies + 1 });
        replied(thread.replies);
        tell(id);
        again();
      },
      moved: async (newer) => {
        if (newer) show({ ...thread, messages: [...thread.messages, newer] });
        await again();
      },
      actions: [element("button", { type: "button", click: (/** @type {Event} */ event) => give(event) }, say("ratings.attach-gift"))],
    });

    const tell = channel("ratings", (/** @type {string} */ changed) => changed === id && again(), signal);
    onReturn(again, signal);

    /** Reads the rating again; what is shown already stays where that fails, and where nothing is new. */
    async function again() {
      try {
        const next = await read();
        if (said(next) === said(thread)) return;
        const isAnswered = next.replies !== thread.replies;
        show(next);
        if (isAnswered) replied(next.replies);
      } catch (error) {
        if (!signal.aborted) announce(reason(error));
      }
    }

    /** @param {Event} event */
    async function give({ currentTarget }) {
      const button = /** @type {HTMLButtonElement} */ (currentTarget);
      button.disabled = true;
      try {
        if (!(await attach(id))) return;
        tell(id);
        await again();
      } catch (error) {
        announce(reason(error));
      } finally {
        button.disabled = false;
        button.focus();
      }
    }

    show(first);
    look(id, signal, first.viewers, (viewers) => replace(looking, lookers(viewers)));
    return [
      element(
        "div",
        { class: "ratings-head" },
        element("div", { class: "row" }, badge(thread), element("h2", { tabindex: -1 }, thread.name), element("span", { class: `tag ${TONES[thread.category]}` }, word(thread.category))),
        links(thread, others),
      ),
      looking,
      about,
      element("h3", {}, say("ratings.messages")),
      talk,
      form,
      given,
    ];
  }
}

/** Returns all that is shown of a thread but who looks at it. @param {Thread} thread */
const said = (thread) => JSON.stringify({ ...thread, viewers: [] });

/**
 * Shows the agent to colleagues for as long as the rating is open, and the colleagues to the agent.
 * @param {string} id
 * @param {AbortSignal} signal
 * @param {import("./row.js").Viewer[]} first
 * @param {(viewers: import("./row.js").Viewer[]) => void} show
 */
function look(id, signal, first, show) {
  const tell = async () => {
    if (document.hidden) return;
    try {
      show((await change("POST", `/v1/ratings/${id}/viewing`, undefined, { signal })).viewers);
    } catch {
      // It is told again in half a minute.
    }
  };
  const timer = setInterval(tell, LOOK_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  show(first);
  tell();
}

/** @param {Thread} thread */
function facts(thread) {
  const { offered, redeemed, expired } = thread.gifts;
  return [
    fact(say("ratings.visit"), moment(thread.visited_at)),
    fact(say("ratings.branch"), branchName(thread.branch)),
    thread.invoice_number !== null && fact(say("ratings.invoice"), thread.invoice_number),
    fact(say("ratings.last-score"), number(thread.last_score)),
    fact(say("ratings.gifts-of-customer"), say("ratings.gift-counts", { offered, redeemed, expired })),
  ];
}

/**
 * @param {Thread} thread
 * @param {(member: string) => string} others
 */
function links(thread, others) {
  const { member_id } = thread;
  return element(
    "div",
    { class: "row" },
    element("a", { class: "button small", href: `/desk/members/${member_id}` }, say("ratings.history")),
    element("button", { type: "button", class: "small", click: () => findReceipt(thread) }, say("ratings.show-receipt")),
    element("a", { class: "button small", href: others(member_id) }, say("ratings.of-customer")),
  );
}

/**
 * Shows the purchase of the visit, if its till sent one: that of the invoice, else the customer's nearest in time
 * at the branch on that day.
 * @param {Thread} thread
 */
async function findReceipt({ member_id, branch, invoice_number, visited_at }) {
  const day = localOf(visited_at).slice(0, 10);
  const named = invoice_number === null ? { member_id, from: day, to: day, limit: 100 } : { branch, invoice_number };
  /** @param {{purchased_at: string}} one */
  const apart = ({ purchased_at }) => Math.abs(Date.parse(purchased_at) - Date.parse(visited_at));
  try {
    const { data } = /** @type {{data: import("../member/receipt.js").Purchase[]}} */ (await get("/v1/purchases", named));
    const [found] = data.filter((one) => one.branch === branch).sort((a, b) => apart(a) - apart(b));
    if (found !== undefined) await showReceipt(found.purchase_id);
    else announce(say(invoice_number === null ? "ratings.no-receipt-that-day" : "ratings.no-receipt"));
  } catch (error) {
    announce(reason(error));
  }
}
