// Reports: what the points are worth, what gave and took them, and whether the books agree. They show the newest
// finished run; a run starts once a day, or here.

import { Problem, get } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { moment } from "../core/format.js";
import { failure } from "../core/notice.js";
import { caller } from "../core/session.js";
import { say } from "../core/words.js";
import { branches } from "./branches.js";
import { liability } from "./report/liability.js";
import { movements } from "./report/movements.js";
import { reconcile } from "./report/reconcile.js";
import { runNow } from "./report/run.js";

/**
 * @param {HTMLElement} main
 * @param {AbortSignal} signal
 * @returns {Promise<import("./main.js").Open>}
 */
export async function mount(main, signal) {
  const title = element("h1", { tabindex: -1 }, say("desk.reports"));
  const { role } = caller();
  if (role !== "supervisor" && role !== "admin") {
    replace(main, title, element("p", { class: "quiet empty" }, say("reports.not-yours")));
    return () => {};
  }
  const when = element("p", { class: "quiet" });
  const body = element("div", { class: "reports-body" });

  /** Reads the newest finished run. Returns when it was asked for, `null` where there is none. */
  async function load() {
    body.setAttribute("aria-busy", "true");
    try {
      const names = ["liability", "movements", "reconcile"];
      const [worth, moved, proof] = await Promise.all([...names.map((name) => get(`/v1/reports/${name}`, {}, { signal })), branches()]);
      replace(when, say("reports.as-of", { at: moment(proof.as_of) }));
      replace(body, reconcile(proof), liability(worth, moved), movements(moved));
      return /** @type {string} */ (proof.as_of);
    } catch (error) {
      if (signal.aborted) return null;
      const isNone = error instanceof Problem && error.status === 404;
      replace(when);
      replace(body, isNone ? element("p", { class: "card quiet" }, say("reports.none")) : failure(error, load));
      return null;
    } finally {
      body.removeAttribute("aria-busy");
    }
  }

  replace(body, element("p", { class: "quiet loading" }, say("loading")));
  replace(
    main,
    element("div", { class: "spread reports-head" }, element("div", {}, title, when), runNow(load, signal)),
    body,
  );
  await load();
  return () => {};
}
