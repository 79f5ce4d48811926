// The programme: all of its rules on one page, for everyone to read and for an administrator to edit. Changes are
// a draft until they are saved. A link to a section is /desk/programme/{section}.

import { get } from "../core/api.js";
import { element, replace } from "../core/element.js";
import { caller } from "../core/session.js";
import { say, sayCode } from "../core/words.js";
import { momentIn } from "../core/zone.js";
import { autoReply } from "./programme/auto-reply.js";
import { basket } from "./programme/basket.js";
import { comparison } from "./programme/comparison.js";
import { Draft } from "./programme/draft.js";
import { earning } from "./programme/earning.js";
import { settings } from "./programme/facts.js";
import { promotions } from "./programme/promotions.js";
import { rerate } from "./programme/rerate.js";
import { rewards } from "./programme/rewards.js";
import { saving } from "./programme/saving.js";
import { section } from "./programme/section.js";
import { branches, tiers } from "./programme/tiers.js";
import { versions } from "./programme/versions.js";

/**
 * @param {HTMLElement} main
 * @param {AbortSignal} signal
 * @returns {Promise<import("./main.js").Open>}
 */
export async function mount(main, signal) {
  const { role } = caller();
  const canEdit = role === "admin";
  const draft = new Draft(await get("/v1/program", {}, { signal }));
  window.addEventListener("storage", draft.follow, { signal });
  const history = versions(draft, canEdit);
  const preview = section("preview");
  const stale = element("p", { class: "programme-note", hidden: true }, say("programme.preview.stale"));
  const found = element("div", { class: "stack", "aria-live": "polite" });
  preview.node.append(stale, found);
  preview.node.hidden = true;

  /** @param {import("./programme/comparison.js").PreviewReport | null} report */
  function showPreview(report) {
    const isNew = preview.node.hidden && report !== null;
    preview.node.hidden = report === null;
    replace(found, report && comparison(report, draft.program));
    if (isNew || report?.status === "finished") goTo("preview");
  }

  const sections = [
    earning(draft, canEdit),
    promotions(draft, canEdit),
    tiers(draft, canEdit),
    rewards(draft, canEdit),
    autoReply(canEdit || role === "supervisor", signal),
    branches(draft, canEdit),
    settings(draft, canEdit),
    history,
    ...(canEdit ? [rerate(draft, signal)] : []),
    ...(role === "agent" ? [basket(draft)] : []),
  ];
  const links = sections.map(({ id }) =>
    element("li", {}, element("a", { href: `/desk/programme/${id}` }, sayCode("programme.section", id))),
  );
  replace(
    main,
    element(
      "div",
      { class: "programme-page" },
      element(
        "div",
        { class: "programme-side" },
        heading(draft),
        canEdit && saving(draft, showPreview, history.load, signal),
        element("nav", { "aria-label": say("programme.sections") }, element("ul", { role: "list" }, links)),
      ),
      element(
        "div",
        { class: "programme-sections" },
        preview.node,
        sections.map(({ node }) => node),
      ),
    ),
  );

  /** @param {string} id */
  function goTo(id) {
    const title = main.querySelector(`#section-${CSS.escape(id)}`);
    if (!(title instanceof HTMLElement)) return;
    title.closest("section")?.scrollIntoView();
    title.focus({ preventScroll: true });
  }

  // On a phone the draft is far above what is edited.
  const toDraft = element(
    "p",
    { class: "programme-to-draft only-narrow" },
    element("a", { class: "button", href: "/desk/programme/draft" }, say("programme.draft.to")),
  );
  const follow = () => {
    toDraft.hidden = !draft.isChanged;
    stale.hidden = draft.previewed === "" || draft.isPreviewed;
  };
  draft.listeners.add(follow);
  follow();
  main.append(toDraft);
  return (id) => (id === null ? undefined : goTo(id));
}

/** The page's heading with the version that is shown. @param {Draft} draft */
function heading(draft) {
  const version = element("p", { class: "quiet" });
  const show = () => {
    const { version: n, effective_from: begins, time_zone: zone } = draft.newest;
    const isLater = begins !== null && Date.parse(begins) > Date.now();
    const key = isLater ? "programme.version.later-line" : "programme.version.line";
    replace(version, begins === null ? say("programme.version", { n }) : say(key, { n, at: momentIn(begins, zone) }));
  };
  draft.listeners.add(show);
  show();
  return element("div", {}, element("h1", {}, say("desk.programme")), version);
}
