// Plots as SVG, each with a table of the same figures for screen readers and a file of comma-separated values.

import { element, replace, svg } from "./element.js";
import { number } from "./format.js";
import { say } from "./words.js";

const [WIDTH_MAX, WIDTH_MIN, HEIGHT, LEFT, BOTTOM, TOP] = [640, 240, 220, 56, 40, 12];
/** The room for a letter of a label, and between two labels. */
const [LETTER, APART] = [6.4, 10];
/** The height of a line of labels. */
const LINE = 14;
/** The bars of few labels do not become blocks. */
const BREADTH_MAX = 96;

/**
 * A series of figures; `null` where there is none. `tone` is the class that colours it.
 * @typedef {{name: string, tone: string, values: (number | null)[]}} Series
 */

/**
 * Makes a plot: `line`, or `bar` with the series side by side, or `stack` with one on the other.
 * @param {{
 *   title: string,
 *   kind: "line" | "bar" | "stack",
 *   labels: string[],
 *   series: Series[],
 *   lowest?: number,
 *   highest?: number,
 *   write?: (value: number) => string,
 *   first?: string,
 * }} plot `first` heads the column of the labels
 * @returns {HTMLElement}
 */
export function plot({ title, kind, labels, series, lowest, highest, write = number, first }) {
  const shown = series.flatMap((one) => one.values).filter((value) => value !== null);
  const stacked = labels.map((_, i) => series.reduce((sum, one) => sum + (one.values[i] ?? 0), 0));
  const top = highest ?? Math.max(1, ...(kind === "stack" ? stacked : shown));
  const bottom = lowest ?? Math.min(0, ...shown);
  const marks = ticks(bottom, top);
  const [low, high] = [Math.min(bottom, marks[0]), Math.max(top, marks[marks.length - 1])];
  /** @param {number} value */
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const picture = svg("svg", { role: "img", "aria-label": title });
  let width = 0;

  /** A narrow place gets a narrow plot, so that its letters stay as large. @param {number} room */
  function draw(room) {
    if (room === width) return;
    width = room;
    const step = (width - LEFT) / Math.max(1, labels.length);
    /** @param {number} index */
    const x = (index) => LEFT + step * (index + 0.5);
    const isBroken = isInLines(labels, step);
    picture.setAttribute("viewBox", `0 0 ${width} ${isBroken ? HEIGHT : HEIGHT - LINE}`);
    replace(
      picture,
      marks.map((mark) => [
        svg("line", { class: "grid", x1: LEFT, x2: width, y1: y(mark), y2: y(mark) }),
        svg("text", { class: "tick", x: LEFT - 6, y: y(mark) + 4, "text-anchor": "end" }, write(mark)),
      ]).flat(),
      isBroken ? labels.map((label, i) => written(inLines(label), x(i))) : inOneLine(labels, x, width),
      isEmpty(kind, series)
        ? svg("text", { class: "nothing", x: (LEFT + width) / 2, y: (HEIGHT - BOTTOM + TOP) / 2, "text-anchor": "middle" }, say("plot.nothing"))
        : drawn(kind, series, { x, y, step, zero: y(Math.max(low, 0)), write, labels }),
    );
  }

  const legend = element(
    "ul",
    { class: "legend", "aria-hidden": "true" },
    series.map((one) => element("li", { class: one.tone }, one.name)),
  );
  const figure = element(
    "figure",
    { class: "plot" },
    element("figcaption", {}, title),
    series.length > 1 ? legend : null,
    picture,
    ...figures(table(title, labels, series, write, first), csv(title, labels, series)),
  );
  draw(WIDTH_MAX);
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width > 0) draw(Math.round(Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, contentRect.width))));
  }).observe(figure);
  return figure;
}

/**
 * Whether nothing would be seen: a line is seen also at zero.
 * @param {"line" | "bar" | "stack"} kind
 * @param {Series[]} series
 */
function isEmpty(kind, series) {
  return series.every(({ values }) => values.every((value) => value === null || (value === 0 && kind !== "line")));
}

/** Breaks a label after its first word. @param {string} label */
const inLines = (label) => label.split(/ (.*)/).filter(Boolean);

/** Returns the room for the longest of some texts. @param {string[]} texts */
const room = (texts) => Math.max(0, ...texts.map((text) => text.length)) * LETTER + APART;

/**
 * Whether two lines give each label its place, and one line does not.
 * @param {string[]} labels
 * @param {number} step
 */
function isInLines(labels, step) {
  return room(labels) > step && room(labels.flatMap(inLines)) <= step;
}

/**
 * Writes as many labels as have room in one line.
 * @param {string[]} labels
 * @param {(index: number) => number} x
 * @param {number} width
 */
function inOneLine(labels, x, width) {
  const wide = room(labels);
  let free = 0;
  return labels.map((label, i) => {
    const at = Math.min(x(i), width - wide / 2);
    if (at < free) return null;
    free = at + wide;
    return written([label], at);
  });
}

