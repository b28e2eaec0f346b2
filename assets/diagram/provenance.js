// Where memory comes from: what each step wrote into one unit and is still there.  Over what provenance_drawing.js
// draws: the cursor, the writer that is pointed at and what is left of it, the sentences.

const charts = new WeakMap();

class Provenance extends ProvenanceDrawing {
  constructor(parent) {
    super();
    this.root = make("html:div", { class: "gs-provenance" }, parent);
    this.sentence = make("html:p", { class: "gs-sentence", "aria-live": "polite" }, this.root);
    this.sheet = make("html:div", { class: "gs-sheet", role: "slider", tabindex: 0, "aria-valuemin": 0 }, this.root);
    this.tip = make("html:div", { class: "gs-tip", "aria-hidden": "true", hidden: "" }, this.root);
    this.spoken = make("html:p", { class: "gs-spoken", "aria-live": "polite" }, this.root);
    this.bar = make("html:div", { class: "gs-bar" }, this.root);
    this.drawn = "";
    this.pointed = null; // {k, at}: a writer, and the step at which what is left of it is told
    this.follow = ({ detail }) => {
      if (!this.root.isConnected) this.root.ownerDocument.removeEventListener("gs-step", this.follow);
      else if (Number.isInteger(detail?.t)) this.go(detail.t);
    };
    this.pointing();
    this.keys();
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
  }

  update({ data, setTriggerValue }) {
    this.tell = (t) => data.listens.includes("step") && setTriggerValue("step", t);
    this.data = data;
    this.steps = data.left.length;
    if (data.t !== this.heard || !(this.t < this.steps)) this.t = Math.min(data.t, this.steps - 1);
    this.heard = data.t;
    this.root.lang = data.lang;
    this.root.ownerDocument.addEventListener("gs-step", this.follow); // once, however often it is asked for
    this.draw();
  }

  /** The writer of the largest part at a step. */
  largest(t) {
    return this.data.left[t].reduce((best, v, k, row) => (Math.abs(v) > Math.abs(row[best]) ? k : best), 0) - 1;
  }

  draw() {
    const width = Math.min(1230, Math.floor(this.root.clientWidth)), dark = isDark(this.root);
    const key = [width, dark, this.data.key].join();
    if (width && key !== this.drawn) { this.drawn = key; this.pointed = null; this.tip.hidden = true; this.build(width, dark); this.drawBar(); }
    if (this.svg) this.go(this.t);
  }

  drawBar() {
    const { words } = this.data;
    this.bar.replaceChildren();
    for (const [kind, text, label] of [["svg", words.svg, words.save_svg], ["png", words.png, words.save_png]]) {
      make("html:button", { type: "button", "aria-label": label, title: label }, this.bar, text).addEventListener("click", () => this.save(kind));
    }
  }

  /** Move the cursor to a step. */
  go(t) {
    this.t = Math.min(this.steps - 1, Math.max(0, t));
    const { data } = this, value = data.state[this.t], x = this.x(this.t + 0.5);
    this.cursor.setAttribute("transform", `translate(${x} 0)`);
    this.reading.replaceChildren();
    make("tspan", {}, this.reading, `t = ${this.t + 1}\u2003`);
    make("tspan", { "font-weight": 600 }, this.reading, `${data.letter} = `);
    make("tspan", { "font-weight": 600, "data-node": data.node, "data-unit": data.unit, "data-step": this.t, "data-value": value }, this.reading, say.signed(value));
    this.within(this.reading, x, 13);
    this.names.forEach((name, k) => name?.setAttribute("font-weight", k === this.t ? 700 : 400));
    if (this.sentence.textContent !== data.says[this.t]) this.sentence.textContent = data.says[this.t];
    this.show();
  }

  /** Centre a text at x, or as near as it may stand. */
  within(text, x, size) {
    const half = wide(text.textContent, size) / 2 + 6, end = this.x(this.steps) + 8;
    text.setAttribute("text-anchor", "middle");
    text.setAttribute("x", Math.max(half, Math.min(end - half, x)));
  }

  /** Where what is left of a writer is told: at a step that is pointed at, else at the cursor, else at the end. */
  when(k, t) {
    return t >= Math.max(0, k) ? t : this.t >= k ? this.t : this.steps - 1;
  }

  /** Tell of a writer k, null for none; at a place on the sheet, [x, y], or by its band. */
  point(k, t = -1, place = null) {
    const at = k === null ? 0 : this.when(k, t);
    const same = this.pointed ? this.pointed.k === k && this.pointed.at === at : k === null;
    this.pointed = k === null ? null : { k, at };
    if (!same) this.show();
    this.tip.hidden = k === null;
    if (k !== null) this.standTip(k, at, place);
  }

