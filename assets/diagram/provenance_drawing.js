// What stands still in the picture of where memory comes from: a stack of the parts of one unit's state, how much of each
// is left, and every number, over one time axis.  Steps t and writers k count from 0; the initial state is writer -1.
// Parts are drawn as multiples of data.bound, so that no sum of them overflows.

const FONT = "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif";
const TO_PRINT = 30; // up to so many steps the triangle has one square a number
const pen = document.createElement("canvas").getContext("2d");

/** How wide a text is, in pixels. */
function wide(text, size) {
  pen.font = `${size}px ${FONT}`;
  return pen.measureText(text).width;
}

/** As much of a text as there is room for; an emoji or a letter with its accents stays whole. */
function cut(text, size, room) {
  if (wide(text, size) <= room) return text;
  const letters = Array.from(new Intl.Segmenter().segment(text), (part) => part.segment);
  while (letters.length && wide(`${letters.join("")}\u2026`, size) > room) letters.pop();
  return letters.length ? `${letters.join("")}\u2026` : "";
}

/** The colour at a share of the way along a scale. */
function blend(stops, share) {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1), k = Math.min(stops.length - 2, Math.floor(at));
  const channel = (color, from) => parseInt(color.slice(from, from + 2), 16);
  return "#" + [1, 3, 5].map((from) => Math.round(channel(stops[k], from) + (at - k) * (channel(stops[k + 1], from) - channel(stops[k], from)))
    .toString(16).padStart(2, "0")).join("");
}

class ProvenanceDrawing {
  /** What a writer wrote. */
  written(k) {
    return k < 0 ? this.data.start : this.data.left[k][k + 1];
  }

  /** The share of it that is left at a step. */
  share(t, k) {
    return this.data.left[t][k + 1] / this.written(k);
  }

  /** The same as a percentage; ≈0 and ≈100 where a gate's share of 0 or 1 is only next to it. */
  percent(t, k) {
    const text = say.percent(this.share(t, k));
    return this.data.rounded && t > k && (text === "0" || text === "100") ? `≈${text}` : text;
  }

  color(k) {
    return blend(this.age, (k + 1) / this.steps);
  }

  x(t) {
    return this.left + t * this.column;
  }

  build(width, dark) {
    const { data } = this, { words, titles } = data;
    const narrow = width < 700;
    this.age = data.scales.age[dark ? 1 : 0];
    this.paper = { page: background(this.root), ink: data.paper.ink[dark ? 1 : 0], edge: data.paper.edge[dark ? 1 : 0] };
    this.left = narrow ? 44 : 56;
    this.column = (width - this.left - 8) / this.steps;
    this.sheet.replaceChildren();
    this.sheet.setAttribute("aria-label", words.chart);
    this.sheet.setAttribute("aria-valuemax", this.steps);
    this.svg = make("svg", { class: "gs-svg", "font-family": FONT, fill: this.paper.ink }, this.sheet);
    const paper = make("rect", { width, fill: this.paper.page }, this.svg);
    this.stack = { top: 58, height: narrow ? 190 : 230 };
    this.title(titles.stack, 15, width);
    this.drawStack();
    let y = this.drawAxis(this.stack.top + this.stack.height + (this.stack.low < 0 ? 22 : 6)); // room for a name below
    this.title(titles.fade, y + 26, width);
    this.fade = { top: y + 42, height: narrow ? 66 : 84 };
    this.drawFades();
    y = this.fade.top + this.fade.height;
    this.title(titles.triangle, y + 32, width);
    const row = (narrow ? 300 : 380) / (this.steps + 1);
    this.triangle = { top: y + 44, row: this.steps <= TO_PRINT ? Math.min(20, Math.max(13, row)) : Math.max(2.5, row) };
    this.triangle.height = this.triangle.row * (this.steps + 1);
    this.drawTriangle();
    this.veil = make("path", { fill: this.paper.page, "fill-opacity": 0.72 }, this.svg);
    this.height = this.drawLegend();
    this.drawMarks();
    paper.setAttribute("height", this.height);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
  }

  title(text, y, width) {
    make("text", { x: 0, y, "font-size": 13.5, "font-weight": 600 }, this.svg, cut(text, 14.5, width));
  }

  /** A text in small type; what is drawn under it does not blur it. */
  note(text, x, y, more = {}, into = this.svg) {
    return make("text", { x, y, "font-size": 11.5, ...more }, into, text);
  }

  halo() {
    return { stroke: this.paper.page, "stroke-width": 4, "stroke-linejoin": "round", "paint-order": "stroke" };
  }

