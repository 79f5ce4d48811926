// The timeline of a member: everything that happened, newest first, by kind.

import { get } from "../../core/api.js";
import { element } from "../../core/element.js";
import { pagedList } from "../../core/list.js";
import { say } from "../../core/words.js";
import { entryRow } from "./entry.js";

const KINDS = /** @type {const} */ ([
  "purchase", "return", "redemption", "reversal", "adjustment", "expiry", "tier", "email", "rating", "task", "claim", "profile",
]);

/**
 * Makes the list "Timeline" with its filter.
 * @param {import("./action.js").View} view
 */
export function timeline(view) {
  const filter = element(
    "select",
    { id: "members-kind", change: () => load() },
    element("option", { value: "" }, say("members.all-kinds")),
    KINDS.map((kind) => element("option", { value: kind }, say(`members.kind.${kind}`))),
  );
  /** The coupons of redemptions that were cancelled. @type {Set<string>} */
  let cancelled = new Set();
  const entries = pagedList({
    name: say("members.timeline"),
    empty: say("members.no-entries"),
    page: async (cursor) => {
      const id = view.member.member_id;
      const [page, reversed] = await Promise.all([
        // One kind is picked out of what a page reads, so a page of it reads more.
        get(`/v1/members/${id}/timeline`, { kind: filter.value, cursor, limit: filter.value === "" ? 20 : 100 }),
        cursor === null ? cancelledOf(id) : cancelled,
      ]);
      cancelled = reversed;
      return page;
    },
    row: (entry) => entryRow(view, entry, cancelled.has(entry.redemption_id)),
  });

  /** Reads it anew, and keeps its height meanwhile so that the page does not jump. */
  async function load() {
    entries.node.style.minHeight = `${entries.node.offsetHeight}px`;
    await entries.load();
    entries.node.style.minHeight = "";
  }

  const head = element(
    "div",
    { class: "spread" },
    element("h2", {}, say("members.timeline")),
    element("div", { class: "row" }, element("label", { for: filter.id }, say("members.kind")), filter),
  );
  return { node: element("section", { class: "card" }, head, entries.node), load };
}

/**
 * Reads which redemptions of the member are undone, so that they are not undone again.
 * @param {string} id
 * @returns {Promise<Set<string>>}
 */
async function cancelledOf(id) {
  const page = await get("/v1/coupons", { member_id: id, limit: 100 });
  const coupons = /** @type {import("puntos").components["schemas"]["TillCoupon"][]} */ (page.data);
  return new Set(coupons.flatMap((one) => (one.status === "cancelled" && one.redemption_id !== null ? [one.redemption_id] : [])));
}
