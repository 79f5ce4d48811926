// Calls of the public API, with the token, the reader's language and idempotency keys.

import { signIn, renew, token } from "./session.js";
import { hasCode, language, say, sayCode } from "./words.js";

/** @typedef {{field: string, code: string, detail: string}} FieldError */

const TIMEOUT_MS = 20_000;
const TRIES = 4;

/** A refusal of the API, or a failure on the way to it. */
export class Problem extends Error {
  /**
   * @param {number} status 0 where no answer came
   * @param {string} code
   * @param {string} detail
   * @param {Record<string, any>} [facts] the rest of the answer
   */
  constructor(status, code, detail, facts = {}) {
    super(hasCode("problem", code) ? sayCode("problem", code, facts) : detail);
    this.status = status;
    this.code = code;
    this.facts = facts;
    /** @type {FieldError[]} */
    this.errors = facts.errors ?? [];
  }
}

/**
 * Reads a route.
 * @param {string} path
 * @param {Record<string, string | number | boolean | null | undefined>} [query] empty values are left out
 * @param {{signal?: AbortSignal, accept?: string}} [options]
 * @returns {Promise<any>}
 */
export function get(path, query = {}, options = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return send("GET", search.size === 0 ? path : `${path}?${search}`, options);
}

/**
 * Changes something. The same key makes a repeated call one change, so a call without an answer is
 * tried again.
 * @param {"POST" | "PUT" | "PATCH" | "DELETE"} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {{key?: string, signal?: AbortSignal, open?: boolean}} [options] `open` calls need no token
 * @returns {Promise<any>}
 */
export function change(method, path, body, options = {}) {
  return send(method, path, { key: freshKey(), ...options, body });
}

/** Returns a new idempotency key. */
export function freshKey() {
  return crypto.randomUUID();
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, key?: string, signal?: AbortSignal, accept?: string, open?: boolean}} options
 */
async function send(method, path, options) {
  let renewed = false;
  for (let tried = 1; ; tried += 1) {
    const response = await once(method, path, options);
    if (response instanceof Response && response.ok) return content(response);
    if (response instanceof Response && response.status === 401 && !options.open) {
      if (!renewed && (await renew())) {
        renewed = true;
        continue;
      }
      await signIn();
    }
    const passes = response === null || [429, 500, 502, 503, 504].includes(response.status);
    if (!passes || tried === TRIES) throw await problemOf(response);
    const seconds = Number(response?.headers.get("Retry-After")) || 2 ** (tried - 2);
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 8) * 1000));
    options.signal?.throwIfAborted();
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, key?: string, signal?: AbortSignal, accept?: string, open?: boolean}} options
 * @returns {Promise<Response | null>} `null` where no answer came
 */
async function once(method, path, { body, key, signal, accept, open }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: accept ?? "application/json", "Accept-Language": language };
  const bearer = open ? null : await token();
  if (bearer !== null) headers.Authorization = `Bearer ${bearer}`;
  if (method === "POST" && key !== undefined) headers["Idempotency-Key"] = key;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
  try {
    const content = body === undefined ? null : JSON.stringify(body);
    return await fetch(path, { method, headers, body: content, signal: AbortSignal.any(limits) });
  } catch (error) {
    signal?.throwIfAborted();
    return null;
  }
}

/** @param {Response} response */
async function content(response) {
  if (response.status === 204) return null;
  const type = response.headers.get("Content-Type") ?? "";
  return type.includes("json") ? response.json() : response.text();
}

/** @param {Response | null} response */
async function problemOf(response) {
  if (response === null) return new Problem(0, "no_answer", say("problem.no_answer"));
  const facts = await response.json().catch(() => ({}));
  const codes = /** @type {Record<number, string>} */ ({ 403: "forbidden", 404: "not_found", 429: "throttled" });
  const code = facts.code ?? codes[response.status] ?? "internal_error";
  return new Problem(response.status, code, facts.detail ?? say("problem.internal_error"), facts);
}
