// Rows of numbers as coloured squares, a column for each step or for each component of a vector.

const rasters = new WeakMap();
const LEFT = 46, RIGHT = 12, HEAD = 24, GAP = 6; // as far as the heatmaps' own margins, so that steps stand in line

class Raster {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-raster" }, parent);
    this.sheet = make("html:div", {}, this.root);
    this.bar = make("html:div", { class: "gs-bar", role: "group" }, this.root);
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
    document.addEventListener("gs-step", (event) => { if (this.root.isConnected && this.data?.t >= 0) { this.t = event.detail.t; this.mark(); } });
  }

  update({ data }) {
    if (this.data?.t !== data.t || this.t === undefined) this.t = data.t;
    this.data = data;
    this.draw();
  }

  draw() {
    const { rows, labels, steps, words, about } = this.data, width = this.root.clientWidth || 1180, dark = isDark(this.root);
    const shape = JSON.stringify([width, dark, labels, steps, words, about, rows.map((r) => [r.node, r.unit, r.title, r.tall, r.values.length])]);
    if (shape !== this.shape) { this.shape = shape; this.width = width; this.dark = dark; this.build(); }
    this.paint();
    this.mark();
  }

  pitch() { return (this.width - LEFT - RIGHT) / this.data.rows[0].values.length; }

  build() {
    const { rows, labels, steps, about, paper, words } = this.data, width = this.width, tone = this.dark ? 1 : 0, step = this.pitch();
    const tall = rows.reduce((sum, row) => sum + HEAD + row.tall + GAP, 0), height = tall + 26;
    this.sheet.replaceChildren();
    const svg = this.svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": about,
      "font-family": "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif" }, this.sheet);
    make("rect", { width, height, fill: background(this.root), class: "gs-ground" }, svg);
    this.squares = [];
    this.marks = [];
    let top = 0;
    rows.forEach((row, r) => {
      make("text", { x: LEFT, y: top + HEAD - 7, "font-size": 13, fill: paper.ink[tone] }, svg, cut(row.title, width - LEFT - RIGHT, 13));
      row.values.forEach((_, k) => {
        const g = make("g", { "data-node": row.node, "data-unit": steps ? row.unit : k }, svg), x = LEFT + k * step;
        if (steps) g.dataset.step = k;
        const rect = make("rect", { x: x + Math.min(1, step / 8), y: top + HEAD, width: step - Math.min(2, step / 4), height: row.tall, rx: Math.min(4, step / 5), stroke: paper.edge[tone], "stroke-width": step > 8 ? 1 : 0 }, g);
        const text = make("text", { x: x + step / 2, y: top + HEAD + row.tall / 2 + 4.5, "font-size": 12.5, "text-anchor": "middle" }, g);
        this.squares.push({ g, rect, text, r, k });
      });
      this.marks.push(make("rect", { y: top + HEAD - 2, height: row.tall + 4, fill: "none", stroke: paper.ink[tone], "stroke-width": 2.5, rx: 5, "aria-hidden": true }, svg));
      top += HEAD + row.tall + GAP;
    });
    const longest = Math.min(100, Math.max(22, ...labels.map((label) => span(label, 12))) + 10), every = Math.ceil(longest / step);
    rows[0].values.forEach((_, k) => {
      const x = LEFT + (k + 0.5) * step, room = Math.min(every * step - 6, 2 * (width - x), 2 * x);
      if (k % every === 0) make("text", { x, y: height - 8, "font-size": 12, "text-anchor": "middle", fill: paper.ink[tone] }, svg, cut(labels[k] ?? String(k + 1), room, 12));
    });
    if (steps) svg.onclick = (event) => {
      const box = svg.getBoundingClientRect(), t = Math.floor((event.clientX - box.left - LEFT) / step);
      if (t >= 0 && t < rows[0].values.length) document.dispatchEvent(new CustomEvent("gs-step", { detail: { t, from: "raster" } }));
    };
    svg.classList.toggle("gs-cell", steps);
    this.bar.replaceChildren();
    for (const kind of ["svg", "png"]) {
      const b = make("html:button", { type: "button", "aria-label": words[kind], title: words[kind] }, this.bar, kind.toUpperCase());
      b.addEventListener("click", () => saveDrawing(this.svg.cloneNode(true), `gatescope-${this.data.name}`, kind));
    }
  }

  paint() {
    const { rows, scales } = this.data, room = this.pitch();
    for (const { g, rect, text, r, k } of this.squares) {
      const { values, scale, reach, tall } = rows[r], value = values[k];
      g.style.display = value === null ? "none" : "";
      if (value === null) { delete g.dataset.value; continue; }
      const { fill, ink: on } = shade(value / reach, scale, scales[scale]), number = said(value, scale);
      rect.setAttribute("fill", fill);
      text.setAttribute("fill", on);
      text.textContent = room > 8 * number.length + 6 && tall >= 16 ? number : "";
      g.dataset.value = String(value);
    }
  }

  /** The present step. */
  mark() {
    for (const mark of this.marks) {
      mark.style.display = this.t < 0 ? "none" : "";
      mark.setAttribute("x", LEFT + this.t * this.pitch());
      mark.setAttribute("width", this.pitch());
    }
  }
}

/** A share that is exactly 0 or 1 is told apart from one that only rounds to that. */
function said(value, scale) {
  return scale === "gate" && Number.isInteger(value) ? String(value) : say.printed(value, scale);
}

export default function (component) {
  const parent = component.parentElement;
  if (!rasters.has(parent)) rasters.set(parent, new Raster(parent));
  rasters.get(parent).update(component);
}
