// Where a member is in the cycle of care: the coming calls, and the tasks about them.

import { get } from "../../core/api.js";
import { element } from "../../core/element.js";
import { day } from "../../core/format.js";
import { plainList } from "../../core/list.js";
import { say, sayCode } from "../../core/words.js";
import { facts } from "../task/cycle.js";
import { doneBy } from "../task/row.js";
import { fold } from "./fold.js";

/** @typedef {import("puntos").components["schemas"]["MemberTasks"]} Tasks */
/** @typedef {import("puntos").components["schemas"]["TaskAnswer"]} Task */

/**
 * Makes the folded cycle and tasks.
 * @param {import("./action.js").View} view
 */
export function careFold(view) {
  return fold(say("members.care"), async () => {
    const { cycle, data } = /** @type {Tasks} */ (await get(`/v1/members/${view.member.member_id}/tasks`, { limit: 50 }));
    return [
      facts(cycle),
      plainList(say("members.tasks"), data.map((task) => element("div", {}, taskRow(task))), say("members.no-tasks")),
    ];
  });
}

/** @param {Task} task */
function taskRow(task) {
  const { kind, status, due_from, due_until, detail, done_note } = task;
  const tones = { open: "warn", completed: "good", lapsed: "" };
  return [
    element(
      "div",
      { class: "spread" },
      element("strong", {}, sayCode("tasks.kind", kind)),
      element("span", { class: `tag ${tones[status]}` }, sayCode("tasks.status", status)),
    ),
    element("p", { class: "hint" }, due_until === null ? day(due_from) : `${day(due_from)} – ${day(due_until)}`, status === "completed" && ` · ${doneBy(task)}`),
    detail !== null && element("p", {}, detail),
    done_note !== null && element("p", {}, done_note),
  ];
}
