// The family as a map: years, a node for each architecture, lines from what came from what.

const maps = new WeakMap();
const FAMILY_FONT = "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif";
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The outline of a kind: never told by colour alone. */
function outline(kind, x, y, w, h) {
  const [r, b] = [x + w, y + h], m = y + h / 2, c = 11;
  if (kind === "simple") return `M${x + h / 2} ${y}H${r - h / 2}A${h / 2} ${h / 2} 0 0 1 ${r - h / 2} ${b}H${x + h / 2}A${h / 2} ${h / 2} 0 0 1 ${x + h / 2} ${y}Z`;
  if (kind === "gru") return `M${x + c} ${y}H${r - c}L${r} ${m}L${r - c} ${b}H${x + c}L${x} ${m}Z`;
  if (kind === "study") return `M${x} ${y}H${r - c}L${r} ${y + c}V${b}H${x}Z`; // one corner cut off
  if (kind === "net") return `M${x} ${y}H${r}V${b}H${x}ZM${x + 4} ${y + 4}H${r - 4}V${b - 4}H${x + 4}Z`; // a cell in a cell
  return `M${x + 7} ${y}H${r - 7}Q${r} ${y} ${r} ${y + 7}V${b - 7}Q${r} ${b} ${r - 7} ${b}H${x + 7}Q${x} ${b} ${x} ${b - 7}V${y + 7}Q${x} ${y} ${x + 7} ${y}Z`;
}

