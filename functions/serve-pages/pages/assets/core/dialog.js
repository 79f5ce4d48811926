// Dialogs: one asks before a change, with fields, a button, and the refusal in words; one only shows something.

import { freshKey, Problem } from "./api.js";
import { element, replace } from "./element.js";
import { Refused, body, dependent, refuse, shown, written } from "./fields.js";
import { loading, openDialog, reason } from "./notice.js";
import { browserWords } from "./refusals.js";
import { say } from "./words.js";

/**
 * Asks in a dialog and sends what was written. Closes when that succeeds; a refusal stays at its field.
 * The key is the same for as long as the dialog is open, so that a second try is no second change.
 * @template Answer
 * @param {{
 *   title: string,
 *   intro?: import("./element.js").Child | import("./element.js").Child[],
 *   fields?: import("./fields.js").Field[],
 *   button?: string,
 *   isDangerous?: boolean,
 *   isBroad?: boolean,
 *   warning?: (written: Record<string, string>) => string | null,
 *   preview?: (written: Record<string, string>) => import("./element.js").Child | import("./element.js").Child[],
 *   refused?: Problem,
 *   send: (body: Record<string, any>, key: string) => Promise<Answer>,
 * }} question `button` is the title where it is not given; `refused` is what was refused before, shown at its
 *   fields; `warning` says beforehand what is odd about what is written; `preview` shows beside the fields what is written, as others will see it
 * @returns {Promise<Answer | undefined>} `undefined` where the person changed their mind
 */
export function ask(question) {
  const fields = (question.fields ?? []).map(shown);
  dependent(question.fields ?? [], fields);
  const key = freshKey();
  const title = element("h2", { id: `dialog-${key}` }, question.title);
  const alert = element("div", { role: "alert", class: "refusal" });
  const warned = element("p", { role: "status", class: "warned" });
  const submit = element(
    "button",
    { type: "submit", class: question.isDangerous ? "primary danger" : "primary" },
    question.button ?? question.title,
  );
  const cancel = element("button", { type: "button" }, say("cancel"));
  const form = element(
    "form",
    { method: "dialog", novalidate: true },
    title,
    typeof question.intro === "string" ? element("p", {}, question.intro) : (question.intro ?? null),
    question.preview ? beside(grouped(question.fields ?? [], fields), fields, question.preview) : grouped(question.fields ?? [], fields),
    warned,
    alert,
    element("div", { class: "actions" }, cancel, submit),
  );
  form.addEventListener("input", () => replace(warned, question.warning?.(written(fields))));
  const dialog = element("dialog", { "aria-labelledby": title.id, class: question.isBroad || question.preview ? "broad" : null }, form);
  return new Promise((resolve) => {
    /** @type {Answer | undefined} */
    let answer;
    dialog.addEventListener("close", () => resolve(answer));
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("cancel", (event) => {
      // What is under way may have happened: the dialog stays until that is known.
      if (submit.disabled) event.preventDefault();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (submit.disabled || !filled(fields)) return;
      replace(alert);
      submit.disabled = cancel.disabled = true;
      form.setAttribute("aria-busy", "true");
      try {
        answer = await question.send(body(fields), key);
        dialog.close();
      } catch (error) {
        const rest = error instanceof Problem ? refuse(fields, error) : [];
        const isTold = error instanceof Problem && error.errors.length > rest.length;
        const texts = isTold ? rest : [reason(error), ...rest];
        if (!(error instanceof Refused)) replace(alert, texts.map((text) => element("p", {}, text)));
      } finally {
        submit.disabled = cancel.disabled = false;
        form.removeAttribute("aria-busy");
        // A button that is disabled loses the focus.
        if (dialog.open && !form.contains(document.activeElement)) submit.focus();
      }
    });
    openDialog(dialog);
    fields[0]?.control.focus();
    if (question.refused) refuse(fields, question.refused);
  });
}

/**
 * Shows something in a broad dialog until it is closed.
 * @param {string} title
 * @param {() => Promise<import("./element.js").Child | import("./element.js").Child[]>} load
 */
export function inform(title, load) {
  const heading = element("h2", { id: `dialog-${freshKey()}`, tabindex: -1, autofocus: true }, title);
  const content = element("div", { class: "stack" });
  const close = element("button", { type: "button", click: () => dialog.close() }, say("close"));
  const dialog = element(
    "dialog",
    { class: "broad stack", "aria-labelledby": heading.id },
    heading,
    content,
    element("div", { class: "actions" }, close),
  );
  openDialog(dialog);
  return loading(content, load);
}

/**
 * Puts fields of a group behind its title, which opens them; the others stay as they are.
 * @param {import("./fields.js").Field[]} fields
 * @param {import("./fields.js").Shown[]} all
 */
function grouped(fields, all) {
  /** @type {Map<string, HTMLElement>} */
  const groups = new Map();
  return fields.flatMap(({ group }, i) => {
    if (group === undefined) return [all[i].node];
    const known = groups.get(group.title);
    known?.append(all[i].node);
    if (known !== undefined) return [];
    const made = element("details", { open: group.isOpen ?? false }, element("summary", {}, group.title), all[i].node);
    groups.set(group.title, made);
    return [made];
  });
}

/**
 * Puts a preview beside fields. It follows what is written.
 * @param {HTMLElement[]} nodes
 * @param {import("./fields.js").Shown[]} all
 * @param {(written: Record<string, string>) => import("./element.js").Child | import("./element.js").Child[]} preview
 */
function beside(nodes, all, preview) {
  const title = element("h3", { id: `preview-${freshKey()}` }, say("preview"));
  const seen = element("div", { class: "stack" });
  const columns = element("div", { class: "beside" }, element("div", {}, nodes), element("section", { class: "stack", "aria-labelledby": title.id }, title, seen));
  const follow = () => replace(seen, preview(written(all)));
  columns.addEventListener("input", follow);
  follow();
  return columns;
}

/**
 * Whether every required field is filled; the first that is not gets the focus.
 * @param {import("./fields.js").Shown[]} fields
 */
export function filled(fields) {
  const missing = fields.filter((field) => !field.node.hidden && field.control.required && field.control.value.trim() === "");
  missing.forEach((field) => field.refuse(say("field.missing")));
  const wrong = fields.find((field) => !field.node.hidden && !field.control.checkValidity() && !missing.includes(field));
  wrong?.refuse(browserWords(wrong.control));
  (missing[0] ?? wrong)?.control.focus();
  return missing.length === 0 && wrong === undefined;
}
