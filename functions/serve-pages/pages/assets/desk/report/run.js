// The button that starts a run of the reports, and waits until it has finished.

import { change, freshKey, get, Problem } from "../../core/api.js";
import { element, replace } from "../../core/element.js";
import { announce, reason } from "../../core/notice.js";
import { enableAgain } from "../../core/waiting.js";
import { say } from "../../core/words.js";

const [LOOK_AFTER_MS, LOOKS_LONGEST_MS, WAIT_MAX_MS] = [700, 5_000, 300_000];

/**
 * @param {() => Promise<string | null>} load shows the newest finished run
 * @param {AbortSignal} signal
 */
export function runNow(load, signal) {
  const state = element("p", { class: "quiet", role: "status" });
  const button = element("button", { type: "button", class: "primary", click: run }, say("reports.run"));

  async function run() {
    button.disabled = true;
    replace(state, say("reports.running"));
    try {
      const before = await finished(signal);
      await change("POST", "/v1/reports/runs", undefined, { key: freshKey(), signal });
      const isDone = await another(before, signal);
      if (isDone) {
        await load();
        announce(say("reports.ran"));
      }
      replace(state, isDone ? null : say("reports.long"));
    } catch (error) {
      if (!signal.aborted) replace(state, element("span", { class: "refusal" }, reason(error)));
    } finally {
      enableAgain(button);
    }
  }

  return element("div", { class: "row" }, button, state);
}

/**
 * Waits for another finished run than this one. Returns whether it came in time.
 * @param {string | null} before
 * @param {AbortSignal} signal
 */
async function another(before, signal) {
  let wait = LOOK_AFTER_MS;
  for (const end = Date.now() + WAIT_MAX_MS; Date.now() < end; wait = Math.min(wait * 1.5, LOOKS_LONGEST_MS)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    signal.throwIfAborted();
    if ((await finished(signal)) !== before) return true;
  }
  return false;
}

/**
 * Returns when the newest finished run was asked for; `null` before the first.
 * @param {AbortSignal} signal
 * @returns {Promise<string | null>}
 */
async function finished(signal) {
  try {
    return (await get("/v1/reports/reconcile", {}, { signal })).as_of;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}