  show() {
    const { pointed } = this;
    const { k, at } = pointed ?? { k: this.largest(this.t), at: this.t };
    this.svg.classList.toggle("gs-pointing", Boolean(pointed));
    this.bands.get(this.lit)?.classList.remove("gs-on");
    this.bands.get(k).classList.add("gs-on");
    this.lit = k;
    this.front.replaceChildren();
    this.sheet.setAttribute("aria-valuenow", k + 1);
    this.sheet.setAttribute("aria-valuetext", this.data.steps[k + 1]);
    for (const mark of [this.veil, this.there]) mark.setAttribute("visibility", pointed ? "visible" : "hidden");
    this.there.setAttribute("transform", `translate(${this.x(at + 0.5)} 0)`);
    if (this.written(k)) this.showFade(k, at);
    if (pointed) { this.showName(k); this.showRow(k); }
  }

  showFade(k, at) {
    const { fade, paper, front } = this, line = this.fadeLine(k), zero = fade.y(0).toFixed(1);
    make("path", { d: `${line}V${zero}H${k < 0 ? this.left : this.x(k + 0.5).toFixed(1)}z`, fill: this.color(k), "fill-opacity": 0.25 }, front);
    make("path", { d: line, fill: "none", stroke: paper.page, "stroke-width": 5.5, "stroke-linejoin": "round" }, front);
    make("path", { d: line, fill: "none", stroke: this.color(k), "stroke-width": 3, "stroke-linejoin": "round" }, front);
    const [x, y] = [this.x(at + 0.5), fade.y(this.share(at, k))];
    make("circle", { cx: x, cy: y, r: 5, fill: this.color(k), stroke: paper.ink, "stroke-width": 1.6 }, front);
    const text = `${this.inside(k, 90)}: ${say.filled(this.data.words.share, { percent: this.percent(at, k) })}`;
    this.within(this.note(text, 0, y > fade.top + 22 ? y - 10 : y + 19, { "font-weight": 600, "font-size": 12, ...this.halo() }, front), x, 12.5);
  }

  /** The name of the writer over the place where its band begins: there it is the outermost. */
  showName(k) {
    const { left, bound } = this.data, t = Math.max(0, k), down = left[t][k + 1] < 0;
    const edge = Number(this.y(left[t].reduce((sum, part) => (part < 0 === down ? sum + part / bound : sum), 0)));
    const name = this.note(`${this.inside(k, 120)} ${say.signed(this.written(k))}`, 0, down ? edge + 17 : edge - 8,
      { "font-size": 12.5, "font-weight": 700, ...this.halo() }, this.front);
    this.within(name, this.x(t + 0.5), 13.5);
    make("path", { d: `M${this.x(t + 0.5)} ${edge}m-4 ${down ? 5 : -5}h8l-4 ${down ? -5 : 5}z`, fill: this.paper.ink }, this.front);
  }

  /** Its row in the triangle, larger where rows are thin; the others step back. */
  showRow(k) {
    const { triangle, front, steps } = this, end = this.x(steps), first = Math.max(0, k), x = this.x(first);
    const above = triangle.top + (k + 1) * triangle.row, thin = steps > TO_PRINT, tall = thin ? 16 : triangle.row - 1;
    const y = above + (triangle.row - tall - (thin ? 0 : 1)) / 2;
    const box = (top, bottom) => `M0 ${top}H${end}V${bottom}H0z`;
    this.veil.setAttribute("d", box(triangle.top, above) + box(above + triangle.row, triangle.top + triangle.height));
    if (thin) {
      for (let t = first; t < steps; t++) make("rect", { x: this.x(t), y, width: this.column + 0.5, height: tall, fill: this.shade(this.data.left[t][k + 1]) }, front);
      make("rect", { x: x - 7, y, width: 6, height: tall, fill: this.color(k) }, front);
      this.note(cut(this.short(k), 12, x - 14), x - 12, y + 12, { "text-anchor": "end", "font-weight": 700, ...this.halo() }, front);
    }
    make("rect", { x, y, width: end - x, height: tall, fill: "none", stroke: this.paper.ink, "stroke-width": 1.6 }, front);
  }

  /** What is told of a writer, in words: each sentence with the number it is about. */
  told(k, at) {
    const { words, steps, left } = this.data, value = this.written(k);
    const writer = steps[k + 1];
    if (!value && k >= 0) return [[say.filled(words.nothing, { writer }), k, value]];
    const first = say.filled(k < 0 ? words.held : words.wrote, { writer, written: say.signed(value) });
    const percent = value ? this.percent(at, k) : say.percent(0);
    return [[first, Math.max(0, k), value],
      [say.filled(words.left, { at: steps[at + 1], left: say.signed(left[at][k + 1]), percent }), at, left[at][k + 1]]];
  }