  guide(y, text) {
    make("path", { d: `M${this.left} ${y}H${this.x(this.steps)}`, stroke: this.paper.ink, "stroke-opacity": 0.22, fill: "none" }, this.svg);
    this.note(text, this.left - 7, y + 4, { "text-anchor": "end" });
  }

  /** The bands: for each writer where its part begins and ends at each step, positive parts upwards, negative down. */
  drawStack() {
    const { left, bound, state } = this.data, { stack, steps } = this;
    const up = new Float64Array(steps), down = new Float64Array(steps);
    const bands = [];
    for (let k = -1; k < steps; k++) {
      const edges = [];
      for (let t = Math.max(0, k); t < steps; t++) {
        const part = left[t][k + 1] / bound, base = part < 0 ? down : up;
        edges[t] = [base[t], base[t] + part];
        base[t] += part;
      }
      bands.push(edges);
    }
    const high = Math.max(...up), low = Math.min(...down);
    stack.unit = stack.height / (high - low || 1);
    stack.zero = stack.top + high * stack.unit;
    stack.low = low;
    this.ticks(low, high);
    this.bands = new Map();
    const group = make("g", { stroke: this.paper.page, "stroke-width": this.column > 10 ? 0.9 : 0.45, "stroke-linejoin": "round" }, this.svg);
    bands.forEach((edges, place) => this.band(group, edges, place - 1));
    const line = state.map((value, t) => `${t ? "V" : `M${this.left} `}${this.y(value / bound)}H${this.x(t + 1).toFixed(1)}`).join("");
    const stroke = { d: line, fill: "none", "stroke-linejoin": "round" };
    make("path", { ...stroke, stroke: this.paper.page, "stroke-width": 5 }, this.svg);
    make("path", { ...stroke, stroke: this.paper.ink, "stroke-width": 2 }, this.svg);
  }

  /** How high a multiple of the bound stands in the stack. */
  y(value) {
    return (this.stack.zero - value * this.stack.unit).toFixed(2);
  }

  ticks(low, high) {
    const { bound } = this.data;
    const apart = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((size) => size * this.stack.unit >= 34) ?? 100;
    for (let n = Math.ceil(low / apart - 1e-9); n <= high / apart + 1e-9; n++) {
      this.guide(Number(this.y(n * apart)), (n > 0 ? "+" : "") + say.mark(n * apart * bound));
    }
  }

  band(group, edges, k) {
    const thick = ([from, to]) => Math.abs(to - from) * this.stack.unit;
    const g = make("g", { class: "gs-band" }, group), fill = this.color(k);
    const paths = { 1: "", "-1": "" };
    let run = [];
    const close = () => {
      if (!run.length) return;
      const [t] = run[0], back = [...run].reverse();
      paths[Math.sign(run[0][2] - run[0][1])] += `M${this.x(t).toFixed(1)} ${this.y(run[0][1])}`
        + run.map(([at, , to]) => `V${this.y(to)}H${this.x(at + 1).toFixed(1)}`).join("")
        + back.map(([at, from]) => `V${this.y(from)}H${this.x(at).toFixed(1)}`).join("") + "Z";
      run = [];
    };
    edges.forEach(([from, to], t) => {
      if (run.length && (to - from) * (run[0][2] - run[0][1]) <= 0) close();
      if (thick([from, to]) > 0.04) run.push([t, from, to]); else close(); // too thin to be seen
    });
    close();
    for (const d of Object.values(paths)) if (d) make("path", { d, fill }, g);
    this.bands.set(k, g);
    this.nameIn(g, edges, k, fill);
  }

  /** A band's name in it, where it is widest, if there is room. */
  nameIn(g, edges, k, fill) {
    const size = 12, name = cut(this.short(k), size, 120), first = Math.max(0, k);
    const columns = Math.ceil((wide(name, size) + 10) / this.column);
    let best = [15 / this.stack.unit, 0, 0];
    for (let t = first; name && t + columns <= this.steps; t++) {
      const run = edges.slice(t, t + columns);
      let low = Math.max(...run.map((edge) => Math.min(...edge))), high = Math.min(...run.map((edge) => Math.max(...edge)));
      const sums = this.data.state.slice(t, t + columns).map((value) => value / this.data.bound), clear = 3 / this.stack.unit;
      const [least, most] = [Math.min(...sums) - clear, Math.max(...sums) + clear]; // the line of the sum
      if (least < high && most > low) [low, high] = high - most > least - low ? [most, high] : [low, least];
      if (high - low > best[0] * 1.05) best = [high - low, t, (low + high) / 2];
    }
    if (best[2]) make("text", { x: this.x(best[1] + columns / 2), y: Number(this.y(best[2])) + 4, "font-size": size, "font-weight": 600,
      "text-anchor": "middle", fill: ink(fill), stroke: "none" }, g, name);
  }

