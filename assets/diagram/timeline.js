// The timeline: the input over time, the unrolled chain around the present step, and the scrubber that moves it all.

const timelines = new WeakMap();
const PAD = 46, STRIP = 40, THIN = 15, FEW = 6; // of many inputs, more than a few, the strips are thin

/** An input without a name: x and its number, counted from 1, as an index. */
const under = (k) => "x" + [...String(k + 1)].map((digit) => String.fromCharCode(0x2080 + Number(digit))).join("");

class Timeline {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-timeline" }, parent);
    this.chains = make("html:div", {}, this.root);
    this.strips = make("html:div", { class: "gs-strips" }, this.root);
    this.bar = make("html:div", { class: "gs-bar", role: "group" }, this.root);
    this.said = make("html:p", { class: "gs-now", "aria-live": "polite" }, this.root);
    this.drawing = false;
    this.scrubber();
    this.drawn();
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
    this.cursors = new Cursors(() => this.root.isConnected && this.data && { T: this.data.T, t: this.t, unit: this.data.unit, ink: this.paper("ink") },
      (at) => this.mail.tell("pick", at));
    document.addEventListener("gs-step", (event) => { if (event.detail.from !== "timeline" && this.root.isConnected) this.go(event.detail.t, true); });
  }

  update({ data, setTriggerValue }) {
    this.mail ??= messenger((event, value) => this.data.listens.includes(event) && setTriggerValue(event, value), ["scrub", "step", "pick", "draw"]);
    this.data = data;
    if (this.mail.answer(data.echo)) { this.pen = null; this.t = data.t; }
    this.t = Math.min(this.t ?? data.t, data.T - 1);
    this.draw();
  }

  /** Go to a step: here at once, and on the server when it can. */
  go(t, settle) {
    const next = Math.max(0, Math.min(this.data.T - 1, t));
    if (next === this.t && !settle) return;
    this.t = next;
    this.repaint();
    document.dispatchEvent(new CustomEvent("gs-step", { detail: { t: next, from: "timeline" } }));
    clearTimeout(this.telling); // a key moves and settles in one go: one message
    if (settle) this.mail.tell("step", { t: next });
    else this.telling = setTimeout(() => this.mail.tell("scrub", { t: next }), 0);
  }

  scrubber() {
    const button = (text, act) => {
      const b = make("html:button", { type: "button" }, this.bar, text);
      b.addEventListener("click", act);
      return b;
    };
    this.earlier = button("\u25c0", () => this.go(this.t - 1, true));
    this.range = make("html:input", { type: "range", min: 1, step: 1, class: "gs-range" }, this.bar);
    this.range.addEventListener("input", () => this.go(Number(this.range.value) - 1, false));
    this.range.addEventListener("change", () => this.go(Number(this.range.value) - 1, true));
    this.later = button("\u25b6", () => this.go(this.t + 1, true));
    this.playing = button("", () => this.play(!this.timer));
    this.unitLabel = make("html:label", {}, this.bar);
    this.unitText = make("html:span", {}, this.unitLabel);
    this.unit = make("html:select", {}, this.unitLabel);
    this.unit.addEventListener("change", () => this.mail.tell("pick", { t: this.t, unit: Number(this.unit.value) }));
    this.pencil = button("", () => { this.drawing = !this.drawing; this.repaint(); });
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => {
      if (!this.root.isConnected || this.t >= this.data.T - 1) { this.play(false); this.go(this.t, true); }
      else this.go(this.t + 1, false);
    }, 450) : 0;
    if (on && this.t >= this.data.T - 1) this.go(0, false);
    if (!on) this.go(this.t, true);
    this.repaint();
  }

  draw() {
    const width = this.root.clientWidth || 1230, { data } = this, dark = isDark(this.root);
    this.width = width;
    const shape = JSON.stringify([width, dark, data.T, data.labels, data.words, data.units, data.drawable,
      data.runs.map((r) => [r.key, r.title, r.way, r.inside, r.carried, r.unit, Object.keys(r.other)]), data.inputs.map((i) => [i.name, !i.other])]);
    if (shape !== this.shape) { this.shape = shape; this.dark = dark; this.build(); }
    this.repaint();
  }

  color(role) { return this.data.roles[role][this.dark ? 1 : 0]; }
  paper(name) { return this.data.paper[name][this.dark ? 1 : 0]; }

  build() {
    const { words, units, T, inputs, drawable } = this.data;
    this.bar.setAttribute("aria-label", words.bar);
    for (const [el, text] of [[this.earlier, words.earlier], [this.later, words.later], [this.range, words.step]]) { el.setAttribute("aria-label", text); el.title = text; }
    this.range.max = T;
    this.unitText.textContent = words.unit + " ";
    this.unit.replaceChildren();
    for (let k = 0; k < units; k++) make("html:option", { value: k }, this.unit, String(k + 1));
    this.unitLabel.hidden = units < 2;
    this.pencil.hidden = !drawable;
    this.pencil.textContent = words.draw;
    if (!drawable) this.drawing = false;
    this.lens = Math.max(2, Math.min(7, T, Math.floor(this.width / 165)));
    this.chains.replaceChildren();
    this.views = this.data.runs.map((run) => this.chain(run));
    this.strips.replaceChildren();
    const thin = inputs.length > FEW, tall = thin ? THIN : STRIP, low = thin && inputs.every((input) => input.values.every((v) => v >= 0));
    this.half = low ? tall - 3 : tall / 2 - (thin ? 1 : 3); // how far a bar may reach from where it begins
    const height = inputs.length * tall + 8 + (this.data.labels.length ? 22 : 0);
    const svg = make("svg", { viewBox: `0 0 ${this.width} ${height}`, width: this.width, height, class: "gs-strip", role: "img", "aria-label": words.input }, this.strips);
    this.strip = svg;
    this.columns = make("rect", { y: 0, height, class: "gs-now-column", fill: this.paper("ink"), opacity: 0.13 }, svg);
    const step = this.pitch(), bar = Math.max(1, step * 0.7);
    this.bars = inputs.map((input, k) => {
      const middle = 4 + k * tall + (low ? tall - 1 : tall / 2), size = thin ? 11 : 13;
      make("text", { x: 2, y: 4 + (k + 0.5) * tall + 4, "font-size": size, fill: this.color("x"), "font-style": "italic" }, svg, cut(input.name, PAD - 4, size) || under(k));
      make("line", { x1: PAD, x2: this.width - 8, y1: middle, y2: middle, stroke: this.paper("edge"), "stroke-width": 1 }, svg);
      return input.values.map((_, t) => {
        const true_ = make("rect", { x: PAD + t * step + (step - bar) / 2, width: bar, fill: this.color("x"), "data-node": "x", "data-unit": k, "data-step": t }, svg);
        const what = input.other && make("rect", { x: PAD + t * step + (step - bar) / 2, width: bar, fill: "none", stroke: this.color("candidate"), "stroke-width": 2, "stroke-dasharray": "3 2", "data-node": "x", "data-unit": k, "data-step": t, "data-run": "what" }, svg);
        return { true_, what, middle };
      });
    });
    const { labels } = this.data, longest = Math.min(100, Math.max(0, ...labels.map((label) => span(label, 12))) + 10);
    const every = Math.ceil(Math.max(30, longest) / step);
    labels.forEach((label, t) => { // each in the room up to the next, and inside the picture
      const x = PAD + (t + 0.5) * step, room = Math.min(every * step - 6, 2 * (this.width - x), 2 * x);
      if (t % every === 0) make("text", { x, y: height - 6, "font-size": 12, "text-anchor": "middle", fill: this.paper("ink") }, svg, cut(label, room, 12));
    });
  }

  pitch() { return (this.width - PAD - 8) / this.data.T; }

  /** One run's chain: cells from left to right, what is carried between them, what is inside each, x from below, h out. */
  chain(run) {
    const rows = run.inside.length, carried = run.carried.length, pace = 24 + (Object.keys(run.other).length ? 13 : 0), tall = 34 * carried + pace * rows + 26;
    const height = tall + 128, svg = make("svg", { viewBox: `0 0 ${this.width} ${height}`, width: this.width, height, class: "gs-chain", role: "group",
      "aria-label": `${run.title}: ${this.data.words.chain}`, "font-family": "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif" }, this.chains);
    const pitch = this.width / this.lens, gap = Math.min(66, pitch * 0.42), top = 44, view = { run, squares: [], boxes: [] };
    for (let k = 0; k < this.lens; k++) {
      const back = run.backwards; // read from the end: what is carried comes from the right
      const left = k * pitch + (back ? 6 : gap), right = (k + 1) * pitch - (back ? gap : 6), middle = (left + right) / 2, g = make("g", {}, svg);
      const box = make("rect", { x: left, y: top, width: right - left, height: tall, rx: 12, fill: this.paper("body"), stroke: this.paper("edge"), "stroke-width": 1.5 }, g);
      const name = make("text", { x: middle, y: top + 18, "font-size": 13, "text-anchor": "middle", fill: this.paper("ink"), "font-weight": 600 }, g);
      run.carried.forEach((state, row) => {
        const y = row === 0 && carried > 1 ? top + 40 : top + tall - 18, color = this.color(run.rolesOf[state]);
        make("line", { x1: back ? left : k * pitch - 6, x2: back ? (k + 1) * pitch + 6 : right, y1: y, y2: y, stroke: color, "stroke-width": state === "c" ? 5 : 2.5 }, g);
        this.square(view, g, run, state, k, back ? 1 : -1, back ? right + 8 : k * pitch + 2, y - 12, gap - 10, 24);
      });
      run.inside.forEach((node, row) => {
        const y = top + (carried > 1 ? 58 : 28) + pace * row, wide = Math.min(58, (right - left) * 0.55);
        const text = make("text", { x: middle - wide / 2 - 2 + 6, y: y + 16, "font-size": 13, "font-style": "italic", "text-anchor": "end", fill: this.color(run.rolesOf[node]), "font-weight": 600 }, g, run.symbols[node]);
        this.square(view, g, run, node, k, 0, middle - wide / 2 + 10, y, wide, 22, text);
      });
      const hue = this.color("h"), ink = this.color("x");
      make("line", { x1: middle, x2: middle, y1: top, y2: 30, stroke: hue, "stroke-width": 2.5 }, g);
      this.square(view, g, run, "h", k, 0, middle - 28, 6, 56, 24);
      make("line", { x1: middle, x2: middle, y1: top + tall, y2: top + tall + 22, stroke: ink, "stroke-width": 2.5 }, g);
      const x = make("text", { x: middle, y: top + tall + 38, "font-size": 13, "text-anchor": "middle", fill: ink }, g);
      const label = make("text", { x: middle, y: top + tall + 58, "font-size": 14, "text-anchor": "middle", fill: this.paper("ink"), "font-weight": 600 }, g);
      const at = make("rect", { x: left, y: top, width: right - left, height: tall, fill: "transparent", class: "gs-cell", "data-lens": k }, g);
      at.addEventListener("click", () => this.go(this.first() + k, true));
      view.boxes.push({ g, box, name, x, label, wide: right - left });
    }
    return view;
  }

  /** A number of the chain: of the k-th cell shown, or with back = -1 of the one before it, 1 of the one after it. */
  square(view, parent, run, node, k, back, x, y, width, height) {
    const g = make("g", { "data-node": node, "data-unit": run.unit, "data-cell": run.key }, parent);
    const rect = make("rect", { x, y, width, height, rx: 4, stroke: this.color(run.rolesOf[node]), "stroke-width": 1.5 }, g);
    const text = make("text", { x: x + width / 2, y: y + height / 2 + 5, "font-size": 13, "text-anchor": "middle" }, g);
    view.squares.push({ g, rect, text, node, k, back, run: "", wide: width, size: 13 });
    if (!(node in run.other)) return;
    const second = make("g", { "data-node": node, "data-unit": run.unit, "data-cell": run.key, "data-run": "what" }, parent);
    const frame = make("rect", { x: x + 1, y: y + height - 2, width: width - 2, height: 14, rx: 3, stroke: this.color("candidate"), "stroke-width": 1.5, "stroke-dasharray": "3 2" }, second);
    const small = make("text", { x: x + width / 2, y: y + height + 9, "font-size": 11, "text-anchor": "middle" }, second);
    view.squares.push({ g: second, rect: frame, text: small, node, k, back, run: "what", wide: width, size: 11 });
  }

  /** What comes in at a step, as far as there is room: of many inputs those that are not 0. */
  comesIn(t, most) {
    const { inputs } = this.data, many = inputs.length > FEW;
    const told = inputs.map((input, k) => [k, input.values[t]]).filter(([, value]) => !many || value !== 0);
    const text = told.slice(0, many ? 1 : most).map(([k, value]) => (many ? `${under(k)} = ` : "") + say.printed(value, "state"));
    return text.join("  ") + (told.length > text.length ? " \u2026" : "");
  }

  /** The first step that the chain shows: the present one is in its middle where it can be. */
  first() {
    return Math.max(0, Math.min(this.data.T - this.lens, this.t - Math.floor(this.lens / 2)));
  }

  repaint() {
    const { data } = this, first = this.first(), { words, labels, scales, inputs } = data;
    data.runs.forEach((run, which) => {
      const view = this.views[which];
      for (const s of view.squares) {
        const t = first + s.k + s.back, values = (s.run ? run.other : run.values)[s.node];
        const value = values[t] ?? 0, scale = run.scalesOf[s.node]; // before the first step it reads, every state is 0
        s.g.style.display = s.run && value === (run.values[s.node][t] ?? 0) ? "none" : "";
        s.text.setAttribute("text-decoration", run.forced[s.node]?.includes(t) ? "underline" : "none");
        const { fill, ink: on } = shade(value, scale, scales[scale]);
        s.rect.setAttribute("fill", fill); s.text.setAttribute("fill", on);
        fit(s.text, say.printed(value, scale), s.wide, s.size);
        s.g.dataset.value = String(value); s.g.dataset.step = t;
      }
      view.boxes.forEach((b, k) => {
        const t = first + k, now = t === this.t;
        b.box.setAttribute("stroke-width", now ? 4 : 1.5);
        b.box.setAttribute("stroke", this.paper(now ? "ink" : "edge"));
        b.name.textContent = `t = ${t + 1}${run.way}`;
        b.x.textContent = this.comesIn(t, b.wide > 110 ? 2 : 1);
        b.label.textContent = cut(labels[t] ?? "", b.wide, 14);
      });
    });
    const step = this.pitch();
    inputs.forEach((input, k) => this.bars[k].forEach(({ true_, what, middle }, t) => {
      const put = (el, value) => {
        const tall = Math.max(inputs.length > FEW ? 0.4 : 1, Math.abs(value) / input.reach * this.half);
        el.setAttribute("y", value < 0 ? middle : middle - tall); el.setAttribute("height", tall); el.dataset.value = String(value);
      };
      put(true_, this.pen?.input === k ? this.pen.values[t] : input.values[t]);
      if (what) { put(what, input.other[t]); what.style.display = input.other[t] === input.values[t] ? "none" : ""; }
    }));
    this.columns.setAttribute("x", PAD + this.t * step); this.columns.setAttribute("width", Math.max(2, step));
    this.range.value = this.t + 1;
    stops(this.earlier, this.t === 0);
    stops(this.later, this.t === this.data.T - 1);
    this.range.setAttribute("aria-valuetext", `${words.step} ${this.t + 1}${labels[this.t] ? `: ${labels[this.t]}` : ""}`);
    this.unit.value = data.unit;
    this.playing.textContent = this.timer ? words.pause : words.play;
    this.pencil.setAttribute("aria-pressed", this.drawing);
    this.strip.classList.toggle("gs-drawing", this.drawing);
    this.said.textContent = `${words.step} ${this.t + 1} / ${data.T}${labels[this.t] ? `: ${labels[this.t]}` : ""}`;
    this.cursors.place();
  }

  /** Pointing at the strips goes to a step, or draws, if the pencil is down. */
  drawn() {
    const at = (event) => {
      const box = this.strip.getBoundingClientRect(), scale = this.width / box.width;
      const t = Math.floor(((event.clientX - box.left) * scale - PAD) / this.pitch());
      return { t: Math.max(0, Math.min(this.data.T - 1, t)), y: (event.clientY - box.top) * scale };
    };
    const put = (event) => {
      const { t, y } = at(event), pen = this.pen, reach = this.data.inputs[pen.input].reach;
      const value = Math.max(-reach, Math.min(reach, (pen.middle - y) / (STRIP / 2 - 3) * reach));
      const from = pen.t ?? t, before = pen.t === null ? value : pen.values[from];
      for (let k = Math.min(from, t); k <= Math.max(from, t); k++) { // a quick hand leaves no gaps
        const share = from === t ? 1 : (k - from) / (t - from);
        pen.values[k] = Number((before + share * (value - before)).toFixed(2));
      }
      pen.t = t;
    };
    this.strips.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.strips.setPointerCapture(event.pointerId);
      this.held = true;
      const { t, y } = at(event);
      if (this.drawing) {
        const input = Math.max(0, Math.min(this.data.inputs.length - 1, Math.floor((y - 4) / STRIP)));
        this.pen = { input, middle: 4 + input * STRIP + STRIP / 2, values: [...this.data.inputs[input].values], t: null };
        put(event); this.repaint();
      } else this.go(t, false);
      event.preventDefault();
    });
    this.strips.addEventListener("pointermove", (event) => {
      if (!this.held) return;
      if (this.drawing && this.pen) { put(event); this.repaint(); } else this.go(at(event).t, false);
    });
    const release = () => {
      if (!this.held) return;
      this.held = false;
      if (this.drawing && this.pen) this.mail.tell("draw", { input: this.pen.input, values: this.pen.values });
      else this.go(this.t, true);
    };
    this.strips.addEventListener("pointerup", release);
    this.strips.addEventListener("pointercancel", release);
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!timelines.has(parent)) timelines.set(parent, new Timeline(parent));
  timelines.get(parent).update(component);
}
