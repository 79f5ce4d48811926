// The desk's ratings: totals and filters, the list, and beside it the plots or the opened rating.

import { change, get } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { pagedList, plainList } from "../core/list.js";
import { announce, reason } from "../core/notice.js";
import { caller } from "../core/session.js";
import { say } from "../core/words.js";
import { autoReply } from "./rating/auto-reply.js";
import { branches } from "./branches.js";
import { controls, read, write } from "./rating/filters.js";
import { plots } from "./rating/plots.js";
import { rows } from "./rating/row.js";
import { totals } from "./rating/totals.js";

const PAGE = 30;

/**
 * Builds the part.
 * @param {HTMLElement} main
 * @param {AbortSignal} signal
 * @returns {Promise<import("./main.js").Open>}
 */
export async function mount(main, signal) {
  let filters = read(location.search);
  /** @type {string | null} */
  let openId = null;
  let reading = new AbortController();
  /** The totals that the plots wait for: they are drawn only when they are looked at. @type {(() => void) | null} */
  let undrawn = null;

  await branches();
  const board = totals();
  const pictures = plots();
  const inbox = rows({ href: (id) => `/desk/ratings/${id}${write(filters)}`, isOpen: (id) => id === openId });
  const list = listOf(inbox, () => filters);
  const choice = controls(filters, (next) => {
    filters = next;
    history.replaceState(null, "", location.pathname + write(filters));
    leads();
    reload();
  });
  /** A phone goes back to the list, which a broad window has beside the rating. */
  const ways = [["only-narrow", say("back")], ["only-broad", say("close")]].map(([where, words]) => element("a", { class: `button small ${where}` }, words));
  const body = element("div", { class: "stack" });
  const detail = element("section", { class: "card stack", "aria-label": say("ratings.conversation"), hidden: true }, element("p", {}, ways), body);
  const heading = element("h1", { tabindex: -1 }, say("ratings.title"));
  replace(
    main,
    element("div", { class: "spread ratings-top" }, heading, autoReply(signal)),
    board.node,
    element(
      "div",
      { class: "columns" },
      element("div", {}, element("div", { class: "card" }, choice.node, list.node)),
      element("div", {}, detail, pictures.node),
    ),
  );
  signal.addEventListener("abort", () => reading.abort());
  leads();
  reload();

  /** Leads back to the list as it is filtered. */
  function leads() {
    for (const way of ways) way.href = `/desk/ratings${write(filters)}`;
  }

  async function sum() {
    const [asked, summary] = [filters, await board.load(filters, sum)];
    if (summary === null) return;
    undrawn = () => pictures.load(asked, summary);
    draw();
  }

  function draw() {
    if (openId !== null) return;
    undrawn?.();
    undrawn = null;
  }

  function reload() {
    inbox.clear();
    list.load();
    sum();
  }

  /** Marks a rating as read at once, and as unread again where that fails. @param {string} id */
  async function markRead(id) {
    const row = inbox.find(id)?.one;
    const isNews = row?.unread === true;
    /** @param {boolean} unread */
    const show = (unread) => {
      inbox.change(id, { unread });
      if (row?.has_comment) board.unread(unread ? 1 : -1);
    };
    if (isNews) show(false);
    try {
      await change("POST", `/v1/ratings/${id}/read`);
      if (row === undefined) sum();
    } catch (error) {
      if (!isNews) return;
      show(true);
      announce(reason(error));
    }
  }

  /** @param {string | null} id */
  async function show(id) {
    const before = openId;
    openId = id;
    reading.abort();
    reading = new AbortController();
    inbox.mark(id);
    detail.hidden = id === null;
    pictures.node.hidden = id !== null;
    if (id === null) {
      replace(body);
      draw();
      if (before !== null) (inbox.find(before)?.link ?? heading).focus();
      return;
    }
    markRead(id);
    const { signal } = reading;
    const { conversation } = await import("./rating/conversation.js");
    if (signal.aborted) return;
    return conversation(body, id, {
      signal,
      replied: (replies) => {
        inbox.change(id, { replies });
        sum();
      },
      others: (member) => `/desk/ratings/${id}${write({ ...filters, from: "", to: "", branch: "", customer: "", member })}`,
    });
  }

  return (id) => {
    const asked = read(location.search);
    if (write(asked) !== write(filters)) {
      filters = asked;
      choice.show(filters);
      leads();
      reload();
    }
    if (id !== openId) return show(id);
  };
}

/** Whether the list may leave out ratings. @param {import("./rating/filters.js").Filters} filters */
function isFiltered({ from, to, branch, customer, member }) {
  return [from, to, branch, customer, member].some((one) => one !== "");
}

/**
 * Makes the list; administrators see totals only.
 * @param {ReturnType<typeof rows>} inbox
 * @param {() => import("./rating/filters.js").Filters} filters
 */
function listOf(inbox, filters) {
  if (caller().role === "admin") return { node: plainList(say("ratings.title"), [], say("ratings.only-totals")), load() {} };
  const list = pagedList({
    name: say("ratings.title"),
    rows: "rows links",
    empty: () => say(isFiltered(filters()) ? "ratings.none" : "ratings.none-yet"),
    row: inbox.row,
    page: (cursor) => {
      const { from, to, branch, customer, member, sort, order } = filters();
      return get("/v1/ratings", { from, to, branch, name: customer, member_id: member, sort, order, limit: PAGE, cursor });
    },
  });
  list.list.setAttribute("data-keys", "");
  return list;
}