  /** What a writer is called where there is little room. */
  short(k) {
    return k < 0 ? this.data.words.began : this.data.labels[k] || String(k + 1);
  }

  /** The same inside other text, which it does not turn if it runs from right to left. */
  inside(k, room) {
    return `\u2068${cut(this.short(k), 12, room)}\u2069`;
  }

  /** The time axis: each step in the colour of what it writes, with its number or its word; returns where it ends. */
  drawAxis(top) {
    const { labels } = this.data, { column, steps } = this;
    this.axis = { top, height: 9 };
    const gap = column > 6 ? 1 : 0;
    for (let t = 0; t < steps; t++) make("rect", { x: this.x(t), y: top, width: column - gap, height: 9, fill: this.color(t) }, this.svg);
    const size = 11.5, texts = Array.from({ length: steps }, (_, t) => labels[t] || String(t + 1));
    const widest = Math.max(...texts.map((text) => wide(text, size)));
    const flat = labels.length === 0 || widest <= column - 5;
    const every = [1, 2, 5, 10, 20, 25, 50].find((n) => n * column >= (flat ? widest + 6 : 13)) ?? 100;
    const slant = column < 16 || this.left < 50 ? -90 : -50, tall = Math.min(widest, 84);
    this.names = texts.map((text, t) => {
      if (t && (t + 1) % every) return null;
      const x = this.x(t + 0.5), y = top + 22;
      if (flat) return this.note(text, x, y, { "text-anchor": "middle" });
      const at = slant === -90 ? [x + 4, y - 7] : [x + 4, y - 5];
      return this.note(cut(text, size, 84), ...at, { "text-anchor": "end", transform: `rotate(${slant} ${at})` });
    });
    this.axis.bottom = top + (flat ? 26 : 18 + tall * Math.sin(Math.abs(slant) * Math.PI / 180));
    return this.axis.bottom;
  }

  /** How much of each writing is left: a faint line each, the one that is told of in front. */
  drawFades() {
    const { fade, steps } = this, { words } = this.data;
    const shares = [];
    for (let k = -1; k < steps; k++) {
      if (this.written(k)) for (let t = Math.max(0, k); t < steps; t++) shares.push(this.share(t, k));
    }
    const high = Math.min(1e6, shares.reduce((a, b) => Math.max(a, b), 1)), low = Math.max(-1e6, shares.reduce((a, b) => Math.min(a, b), 0));
    fade.y = (share) => fade.top + (high - Math.min(high, Math.max(low, share))) / (high - low) * fade.height;
    for (const share of high > 2 ? [0, 1] : [0, 0.5, 1]) this.guide(fade.y(share), say.filled(words.share, { percent: say.percent(share) }));
    const group = make("g", { fill: "none", class: "gs-fades" }, this.svg);
    for (let k = -1; k < steps; k++) {
      if (this.written(k)) make("path", { d: this.fadeLine(k), stroke: this.color(k), "stroke-width": 1.2, "stroke-opacity": 0.55 }, group);
    }
  }

  fadeLine(k) {
    let d = k < 0 ? `M${this.left} ${this.fade.y(1).toFixed(1)}` : "";
    for (let t = Math.max(0, k); t < this.steps; t++) d += `${d ? "L" : "M"}${this.x(t + 0.5).toFixed(1)} ${this.fade.y(this.share(t, k)).toFixed(1)}`;
    return d;
  }

