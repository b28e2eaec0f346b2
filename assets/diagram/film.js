// The gates, filmed: a slider through the snapshots of a training, and what the net does with one example at each.

const films = new WeakMap();
const LEFT = 46, RIGHT = 12, CURVE = 64, ROW = 20, THIN = 9, NORMS = 92, COUNTS = 110, PACE = 130; // pixels; ms a frame
const FULL = 32767; // what a rounded value is when it is as far as the colours reach
const FONT = "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif";

class Film {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-film" }, parent);
    this.bar = make("html:div", { class: "gs-bar", role: "group" }, this.root);
    this.now = make("html:p", { class: "gs-now" }, this.root);
    this.said = make("html:p", { class: "gs-film-says" }, this.root);
    this.sheet = make("html:div", {}, this.root);
    this.read = make("html:p", { class: "gs-film-read" }, this.root);
    this.files = make("html:div", { class: "gs-bar", role: "group" }, this.root);
    const button = (text, act) => {
      const b = make("html:button", { type: "button" }, this.bar, text);
      b.addEventListener("click", act);
      return b;
    };
    this.earlier = button("\u25c0", () => this.go(this.k - 1, true));
    this.range = make("html:input", { type: "range", min: 0, step: 1, class: "gs-range" }, this.bar);
    this.range.addEventListener("input", () => this.go(Number(this.range.value), false));
    this.range.addEventListener("change", () => this.go(Number(this.range.value), true));
    this.later = button("\u25b6", () => this.go(this.k + 1, true));
    this.playing = button("", () => this.play(!this.timer));
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
    this.sheet.addEventListener("pointermove", (event) => this.point(event));
    this.sheet.addEventListener("pointerleave", () => this.tell(""));
    this.scrubs();
  }

  update({ data, setTriggerValue }) {
    this.mail ??= messenger((event, value) => this.data.listens.includes(event) && setTriggerValue(event, value), ["rest"]);
    const was = this.data?.steps[this.k], newest = this.k === this.data?.steps.length - 1;
    this.data = data;
    if (this.mail.answer(data.echo) && !this.timer) this.k = data.frame;
    else if (newest) this.k = data.steps.length - 1;
    else this.k = Math.max(0, data.steps.findLastIndex((step) => step <= was)); // snapshots may have been left out
    this.values = data.bands.map((band) => new Int16Array(Uint8Array.from(atob(band.rounded), (c) => c.charCodeAt(0)).buffer));
    this.draw();
  }

  /** Go to a snapshot: here at once; the server is told when the hand rests. */
  go(k, rests) {
    this.k = Math.max(0, Math.min(this.data.steps.length - 1, k));
    this.repaint();
    if (rests) this.mail.tell("rest", { step: this.data.steps[this.k], newest: this.k === this.data.steps.length - 1 });
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => {
      if (!this.root.isConnected || this.k >= this.data.steps.length - 1) this.play(false);
      else this.go(this.k + 1, false);
    }, PACE) : 0;
    if (on && this.k >= this.data.steps.length - 1) this.go(0, false);
    if (!on) this.go(this.k, true);
    this.repaint();
  }

  /** A value as it is painted, and whether it is exact: those of the snapshot that the server knows of are. */
  value(band, unit, t) {
    const { T, units, bands, exact } = this.data;
    if (this.k === exact.frame) return exact.bands[band][unit][t];
    return this.values[band][(this.k * units + unit) * T + t] / FULL * bands[band].reach[unit];
  }

  /** A value as it is printed: of one that was rounded to be sent, what is near 0 is not known better. */
  printed(value, scale) {
    return this.k !== this.data.exact.frame && Math.abs(value) < 0.005 ? "\u22480" : say.printed(value, scale);
  }

  tone(pair) { return pair[this.dark ? 1 : 0]; }
  x(t) { return LEFT + t * this.pitch; }

  draw() {
    const width = this.root.clientWidth || 1180, dark = isDark(this.root), { data } = this;
    const shape = JSON.stringify([width, dark, data.key, data.steps, data.labels, data.wanted, data.inputs, data.norms.low, data.norms.high]);
    if (shape !== this.shape) { Object.assign(this, { shape, width, dark, pitch: (width - LEFT - RIGHT) / data.T }); this.build(); }
    this.repaint();
  }

  build() {
    const { words, steps, about, bands, T, units, inputs, labels, asked, name, name: file } = this.data, { width, pitch } = this;
    for (const [el, text] of [[this.earlier, words.earlier], [this.later, words.later], [this.range, words.snapshot]]) { el.setAttribute("aria-label", text); el.title = text; }
    this.bar.setAttribute("aria-label", words.bar);
    this.range.max = steps.length - 1;
    this.sheet.replaceChildren();
    const ink = this.tone(this.data.paper.ink), edge = this.tone(this.data.paper.edge);
    const svg = this.svg = make("svg", { width, role: "img", "aria-label": about, "font-family": FONT }, this.sheet);
    const ground = make("rect", { width, fill: background(this.root), class: "gs-ground" }, svg);
    const title = (text, y, x = LEFT, room = width - LEFT - RIGHT) => {
      const size = Math.max(10, Math.min(13, 13 * room / span(text, 13))); // smaller before it is cut
      make("text", { x, y, "font-size": size, "font-weight": 600, fill: ink }, svg, cut(text, room, size));
    };
    Object.assign(this, { squares: [], asks: [], ink, edge });

    // accuracy over training, and beside it, where there is room, the histogram
    const beside = width > 760, half = beside ? (width - LEFT - RIGHT) * 0.48 : width - LEFT - RIGHT, right = beside ? width - RIGHT - half : LEFT;
    title(words.accuracy, 14, LEFT, half);
    this.curve({ x: LEFT, y: 24, wide: half, tall: beside ? COUNTS : CURVE });
    let top = 24 + (beside ? 0 : CURVE + 46);
    title(this.data.counted, top - 10, right, half);
    this.histogram({ x: right, y: top, wide: half, tall: COUNTS });
    top += COUNTS + 50;

    // what is read, then gates and states
    const high = units <= 4 ? ROW : Math.max(THIN, Math.min(14, 300 / units));
    const rows = (count, tall, make_) => { for (let u = 0; u < count; u++) for (let t = 0; t < T; t++) make_(u, t, top + u * tall, tall); top += count * tall; };
    const square = (u, t, y, tall, node, band) => {
      const g = make("g", { "data-node": node, "data-unit": u, "data-step": t }, svg);
      const gap = Math.min(1, pitch / 10, tall / 10);
      const rect = make("rect", { x: this.x(t), y, width: pitch - gap, height: tall - gap }, g);
      const text = tall >= 13 && pitch > 31 ? make("text", { x: this.x(t) + pitch / 2, y: y + tall / 2 + 4, "font-size": 11, "text-anchor": "middle" }, g) : null;
      return { g, rect, text, u, t, band };
    };
    bands.forEach((band, b) => {
      title(band.title, top + 14);
      top += 20;
      for (let u = 0; u < units; u++) if (units <= 4 || u === 0 || u === units - 1) make("text", { x: LEFT - 6, y: top + (u + 0.5) * high + 4, "font-size": 11, "text-anchor": "end", fill: ink }, svg, String(u + 1));
      rows(units, high, (u, t, y, tall) => this.squares.push(square(u, t, y, tall, band.node, b)));
      top += 10;
    });
    if (inputs.length) {
      title(words.reads, top + 14);
      top += 20;
      rows(inputs.length, ROW, (u, t, y, tall) => {
        const { g, rect, text } = square(u, t, y, tall, "x", -1), value = inputs[u].values[t], { fill, ink: on } = shade(value / inputs[u].reach, "state", this.data.scales.state);
        rect.setAttribute("fill", fill); g.dataset.value = String(value);
        if (text) { fit(text, say.printed(value, "state"), pitch, 11); text.setAttribute("fill", on); }
      });
      top += 8;
    } else if (labels.length) {
      title(words.reads, top + 14);
      this.tokens(top + 34);
      top += 44;
    }

    // questions and answers: what is wrong is filled, so that it is told apart without a colour
    title(words.answers, top + 14);
    top += 20;
    const answer = asked.length > 1 ? Math.min(pitch * Math.min(...asked.slice(1).map((t, k) => t - asked[k])), 90) : 90;
    asked.forEach((t, k) => {
      const g = make("g", { "data-node": "y", "data-unit": 0, "data-step": t }, svg), wide = answer - 2;
      const middle = Math.min(this.x(t) + pitch / 2, width - 1 - wide / 2); // the last one may have more room than its step
      const rect = make("rect", { x: middle - wide / 2, y: top, width: wide, height: 24, rx: Math.min(4, wide / 4), stroke: ink, "stroke-width": wide > 8 ? 1.5 : 0.75 }, g);
      const text = make("text", { x: middle, y: top + 16.5, "font-size": 12.5, "text-anchor": "middle" }, g);
      const below = make("text", { x: middle, y: top + 40, "font-size": 11.5, "text-anchor": "middle", fill: ink }, svg);
      this.asks.push({ g, rect, text, below, wide, k });
    });
    top += 54;

    title(words.norms, top + 14, LEFT, width - LEFT - RIGHT);
    top += this.gradients(top + 24) + 24;
    svg.setAttribute("height", top); svg.setAttribute("viewBox", `0 0 ${width} ${top}`);
    ground.setAttribute("height", top);
    this.column = make("rect", { y: 0, height: top, width: Math.max(2, pitch), fill: "none", stroke: ink, "stroke-width": 1.5, "pointer-events": "none", "aria-hidden": true, display: "none" }, svg);
    this.files.replaceChildren();
    for (const kind of ["svg", "png"]) {
      const b = make("html:button", { type: "button", "aria-label": words[kind], title: words[kind] }, this.files, kind.toUpperCase());
      b.addEventListener("click", () => saveDrawing(this.svg.cloneNode(true), `gatescope-${file}-${steps[this.k]}`, kind));
    }
  }

  tokens(y) {
    const { labels } = this.data, { width, pitch } = this;
    const longest = Math.min(100, Math.max(8, ...labels.map((label) => span(label, 12))) + 5), every = Math.ceil(longest / pitch);
    labels.forEach((label, t) => {
      const x = this.x(t) + pitch / 2;
      if (t % every === 0) make("text", { x, y, "font-size": 12.5, "text-anchor": "middle", fill: this.ink }, this.svg, cut(label, Math.min(every * pitch - 1, 2 * (width - x), 2 * x), 12));
    });
  }

  frame({ x, y, wide, tall }, ticks) {
    for (const [share, text] of ticks) {
      const at = y + (1 - share) * tall;
      make("line", { x1: x, x2: x + wide, y1: at, y2: at, stroke: this.edge, "stroke-width": 1, opacity: 0.6 }, this.svg);
      make("text", { x: x - 6, y: at + 4, "font-size": 11, "text-anchor": "end", fill: this.ink }, this.svg, text);
    }
  }

  /** Accuracy over training; a hand on it moves through the snapshots. */
  curve(box) {
    const { steps, accuracy, roles, words } = this.data, { x, y, wide, tall } = box, last = steps.at(-1) || 1;
    this.along = (k) => x + steps[k] / last * wide;
    this.frame(box, [[0, "0"], [0.5, "50"], [1, "100"]]);
    const points = steps.map((_, k) => `${this.along(k).toFixed(1)} ${(y + (1 - accuracy[k]) * tall).toFixed(1)}`);
    make("path", { d: `M${points.join("L")}`, fill: "none", stroke: this.tone(roles.h), "stroke-width": 2.5, "stroke-linejoin": "round", "stroke-dasharray": steps.length >= 10 ? "none" : "2 4" }, this.svg);
    if (steps.length < 10) steps.forEach((_, k) => make("circle", { cx: this.along(k), cy: y + (1 - accuracy[k]) * tall, r: 3.5, fill: this.tone(roles.h) }, this.svg)); // what lies between few is not known
    this.here = make("line", { y1: y - 4, y2: y + tall, stroke: this.ink, "stroke-width": 2 }, this.svg);
    this.dot = make("circle", { r: 5, fill: this.ink }, this.svg);
    this.dotted = (k) => y + (1 - accuracy[k]) * tall;
    for (const k of [0, steps.length - 1]) make("text", { x: this.along(k), y: y + tall + 16, "font-size": 11, "text-anchor": k ? "end" : "start", fill: this.ink }, this.svg, say.count(steps[k]));
    make("text", { x: x + wide / 2, y: y + tall + 16, "font-size": 11, "text-anchor": "middle", fill: this.ink }, this.svg, words.over_steps);
    this.strip = make("rect", { x: x - 8, y: y - 8, width: wide + 16, height: tall + 16, fill: "transparent", class: "gs-film-curve" }, this.svg);
  }

  /** Bars for now, the outline of the start behind them. */
  histogram(box) {
    const { counts, bins, words } = this.data, { x, y, wide, tall } = box, bar = wide / bins;
    const total = counts[0].reduce((a, b) => a + b, 0) || 1, most = Math.max(...counts.flat(), 1);
    this.frame(box, [[0, "0"], [1, say.filled(words.percentage, { percent: say.percent(most / total, 2) })]]);
    const height = (count) => count / most * tall;
    this.bars = counts[0].map((_, k) => make("rect", { x: x + k * bar + 1, width: Math.max(1, bar - 2), fill: this.tone(this.data.roles[this.data.counted_role]), "data-bin": k }, this.svg));
    const start = counts[0].map((count, k) => `${k ? "L" : "M"}${x + k * bar} ${y + tall - height(count)}H${x + (k + 1) * bar}`).join("");
    make("path", { d: start, fill: "none", stroke: this.ink, "stroke-width": 1.5, "stroke-dasharray": "3 3" }, this.svg);
    for (const [share, text] of [[0, "0"], [0.5, "0.5"], [1, "1"]]) make("text", { x: x + share * wide, y: y + tall + 16, "font-size": 11, "text-anchor": "middle", fill: this.ink }, this.svg, text);
    make("text", { x: x + wide * 0.27, y: y + tall + 16, "font-size": 11, "text-anchor": "middle", fill: this.ink }, this.svg, words.dashed_start);
    this.count = (counts) => this.bars.forEach((bar, k) => { const h = height(counts[k]); bar.setAttribute("y", y + tall - h); bar.setAttribute("height", h); bar.dataset.value = counts[k]; });
  }

  /** The gradients' norms over the example's steps, those of the start dotted. */
  gradients(y) {
    const { norms: { low, high, curves }, T, roles, words } = this.data, wide = this.width - LEFT - RIGHT;
    const below = 120 * curves.length + span(words.dotted_start, 11.5) > wide, box = { x: LEFT, y: y + (below ? 36 : 18), wide, tall: NORMS };
    const power = (p) => p ? `1e${p}`.replace("-", MINUS) : "1";
    this.frame(box, [[0, power(low)], [1, power(high)]]);
    const at = (v) => box.y + (1 - Math.max(0, ((v > 0 ? Math.log10(v) : low) - low) / (high - low))) * NORMS;
    this.trace = (values) => "M" + values.map((v, t) => `${(this.x(t) + this.pitch / 2).toFixed(1)} ${at(v).toFixed(1)}`).join("L") + (T === 1 ? "h1" : "");
    let x = LEFT;
    this.paths = curves.map((curve, c) => {
      const color = this.tone(roles[curve.role]), look = { fill: "none", stroke: color, "stroke-linejoin": "round" };
      make("line", { x1: x, x2: x + 26, y1: y + 4, y2: y + 4, stroke: color, "stroke-width": 2.5, "stroke-dasharray": curve.dash || "none" }, this.svg);
      const text = make("text", { x: x + 32, y: y + 8, "font-size": 12.5, fill: color, "font-weight": 600 }, this.svg, `\u2016\u2202L/\u2202${curve.symbol}\u2016`);
      make("title", {}, text, curve.name);
      x += 120;
      make("path", { ...look, d: this.trace(curve.values[0]), "stroke-width": 1.25, "stroke-dasharray": "1 3" }, this.svg);
      return make("path", { ...look, "stroke-width": 2.5, "stroke-dasharray": curve.dash || "none", "data-line": curve.node }, this.svg);
    });
    make("text", { x: below ? LEFT : x, y: y + (below ? 26 : 8), "font-size": 11.5, fill: this.ink }, this.svg, words.dotted_start);
    const every = [1, 2, 5, 10, 20].find((n) => this.pitch * n >= 28) ?? 50;
    for (let t = every; t <= T; t += every) make("text", { x: this.x(t - 1) + this.pitch / 2, y: box.y + NORMS + 16, "font-size": 11, "text-anchor": "middle", fill: this.ink }, this.svg, String(t));
    return box.y + NORMS + 20 - y;
  }

  repaint() {
    const { steps, accuracy, bands, scales, answers, wanted, asked, exact, norms, counts, says, words, units, T } = this.data, { k } = this;
    const known = k === exact.frame, values = new Map();
    for (const s of this.squares) {
      const { scale, reach } = bands[s.band], value = this.value(s.band, s.u, s.t), { fill, ink: on } = shade(value / reach[s.u], scale, scales[scale]);
      if (s.fill !== fill) { s.fill = fill; s.rect.setAttribute("fill", fill); s.text?.setAttribute("fill", on); }
      if (s.text) fit(s.text, this.printed(value, scale), this.pitch, 11);
      if (known) s.g.dataset.value = String(value); else delete s.g.dataset.value; // rounded
    }
    const said = answers[k];
    for (const { g, rect, text, below, wide, k: which } of this.asks) {
      const right = said.right[which], ground = background(this.root), fill = right ? ground : this.ink;
      rect.setAttribute("fill", fill);
      text.setAttribute("fill", right ? this.ink : ground);
      const answer = `${said.text[which]} ${right ? "\u2713" : "\u2717"}`, brief = span(answer, 12.5) <= wide - 2 ? answer : said.text[which];
      text.textContent = span(brief, 12.5) <= wide + 1 ? brief : "";
      below.textContent = span(wanted[which], 11.5) <= wide + 4 ? wanted[which] : "";
      Object.assign(g.dataset, { value: String(said.value[which]), right });
    }
    this.paths.forEach((path, c) => path.setAttribute("d", this.trace(known ? exact.norms[c] : norms.curves[c].values[k])));
    this.count(counts[k]);
    for (const [name, value] of [["x1", this.along(k)], ["x2", this.along(k)]]) this.here.setAttribute(name, value);
    this.dot.setAttribute("cx", this.along(k)); this.dot.setAttribute("cy", this.dotted(k));
    const at = say.filled(words.at, { step: say.count(steps[k]), accuracy: say.percent(accuracy[k]), number: k + 1, count: steps.length });
    this.range.value = k;
    this.range.setAttribute("aria-valuetext", at);
    this.now.textContent = at;
    this.root.dataset.frame = k;
    this.root.dataset.step = steps[k];
    this.said.textContent = says[k];
    this.playing.textContent = this.timer ? words.pause : words.play;
    stops(this.earlier, k === 0);
    stops(this.later, k === steps.length - 1);
    stops(this.playing, steps.length < 2);
  }

  /** The number under the pointer. */
  point(event) {
    const { bands, exact, norms, labels, words, T } = this.data, box = this.svg.getBoundingClientRect();
    const t = Math.floor((event.clientX - box.left - LEFT) / this.pitch), at = event.target.closest?.("[data-node]");
    if (t < 0 || t >= T || event.target === this.strip) { this.tell(""); return; }
    const where = `${words.step} ${t + 1}${labels[t] ? ` (${labels[t]})` : ""}`;
    const s = this.squares.find((s) => s.g === at);
    if (s) { this.tell(`${bands[s.band].title}, ${words.unit} ${s.u + 1}, ${where}: ${this.printed(this.value(s.band, s.u, s.t), bands[s.band].scale)}`, t); return; }
    const sizes = norms.curves.map((curve, c) => `\u2016\u2202L/\u2202${curve.symbol}\u2016 = ${say.printed((this.k === exact.frame ? exact.norms[c] : curve.values[this.k])[t], "gradient", 1)}`);
    const y = event.clientY - box.top;
    this.tell(y > Number(this.svg.getAttribute("height")) - NORMS - 60 ? `${where}: ${sizes.join(", ")}` : "", t);
  }

  tell(text, t) {
    if (this.read.textContent !== text) this.read.textContent = text;
    this.column.setAttribute("display", text ? "inline" : "none");
    if (text) this.column.setAttribute("x", this.x(t));
  }

  scrubs() {
    const nearest = (event) => {
      const box = this.svg.getBoundingClientRect(), x = event.clientX - box.left;
      return this.data.steps.reduce((best, _, k) => Math.abs(this.along(k) - x) < Math.abs(this.along(best) - x) ? k : best, 0);
    };
    let held = false;
    this.sheet.addEventListener("pointerdown", (event) => {
      if (event.target !== this.strip || event.button !== 0) return;
      held = true;
      this.sheet.setPointerCapture(event.pointerId);
      this.go(nearest(event), false);
      event.preventDefault();
    });
    this.sheet.addEventListener("pointermove", (event) => { if (held) this.go(nearest(event), false); });
    for (const end of ["pointerup", "pointercancel"]) this.sheet.addEventListener(end, () => { if (held) { held = false; this.go(this.k, true); } });
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!films.has(parent)) films.set(parent, new Film(parent));
  films.get(parent).update(component);
}
