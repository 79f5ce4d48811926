// The draft of the programme: the newest version as the API gives it, and the fields that were changed since.
// Only these are kept in the browser, so that they lie on top of whatever version is the newest later.

import { get } from "../../core/api.js";

/** @typedef {import("puntos").components["schemas"]["ProgramAnswer"]} Program */
/** @typedef {import("../../core/api.js").FieldError} FieldError */

const KEPT = "puntos.draft.programme";

export class Draft {
  /** @param {Program} newest */
  constructor(newest) {
    this.newest = newest;
    /** @type {Partial<Program>} */
    this.changes = {};
    /** The version that the kept changes were begun on. */
    this.begunOn = newest.version;
    /** @type {FieldError[]} */
    this.errors = [];
    /** @type {string[]} */
    this.warnings = [];
    this.accepts = false;
    /** The changes that were previewed last, as text. */
    this.previewed = "";
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    const kept = localStorage.getItem(KEPT);
    if (kept !== null) {
      const { version, changes } = JSON.parse(kept);
      this.begunOn = version;
      this.changes = changes;
    }
    // Another tab edits the same draft.
    this.follow = (/** @type {StorageEvent} */ event) => {
      if (event.key !== KEPT) return;
      const { version, changes } =
        event.newValue === null ? { version: this.newest.version, changes: {} } : JSON.parse(event.newValue);
      this.begunOn = version;
      this.changes = changes;
      this.#changed();
      if (event.newValue === null) this.reload().catch(() => {});
    };
  }

  /**
   * The programme as it would be written.
   * @returns {Program}
   */
  get program() {
    return { ...this.newest, ...this.changes };
  }

  get isChanged() {
    return Object.keys(this.changes).length > 0;
  }

  /** Whether a version was saved after these changes were begun. */
  get isOvertaken() {
    return this.isChanged && this.begunOn !== this.newest.version;
  }

  /** Whether exactly these changes were previewed. */
  get isPreviewed() {
    return this.previewed === JSON.stringify(this.changes);
  }

  /** Keeps what was previewed. @param {string} changes as text, none while a preview runs */
  markPreviewed(changes) {
    this.previewed = changes;
    this.#changed();
  }

  /**
   * Changes fields. One that is as in the newest version is no change.
   * @param {Partial<Program>} changes
   */
  set(changes) {
    if (!this.isChanged) this.begunOn = this.newest.version;
    for (const [key, value] of Object.entries(changes)) {
      const name = /** @type {keyof Program} */ (key);
      if (JSON.stringify(this.newest[name]) === JSON.stringify(value)) delete this.changes[name];
      else this.changes = { ...this.changes, [name]: value };
      this.errors = this.errors.filter(
        (error) => error.field !== name && !error.field.startsWith(`${name}.`) && !error.field.startsWith(`${name}[`),
      );
    }
    if ("earning" in changes) {
      this.warnings = [];
      this.accepts = false;
    }
    this.#keep();
    this.#changed();
  }

  /** Goes back to the newest version. */
  discard() {
    this.changes = {};
    this.errors = [];
    this.warnings = [];
    this.accepts = false;
    this.#keep();
    this.#changed();
  }

  /** Keeps what is refused, and where. @param {import("../../core/api.js").Problem} problem */
  refuse(problem) {
    this.errors = problem.errors;
    this.warnings = problem.facts.warnings ?? [];
    this.#changed();
  }

  /** Accepts the warnings, or no longer. @param {boolean} accepts */
  accept(accepts) {
    this.accepts = accepts;
    this.#changed();
  }

  /** Nothing of it is refused: it is being tried or was saved. */
  clear() {
    this.errors = [];
    if (!this.accepts) this.warnings = [];
    this.#changed();
  }

  /**
   * Reads the newest version again. Returns whether it is another one.
   * @param {boolean} [isMine] whether these changes became that version
   */
  async reload(isMine = false) {
    const newest = await get("/v1/program");
    const isNew = newest.version !== this.newest.version;
    this.newest = newest;
    if (isMine) this.discard();
    else this.#changed();
    return isNew;
  }

  /** The changes were looked at again beside the newest version. */
  rebase() {
    this.begunOn = this.newest.version;
    this.#keep();
    this.#changed();
  }

  /**
   * The body of a call, with what is accepted. A version that has begun begins anew when it is saved.
   * @returns {Record<string, any>}
   */
  body() {
    const { effective_from: begins, ...rest } = this.program;
    const isLater = "effective_from" in this.changes || (begins !== null && Date.parse(begins) > Date.now());
    return { ...rest, effective_from: isLater ? begins : null };
  }

  /** The warnings that are accepted, as the API asks for them. */
  get acknowledged() {
    return this.accepts ? this.warnings : [];
  }

  /**
   * What is refused at a place and below it.
   * @param {string} place
   */
  errorsAt(place) {
    return this.errors.filter(
      ({ field }) => field === place || field.startsWith(`${place}.`) || field.startsWith(`${place}[`),
    );
  }

  #keep() {
    if (this.isChanged) localStorage.setItem(KEPT, JSON.stringify({ version: this.begunOn, changes: this.changes }));
    else localStorage.removeItem(KEPT);
  }

  #changed() {
    for (const listener of [...this.listeners]) listener();
  }
}
