// Claims: the list with its filters, and the opened one beside it.

import { get } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { pagedList } from "../core/list.js";
import { loading } from "../core/notice.js";
import { channel } from "../core/tabs.js";
import { say } from "../core/words.js";
import { agents } from "./agents.js";
import { branches } from "./branches.js";
import { attach } from "./claim/attachments.js";
import { addStep, fix, openAgain } from "./claim/change.js";
import { customerName } from "./claim/customers.js";
import { detail } from "./claim/detail.js";
import { filters, keep, wanted } from "./claim/filters.js";
import { claimRow } from "./claim/row.js";
import { listTitle } from "./title.js";
import { today } from "./today.js";

/** @typedef {import("./claim/row.js").Claim} Claim */

/**
 * Builds the part once.
 * @param {HTMLElement} main
 * @param {AbortSignal} signal
 */
export async function mount(main, signal) {
  const [names, localDay] = await Promise.all([agents(), today(), branches()]);
  let now = wanted();
  let shownAt = "not yet";
  /** @type {string | null} */
  let openedId = null;
  let opening = new AbortController();
  /** @type {Map<string, ReturnType<typeof claimRow>>} */
  const rows = new Map();
  /** The name of the opened claim's customer. @type {string | null} */
  let customer = null;

  const back = element("a", { class: "only-narrow", hidden: true }, say("back"));
  const place = element("div", {});
  const side = element("div", {}, back, place);
  const fields = filters(change, signal);
  const claims = pagedList({
    name: say("desk.claims"),
    rows: "rows links",
    empty: say("claims.none"),
    page: (cursor) => get("/v1/claims", { ...now, cursor }, { signal }),
    row: (/** @type {Claim} */ claim) => {
      const row = claimRow(claim, localDay);
      rows.set(claim.claim_id, row);
      return row.node;
    },
  });
  claims.list.dataset.keys = "";
  const title = listTitle(say("desk.claims"));
  replace(main, element("div", { class: "columns" }, element("div", {}, title.node, fields.node, claims.node), side));

  const tell = channel("claims", seen, signal);

  /** Shows a claim as it is now, in the list and beside it. @param {Claim} claim */
  function seen(claim) {
    rows.get(claim.claim_id)?.show(claim);
    if (openedId === claim.claim_id) replace(place, page(claim));
  }

  /** @param {Claim} claim */
  function page(claim) {
    const acts = {
      addStep: () => after(addStep(claim, localDay)),
      fix: () => after(fix(claim, () => reload(claim.claim_id))),
      openAgain: () => after(openAgain(claim)),
      attach: async () => {
        if (await attach(claim)) await reload(claim.claim_id);
      },
    };
    return detail(claim, { today: localDay, names, customer, acts });
  }

  /** Shows the claim after a change. @param {Promise<Claim | undefined>} asked */
  async function after(asked) {
    const claim = await asked;
    if (claim === undefined) return;
    seen(claim);
    tell(claim);
    side.querySelector("h1")?.focus();
  }

  /** @param {string} id */
  async function reload(id) {
    const claim = await get(`/v1/claims/${id}`, {}, { signal });
    seen(claim);
    tell(claim);
    side.querySelector("h1")?.focus();
  }

  /** @param {Partial<import("./claim/filters.js").Wanted>} part */
  function change(part) {
    now = { ...now, ...part };
    keep(now);
    list();
  }

  function list() {
    shownAt = location.search;
    fields.show(now);
    rows.clear();
    return claims.load().then(mark);
  }

  /** Marks the row of the opened claim. */
  function mark() {
    for (const link of claims.list.querySelectorAll("a")) {
      if (link.dataset.claim === openedId) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  return async (/** @type {string | null} */ id) => {
    const isClosed = id === null && openedId !== null;
    const before = openedId;
    openedId = id;
    title.show(id !== null);
    opening.abort();
    opening = new AbortController();
    const either = AbortSignal.any([signal, opening.signal]);
    if (shownAt !== location.search) {
      now = wanted();
      list();
    }
    mark();
    back.hidden = id === null;
    back.href = `/desk/claims${location.search}`;
    if (id === null) {
      replace(place, element("p", { class: "quiet claims-nothing" }, say("claims.choose")));
      if (isClosed) rows.get(before ?? "")?.node.querySelector("a")?.focus();
      return;
    }
    await loading(
      place,
      async () => {
        const claim = /** @type {Claim} */ (await get(`/v1/claims/${id}`, {}, { signal: either }));
        customer = claim.member_id && (await customerName(claim.member_id));
        rows.get(id)?.show(claim);
        return page(claim);
      },
      either,
    );
    if (!either.aborted) side.querySelector("h1")?.focus();
  };
}