class Family {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-family" }, parent);
    this.sheet = make("html:div", {}, this.root);
    this.told = make("html:p", { class: "gs-told", "aria-hidden": "true" }, this.root); // each node says it of itself
    this.bar = make("html:div", { class: "gs-bar", role: "group" }, this.root);
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
    const at = (event) => event.target.closest?.(".gs-relative")?.dataset.relative;
    this.sheet.addEventListener("click", (event) => { if (at(event)) this.choose(at(event)); });
    this.sheet.addEventListener("pointerover", (event) => this.tell(at(event)));
    this.sheet.addEventListener("pointerleave", () => this.tell());
    this.sheet.addEventListener("focusin", (event) => this.tell(at(event)));
    this.sheet.addEventListener("focusout", () => this.tell());
    this.sheet.addEventListener("keydown", (event) => {
      const name = at(event);
      if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") this.choose(name);
      else if (WAYS[event.key]) this.move(name, WAYS[event.key]);
      else return;
      event.preventDefault();
    });
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    this.data = data;
    this.draw();
  }

  draw() {
    const form = this.root.clientWidth && this.root.clientWidth < 760 ? "narrow" : "wide", dark = isDark(this.root);
    const shape = [form, dark, this.data.key, this.data.chosen, this.data.beside].join();
    if (shape !== this.shape) { this.shape = shape; this.form = form; this.dark = dark; this.build(); }
  }

  color(role) { return this.data.roles[role][this.dark ? 1 : 0]; }
  paper(name) { return this.data.paper[name][this.dark ? 1 : 0]; }

  build() {
    const { words, chosen } = this.data, drawing = this.data[this.form], { years, nodes, boxes, edges, lanes = [] } = drawing, [width, height] = drawing.size;
    const focused = document.activeElement?.dataset?.relative, page = background(this.root), narrow = this.form === "narrow";
    this.sheet.replaceChildren();
    const svg = this.svg = make("svg", { viewBox: `0 0 ${width} ${height}`, class: `gs-svg gs-${this.form}`, role: "group", "aria-label": words.map, "font-family": FAMILY_FONT }, this.sheet);
    make("rect", { width, height, fill: page }, svg);
    years.forEach((band, k) => {
      make("rect", { x: band.x, y: band.y, width: band.width, height: band.height, fill: this.paper("body"), opacity: narrow || k % 2 === 0 ? 1 : 0 }, svg);
      make("text", { x: narrow ? band.left : band.x + band.width / 2, y: band.y + 24, "font-size": 18, "font-weight": 700, "text-anchor": narrow ? "start" : "middle", fill: this.paper("ink") }, svg, String(band.year));
    });
    for (const [name, b] of Object.entries(boxes)) {
      make("rect", { x: b.x, y: b.y, width: b.width, height: b.height, rx: 8, fill: this.paper("card"), stroke: this.paper("edge"), "stroke-width": 1.5 }, svg);
      make("text", { x: b.x + b.width / 2, y: b.y + 18, "font-size": 13, "text-anchor": "middle", fill: this.paper("ink") }, svg, cut(this.data.boxes[name], b.width * 1.2, 13));
    }
    const color = (lane) => this.color(this.data.nodes[lane.name].role);
    for (const lane of lanes) make("line", { x1: lane.x, x2: lane.x, y1: lane.y, y2: lane.down, stroke: color(lane), "stroke-width": 2.5 }, svg);
    this.lines = edges.map((edge) => {
      const line = { fill: "none", "stroke-linejoin": "round", d: edge.path };
      const g = make("g", { class: "gs-line", "data-from": edge.from, "data-to": edge.to, "data-how": edge.how }, svg);
      make("path", { ...line, stroke: page, "stroke-width": 6 }, g); // so that what crosses is seen to cross
      make("path", { ...line, stroke: this.color(edge.role), "stroke-width": 2.5, "stroke-dasharray": edge.how === "idea" ? "3 5" : "none" }, g);
      return g;
    });
    for (const lane of lanes) {
      make("line", { x1: lane.x, x2: lane.right, y1: lane.y, y2: lane.y, stroke: color(lane), "stroke-width": 2.5 }, svg);
      make("circle", { cx: lane.x, cy: lane.y, r: 6, fill: color(lane) }, svg);
    }
    this.nodes = {};
    const reading = Object.keys(nodes).sort((a, b) => (narrow ? nodes[a].y - nodes[b].y || nodes[a].x - nodes[b].x : nodes[a].x - nodes[b].x || nodes[a].y - nodes[b].y));
    for (const name of reading) this.node(svg, name, nodes[name], page);
    this.legend(svg, narrow, width, height);
    this.buttons(words);
    this.reach(this.nodes[chosen] ? chosen : reading[0]);
    if (focused && this.nodes[focused]) { this.reach(focused); this.nodes[focused].focus({ preventScroll: true }); }
    this.tell();
  }

  node(svg, name, at, page) {
    const { chosen, beside, words } = this.data, about = this.data.nodes[name], { label, cite, says, kind, role, link } = about;
    const on = name === chosen, near = name === beside, color = this.color(role), { x, y, width, height } = at;
    const said = near ? `${says} ${words.beside_chosen}` : link ? `${says} ${words.elsewhere}` : says;
    const g = this.nodes[name] = make("g", { class: "gs-relative", "data-relative": name, "data-kind": kind, tabindex: -1, "aria-label": said,
      ...(link ? { role: "link" } : { role: "button", "aria-pressed": on, ...(on ? { "aria-current": "true" } : {}) }) }, svg);
    make("path", { class: "gs-frame", d: outline("lstm", x - 4, y - 4, width + 8, height + 8) }, g);
    make("path", { d: outline(kind, x, y, width, height), fill: on ? color : this.paper("card"), "fill-rule": "evenodd", stroke: color, "stroke-width": near ? 4 : 2 }, g);
    if (kind === "net") make("path", { d: outline("lstm", x + 4, y + 4, width - 8, height - 8), fill: this.paper("card") }, g);
    const ink = on ? page : this.paper("ink"), middle = x + width / 2, size = cite ? 15 : 13.5;
    const rows = cite ? [label] : this.rows(label, width - 14, size);
    rows.forEach((row, k) => make("text", { x: middle, y: y + height / 2 + (cite ? -2 : 5 + (k - (rows.length - 1) / 2) * 15), "font-size": size, "font-weight": 600, "text-anchor": "middle", fill: ink }, g, row));
    if (cite) make("text", { x: middle, y: y + height / 2 + 15, "font-size": 12.5, "text-anchor": "middle", fill: ink }, g, cite);
  }

  /** A label in one row, or in two where one has no room. */
  rows(label, room, size) {
    const parts = label.split(" ");
    if (span(label, size) * 0.9 <= room || parts.length < 2) return [label];
    const fits = parts.map((_, k) => [parts.slice(0, k).join(" "), parts.slice(k).join(" ")]).slice(1);
    return fits.sort((a, b) => Math.max(...a.map((t) => t.length)) - Math.max(...b.map((t) => t.length)))[0];
  }

  legend(svg, narrow, width, height) {
    const { kinds, hows } = this.data, ink = this.paper("ink"), across = narrow ? 2 : 7;
    const samples = [...kinds, ...hows], room = narrow ? width / 2 : 0, wide = (sample) => 38 + span(sample.label, 13) * 0.85;
    const gap = (width - 24 - samples.reduce((sum, sample) => sum + wide(sample), 0)) / (samples.length - 1);
    let x = 12;
    samples.forEach((sample, k) => {
      const left = narrow ? 6 + k % across * room : x, y = narrow ? height - 112 + 28 * Math.floor(k / across) : height - 26;
      if (sample.kind) make("path", { d: outline(sample.kind, left, y, 30, 18), fill: this.paper("card"), stroke: this.color(sample.role), "stroke-width": 2 }, svg);
      else make("line", { x1: left, x2: left + 30, y1: y + 9, y2: y + 9, stroke: ink, "stroke-width": 2.5, "stroke-dasharray": sample.how === "idea" ? "3 5" : "none" }, svg);
      make("text", { x: left + 38, y: y + 14, "font-size": 13, fill: ink }, svg, sample.label);
      x += wide(sample) + gap;
    });
  }

  buttons(words) {
    this.bar.replaceChildren();
    this.bar.setAttribute("aria-label", words.save);
    for (const kind of ["svg", "png"]) {
      const b = make("html:button", { type: "button", "aria-label": words[`save_${kind}`], title: words[`save_${kind}`] }, this.bar, kind.toUpperCase());
      b.addEventListener("click", () => saveDrawing(this.svg.cloneNode(true), "gatescope-family", kind));
    }
  }

  /** The node that Tab comes to. */
  reach(name) {
    for (const [other, g] of Object.entries(this.nodes)) g.setAttribute("tabindex", other === name ? 0 : -1);
  }

  /** The nearest node in a direction: what lies straight ahead counts as near. */
  move(name, [dx, dy]) {
    const nodes = this.data[this.form].nodes, middle = (at) => [at.x + at.width / 2, at.y + at.height / 2], [x, y] = middle(nodes[name]);
    const away = (other) => {
      const [a, b] = middle(nodes[other]), ahead = dx * (a - x) + dy * (b - y), aside = Math.abs(dy * (a - x)) + Math.abs(dx * (b - y));
      return ahead > 8 ? ahead + 2.5 * aside : Infinity;
    };
    const next = Object.keys(nodes).filter((other) => other !== name && away(other) < Infinity).sort((a, b) => away(a) - away(b))[0];
    if (!next) return;
    this.reach(next);
    this.nodes[next].focus();
  }

  choose(name) {
    const link = this.data.nodes[name].link;
    if (link) { document.querySelector(`[class~="st-key-${link}"] a`)?.click(); return; } // the way there stands below the map
    if (this.data.listens.includes("choose")) this.send("choose", { name });
  }

  /** Which line led to the node that is pointed at, and what it is; else what is said of the chosen one. */
  tell(name) {
    this.told.textContent = this.data.nodes[name ?? this.data.chosen]?.says ?? "";
    this.svg.classList.toggle("gs-pointing", name !== undefined);
    const box = this.nodes[name] && Object.keys(this.data[this.form].boxes).find((key) => this.within(name, key));
    for (const g of this.lines) g.classList.toggle("gs-on", g.dataset.to === name || g.dataset.from === name || (box !== undefined && g.dataset.to === box));
  }

  within(name, key) {
    const at = this.data[this.form].nodes[name], box = this.data[this.form].boxes[key];
    return at.x >= box.x && at.x < box.x + box.width && at.y >= box.y && at.y < box.y + box.height;
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!maps.has(parent)) maps.set(parent, new Family(parent));
  maps.get(parent).update(component);
}