/**
 * @param {string[]} lines
 * @param {number} x
 */
function written(lines, x) {
  const texts = lines.map((line, n) => svg("tspan", { x, y: HEIGHT - BOTTOM + 16 + n * LINE }, line));
  return svg("text", { class: "tick", "text-anchor": "middle" }, texts);
}

/**
 * The table is there for screen readers at once; a button shows it to everybody.
 * @param {HTMLElement} shown
 * @param {HTMLElement} file
 */
function figures(shown, file) {
  const button = element("button", { type: "button", class: "small", "aria-pressed": "false" }, say("plot.table"));
  button.addEventListener("click", () => {
    const isShown = !shown.classList.toggle("sr");
    button.setAttribute("aria-pressed", String(isShown));
    // What scrolls can be reached by keyboard; what is not seen must not.
    if (isShown) shown.tabIndex = 0;
    else shown.removeAttribute("tabindex");
  });
  return [element("div", { class: "row" }, button, file), shown];
}

/**
 * @param {"line" | "bar" | "stack"} kind
 * @param {Series[]} series
 * @param {{x: (i: number) => number, y: (v: number) => number, step: number, zero: number, write: (v: number) => string, labels: string[]}} scale
 */
function drawn(kind, series, { x, y, step, zero, write, labels }) {
  if (kind === "line") {
    return series.flatMap((one) => {
      const points = one.values.map((value, i) => (value === null ? null : [x(i), y(value)]));
      const path = points.map((at, i) => at && `${points[i - 1] ? "L" : "M"}${at[0]} ${at[1]}`).filter(Boolean);
      return [
        svg("path", { class: `line ${one.tone}`, d: path.join("") }),
        ...points.map(
          (at, i) =>
            at &&
            svg("circle", { class: one.tone, cx: at[0], cy: at[1], r: 3 }, svg("title", {}, told(labels[i], one, i, write))),
        ),
      ];
    });
  }
  const breadth = Math.min(step * 0.7, BREADTH_MAX);
  const width = breadth / (kind === "bar" ? series.length : 1);
  const heaps = labels.map(() => 0);
  return series.flatMap((one, s) =>
    one.values.map((value, i) => {
      if (value === null || value === 0) return null;
      const base = kind === "stack" ? heaps[i] : 0;
      heaps[i] += value;
      const [from, to] = kind === "stack" ? [y(base), y(base + value)] : [zero, y(value)];
      const left = x(i) - breadth / 2 + (kind === "bar" ? width * s : 0);
      const size = { x: left, y: Math.min(from, to), width, height: Math.max(1, Math.abs(from - to)) };
      return svg("rect", { class: one.tone, ...size }, svg("title", {}, told(labels[i], one, i, write)));
    }),
  );
}

/**
 * @param {string} label
 * @param {Series} one
 * @param {number} i
 * @param {(value: number) => string} write
 */
function told(label, one, i, write) {
  return `${label}: ${one.name} ${write(one.values[i] ?? 0)}`;
}

/**
 * @param {string} title
 * @param {string[]} labels
 * @param {Series[]} series
 * @param {(value: number) => string} write
 * @param {string} [first]
 */
function table(title, labels, series, write, first) {
  const head = [first ?? say("plot.when"), ...series.map((one) => one.name)];
  return element(
    "div",
    { class: "wide sr", role: "group", "aria-label": title },
    element(
      "table",
      { "aria-label": title },
      element("thead", {}, element("tr", {}, head.map((name, i) => element("th", { scope: "col", class: i > 0 && "figure" }, name)))),
      element(
        "tbody",
        {},
        labels.map((label, i) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, label),
            series.map((one) => element("td", { class: "figure" }, one.values[i] === null ? "–" : write(/** @type {number} */ (one.values[i])))),
          ),
        ),
      ),
    ),
  );
}

/**
 * Makes the link to the figures as comma-separated values.
 * @param {string} title
 * @param {string[]} labels
 * @param {Series[]} series
 */
function csv(title, labels, series) {
  const rows = [["", ...series.map((one) => one.name)], ...labels.map((label, i) => [label, ...series.map((one) => one.values[i] ?? "")])];
  const text = rows.map((row) => row.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(",")).join("\r\n");
  const link = element("a", { class: "button small", download: `${title}.csv`, href: "#" }, say("plot.csv"));
  link.addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.href = address;
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  });
  return link;
}

/**
 * Returns round figures between two bounds, at most six.
 * @param {number} low
 * @param {number} high
 */
function ticks(low, high) {
  const span = Math.max(1, high - low);
  const power = 10 ** Math.floor(Math.log10(span / 5));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => span / n <= 5) ?? span);
  const marks = [];
  for (let mark = Math.floor(low / step) * step; mark <= high + step * 0.001; mark += step) marks.push(mark);
  return marks;
}
