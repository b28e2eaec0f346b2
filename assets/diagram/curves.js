// How nets learn: loss, accuracy and the gradient's norm over the training steps, a line a net.  It is drawn on in place
// while they train, and shows the numbers of the step that is pointed at, or of the newest.

const charts = new WeakMap();
const LEFT = 52, RIGHT = 14, BETWEEN = 26, HEAD = 22, ROW = 19, FOOT = 24;

class Curves {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-curves" }, parent);
    this.sheet = make("html:div", { class: "gs-sheet", role: "slider", tabindex: 0, "aria-valuemin": 0 }, this.root);
    this.bar = make("html:div", { class: "gs-bar", role: "group" }, this.root);
    this.pointed = -1; // a training step, or -1: each line's newest
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
    this.sheet.addEventListener("pointermove", (event) => this.point(this.step(event)));
    this.sheet.addEventListener("pointerleave", () => this.point(-1));
    this.sheet.addEventListener("blur", () => this.point(-1));
    this.sheet.addEventListener("keydown", (event) => {
      const every = this.every(), at = this.pointed < 0 ? every.length - 1 : every.indexOf(this.pointed);
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, PageUp: at - 10, PageDown: at + 10, Home: 0, End: every.length - 1 }[event.key];
      if (event.key === "Escape") this.point(-1);
      else if (to !== undefined && every.length) this.point(every[Math.min(every.length - 1, Math.max(0, to))]);
      else return;
      event.preventDefault();
    });
  }

  update({ data, setTriggerValue }) {
    this.data = data;
    this.look = () => setTriggerValue("look", Date.now());
    this.draw();
    this.askAfter(data.again);
  }

  /**
   * Ask for what is new after so many seconds (0: never), if the page is not busy then: what it is told while it changes
   * could be of a moment ago.  Where nobody sees it, it asks seldom, so that training goes on.
   */
  askAfter(seconds) {
    clearTimeout(this.waiting);
    if (!seconds) return;
    this.waiting = setTimeout(() => {
      if (!this.root.isConnected) return;
      if (!busy()) this.look();
      this.askAfter(busy() ? 0.05 : this.data.again);
    }, 1000 * (document.hidden ? Math.max(5, seconds) : seconds));
  }

  /** The steps at which some net was looked at, in order. */
  every() { return [...new Set(this.data.lanes.flatMap((lane) => lane.steps))].sort((a, b) => a - b); }

  /** The looked-at step that is nearest to the pointer. */
  step(event) {
    const box = this.svg.getBoundingClientRect(), x = (event.clientX - box.left) * this.width / box.width;
    const y = (event.clientY - box.top) * this.height / box.height;
    const panel = this.panels.find((p) => x >= p.left + LEFT - 8 && x <= p.left + p.wide + 8 && y >= p.top && y <= p.bottom);
    if (!panel) return -1;
    const wanted = (x - panel.left - LEFT) / (panel.wide - LEFT - RIGHT) * this.data.end;
    return this.every().reduce((best, s) => (Math.abs(s - wanted) < Math.abs(best - wanted) ? s : best), -Infinity);
  }

  point(step) {
    step = Number.isFinite(step) ? step : -1;
    if (step === this.pointed) return;
    this.pointed = step;
    this.read();
  }

  draw() {
    const width = this.root.clientWidth || 1180, dark = isDark(this.root), { key, end, about, panels } = this.data;
    const shape = JSON.stringify([width, dark, key, end, panels.map((p) => [p.low, p.high, p.rules])]);
    if (shape !== this.shape) { this.shape = shape; this.width = width; this.dark = dark; this.build(); }
    this.svg.setAttribute("aria-label", about);
    this.panels.forEach((p, k) => this.follow(p, panels[k]));
    this.read();
  }

  x(panel, step) { return panel.left + LEFT + step / this.data.end * (panel.wide - LEFT - RIGHT); }

  y(panel, { low, high, log }, value) {
    const [a, b, v] = log ? [low, high, Math.max(value, low)].map(Math.log10) : [low, high, value];
    return panel.top + (1 - Math.min(1, Math.max(0, (v - a) / (b - a)))) * panel.tall;
  }

  /** The lines as far as they are known, and what befell each. */
  follow(panel, data) {
    const { lanes } = this.data;
    const path = (lane, values) => {
      let pen = "M";
      return values.map((v, k) => {
        if (v === null) { pen = "M"; return ""; }
        const at = `${pen}${this.x(panel, lane.steps[k]).toFixed(1)} ${this.y(panel, data, v).toFixed(1)}`;
        pen = "L";
        return at;
      }).join("");
    };
    panel.lines.forEach(({ line, faint, solved, lost }, k) => {
      const lane = lanes[k], { values, also } = data.lines[k];
      line.setAttribute("d", path(lane, values) || "M0 0");
      faint?.setAttribute("d", path(lane, also) || "M0 0");
      const mark = (el, at) => {
        el.style.display = at >= 0 ? "" : "none";
        if (at >= 0) el.setAttribute("transform", `translate(${this.x(panel, lane.steps[at]).toFixed(1)} ${this.y(panel, data, values[at] ?? data.high).toFixed(1)})`);
      };
      mark(solved, data.name === "norm" ? -1 : lane.solved);
      mark(lost, lane.diverged);
    });
    for (const { el, step } of panel.changes) el.setAttribute("transform", `translate(${this.x(panel, step)} 0)`);
  }

  build() {
    const { lanes, panels, end, roles, paper, words, name, changes, about } = this.data, width = this.width, tone = this.dark ? 1 : 0;
    const columns = width >= 960 ? Math.min(3, panels.length) : width >= 620 ? 2 : 1, wide = (width - (columns - 1) * BETWEEN) / columns;
    const places = this.places(wide);
    const head = HEAD + ROW * ((places.at(-1)?.row ?? 0) + 1) + 4, tall = columns === 1 ? 150 : 210, row = head + tall + FOOT + 14;
    this.height = row * Math.ceil(panels.length / columns) + 12;
    this.sheet.replaceChildren();
    const svg = this.svg = make("svg", { viewBox: `0 0 ${width} ${this.height}`, width, height: this.height, role: "img", "aria-label": about,
      "font-family": "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif" }, this.sheet);
    make("rect", { width, height: this.height, fill: background(this.root), class: "gs-ground" }, svg);
    this.panels = panels.map((data, k) => {
      const panel = { left: k % columns * (wide + BETWEEN), wide, top: Math.floor(k / columns) * row + head, tall };
      panel.bottom = panel.top + tall;
      const g = make("g", { "data-panel": data.name }, svg), right = panel.left + wide - RIGHT;
      make("text", { x: panel.left, y: panel.top - head + 15, "font-size": 14, "font-weight": 700, fill: paper.ink[tone] }, g, cut(data.title, wide, 14));
      for (const { at, text } of data.ticks) {
        const y = this.y(panel, data, at);
        make("line", { x1: panel.left + LEFT, x2: right, y1: y, y2: y, stroke: paper.edge[tone], opacity: 0.4 }, g);
        make("text", { x: panel.left + LEFT - 6, y: y + 4, "font-size": 11, "text-anchor": "end", fill: paper.ink[tone] }, g, text);
      }
      this.along(g, panel, end, paper.ink[tone], k + columns >= panels.length ? words.axis : "");
      const cursor = make("line", { y1: panel.top, y2: panel.bottom, stroke: paper.ink[tone], "stroke-width": 1.5, "stroke-dasharray": "3 3" }, g);
      panel.changes = changes.map(({ step, text }) => {
        const el = make("g", {}, g);
        make("line", { y1: panel.top, y2: panel.bottom, stroke: paper.ink[tone], "stroke-dasharray": "1 4" }, el);
        make("text", { x: 3, y: panel.top + 11, "font-size": 10.5, fill: paper.ink[tone] }, el, text);
        return { el, step };
      });
      panel.lines = lanes.map((lane, which) => {
        const stroke = roles[lane.role][tone], look = { fill: "none", stroke, "stroke-linejoin": "round", "stroke-linecap": "round" };
        const faint = data.lines[which].also && make("path", { ...look, "stroke-width": 1, opacity: 0.5 }, g);
        const line = make("path", { ...look, "stroke-width": lane.wide, "stroke-dasharray": lane.dash || "none", "data-lane": lane.name, "data-line": data.name }, g);
        const solved = make("g", { "data-mark": "solved", "data-lane": lane.name }, g);
        make("circle", { r: 7.5, fill: stroke }, solved);
        make("path", { d: "M-3.4 0.2L-1 2.8L3.6-2.6", fill: "none", stroke: background(this.root), "stroke-width": 2 }, solved);
        const lost = make("path", { d: "M-6-6L6 6M-6 6L6-6", stroke, "stroke-width": 3, "data-mark": "diverged", "data-lane": lane.name }, g);
        return { faint, line, solved, lost };
      });
      let free = panel.top; // from here down nothing is written yet
      for (const { at, text, dash } of [...data.rules].sort((a, b) => b.at - a.at)) {
        const y = this.y(panel, data, at), above = y - free > 16;
        free = above ? y : y + 16;
        make("line", { x1: panel.left + LEFT, x2: right, y1: y, y2: y, stroke: paper.ink[tone], "stroke-width": 1.25, "stroke-dasharray": dash }, g);
        make("text", { x: right - 2, y: above ? y - 4 : y + 13, "font-size": 11.5, "text-anchor": "end", fill: paper.ink[tone],
          stroke: background(this.root), "stroke-width": 3, "paint-order": "stroke" }, g, text);
      }
      const readings = lanes.map((lane, which) => {
        const x = panel.left + places[which].x, y = panel.top - head + HEAD + 13 + ROW * places[which].row;
        const stroke = roles[lane.role][tone];
        make("line", { x1: x, x2: x + 20, y1: y - 4.5, y2: y - 4.5, stroke, "stroke-width": lane.wide, "stroke-dasharray": lane.dash || "none" }, g);
        const text = make("text", { x: x + 24, y, "font-size": 12, fill: stroke, "font-weight": 600 }, g);
        make("tspan", {}, text, lane.label);
        return make("tspan", { dx: 5, "font-weight": 400, "data-node": data.name, "data-unit": which, "data-lane": lane.name }, text);
      });
      return Object.assign(panel, { cursor, readings, name: data.name });
    });
    this.bar.replaceChildren();
    for (const kind of ["svg", "png"]) {
      const b = make("html:button", { type: "button", "aria-label": words[kind], title: words[kind] }, this.bar, kind.toUpperCase());
      b.addEventListener("click", () => saveDrawing(this.svg.cloneNode(true), `gatescope-${name}`, kind));
    }
  }

  /** Where the nets' names and numbers stand over a panel: one after the other, in as many rows as they need. */
  places(wide) {
    let x = 0, row = 0;
    return this.data.lanes.map(({ label }) => {
      const room = 1.2 * span(label, 12) + 20 + 4 + 5 + 52; // its name in bold, its line, a number of up to seven signs
      if (x && x + room > wide) { x = 0; row += 1; }
      const place = { x, row };
      x += room + 6;
      return place;
    });
  }

  /** The axis of training steps: round numbers. */
  along(g, panel, end, fill, title) {
    const room = (panel.wide - LEFT - RIGHT) / 62, fine = 10 ** Math.floor(Math.log10(end / room)), every = [1, 2, 5, 10].find((n) => n * fine * room >= end) * fine;
    for (let step = 0; step <= end; step += Math.max(1, every)) {
      const x = this.x(panel, step), text = say.count(step), half = span(text, 11) / 2, last = panel.left + panel.wide;
      make("text", { x: Math.min(x, last - half), y: panel.bottom + 16, "font-size": 11, "text-anchor": step ? "middle" : "start", fill }, g, text);
    }
    if (title) make("text", { x: panel.left + panel.wide - RIGHT, y: panel.bottom + 31, "font-size": 11.5, "text-anchor": "end", fill }, g, title);
  }

  /** The numbers of one step, or the newest. */
  read() {
    const { lanes, panels, words } = this.data, said = [];
    const at = lanes.map(({ steps }) => {
      if (this.pointed < 0 || !steps.length) return steps.length - 1;
      return steps.reduce((best, s, k) => (Math.abs(s - this.pointed) <= Math.abs(steps[best] - this.pointed) ? k : best), 0);
    });
    const newest = Math.max(0, ...lanes.map(({ steps }) => steps.at(-1) ?? 0)), now = this.pointed < 0 ? newest : this.pointed;
    this.panels.forEach((panel, p) => {
      const { lines, percent, title } = panels[p];
      panel.cursor.style.display = this.pointed < 0 ? "none" : "";
      panel.cursor.setAttribute("x1", this.x(panel, now)); panel.cursor.setAttribute("x2", this.x(panel, now));
      const texts = panel.readings.map((el, k) => {
        const value = lines[k].values[at[k]] ?? null;
        el.textContent = value === null ? "" : percent ? `${say.percent(value)} %` : say.amount(value);
        if (value === null) { delete el.dataset.value; delete el.dataset.step; } else Object.assign(el.dataset, { value: String(value), step: lanes[k].steps[at[k]] });
        return el.textContent && `${lanes[k].label} ${el.textContent}`;
      });
      said.push(`${title}: ${texts.filter(Boolean).join(", ")}`);
    });
    this.sheet.setAttribute("aria-label", words.axis);
    this.sheet.setAttribute("aria-valuemax", this.data.end);
    this.sheet.setAttribute("aria-valuenow", now);
    this.sheet.setAttribute("aria-valuetext", `${words.axis} ${now}. ${said.join(". ")}`);
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!charts.has(parent)) charts.set(parent, new Curves(parent));
  charts.get(parent).update(component);
}
