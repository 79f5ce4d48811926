// Rates the purchases of a period again: first a dry run, which says what would change, then for good.

import { Problem, change, freshKey } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { element, replace } from "../../core/element.js";
import { body as bodyOf, shown } from "../../core/fields.js";
import { number } from "../../core/format.js";
import { announce, failure, reason } from "../../core/notice.js";
import { enableAgain } from "../../core/waiting.js";
import { say } from "../../core/words.js";
import { dayIn } from "../../core/zone.js";
import { comparison, followed } from "./comparison.js";
import { problemAt } from "./refusals.js";
import { button, section } from "./section.js";

/** @typedef {import("./comparison.js").RerateReport} Report */

/** The re-rate that was started last, so that a reload still shows it. */
const KEPT = "puntos.rerate";

/**
 * @param {import("./draft.js").Draft} draft
 * @param {AbortSignal} signal
 */
export function rerate(draft, signal) {
  const zone = draft.newest.time_zone;
  const fields = [
    shown({ name: "from", kind: "day", label: say("programme.preview.from"), value: dayIn(zone, -29), required: true }),
    shown({ name: "to", kind: "day", label: say("programme.preview.to"), value: dayIn(zone), required: true }),
    shown({
      name: "version",
      kind: "number",
      label: say("programme.rerate.version"),
      min: 1,
      hint: say("programme.rerate.newest"),
    }),
    shown({
      name: "over_credit",
      kind: "choice",
      label: say("programme.rerate.too-many"),
      choices: [
        { value: "claw", text: say("programme.rerate.claw") },
        { value: "forgive", text: say("programme.rerate.forgive") },
      ],
    }),
    shown({ name: "reason", label: say("programme.rerate.reason"), hint: say("programme.rerate.reason-hint") }),
  ];
  const alert = element("div", { role: "alert" });
  const result = element("div", { class: "stack" });
  const tryButton = button(say("programme.rerate.try"), () => start(bodyOf(fields)), { look: "" });
  /** What the dry run on the page was asked, to be applied as it was. @type {Record<string, any> | null} */
  let tried = null;

  /** @param {Record<string, any>} asked */
  async function start(asked) {
    tryButton.disabled = true;
    replace(alert);
    try {
      const { rerate_id: id } = await change(
        "POST",
        "/v1/program/rerates",
        { ...asked, dry_run: true },
        { key: freshKey(), signal },
      );
      tried = asked;
      await watch(id);
    } catch (error) {
      if (!signal.aborted) tell(error);
    } finally {
      enableAgain(tryButton);
    }
  }

  /** @param {unknown} error */
  function tell(error) {
    const problem = error instanceof Problem ? problemAt(error.errors) : null;
    for (const one of problem?.errors ?? []) fields.find(({ name }) => name === one.field)?.refuse(one.detail);
    if (problem === null || problem.errors.length === 0)
      replace(alert, element("p", { class: "refusal" }, reason(error)));
  }

  /**
   * @param {string} id
   * @param {boolean} [isOld] whether it was started before this page was opened
   */
  async function watch(id, isOld = false) {
    localStorage.setItem(KEPT, id);
    const path = `/v1/program/rerates/${id}`;
    const show = (/** @type {Report} */ report) => replace(result, found(report));
    try {
      const report = await followed(path, show, signal);
      if (!isOld) result.querySelector("h3")?.focus();
      announce(report.dry_run ? say("programme.rerate.tried") : say("programme.rerate.applied"));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status === 404) localStorage.removeItem(KEPT);
      else
        replace(
          result,
          failure(error, () => watch(id, isOld)),
        );
    }
  }

  /** @param {Report} report */
  function found(report) {
    const isRunning = report.status === "running";
    return [
      element("h3", { tabindex: -1 }, say(report.dry_run ? "programme.rerate.dry" : "programme.rerate.real")),
      ...comparison(report, draft.newest),
      report.purchases > 0 && !report.dry_run && sums(report),
      element(
        "div",
        { class: "actions" },
        isRunning && button(say("programme.stop"), () => stop(report.rerate_id)),
        report.dry_run &&
          report.status === "finished" &&
          tried !== null &&
          report.points_now !== report.points_then &&
          button(say("programme.rerate"), apply, { look: "primary" }),
      ),
    ];
  }

  /** @param {Report} report */
  function sums({ given, clawed, forgiven, let_go, members_told }) {
    const all = /** @type {const} */ ([
      ["programme.rerate.given", given],
      ["programme.rerate.clawed", clawed],
      ["programme.rerate.forgiven", forgiven],
      ["programme.rerate.let-go", let_go],
      ["programme.rerate.told", members_told],
    ]);
    return element(
      "dl",
      { class: "facts" },
      all.map(([key, value]) =>
        element("div", {}, element("dt", {}, say(key)), element("dd", { class: "programme-number" }, number(value))),
      ),
    );
  }

  async function apply() {
    const done = await ask({
      title: say("programme.rerate"),
      intro: say("programme.rerate.sure"),
      isDangerous: true,
      send: (_, key) => change("POST", "/v1/program/rerates", { ...tried, dry_run: false }, { key }),
    });
    if (done === undefined) return;
    tried = null;
    await watch(done.rerate_id);
  }

  /** @param {string} id */
  async function stop(id) {
    await ask({
      title: say("programme.stop"),
      intro: say("programme.rerate.stop-what"),
      send: (_, key) => change("POST", `/v1/program/rerates/${id}/stop`, undefined, { key }),
    });
  }

  const kept = localStorage.getItem(KEPT);
  if (kept !== null) watch(kept, true);
  return section(
    "rerate",
    element("p", { class: "hint" }, say("programme.rerate.why")),
    element(
      "div",
      { class: "programme-pair" },
      fields.map(({ node }) => node),
    ),
    alert,
    element("div", { class: "actions" }, tryButton),
    result,
  );
}
