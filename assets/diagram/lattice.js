// The lattice: layers up, time to the right; in each node, or on the ways out of it, the state of one unit.

const lattices = new WeakMap();
const SIDE = 44, TALL = 20, GUTTER = 84, LEFT = 22, JAWS = 8; // a square, the column of names, before the first step, a gate's jaws

class Lattice {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-lattice" }, parent);
    this.frame = make("html:div", { class: "gs-lattice-frame" }, this.root);
    this.gutter = make("html:div", { class: "gs-lattice-gutter", "aria-hidden": "true" }, this.frame);
    this.scroller = make("html:div", { class: "gs-lattice-scroller" }, this.frame);
    this.said = make("html:p", { class: "gs-now", "aria-live": "polite" }, this.root);
    this.bar = make("html:div", { class: "gs-bar", role: "group" }, this.root);
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
    this.cursors = new Cursors(() => this.root.isConnected && this.data && { T: this.data.T, t: this.t, unit: this.data.unit, ink: this.paper("ink") },
      (at) => { this.choose(this.layer, at.t, true); this.mail.tell("pick", at); });
    document.addEventListener("gs-step", (event) => { if (event.detail.from !== "lattice" && this.root.isConnected && this.data) this.choose(this.layer, event.detail.t); });
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.scroller.addEventListener("click", (event) => {
      const at = event.target.closest("[data-at]");
      if (at) { this.choose(...at.dataset.at.split(".").map(Number)); this.boxes.get(this.at()).focus({ preventScroll: true }); }
    });
  }

  update({ data, setTriggerValue }) {
    this.mail ??= messenger((event, value) => this.data.listens.includes(event) && setTriggerValue(event, value), ["choose", "pick"]);
    this.data = data;
    if (this.mail.answer(data.echo)) Object.assign(this, { t: data.t, layer: data.layer });
    this.t = Math.min(this.t ?? data.t, data.T - 1);
    this.layer = Math.min(this.layer ?? data.layer, data.layers.length - 1);
    this.draw();
  }

  /** Choose a node: here at once, and on the server when it can; quiet: the server is told otherwise. */
  choose(layer, t, quiet) {
    const { T, layers } = this.data;
    [this.layer, this.t] = [Math.max(0, Math.min(layers.length - 1, layer)), Math.max(0, Math.min(T - 1, t))];
    this.mark();
    this.reveal();
    document.dispatchEvent(new CustomEvent("gs-step", { detail: { t: this.t, from: "lattice" } }));
    if (!quiet) this.mail.tell("choose", { layer: this.layer, t: this.t });
  }

  key(event) {
    const [up, right] = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -this.t], End: [0, this.data.T] }[event.key] ?? [];
    if (up === undefined || event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("[data-at]")) return;
    event.preventDefault();
    this.choose(this.layer + up, this.t + right);
    this.boxes.get(this.at()).focus({ preventScroll: true });
  }

  at() { return `${this.layer}.${this.t}`; }
  color(role) { return this.data.roles[role][this.dark ? 1 : 0]; }
  paper(name) { return this.data.paper[name][this.dark ? 1 : 0]; }
  tone(node) { return this.color(this.data.nodes[node].role); }

  draw() {
    const width = this.root.clientWidth || 1230, { data } = this, dark = isDark(this.root);
    const shape = JSON.stringify([width, dark, data.key, data.labels, data.words, data.units, data.x.length]);
    if (shape !== this.shape) { Object.assign(this, { shape, width, dark }); this.build(); }
    this.repaint();
    this.mark();
    if (this.shown !== `${shape}${this.at()}`) { this.shown = `${shape}${this.at()}`; this.reveal(); }
  }

  /** Where everything stands.  A node's middle is (x(t), y(k)). */
  measure() {
    const { T, layers, boxed, entry, gate, x, labels } = this.data, edged = !boxed.length;
    const wide = edged ? 68 : SIDE + 14, high = edged ? 58 : 2 * TALL + 18;
    const between = edged ? TALL + 34 : gate.length ? 76 : 34, narrowest = wide + (edged ? SIDE + 34 : 28);
    const pitch = Math.max(narrowest, Math.min((this.width - GUTTER - LEFT) / T, 2 * narrowest));
    const top = edged ? between : 34, lowest = top + (layers.length - 1) * (high + between) + high / 2;
    const into = lowest + high / 2 + (entry.length ? between + 16 : 30), foot = into + x.length * TALL + 20;
    this.m = { edged, wide, high, between, pitch, lowest, into, foot, width: LEFT + T * pitch + 16, height: foot + (labels.length ? 24 : 4),
      x: (t) => LEFT + t * pitch + wide / 2, y: (k) => lowest - k * (high + between) };
  }

  build() {
    const { data } = this, { words, units, T, layers, boxed, time, depth, entry, gate, nodes } = data;
    this.measure();
    const { m } = this, focused = document.activeElement?.dataset?.at;
    this.squares = []; this.valves = []; this.boxes = new Map();
    this.gutter.replaceChildren(); this.scroller.replaceChildren(); this.bar.replaceChildren();
    const font = { "font-family": "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif" };
    this.names = make("svg", { viewBox: `0 0 ${GUTTER} ${m.height}`, width: GUTTER, height: m.height, ...font }, this.gutter);
    this.svg = make("svg", { viewBox: `0 0 ${m.width} ${m.height}`, width: m.width, height: m.height, role: "group", "aria-label": data.about, ...font }, this.scroller);
    const defs = make("defs", {}, this.svg);
    for (const role of new Set([...Object.values(nodes).map((n) => n.role), "x"])) {
      const marker = make("marker", { id: `gs-lattice-${role}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 9, markerHeight: 9, orient: "auto", markerUnits: "userSpaceOnUse" }, defs);
      make("path", { d: "M0 0L10 5L0 10z", fill: this.color(role) }, marker);
    }
    this.column = make("rect", { y: 0, height: m.height, width: m.pitch, fill: this.paper("ink"), opacity: 0.08 }, this.svg);
    this.ways = make("g", { fill: "none" }, this.svg);
    const text = (parent, x, y, size, fill, said, more = {}) => make("text", { x, y, "font-size": size, fill, "text-anchor": "middle", ...more }, parent, said);

    layers.forEach((layer, k) => {
      const y = m.y(k), beside = { "text-anchor": "end", "font-style": "italic", "font-weight": 600 };
      text(this.names, 0, y + 4.5, 12.5, this.paper("ink"), layer.title, { "text-anchor": "start", "font-weight": 600 });
      time.forEach((node, row) => text(this.names, GUTTER - 8, this.lane(k, row) + 4, 12, this.tone(node), nodes[node].symbol, beside));
      if (m.edged) depth.forEach((node, row) => text(this.names, GUTTER - (row ? 8 : 29), y - m.high / 2 - m.between / 2 + 4, 12, this.tone(node), nodes[node].symbol, beside));
      for (const node of gate) if (node in layer.values) text(this.names, GUTTER - 8, y + m.high / 2 + m.between / 2 + 4, 12, this.tone(node), nodes[node].symbol, beside);
    });
    entry.forEach((node, row) => text(this.names, GUTTER - (row ? 8 : 29), m.lowest + m.high / 2 + m.between / 2 + 4, 12, this.tone(node), nodes[node].symbol, { "text-anchor": "end", "font-style": "italic", "font-weight": 600 }));
    text(this.names, GUTTER - 8, m.into + data.x.length * TALL / 2 + 4, 12, this.color("x"), "x", { "text-anchor": "end", "font-style": "italic", "font-weight": 600 });

    for (let t = 0; t < T; t++) {
      const x = m.x(t), from = m.lowest + m.high / 2;
      data.x.forEach((_, d) => this.square(this.svg, { node: "x", k: 0, t, unit: d }, x, m.into + (d + 0.5) * TALL, "x"));
      if (entry.length) {
        const middle = from + m.between / 2;
        this.way([[x, m.into - 2], [x, middle + TALL / 2 + 4]], "x", 2);
        entry.forEach((node, row) => {
          this.way([[x + this.side(row), middle - TALL / 2], [x + this.side(row), from + 1]], nodes[node].role, row ? 2 : 4);
          this.square(this.svg, { node, k: 0, t }, x + this.side(row), middle);
        });
      } else this.way([[x, m.into - 2], [x, from + 1]], "x", 2);
      text(this.svg, x, m.foot, 12, this.paper("ink"), String(t + 1), { "font-weight": 600 });
      if (data.labels.length) text(this.svg, x, m.foot + 18, 12, this.paper("ink"), cut(data.labels[t] ?? "", m.pitch - 6, 12));
      for (let k = 0; k < layers.length; k++) this.node(k, t);
    }
    this.ring = make("rect", { width: m.wide + 8, height: m.high + 8, rx: 13, fill: "none", stroke: this.paper("ink"), "stroke-width": 3.5, "pointer-events": "none" }, this.svg);

    this.bar.setAttribute("aria-label", words.bar);
    const label = make("html:label", {}, this.bar, `${words.unit} `);
    label.hidden = units < 2;
    this.unit = make("html:select", {}, label);
    for (let k = 0; k < units; k++) make("html:option", { value: k }, this.unit, String(k + 1));
    this.unit.addEventListener("change", () => this.mail.tell("pick", { t: this.t, unit: Number(this.unit.value) }));
    for (const kind of ["svg", "png"]) {
      const b = make("html:button", { type: "button", "aria-label": kind === "svg" ? words.save_svg : words.save_png }, this.bar, kind.toUpperCase());
      b.addEventListener("click", () => this.save(kind));
    }
    if (focused) this.boxes.get(focused)?.focus({ preventScroll: true });
  }

  /** The height of a state's way along time; beside the middle, that of its way along depth. */
  lane(k, row) { return this.m.y(k) + (row - 0.5) * (TALL + 4); }
  side(row) { return this.data.depth.length < 2 ? 0 : (row - 0.5) * (SIDE + 4); }

  way(points, role, thick) {
    return make("path", { d: "M" + points.map((at) => at.join(" ")).join("L"), stroke: this.color(role), "stroke-width": thick, "marker-end": `url(#gs-lattice-${role})` }, this.ways);
  }

  node(k, t) {
    const { layers, boxed, time, depth, gate, nodes, T, labels, words } = this.data, { m } = this, x = m.x(t), y = m.y(k), up = k + 1 < layers.length;
    const g = make("g", { class: "gs-lattice-node", "data-at": `${k}.${t}`, role: "button", tabindex: -1,
      "aria-label": `${layers[k].title}, ${words.step} ${t + 1}${labels[t] ? `: ${labels[t]}` : ""}` }, this.svg);
    this.boxes.set(`${k}.${t}`, g);
    make("rect", { class: "gs-lattice-box", x: x - m.wide / 2, y: y - m.high / 2, width: m.wide, height: m.high, rx: 10, fill: this.paper("body"), stroke: this.paper("edge"), "stroke-width": 1.5 }, g);
    if (m.edged) { // what passes through: a memory along each dimension
      for (const [row, node] of time.entries()) make("line", { x1: x - m.wide / 2, x2: x + m.wide / 2, y1: this.lane(k, row), y2: this.lane(k, row), stroke: this.tone(node), "stroke-width": row ? 1.5 : 3, opacity: 0.55 }, g);
      for (const [row, node] of depth.entries()) make("line", { y1: y - m.high / 2, y2: y + m.high / 2, x1: x + this.side(row), x2: x + this.side(row), stroke: this.tone(node), "stroke-width": row ? 1.5 : 3, opacity: 0.55 }, g);
    }
    boxed.forEach((node, row) => this.square(g, { node, k, t }, x, this.lane(k, row)));
    time.forEach((node, row) => {
      const to = t + 1 < T ? m.x(t + 1) - m.wide / 2 - 1 : x + m.wide / 2 + (m.edged ? SIDE + 16 : 16), role = nodes[node].role, thick = row ? 2 : 4;
      if (t === 0) this.way([[2, this.lane(k, row)], [x - m.wide / 2 - 1, this.lane(k, row)]], role, thick);
      if (!m.edged) { if (t + 1 < T) this.way([[x + m.wide / 2, this.lane(k, row)], [to, this.lane(k, row)]], role, thick); return; }
      const at = x + m.wide / 2 + 10 + SIDE / 2;
      this.way([[x + m.wide / 2, this.lane(k, row)], [to, this.lane(k, row)]], role, thick);
      this.square(g, { node, k, t }, Math.min(at, m.width - SIDE / 2 - 3), this.lane(k, row));
    });
    depth.forEach((node, row) => {
      const role = nodes[node].role, from = y - m.high / 2, to = from - m.between, at = x + this.side(row), thick = nodes[node].role === "c" ? 4 : 2;
      if (m.edged) {
        this.way([[at, from], [at, up ? to + 1 : to + 6]], role, thick);
        this.square(g, { node, k, t }, at, from - m.between / 2);
      } else if (role === "h") this.way([[at, from], [at, up ? to + 1 : from - 26]], role, thick);
      else if (up) this.valve(make("g", { "data-at": `${k + 1}.${t}` }, this.svg), { node: gate[0], k: k + 1, t }, at, from, to, role);
    });
  }

  /** The way of the C below, through a gate as open as its value. */
  valve(g, at, x, from, to, role) {
    const middle = from - this.m.between / 2, jaws = middle - TALL / 2 - 5 - JAWS;
    make("line", { x1: x, x2: x, y1: from, y2: middle, stroke: this.color(role), "stroke-width": 4 }, this.ways);
    const path = this.way([[x, middle], [x, to + 1]], role, 4), dress = { y: jaws, height: JAWS, fill: this.tone(at.node), "pointer-events": "none" };
    this.valves.push({ at, path, x, left: make("rect", { x: x - SIDE / 2, ...dress }, g), right: make("rect", dress, g) });
    this.square(g, at, x, middle);
  }

  /** A number: of a node of a layer at a step, its middle at x, y. */
  square(parent, { node, k, t, unit }, x, y, role) {
    const g = make("g", { "data-node": node, "data-layer": k, "data-step": t }, parent);
    const rect = make("rect", { x: x - SIDE / 2, y: y - TALL / 2 + 0.5, width: SIDE, height: TALL - 1, rx: 4, stroke: role ? this.color(role) : this.tone(node), "stroke-width": 1.5 }, g);
    const text = make("text", { x, y: y + 4.5, "font-size": 12.5, "text-anchor": "middle" }, g);
    this.squares.push({ g, rect, text, node, k, t, unit });
  }

  value({ node, k, t, unit }) { return node === "x" ? this.data.x[unit][t] : this.data.layers[k].values[node][t]; }

  /** The numbers and their colours. */
  repaint() {
    const { data } = this, { scales, nodes, reach } = data;
    for (const s of this.squares) {
      const value = this.value(s), unit = s.unit ?? data.unit;
      if (s.now === value && s.of === unit) continue;
      Object.assign(s, { now: value, of: unit });
      const scale = nodes[s.node]?.scale ?? "state", { fill, ink: on } = shade(value / (reach[s.node]?.[s.k] ?? 1), scale, scales[scale]);
      s.rect.setAttribute("fill", fill); s.text.setAttribute("fill", on);
      fit(s.text, say.printed(value, scale), SIDE, 12.5);
      Object.assign(s.g.dataset, { unit, value: String(value) });
    }
    for (const { at, path, x, left, right } of this.valves) {
      const open = this.value(at), jaw = (1 - open) * SIDE / 2;
      left.setAttribute("width", jaw); right.setAttribute("width", jaw); right.setAttribute("x", x + SIDE / 2 - jaw);
      path.setAttribute("stroke-width", Math.max(0.75, 6 * open));
    }
    this.unit.value = data.unit;
  }

  /** The chosen node. */
  mark() {
    const { m, data } = this, { words, labels, nodes, layers, unit } = data, [layer, t] = [this.layer, this.t];
    this.ring.setAttribute("x", m.x(t) - m.wide / 2 - 4); this.ring.setAttribute("y", m.y(layer) - m.high / 2 - 4);
    this.column.setAttribute("x", m.x(t) - m.pitch / 2);
    if (this.marked !== this.boxes.get(this.at())) {
      this.marked?.setAttribute("tabindex", -1); this.marked?.setAttribute("aria-pressed", "false");
      this.marked = this.boxes.get(this.at());
      this.marked.setAttribute("tabindex", 0);
    }
    this.marked.setAttribute("aria-pressed", "true");
    const own = layers[layer].values;
    const numbers = Object.keys(nodes).filter((node) => node in own && !data.entry.includes(node)).map((node) => `${nodes[node].symbol} = ${say.printed(own[node][t], nodes[node].scale)}`);
    const said = `${layers[layer].title}, ${words.step} ${t + 1}${labels[t] ? ` (${labels[t]})` : ""}, ${words.of_unit} ${unit + 1}: ${numbers.join(", ")}`;
    if (this.said.textContent !== said) this.said.textContent = said;
    this.cursors.place();
  }

  /** Bring the chosen node into sight, within the box. */
  reveal() {
    const { m, scroller } = this, left = m.x(this.t) - m.pitch, right = m.x(this.t) + m.pitch;
    if (left < scroller.scrollLeft) scroller.scrollLeft = left;
    else if (right > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = right - scroller.clientWidth;
  }

  save(kind) {
    const { m, data } = this, copy = make("svg", { viewBox: `0 0 ${GUTTER + m.width} ${m.height}`, "font-family": this.svg.getAttribute("font-family") });
    make("rect", { width: GUTTER + m.width, height: m.height, fill: background(this.root) }, copy);
    [[this.names, 0], [this.svg, GUTTER]].forEach(([part, x]) => make("g", { transform: `translate(${x} 0)` }, copy).append(...part.cloneNode(true).childNodes));
    saveDrawing(copy, `gatescope-${data.name}`, kind);
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!lattices.has(parent)) lattices.set(parent, new Lattice(parent));
  lattices.get(parent).update(component);
}
