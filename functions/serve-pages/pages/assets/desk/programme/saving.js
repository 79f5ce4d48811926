// The card of the draft: what was changed, the preview of it, and saving it as a new version.

import { Problem, change, freshKey } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { element, replace } from "../../core/element.js";
import { body as bodyOf, shown } from "../../core/fields.js";
import { announce, reason } from "../../core/notice.js";
import { enableAgain } from "../../core/waiting.js";
import { say, sayCode } from "../../core/words.js";
import { dayIn } from "../../core/zone.js";
import { followed } from "./comparison.js";
import { inWords, placeOf, sectionOf } from "./refusals.js";
import { button } from "./section.js";

const PREVIEWED_DAYS = 30;

/**
 * Makes the card.
 * @param {import("./draft.js").Draft} draft
 * @param {(report: import("./comparison.js").PreviewReport | null) => void} showPreview
 * @param {() => void} saved
 * @param {AbortSignal} signal
 */
export function saving(draft, showPreview, saved, signal) {
  const zone = draft.program.time_zone;
  const span = [
    shown({
      name: "from",
      label: say("programme.preview.from"),
      kind: "day",
      value: dayIn(zone, 1 - PREVIEWED_DAYS),
      required: true,
    }),
    shown({ name: "to", label: say("programme.preview.to"), kind: "day", value: dayIn(zone), required: true }),
  ];
  const begin = [
    shown({
      name: "begins",
      kind: "choice",
      label: say("programme.section.begin"),
      value: draft.body().effective_from === null ? "now" : "at",
      choices: [
        { value: "now", text: say("programme.begin.now") },
        { value: "at", text: say("programme.begin.at") },
      ],
    }),
    shown({
      name: "effective_from",
      kind: "moment",
      zone,
      label: say("programme.begin.when"),
      value: draft.body().effective_from,
      hint: say("programme.begin.hint", { zone }),
    }),
  ];
  const title = element("h2", { id: "section-draft", tabindex: -1 }, say("programme.draft"));
  const state = element("div", { class: "stack" });
  const alert = element("div", { role: "alert" });
  const previewButton = button(say("programme.preview"), preview, { look: "primary" });
  const saveButton = button(say("save"), save, { look: "" });
  const discardButton = button(say("programme.discard"), discard, { look: "plain" });
  const beginning = element(
    "div",
    {},
    begin.map(({ node }) => node),
  );
  const form = element(
    "div",
    { class: "stack" },
    beginning,
    element("p", { class: "hint" }, say("programme.preview.why")),
    element("div", { class: "programme-pair" }, span[0].node, span[1].node),
    alert,
    element("div", { class: "actions" }, previewButton, saveButton, discardButton),
  );

  function show() {
    const changed = Object.keys(draft.changes).map((key) => sayCode("programme.section", sectionOf(key)));
    replace(
      state,
      draft.isChanged
        ? element(
            "p",
            {},
            element("span", { class: "tag warn" }, say("programme.draft.changed")),
            " ",
            [...new Set(changed)].join(", "),
          )
        : element("p", { class: "quiet" }, say("programme.draft.none")),
      draft.isOvertaken && overtaken(),
      draft.errors.length > 0 && draft.warnings.length === 0 && refused(),
      draft.warnings.length > 0 && warned(),
    );
    beginning.hidden = discardButton.hidden = !draft.isChanged;
    saveButton.disabled = !draft.isChanged;
    begin[1].node.hidden = begin[0].read() !== "at";
    const late = draft.errorsAt("effective_from")[0];
    if (late) begin[1].refuse(inWords(late));
  }

  /** Takes over when the draft begins. */
  function keepBegin() {
    const at = begin[0].read() === "at" ? /** @type {string | null} */ (begin[1].read()) : null;
    const hasBegun = draft.newest.effective_from !== null && Date.parse(draft.newest.effective_from) <= Date.now();
    draft.set({ effective_from: at ?? (hasBegun ? draft.newest.effective_from : null) });
  }

  /** Another version came while this draft was written: it is looked at again before it is saved. */
  function overtaken() {
    return element(
      "div",
      { class: "programme-note", role: "alert" },
      element("p", {}, say("programme.draft.overtaken", { version: draft.newest.version })),
      button(say("programme.draft.keep"), () => draft.rebase()),
    );
  }

  function refused() {
    const rows = draft.errors.map((error) =>
      element(
        "li",
        {},
        element("a", { href: `/desk/programme/${sectionOf(error.field.split(/[.[]/)[0])}` }, placeOf(error)),
        ": ",
        inWords(error),
      ),
    );
    return element(
      "div",
      { class: "programme-note bad", role: "alert" },
      element("p", {}, say("programme.draft.refused")),
      element("ul", {}, rows),
    );
  }

  function warned() {
    const accept = shown({
      name: "accept",
      kind: "switch",
      label: say("programme.warning.accept"),
      value: draft.accepts,
    });
    accept.control.addEventListener("change", () => {
      draft.accept(accept.read() === true);
      state.querySelector("input")?.focus();
    });
    const places = draft.errors.map((error) => `${placeOf(error)}: ${inWords(error)}`);
    return element(
      "div",
      { class: "programme-note", role: "alert" },
      draft.warnings.map((warning) => element("p", {}, sayCode("programme.warning", warning))),
      places.map((place) => element("p", {}, place)),
      accept.node,
    );
  }

  /** @param {unknown} error */
  function tell(error) {
    if (!(error instanceof Problem) || error.errors.length === 0)
      return replace(alert, element("p", { class: "refusal" }, reason(error)));
    const ofSpan = error.errors.filter(({ field }) => field === "from" || field === "to");
    for (const one of ofSpan) span.find(({ name }) => name === one.field)?.refuse(inWords(one));
    if (ofSpan.length > 0) return span.find((one) => one.name === ofSpan[0].field)?.control.focus();
    // The preview holds the programme in a field of its own.
    const errors = error.errors.map((one) => ({ ...one, field: one.field.replace(/^program\./, "") }));
    draft.refuse(new Problem(error.status, error.code, error.message, { ...error.facts, errors }));
    enableAgain(previewButton);
    /** @type {HTMLElement | null} */ (state.querySelector("input, a"))?.focus();
  }

  async function preview() {
    const changes = JSON.stringify(draft.changes);
    previewButton.disabled = true;
    replace(alert);
    try {
      const body = { program: draft.body(), ...bodyOf(span), acknowledge: draft.acknowledged };
      const { preview_id: id } = await change("POST", "/v1/program/preview", body, { key: freshKey(), signal });
      draft.clear();
      draft.markPreviewed("");
      await followed(`/v1/program/previews/${id}`, showPreview, signal);
      draft.markPreviewed(changes);
      announce(say("programme.preview.done"));
    } catch (error) {
      if (!signal.aborted) tell(error);
    } finally {
      enableAgain(previewButton);
    }
  }

  async function save() {
    await draft.reload();
    if (draft.isOvertaken) return state.querySelector("button")?.focus();
    const result = await ask({
      title: say("save"),
      intro: element(
        "div",
        { class: "stack" },
        element("p", {}, say("programme.save.what")),
        draft.isPreviewed ? null : element("p", { class: "programme-note" }, say("programme.save.unseen")),
      ),
      send: async () => {
        try {
          return await change("PUT", "/v1/program", { ...draft.body(), acknowledge: draft.acknowledged });
        } catch (error) {
          // What is refused is shown at its place on the page, not in the dialog.
          if (error instanceof Problem && error.errors.length > 0) return error;
          throw error;
        }
      },
    });
    if (result === undefined) return;
    if (result instanceof Problem) return tell(result);
    await draft.reload(true);
    showPreview(null);
    saved();
    title.focus();
    announce(say("programme.save.done", { version: result.version }));
  }

  function discard() {
    draft.discard();
    showPreview(null);
    title.focus();
    announce(say("programme.discard.done"));
  }

  for (const { control } of begin) control.addEventListener("change", keepBegin);
  draft.listeners.add(show);
  show();
  return element("section", { class: "card", "aria-labelledby": title.id }, title, state, form);
}