  standTip(k, at, place) {
    const { node, unit } = this.data, told = this.told(k, at);
    this.tip.replaceChildren();
    for (const [text, step, value] of told) make("html:div", { "data-node": node, "data-unit": unit, "data-step": step, "data-writer": k, "data-value": value }, this.tip, text);
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => { this.spoken.textContent = told.map(([text]) => text).join(" "); }, place ? 400 : 0);
    const x = place ? place[0] : this.x(at + 0.5), room = this.root.clientWidth - this.tip.offsetWidth;
    const over = !place || place[1] < this.axis.bottom ? this.stack.top - 6 : place[1] < this.triangle.top ? this.fade.top - 8 : place[1] - 22;
    this.tip.style.left = `${Math.max(0, Math.min(room, x - this.tip.offsetWidth / 2))}px`;
    this.tip.style.top = `${this.sheet.offsetTop + over - this.tip.offsetHeight}px`; // over the drawing, never on what it is about
  }

  /** What stands at a place on the sheet: its step, its part of the drawing, the writer, if any. */
  found(event) {
    const box = this.svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const t = Math.floor((x - this.left) / this.column);
    const inside = t >= 0 && t < this.steps, within = (top, bottom) => y >= top && y < bottom;
    const { stack, axis, fade, triangle } = this;
    const at = { t, place: [x, y], part: "", k: null };
    if (within(triangle.top, triangle.top + triangle.height) && x < this.x(this.steps)) {
      const k = Math.floor((y - triangle.top) / triangle.row) - 1;
      return { ...at, part: inside ? "triangle" : "", k: k <= Math.max(t, 0) || x > this.x(k) - 60 ? k : null };
    }
    if (!inside) return at;
    if (within(stack.top - 20, axis.top)) return { ...at, part: "stack", k: this.bandAt(t, (stack.zero - y) / stack.unit) };
    if (within(axis.top, axis.bottom)) return { ...at, part: "axis", k: t };
    if (within(fade.top - 6, fade.top + fade.height + 6)) return { ...at, part: "fade", k: this.fadeAt(t, y) };
    return at;
  }

  bandAt(t, height) {
    let [up, down] = [0, 0];
    const place = this.data.left[t].findIndex((value) => {
      const part = value / this.data.bound;
      if (part < 0) down += part; else up += part;
      return height >= 0 ? part > 0 && height < up : part < 0 && height > down;
    });
    return place < 0 ? null : place - 1;
  }

  /** The writer whose line is nearest; null where none is near. */
  fadeAt(t, y) {
    let best = [14, null];
    for (let k = -1; k <= t; k++) {
      const away = this.written(k) ? Math.abs(this.fade.y(this.share(t, k)) - y) : Infinity;
      if (away < best[0]) best = [away, k];
    }
    return best[1];
  }

  /** Tell all who listen, this chart too, that the visitor moved to a step. */
  step(t) {
    this.root.ownerDocument.dispatchEvent(new CustomEvent("gs-step", { detail: { t, from: "provenance" } }));
    this.tell(t);
  }

  pointing() {
    let sliding = false;
    this.sheet.addEventListener("pointerdown", (event) => {
      const at = this.found(event);
      sliding = at.part === "axis" && event.button === 0;
      if (sliding) this.sheet.setPointerCapture(event.pointerId);
      this.point(at.k, at.t, at.place);
    });
    this.sheet.addEventListener("pointermove", (event) => {
      const at = this.found(event), t = Math.min(this.steps - 1, Math.max(0, at.t));
      if (sliding && t !== this.t) this.step(t);
      this.point(sliding ? t : at.k, at.t, at.place);
    });
    for (const kind of ["pointerup", "pointercancel"]) this.sheet.addEventListener(kind, () => { sliding = false; });
    this.sheet.addEventListener("pointercancel", () => this.point(null));
    this.sheet.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.point(null));
    this.sheet.addEventListener("click", (event) => {
      const { part, t } = this.found(event);
      if (part && t !== this.t) this.step(t);
    });
  }

  keys() {
    const first = () => this.point(this.pointed?.k ?? this.largest(this.t));
    this.sheet.addEventListener("focus", () => this.sheet.matches(":focus-visible") && first());
    this.sheet.addEventListener("blur", () => this.point(null));
    this.sheet.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const k = this.pointed?.k ?? this.largest(this.t), last = this.steps - 1;
      const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }[event.key];
      const bounded = (next, low) => Math.min(last, Math.max(low, next));
      if (event.key === "Escape") this.point(null);
      else if (way && event.shiftKey) { this.step(bounded(this.t + way, 0)); this.point(k); }
      else if (way) this.point(bounded(k + way, -1));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  save(kind) {
    this.point(null);
    const { about, name, says } = this.data, [, , width] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    const copy = this.svg.cloneNode(true), height = this.height + 24;
    copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
    copy.querySelector("rect").setAttribute("height", height);
    copy.querySelectorAll('[visibility="hidden"]').forEach((el) => el.remove());
    make("desc", {}, copy, says[this.t]);
    make("text", { x: width - 8, y: height - 8, "font-size": 12, "text-anchor": "end" }, copy, cut(about, 12.5, width - 16));
    saveDrawing(copy, `gatescope-${name}`, kind);
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!charts.has(parent)) charts.set(parent, new Provenance(parent));
  charts.get(parent).update(component);
}
