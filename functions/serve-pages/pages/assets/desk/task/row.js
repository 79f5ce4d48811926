// A task as a row: the customer, what it is about, until when, whose it is, and what was done.

import { element, replace } from "../../core/element.js";
import { day, dayRange, moment } from "../../core/format.js";
import { caller } from "../../core/session.js";
import { say, sayCode } from "../../core/words.js";
import { agentName, shortId } from "../agents.js";

/** @typedef {import("puntos").components["schemas"]["TaskAnswer"]} Task */
/** @typedef {import("puntos").components["schemas"]["UpcomingAnswer"]} Upcoming */
/** @typedef {import("puntos").components["schemas"]["MovedAnswer"]} Moved */

/**
 * What a row can ask for. `take` assigns the task to the caller.
 * @typedef {{complete: (task: Task) => void, assign: (task: Task) => void, take: (task: Task) => void}} Acts
 */

let counter = 0;

/**
 * Makes the row of a task. `show` shows it as it is now.
 * @param {Task} task
 * @param {{shownDay: string, isToday: boolean, names: import("../agents.js").Agents, acts: Acts}} context
 * @returns {{node: HTMLElement, show: (task: Task) => void, focus: () => void}}
 */
export function taskRow(task, { shownDay, isToday, names, acts }) {
  const node = element("article", {});
  const id = `task-${(counter += 1)}`;
  /** @param {Task} now */
  const show = (now) => {
    node.className = now.status === "open" ? "tasks-row" : "tasks-row tasks-ended";
    replace(
      node,
      element(
        "div",
        { class: "spread" },
        element("h3", { id }, memberLink(now.member), " ", element("span", { class: "quiet tasks-kind" }, sayCode("tasks.kind", now.kind))),
        due(now, shownDay, isToday),
      ),
      now.detail && element("p", {}, now.detail),
      movedWords(now.moved),
      aboutClaim(now),
      done(now),
      element("div", { class: "tasks-foot" }, element("p", { class: "quiet tasks-whose" }, whose(now.agent_id, names)), now.status === "open" && buttons(now, id, acts)),
    );
  };
  show(task);
  return { node, show, focus: () => node.querySelector("a")?.focus() };
}

/**
 * Makes the row of a customer with the tasks to come.
 * @param {Upcoming} row
 * @param {import("../agents.js").Agents} names
 */
export function upcomingRow(row, names) {
  return element(
    "article",
    { class: "tasks-row" },
    element("h3", {}, memberLink(row.member)),
    element(
      "ul",
      { role: "list", class: "tasks-coming" },
      row.tasks.map((task) =>
        element(
          "li",
          {},
          element(
            "p",
            { class: "spread" },
            element("span", {}, sayCode("tasks.kind", task.kind)),
            element("span", { class: "quiet figure" }, span(task.due_from, task.due_until)),
          ),
          movedWords(task.moved),
          task.agent_id && element("p", { class: "quiet tasks-whose" }, whose(task.agent_id, names)),
        ),
      ),
    ),
  );
}

/** @param {{member_id: string, name: string}} member */
function memberLink({ member_id, name }) {
  return element("a", { href: `/desk/members/${member_id}` }, name);
}

/**
 * Until when it is due. What is due tomorrow, or on the day of the list, is told in words and colour.
 * @param {Task} task
 * @param {string} shownDay
 * @param {boolean} isToday whether that is the day of the list
 */
function due(task, shownDay, isToday) {
  if (task.status === "completed") return element("span", { class: "tag good" }, say("tasks.done"));
  if (task.status === "lapsed")
    return element("span", { class: "tag" }, say("tasks.lapsed-on", { day: day(task.due_until ?? task.due_from) }));
  if (task.due_until === null) return element("span", { class: "quiet" }, say("tasks.until-done"));
  if (task.due_until === shownDay) return element("span", { class: "tag bad" }, isToday ? say("tasks.due-today") : say("tasks.due-on-day"));
  if (task.due_tomorrow && isToday) return element("span", { class: "tag bad" }, say("tasks.due-tomorrow"));
  return element("span", { class: "quiet figure" }, say("tasks.due-until", { day: day(task.due_until) }));
}

/** @param {Moved | null} moved */
function movedWords(moved) {
  if (moved === null) return null;
  const values = { from: day(moved.from), to: day(moved.to) };
  const words = moved.direction === "delayed" ? say("tasks.moved-later", values) : say("tasks.moved-earlier", values);
  return element("p", { class: "tasks-moved" }, words);
}

/** @param {Task} task */
function aboutClaim({ about }) {
  if (!about?.startsWith("clm_")) return null;
  return element("p", {}, element("a", { href: `/desk/claims/${about}` }, say("tasks.open-claim")));
}

/** @param {Task} task */
function done(task) {
  if (task.status !== "completed") return null;
  return [
    element("p", {}, doneBy(task)),
    task.done_note && element("blockquote", { class: "tasks-note" }, task.done_note),
  ];
}

/** Who completed a task, and when. @param {Task} task */
export function doneBy(task) {
  const when = task.completed_at === null ? "" : moment(task.completed_at);
  if (task.done_by === null) return say("tasks.done-by-system", { when });
  const isMine = task.completed_by === `${caller().role}:${caller().subject}`;
  return isMine ? say("tasks.done-by-you", { when }) : say("tasks.done-by", { name: shortId(task.done_by), when });
}

/**
 * @param {string | null} agent
 * @param {import("../agents.js").Agents} names
 */
function whose(agent, names) {
  return agent === null ? say("tasks.nobodys") : say("tasks.assigned-to", { name: agentName(names, agent) });
}

/**
 * @param {string} from
 * @param {string | null} until
 */
function span(from, until) {
  return until === null ? say("tasks.from", { day: day(from) }) : dayRange(from, until);
}

/**
 * @param {Task} task
 * @param {string} id the heading that says whose they are
 * @param {Acts} acts
 */
function buttons(task, id, acts) {
  /** @param {"complete" | "take" | "assign"} act @param {string} words */
  const button = (act, words) =>
    element("button", { type: "button", class: act === "complete" ? "small tasks-complete" : "small", "aria-describedby": id, click: () => acts[act](task) }, words);
  return element(
    "div",
    { class: "actions" },
    button("complete", say("tasks.complete")),
    task.agent_id === caller().subject ? null : button("take", say("tasks.take")),
    button("assign", say("tasks.assign")),
  );
}
