// Changes of a task: completing it, and assigning it.

import { change, get, Problem } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { announce, reason } from "../../core/notice.js";
import { caller } from "../../core/session.js";
import { say, sayCode } from "../../core/words.js";
import { agentName, agents } from "../agents.js";
import { doneBy } from "./row.js";

/** @typedef {import("./row.js").Task} Task */

/** Pages of a customer's tasks that are read to find one. */
const PAGES_MAX = 5;

/**
 * Asks for a note and completes a task. `seen` gets the task as it is now, also where somebody else was first.
 * Returns whether it was completed here.
 * @param {Task} task
 * @param {(now: Task) => void} seen
 */
export async function complete(task, seen) {
  let latest = task;
  /** @param {Task} now */
  const look = (now) => seen((latest = now));
  const answer = await ask({
    title: say("tasks.complete"),
    intro: say("tasks.whose", { kind: sayCode("tasks.kind", task.kind), name: task.member.name }),
    fields: [{ name: "note", label: say("tasks.note"), kind: "long", hint: say("tasks.note-hint"), longest: 500 }],
    send: (body, key) =>
      change("POST", `/v1/tasks/${task.task_id}/complete`, body, { key }).catch((error) => ended(task, error, look)),
  });
  // What ended meanwhile has no buttons any more: the focus needs another place.
  if (answer === undefined && latest !== task) seen(latest);
  if (answer === undefined) return false;
  seen(answer);
  announce(say("tasks.completed", { name: task.member.name }));
  return true;
}

/**
 * Asks for an agent and assigns a task to them, or to nobody.
 * @param {Task} task
 * @param {(now: Task) => void} seen
 */
export async function assign(task, seen) {
  const names = await agents();
  let latest = task;
  /** @param {Task} now */
  const look = (now) => seen((latest = now));
  const me = caller().subject;
  const others = [...names].filter(([id]) => id !== me).sort((a, b) => a[1].localeCompare(b[1]));
  const value = task.agent_id === null ? "none" : task.agent_id === me ? "me" : task.agent_id;
  const choices = [
    { value: "me", text: say("agents.me") },
    { value: "none", text: say("agents.nobody") },
    ...others.map(([id, name]) => ({ value: id, text: name })),
  ];
  if (!choices.some((one) => one.value === value)) choices.push({ value, text: value });
  const answer = await ask({
    title: say("tasks.assign"),
    intro: say("tasks.whose", { kind: sayCode("tasks.kind", task.kind), name: task.member.name }),
    fields: [{ name: "agent_id", label: say("tasks.agent"), kind: "choice", value, choices }],
    send: (body) => assigned(task, body.agent_id).catch((error) => ended(task, error, look)),
  });
  if (answer === undefined && latest !== task) seen(latest);
  if (answer === undefined) return;
  seen(answer);
  announce(answer.agent_id === null ? say("tasks.given-up") : say("tasks.given-to", { name: agentName(names, answer.agent_id) }));
}

/**
 * Assigns a task to the caller. It is shown at once, and put back where that fails.
 * @param {Task} task
 * @param {(now: Task) => void} seen
 */
export async function take(task, seen) {
  seen({ ...task, agent_id: caller().subject });
  try {
    seen(await assigned(task, "me"));
    announce(say("tasks.taken"));
  } catch (error) {
    seen(task);
    await ended(task, error, seen).catch((told) => announce(reason(told)));
  }
}

/**
 * @param {Task} task
 * @param {string} agent
 * @returns {Promise<Task>}
 */
function assigned(task, agent) {
  return change("POST", `/v1/tasks/${task.task_id}/assign`, { agent_id: agent });
}

/**
 * Where somebody completed the task meanwhile, says who, and shows it so.
 * @param {Task} task
 * @param {unknown} error
 * @param {(now: Task) => void} seen
 * @returns {Promise<never>}
 */
async function ended(task, error, seen) {
  if (!(error instanceof Problem) || !["task_completed", "task_lapsed"].includes(error.code)) throw error;
  const now = await found(task);
  if (now === null) throw error;
  seen(now);
  throw now.status === "completed" ? new Error(say("tasks.was-completed", { done: doneBy(now), note: now.done_note ?? "–" })) : error;
}

/**
 * Reads a task again, from the list of its customer.
 * @param {Task} task
 * @returns {Promise<Task | null>}
 */
async function found(task) {
  let cursor = null;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await get(`/v1/members/${task.member.member_id}/tasks`, { limit: 100, cursor });
    const now = page.data.find((/** @type {Task} */ one) => one.task_id === task.task_id);
    if (now !== undefined) return now;
    cursor = page.next_cursor;
    if (cursor === null) break;
  }
  return null;
}