  drawTriangle() {
    const { left, bound, scales, node, unit } = this.data, { triangle, column, steps } = this;
    const colors = Array.from({ length: 257 }, (_, n) => blend(scales.state, n / 256));
    const color = this.shade = (value) => colors[Math.round(128 * (1 + Math.min(1, Math.max(-1, value / bound))))];
    if (steps > TO_PRINT) {
      const canvas = document.createElement("canvas"), brush = canvas.getContext("2d");
      canvas.width = steps; canvas.height = steps + 1;
      left.forEach((row, t) => row.forEach((value, place) => { brush.fillStyle = color(value); brush.fillRect(t, place, 1, 1); }));
      make("image", { x: this.left, y: triangle.top, width: steps * column, height: triangle.height, preserveAspectRatio: "none",
        href: canvas.toDataURL(), style: "image-rendering: pixelated" }, this.svg);
    } else {
      const size = [11, 10, 9].find((height) => wide(`${MINUS}0.00`, height) + 3 <= column);
      const group = make("g", { "font-size": size ?? 0, "text-anchor": "middle" }, this.svg);
      left.forEach((row, t) => row.forEach((value, place) => {
        const y = triangle.top + place * triangle.row;
        const number = make("g", { "data-node": node, "data-unit": unit, "data-step": t, "data-writer": place - 1, "data-value": value }, group);
        make("rect", { x: this.x(t), y, width: column - 1, height: triangle.row - 1, fill: color(value) }, number);
        const text = size && make("text", { x: this.x(t + 0.5), y: y + triangle.row / 2 + 3.5, fill: ink(color(value)),
          ...(Math.abs(value) < 0.005 ? { "fill-opacity": 0.62 } : {}) }, number);
        if (text) fit(text, say.printed(value), column - 1, size);
      }));
    }
    this.nameRows();
  }

  /** Each row begins where its writer wrote: its name stands there, and its colour. */
  nameRows() {
    const { triangle, steps } = this;
    const every = triangle.row >= 12 ? 1 : [2, 5, 10, 20, 25, 50].find((n) => n * triangle.row >= 14) ?? 100;
    const key = triangle.row >= 12 ? 5 : 4;
    for (let k = -1; k < steps; k++) {
      const x = this.x(Math.max(0, k)), y = triangle.top + (k + 1) * triangle.row;
      make("rect", { x: x - key - 1, y, width: key, height: Math.max(1, triangle.row - (triangle.row > 6 ? 1 : 0)), fill: this.color(k) }, this.svg);
      if (every > 1 && k >= 0 && (k + 1) % every) continue;
      const text = every > 1 && k >= 0 ? String(k + 1) : this.short(k);
      this.note(cut(text, 11.5, x - key - 6), x - key - 5, y + triangle.row / 2 + 4, { "text-anchor": "end", ...(every > 1 ? this.halo() : {}) });
    }
  }

  /** What the colours of the triangle reach to: in its empty corner, or below it; returns where all ends. */
  drawLegend() {
    const { bound, scales } = this.data, { triangle } = this;
    const end = triangle.top + triangle.height, rows = Math.ceil(60 / triangle.row);
    const inside = this.column * Math.max(0, this.steps - rows) + this.left > 320;
    const y = inside ? end - 18 : end + 12;
    const id = `gs-parts-${this.data.key}`;
    const gradient = make("linearGradient", { id }, make("defs", {}, this.svg));
    scales.state.forEach((color, n) => make("stop", { offset: n / (scales.state.length - 1), "stop-color": color }, gradient));
    const [low, high] = [say.mark(-bound), `+${say.mark(bound)}`], x = inside ? 8 : this.left;
    this.note(low, x, y + 10);
    make("rect", { x: x + wide(low, 12) + 6, y, width: 120, height: 11, fill: `url(#${id})`, stroke: this.paper.ink, "stroke-opacity": 0.3 }, this.svg);
    this.note(high, x + wide(low, 12) + 132, y + 10);
    return (inside ? end : end + 28) + 6;
  }

  /** What moves: the cursor, and what shows the writer that is told of. */
  drawMarks() {
    const { triangle, fade, stack, paper } = this, end = triangle.top + triangle.height;
    const sides = this.steps > TO_PRINT ? [0] : [-this.column / 2 - 0.5, this.column / 2 - 0.5]; // beside numbers, not across
    const through = `M0 ${stack.top - 16}V${this.axis.top + 9}M0 ${fade.top - 4}V${fade.top + fade.height}`
      + sides.map((x) => `M${x} ${triangle.top}V${end}`).join("");
    this.there = make("path", { d: through, stroke: paper.ink, "stroke-width": 1, "stroke-dasharray": "2 3", fill: "none" }, this.svg);
    this.cursor = make("g", {}, this.svg);
    make("path", { d: through, stroke: paper.page, "stroke-width": 4, "stroke-opacity": 0.6, fill: "none" }, this.cursor);
    make("path", { d: through, stroke: paper.ink, "stroke-width": 1.8, fill: "none" }, this.cursor);
    make("path", { d: `M-6 ${this.axis.top + 10}h12l-6 -8z`, fill: paper.ink, stroke: paper.page }, this.cursor);
    this.reading = make("text", { y: stack.top - 22, "font-size": 13, ...this.halo() }, this.svg);
    this.front = make("g", {}, this.svg);
  }
}
