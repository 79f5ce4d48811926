// The problems that were reported, and the one that is opened.

import { get } from "../core/api.js";
import { element } from "../core/element.js";
import { date } from "../core/format.js";
import { pagedList } from "../core/list.js";
import { telling } from "../core/notice.js";
import { say, sayCode } from "../core/words.js";
import { statusTag } from "./claim-status.js";
import { opener, part } from "./part.js";

/** @typedef {import("puntos").components["schemas"]["ClaimAnswer"]} Claim */

const PAGE = 10;

/** Makes the part. */
export function claims() {
  const list = pagedList({
    name: say("shop.claims"),
    empty: say("shop.no-claims"),
    page: (cursor) => get("/v1/claims", { limit: PAGE, cursor }),
    row,
  });
  const open = opener(list.list, "#claims/", async (panel, id) => {
    const { showClaim } = await import("./claim.js");
    await showClaim(panel, id, () => again(id));
  });
  /** Shows a claim after a change, here and in the list. @param {string} id */
  const again = async (id) => {
    await list.load();
    await open(id);
  };
  const reported = telling(async () => {
    const { report } = await import("./report.js");
    const claim = await report();
    if (claim === undefined) return;
    await list.load();
    location.hash = `#claims/${claim.claim_id}`;
  });
  const first = list.load();
  const button = element("button", { type: "button", class: "primary", click: reported }, say("shop.report"));
  return {
    node: part("claims", say("shop.claims"), element("p", {}, button), list.node),
    open: async (/** @type {string | null} */ id) => {
      await first;
      await open(id);
    },
  };
}

/** @param {Claim} claim */
function row(claim) {
  return element(
    "a",
    { href: `#claims/${claim.claim_id}`, "aria-expanded": "false", class: "opens" },
    element("span", { class: "grow" }, sayCode("shop.claim-kind", claim.kind), element("span", { class: "quiet" }, ` ${date(claim.created_at)}`)),
    statusTag(claim),
  );
}
