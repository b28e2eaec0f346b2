// One unit over time: lines over the steps, and the numbers of the step that is pointed at, or of the present one.

const charts = new WeakMap();
const LEFT = 46, RIGHT = 12, TALL = 110, HEAD = 34; // as far as the heatmaps' own margins, so that steps stand in line
const FIRST = { "stroke-width": 2.5 }, SECOND = { "stroke-width": 1.5, "stroke-dasharray": "1 3" }; // a run, and the one beside it

class Lines {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-lines" }, parent);
    this.sheet = make("html:div", {}, this.root);
    this.bar = make("html:div", { class: "gs-bar", role: "group" }, this.root);
    this.pointed = -1;
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
    this.sheet.addEventListener("pointermove", (event) => this.point(this.step(event)));
    this.sheet.addEventListener("pointerleave", () => this.point(-1));
    this.sheet.addEventListener("click", (event) => {
      const t = this.step(event);
      if (t >= 0) document.dispatchEvent(new CustomEvent("gs-step", { detail: { t, from: "lines" } }));
    });
    document.addEventListener("gs-step", (event) => { if (this.root.isConnected && this.data) { this.t = event.detail.t; this.read(); } });
  }

  update({ data }) {
    if (this.data?.t !== data.t || this.t === undefined) this.t = data.t;
    this.data = data;
    this.draw();
  }

  step(event) {
    const box = this.svg.getBoundingClientRect();
    const t = Math.floor((event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT) * this.data.T);
    return t >= 0 && t < this.data.T ? t : -1;
  }

  point(t) {
    if (t === this.pointed) return;
    this.pointed = t;
    this.read();
  }

  draw() {
    const width = this.root.clientWidth || 1180, dark = isDark(this.root);
    const shape = [width, dark, this.data.key].join();
    if (shape !== this.shape) { this.shape = shape; this.width = width; this.dark = dark; this.build(); }
    this.panels.forEach(({ panel: _, paths }, k) => paths.forEach(({ path, line, run }) => {
      const panel = this.data.panels[k], { values, other } = panel.lines[line];
      path.setAttribute("d", this.path(run ? other : values, panel));
    }));
    this.data.panels.forEach((panel, k) => this.panels[k].ticks.forEach(({ el, share }) => { el.textContent = say.mark(panel.low + share * (panel.high - panel.low)); }));
    this.read();
  }

  x(t) { return LEFT + (t + 0.5) * (this.width - LEFT - RIGHT) / this.data.T; }

  path(values, { low, high }) {
    let pen = "M"; // what has no value leaves a gap
    return values.map((v, t) => {
      const part = v === null ? "" : `${pen}${this.x(t).toFixed(1)} ${((high - v) / (high - low) * TALL).toFixed(2)}`;
      pen = v === null ? "M" : "L";
      return part;
    }).join("");
  }

  build() {
    const { panels, T, labels, roles, paper, about, words, legend, second } = this.data, width = this.width, tone = this.dark ? 1 : 0;
    // a legend that does not fit in one row takes more
    const across = panels.map((p) => Math.max(1, Math.min(p.lines.length, Math.floor((width - LEFT - RIGHT) / entry(p)))));
    const heads = panels.map((p, k) => HEAD + 18 * (Math.ceil(p.lines.length / across[k]) - 1));
    const keys = legend.length ? 12 + 18 * (legend.reduce((sum, name) => sum + 60 + span(name, 13), LEFT) > width ? 2 : 1) : 0; // which run is which
    const tops = heads.map((head, k) => heads.slice(0, k).reduce((sum, h) => sum + h + TALL + 12, head + keys));
    const height = tops.at(-1) + TALL + 36;
    this.sheet.replaceChildren();
    const svg = this.svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": about,
      "font-family": "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif" }, this.sheet);
    make("rect", { width, height, fill: background(this.root), class: "gs-ground" }, svg);
    this.column = make("rect", { y: 0, height: height - 24, fill: paper.ink[tone], opacity: 0.13 }, svg);
    legend.forEach((name, k) => {
      const x = keys > 30 || !k ? LEFT : LEFT + 60 + span(legend[0], 13), y = keys > 30 && k ? 36 : 14;
      make("line", { x1: x, x2: x + 28, y1: y, y2: y, stroke: paper.ink[tone], ...(k ? SECOND : FIRST) }, svg);
      make("text", { x: x + 34, y: y + 4, "font-size": 13, "font-weight": k ? 400 : 600, fill: paper.ink[tone] }, svg, name);
    });
    this.readings = [];
    this.panels = panels.map((panel, k) => {
      const g = make("g", { transform: `translate(0 ${tops[k]})` }, svg), ticks = [];
      make("text", { x: LEFT, y: 15 - heads[k], "font-size": 13, "font-weight": 600, fill: paper.ink[tone] }, g, panel.title);
      for (const share of [0, 0.5, 1]) {
        const y = (1 - share) * TALL;
        make("line", { x1: LEFT, x2: width - RIGHT, y1: y, y2: y, stroke: paper.edge[tone], "stroke-width": 1, opacity: 0.6 }, g);
        ticks.push({ el: make("text", { x: LEFT - 6, y: y + 4, "font-size": 11, "text-anchor": "end", fill: paper.ink[tone] }, g), share });
      }
      const paths = [], room = (width - LEFT - RIGHT) / across[k];
      panel.lines.forEach((line, which) => {
        const color = roles[line.role][tone], style = { fill: "none", stroke: color, "stroke-linejoin": "round" };
        paths.push({ line: which, run: "", path: make("path", { ...style, ...FIRST, "stroke-dasharray": line.dash || "none", "data-line": line.node }, g) });
        if (line.other) paths.push({ line: which, run: second, path: make("path", { ...style, ...SECOND, "data-line": line.node, "data-run": second }, g) });
        const at = LEFT + which % across[k] * Math.min(room, 190), sample = Math.min(26, room / 4);
        const y = 26 - heads[k] + 18 * Math.floor(which / across[k]);
        make("line", { x1: at, x2: at + sample, y1: y, y2: y, stroke: color, "stroke-width": 2.5, "stroke-dasharray": line.dash || "none" }, g);
        const text = make("text", { x: at + sample + 5, y: y + 4, "font-size": 13, fill: color, "font-weight": 600 }, g);
        make("title", {}, text, line.name);
        make("tspan", { "font-style": "italic" }, text, line.symbol);
        const number = make("tspan", { dx: 5, "data-node": line.node, "data-unit": this.data.unit, ...(panel.run ? { "data-run": panel.run } : {}) }, text);
        const beside = line.other && make("tspan", { dx: 5, "font-weight": 400, "data-node": line.node, "data-unit": this.data.unit, "data-run": second }, text);
        this.readings.push({ k, which, number, beside });
      });
      return { panel, paths, ticks };
    });
    const pitch = (width - LEFT - RIGHT) / T, longest = Math.min(100, Math.max(0, ...labels.map((label) => span(label, 11))) + 4);
    const every = labels.length ? Math.ceil(longest / pitch) : [1, 2, 5, 10, 20].find((n) => pitch * n >= 28) ?? 50;
    for (let t = labels.length ? 1 : every; t <= T; t += every) {
      make("text", { x: this.x(t - 1), y: height - 8, "font-size": 11, "text-anchor": "middle", fill: paper.ink[tone] }, svg, labels.length ? cut(labels[t - 1], every * pitch, 11) : String(t));
    }
    this.bar.replaceChildren();
    for (const kind of ["svg", "png"]) {
      const b = make("html:button", { type: "button", "aria-label": words[`save_${kind}`], title: words[`save_${kind}`] }, this.bar, kind.toUpperCase());
      b.addEventListener("click", () => saveDrawing(this.svg.cloneNode(true), `gatescope-${this.data.name}`, kind));
    }
  }

  /** The numbers of one step. */
  read() {
    const { T, panels, unit } = this.data, t = Math.min(T - 1, this.pointed >= 0 ? this.pointed : this.t);
    const wide = (this.width - LEFT - RIGHT) / T;
    this.column.setAttribute("x", LEFT + t * wide); this.column.setAttribute("width", wide);
    for (const { k, which, number, beside } of this.readings) {
      const line = panels[k].lines[which];
      for (const [el, values] of [[number, line.values], [beside, line.other]]) {
        if (!el) continue;
        Object.assign(el.dataset, { step: t, unit: panels[k].unit ?? unit, value: String(values[t]) });
        el.textContent = values[t] === null ? "" : reading(values[t], panels[k]);
      }
    }
  }
}

/** How wide one line's place in the legend is: its sample, its symbol and what is read off, of one run or of two. */
function entry({ lines, high }) {
  return 50 + (lines.some((l) => l.other) ? 2 : 1) * (high >= 0.5 ? 50 : 72);
}

/** A value as it is read off: with more decimals in a panel that reaches less far. */
function reading(value, { low, high }) {
  if (high >= 0.5) return say.printed(value, low === 0 ? "gate" : "state");
  return say.signed(value, 2);
}

export default function (component) {
  const parent = component.parentElement;
  if (!charts.has(parent)) charts.set(parent, new Lines(parent));
  charts.get(parent).update(component);
}
