// The work of a day: the tasks that are due, the ones to come, and how many were done.

import { get } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { fullDay, shortDay } from "../core/format.js";
import { pagedList } from "../core/list.js";
import { failure, loading } from "../core/notice.js";
import { plot } from "../core/plot.js";
import { channel } from "../core/tabs.js";
import { say } from "../core/words.js";
import { agents, setMyName } from "./agents.js";
import { assign, complete, take } from "./task/change.js";
import { cycles } from "./task/cycle.js";
import { filters, keep, wanted } from "./task/filters.js";
import { taskRow, upcomingRow } from "./task/row.js";
import { after, today } from "./today.js";

/** @typedef {import("./task/row.js").Task} Task */

/** How many days ahead the list of what comes looks. */
const DAYS_AHEAD = 14;

/**
 * Builds the part once. What it opens is a day with filters, which the address names.
 * @param {HTMLElement} main
 * @param {AbortSignal} signal
 */
export async function mount(main, signal) {
  const names = await agents();
  let now = wanted();
  let shownDay = await today();
  let shownAt = "not yet";
  /** @type {Map<string, ReturnType<typeof taskRow>>} */
  const rows = new Map();

  const tell = channel("tasks", (/** @type {Task} */ task) => rows.get(task.task_id)?.show(task), signal);
  /** @param {Task} task */
  const seen = (task) => {
    rows.get(task.task_id)?.show(task);
    rows.get(task.task_id)?.focus();
    tell(task);
  };
  const acts = {
    /** @param {Task} task */
    complete: async (task) => {
      if (await complete(task, seen)) await loading(trend, drawn, signal);
    },
    /** @param {Task} task */
    assign: (task) => assign(task, seen),
    /** @param {Task} task */
    take: (task) => take(task, seen),
  };

  const heading = element("h1", { tabindex: -1 });
  const dayField = element("input", { type: "date", "aria-label": say("tasks.day") });
  const fields = filters(names, change);
  const listHeading = element("h2", {});
  const due = pagedList({
    name: say("tasks.today"),
    rows: "rows tasks-list",
    empty: say("tasks.none"),
    page: (cursor) => get("/v1/tasks", { ...now, cursor }, { signal }),
    row: (/** @type {Task} */ task) => {
      const row = taskRow(task, { shownDay, isToday: now.day === "", names, acts });
      rows.set(task.task_id, row);
      return row.node;
    },
  });
  due.list.dataset.keys = "";
  const upcoming = pagedList({
    name: say("tasks.upcoming"),
    rows: "rows tasks-list",
    empty: say("tasks.none-coming", { n: DAYS_AHEAD }),
    page: (cursor) => get("/v1/tasks/upcoming", { days: DAYS_AHEAD, agent: now.agent, name: now.name, cursor }, { signal }),
    row: (row) => upcomingRow(row, names),
  });
  const cycle = element("section", { class: "card", hidden: true });
  const trend = element("section", { class: "card", "aria-label": say("tasks.trend") });

  replace(
    main,
    element(
      "div",
      { class: "tasks-head" },
      heading,
      element("button", { type: "button", class: "plain", click: renamed }, say("agents.my-name")),
    ),
    element(
      "div",
      { class: "row tasks-days" },
      button(say("tasks.previous-day"), () => step(-1)),
      button(say("tasks.today"), () => change({ day: "" })),
      button(say("tasks.next-day"), () => step(1)),
      dayField,
    ),
    fields.node,
    element(
      "div",
      { class: "tasks-board" },
      element("section", { class: "card" }, listHeading, due.node),
      element("div", { class: "tasks-side" }, cycle, element("section", { class: "card" }, element("h2", {}, say("tasks.upcoming")), upcoming.node), trend),
    ),
  );
  dayField.addEventListener("change", () => change({ day: dayField.value }));
  document.addEventListener("visibilitychange", () => document.hidden || dayIsOver(), { signal });
  loading(trend, drawn, signal);

  /** Shows the lists as the filters are now. */
  async function load() {
    shownAt = location.search;
    const localDay = await today();
    if (now.day === localDay) now.day = "";
    shownDay = now.day || localDay;
    const name = now.day === "" ? say("tasks.today") : fullDay(shownDay);
    replace(heading, fullDay(shownDay));
    replace(listHeading, name);
    due.list.setAttribute("aria-label", name);
    dayField.value = shownDay;
    fields.show(now);
    rows.clear();
    cycle.hidden = now.name === "";
    if (now.name !== "") loading(cycle, () => cycles(now.name), signal);
    await Promise.all([due.load(), upcoming.load()]);
  }

  /** @param {Partial<import("./task/filters.js").Wanted>} part */
  function change(part) {
    now = { ...now, ...part };
    keep(now);
    load().catch(failed);
  }

  /** @param {number} by */
  function step(by) {
    change({ day: after(shownDay, by) });
  }

  /** A tab that stays open overnight shows the new day when somebody looks at it. */
  async function dayIsOver() {
    if (now.day === "" && (await today()) !== shownDay) await load();
  }

  async function renamed() {
    if (!(await setMyName())) return;
    const fresh = await agents();
    for (const [id, name] of fresh) names.set(id, name);
  }

  /** @param {unknown} error */
  function failed(error) {
    if (!signal.aborted) replace(main, element("h1", {}, say("desk.tasks")), failure(error, () => location.reload()));
  }

  return async () => {
    if (shownAt === location.search) return;
    now = wanted();
    await load();
  };
}

/** Draws how many tasks were done. */
async function drawn() {
  const { data } = /** @type {import("puntos").components["schemas"]["TaskTrend"]} */ (await get("/v1/tasks/trend"));
  return plot({
    title: say("tasks.trend"),
    kind: "stack",
    first: say("tasks.day"),
    labels: data.map((one) => shortDay(one.day)),
    series: [
      { name: say("tasks.done"), tone: "tone-good", values: data.map((one) => one.done) },
      { name: say("tasks.lapsed"), tone: "tone-warn", values: data.map((one) => one.lapsed) },
    ],
  });
}

/**
 * @param {string} words
 * @param {() => void} click
 */
function button(words, click) {
  return element("button", { type: "button", class: "small", click }, words);
}
