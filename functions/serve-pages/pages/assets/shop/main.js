// The shopper's page: points, rewards, coupons, history, claims, ratings and profile in one column. Mails link to
// its parts and to single claims and ratings by the address after the `#`.

import { Problem } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { behindSignIn, wrongPage } from "../core/frame.js";
import { loading } from "../core/notice.js";
import { brand, caller } from "../core/session.js";
import { say } from "../core/words.js";
import { balance } from "./balance.js";
import { claims } from "./claims.js";
import { coupons } from "./coupons.js";
import { history } from "./history.js";
import { profile } from "./profile.js";
import { ratings } from "./ratings.js";
import { rewards } from "./rewards.js";
import { reload, shop } from "./state.js";

/** @type {Record<string, (id: string | null) => Promise<void>>} what opens a thing of a part */
const openers = {};

behindSignIn(start, say("shop.welcome"));

async function start() {
  if (caller().role !== "member") return wrongPage(say("shop.not-yours"), "/desk", say("shop.to-desk"));
  const main = element("main", { id: "content", tabindex: -1 });
  const names = {
    rewards: say("shop.rewards"),
    coupons: say("shop.coupons"),
    history: say("shop.history"),
    claims: say("shop.claims"),
    ratings: say("shop.ratings"),
    profile: say("shop.profile"),
  };
  const links = Object.entries(names).map(([id, name]) => element("a", { href: `#${id}` }, name));
  const skip = element("a", { class: "skip", href: "#content" }, say("skip"));
  const nav = element("nav", { "aria-label": brand }, links);
  replace(document.body, skip, element("header", { class: "head" }, element("a", { class: "brand", href: "/" }, brand), nav), main);
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  await loading(main, async () => {
    try {
      await reload();
    } catch (error) {
      // Nobody is enrolled with this sign-in.
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      nav.remove();
      const { join } = await import("./join.js");
      return element("section", { class: "card part" }, join(start));
    }
    return content();
  });
  window.addEventListener("hashchange", route);
  await route();
}

/** Makes the parts. Each reads its own list. */
function content() {
  const bought = coupons();
  const claimed = claims();
  const rated = ratings();
  const past = history();
  openers.claims = claimed.open;
  openers.ratings = rated.open;
  const redeemed = async () => {
    await Promise.all([reload(), bought.load(), past.load()]);
  };
  return [
    element("h1", {}, say("shop.hello", { name: shop.member.name })),
    balance(),
    rewards(bought, redeemed),
    bought.node,
    past.node,
    claimed.node,
    rated.node,
    profile(),
  ];
}

/** Shows what the address names. */
async function route() {
  const [name, id] = location.hash.slice(1).split("/");
  for (const [part, open] of Object.entries(openers)) {
    if (part !== name || !id) await open(null);
  }
  if (id && name in openers) return openers[name](decodeURIComponent(id));
  const heading = name === "" ? null : document.getElementById(`${name}-name`);
  const section = heading?.closest("section");
  if (section == null || section.contains(document.activeElement)) return;
  heading?.focus({ preventScroll: true });
  section.scrollIntoView();
}
