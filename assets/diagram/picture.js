// The cell's picture: draws the parts that Python laid out, keeps their numbers up to date, walks the stages.

const pictures = new WeakMap();

class Picture {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-picture" }, parent);
    this.story = make("html:div", { class: "gs-story" }, this.root);
    this.heading = make("html:p", { class: "gs-heading" }, this.story);
    this.sentence = make("html:p", { class: "gs-sentence", "aria-live": "polite" }, this.story);
    this.sheet = make("html:div", { class: "gs-sheet" }, this.root);
    this.tip = make("html:div", { class: "gs-tip", "aria-hidden": "true" }, this.root);
    this.bar = make("html:div", { class: "gs-bar", role: "group" }, this.root);
    this.override = {};
    this.drawn = this.at = "";
    editing(this.root, {
      value: (address) => this.value(address),
      range: (address) => this.data.ranges[address.split(".")[0]],
      local: (address, value) => { this.override[address] = value; this.paint(); },
      mail: () => this.mail,
      words: () => this.data.words,
      isSwitch: (address) => this.data.switches.includes(address.split(".")[0]),
    });
    this.pointing();
    this.keys();
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
  }

  update({ data, setTriggerValue }) {
    this.mail ??= messenger((event, value) => this.data.listens.includes(event) && setTriggerValue(event, value));
    this.data = data;
    if (data.stage !== this.heard && !this.telling) this.stage = data.stage;
    this.heard = data.stage;
    this.stage = Math.min(this.stage, data.stages.length - 1);
    if (this.mail.answer(data.echo)) this.override = {};
    this.draw();
    this.tell();
  }

  /** The number that an edit begins from: in a what-if that of the second run, which is the one that is edited. */
  value(address) {
    if (address in this.override) return this.override[address];
    const dot = address.lastIndexOf("."), node = address.slice(0, dot), { other, values } = this.data;
    return ((other.run === "what" && other.values[node]) || values[node])[Number(address.slice(dot + 1))];
  }

  draw() {
    const width = this.root.clientWidth;
    const sheet = width && width < 700 ? "narrow" : "wide";
    const dark = isDark(this.root);
    const key = [sheet, dark, this.data.key].join();
    if (key !== this.drawn) { this.drawn = key; this.build(this.data[sheet], sheet, dark); }
    this.paint();
  }

  build(drawing, sheet, dark) {
    const { words, roles } = this.data;
    const focused = this.root.ownerDocument.activeElement?.dataset?.square;
    this.color = (role) => roles[role][dark ? 1 : 0];
    this.paper = Object.fromEntries(Object.entries(this.data.paper).map(([name, pair]) => [name, pair[dark ? 1 : 0]]));
    this.paper.page = background(this.root);
    this.sheet.replaceChildren();
    this.squares = [];
    const [width, height] = drawing.size;
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, class: `gs-svg gs-${sheet}`, role: "group", "aria-label": words.picture,
      "font-family": "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif" }, this.sheet);
    this.svg = svg;
    make("rect", { width, height, fill: this.paper.page, class: "gs-paper" }, svg);
    const defs = make("defs", {}, svg);
    for (const role of Object.keys(roles)) {
      const marker = make("marker", { id: `gs-arrow-${role}`, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 5.5, markerHeight: 5.5, orient: "auto", markerUnits: "userSpaceOnUse" }, defs);
      marker.setAttribute("markerWidth", 12); marker.setAttribute("markerHeight", 12);
      make("path", { d: "M0 0L10 5L0 10z", fill: this.color(role) }, marker);
    }
    this.parts = [];
    const order = { body: 0, wire: 1, op: 2, box: 2, vector: 3 };
    for (const part of [...drawing.parts].sort((a, b) => order[a.kind] - order[b.kind])) {
      const g = make("g", { class: `gs-${part.kind}${part.ghost ? " gs-ghost" : ""}` }, svg);
      if ((part.kind === "box" || part.kind === "op") && !part.ghost) g.dataset.result = part.node;
      this[part.kind](g, part, sheet);
      if (!part.ghost) this.parts.push({ g, part });
    }
    this.controls();
    if (focused) this.sheet.querySelector(`[data-square="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  body(g, p) {
    make("rect", { x: p.x, y: p.y, width: p.width, height: p.height, rx: 22, fill: this.paper.body, stroke: this.paper.edge, "stroke-width": 1.5 }, g);
  }

  wire(g, p) {
    const path = make("path", { d: "M" + p.points.map((at) => at.join(" ")).join("L"), fill: "none", stroke: p.ghost ? this.paper.edge : this.color(p.role),
      "stroke-width": p.role === "c" && p.id.startsWith("w:belt") ? 5 : 2.5, "stroke-linejoin": "round" }, g);
    if (p.arrow && !p.ghost) path.setAttribute("marker-end", `url(#gs-arrow-${p.role})`);
    if (p.dashed || p.ghost) path.setAttribute("stroke-dasharray", p.ghost ? "3 5" : "7 4");
  }

  box(g, p) {
    make("rect", { x: p.x - p.width / 2, y: p.y - 18, width: p.width, height: 36, rx: 7, fill: p.ghost ? "none" : this.paper.box,
      stroke: p.ghost ? this.paper.edge : this.color(p.role), "stroke-width": p.new ? 4 : 2, ...(p.ghost ? { "stroke-dasharray": "3 4" } : {}) }, g);
    make("text", { x: p.x, y: p.y + 6, "font-size": p.glyph.length > 2 ? 15 : 18, "font-weight": 600, "text-anchor": "middle", fill: p.ghost ? this.paper.edge : this.paper.ink }, g, p.glyph);
    if (p.new && !p.ghost) this.badge(g, p.x + p.width / 2, p.y - 18);
  }

  op(g, p) {
    make("circle", { cx: p.x, cy: p.y, r: 16, fill: p.ghost ? "none" : this.paper.op, stroke: p.ghost ? this.paper.edge : this.color(p.role), "stroke-width": p.new ? 4 : 2,
      ...(p.ghost ? { "stroke-dasharray": "3 4" } : {}) }, g);
    make("text", { x: p.x, y: p.y + 7, "font-size": 21, "text-anchor": "middle", fill: p.ghost ? this.paper.edge : this.paper.ink }, g, p.glyph);
    if (p.new && !p.ghost) this.badge(g, p.x + 13, p.y - 13);
  }

  /** Marks what a variant changed. */
  badge(g, x, y) {
    make("circle", { cx: x, cy: y, r: 8, fill: this.paper.ink }, g);
    make("text", { x, y: y + 4.5, "font-size": 13, "font-weight": 700, "text-anchor": "middle", fill: this.paper.page }, g, "!");
  }

  vector(g, p, sheet) {
    const { editable } = this.data, first = this.data.first[p.node];
    const edit = p.edit && editable.includes(p.node);
    const height = p.n * p.square, top = p.y - height / 2, left = p.x - p.side / 2;
    const color = p.ghost ? this.paper.edge : this.color(p.role);
    make("rect", { x: left - 3, y: top - 3, width: p.side + 6, height: height + 6, rx: 6, fill: p.ghost ? "none" : this.paper.card, stroke: color,
      "stroke-width": edit || p.new ? 3 : 1.5, ...(p.ghost ? { "stroke-dasharray": "3 4" } : {}) }, g);
    if (p.ghost) return;
    const named = p.node === "x" ? this.data.inputs : [], small = Math.min(12, p.square * 0.8); // beside their squares
    const texts = named.map((name, k) => make("text", { x: left + p.side + 7, y: top + (k + 0.5) * p.square + small * 0.35, "font-size": small, fill: color }, g, name));
    this.label(g, p, sheet, color, left + Math.max(0, ...texts.map((text) => text.getComputedTextLength() + 6)), top, height);
    if (p.new) this.badge(g, left + p.side + 2, top - 2);
    const other = this.data.other.values[p.node];
    for (let row = 0; row < p.n; row++) {
      const unit = first + row;
      const square = make("g", { class: "gs-square", "data-square": `${p.node}.${unit}`, tabindex: edit || row === 0 ? 0 : -1, role: edit ? "slider" : "button" }, g);
      if (edit) {
        square.dataset.address = `${p.node}.${unit}`;
        const [low, high] = this.data.ranges[p.node];
        square.setAttribute("aria-valuemin", low); square.setAttribute("aria-valuemax", high); square.setAttribute("aria-orientation", "vertical");
        square.classList.add("gs-edit");
      }
      const apart = other && other[unit] !== this.data.values[p.node][unit];
      const halves = apart ? [0, 1] : [0];
      const tall = (p.square - 1) / halves.length;
      for (const half of halves) {
        const y = top + row * p.square + half * tall;
        const number = make("g", { "data-node": p.node, "data-unit": unit, ...(half ? { "data-run": this.data.other.run } : {}) }, square);
        const rect = make("rect", { x: left, y, width: p.side, height: tall }, number);
        const text = make("text", { x: p.x, y: y + tall / 2 + Math.min(apart ? 4 : 5, tall * 0.32), "text-anchor": "middle" }, number);
        const narrow = sheet === "narrow", size = Math.min(apart ? 12 : narrow ? 13 : 15, tall * 0.86), digits = narrow ? 0 : 1;
        const edited = half === (apart && this.data.other.run === "what" ? 1 : 0);
        this.squares.push({ p, edit, unit, square, number, rect, text, size, digits, half, edited });
      }
      const ring = make("rect", { x: left - 1, y: top + row * p.square - 1, width: p.side + 2, height: p.square + 1, rx: 3, fill: "none", class: "gs-ring" }, square);
      ring.setAttribute("stroke", this.paper.ink);
    }
  }

  label(g, p, sheet, color, left, top, height) {
    const { symbols, captions } = this.data;
    const symbol = symbols[p.node], caption = p.caption && captions[p.caption];
    const narrow = sheet === "narrow", above = p.label === "top";
    if (p.label === "bare" || (narrow && !above && !symbol)) return;
    const x = above ? p.x : narrow ? p.x + 9 : left + p.side + 9;
    const y = above ? top - 10 : narrow ? top + height + 19 : p.y - (caption && symbol ? 2 : -5);
    const line = make("text", { x, y, "font-size": narrow ? 14 : 17, fill: color, "font-weight": 600, "text-anchor": above ? "middle" : "start" }, g);
    if (symbol) {
      make("tspan", { "font-style": "italic" }, line, symbol[0]);
      if (symbol[1]) make("tspan", { dy: 4, "font-size": 11 }, line, symbol[1]);
    } else if (caption) line.textContent = caption;
    if (narrow && !above) { // the last column's: inside the sheet
      const over = x + line.getComputedTextLength() - this.svg.viewBox.baseVal.width + 2;
      if (over > 0) line.setAttribute("x", x - over);
    }
    if (symbol && caption && !narrow) {
      if (above) { make("tspan", { dy: symbol[1] ? -4 : 0, dx: 6, "font-size": 13, "font-weight": 400 }, line, caption); }
      else make("text", { x, y: y + 19, "font-size": 13, fill: color }, g, caption);
    }
  }

  /** Numbers, colours, names and dimness: all that changes without the drawing changing. */
  paint() {
    const { data } = this;
    for (const s of this.squares) {
      const address = `${s.p.node}.${s.unit}`;
      const value = s.edited ? this.value(address) : (s.half && data.other.values[s.p.node] || data.values[s.p.node])[s.unit];
      const share = value / data.reach;
      if (s.shown !== value || s.share !== share) {
        s.shown = value; s.share = share;
        const { fill, ink: on } = shade(share, s.p.scale, data.scales[s.p.scale]);
        s.rect.setAttribute("fill", fill); s.text.setAttribute("fill", on);
        s.number.dataset.value = String(value);
        fit(s.text, say.printed(value, s.p.scale, s.digits), s.p.side, s.size);
      }
      if (!s.half) {
        const forced = data.forced.includes(address);
        const chosen = data.selected === address;
        s.square.setAttribute("aria-label", this.spoken(s, value, forced));
        if (s.edit) { s.square.setAttribute("aria-valuenow", this.value(address)); s.square.setAttribute("aria-valuetext", say.printed(this.value(address), s.p.scale)); }
        else s.square.setAttribute("aria-pressed", chosen);
        s.square.classList.toggle("gs-selected", chosen);
        s.text.setAttribute("text-decoration", forced ? "underline" : "none");
      }
    }
    for (const { g, part } of this.parts) g.classList.toggle("gs-dim", part.stage > this.stage);
    const stage = data.stages[this.stage];
    this.heading.textContent = `${this.stage + 1}. ${stage.title}`;
    if (this.sentence.textContent !== stage.say) this.sentence.textContent = stage.say;
    this.buttons?.forEach((b, k) => b.setAttribute("aria-current", k === this.stage ? "step" : "false"));
    if (this.buttons) { stops(this.back, this.stage === 0); stops(this.next, this.stage === data.stages.length - 1); }
  }

  spoken({ p, edit, unit }, value, forced) {
    const { words, other, beside, names } = this.data;
    const second = other.values[p.node]?.[unit];
    return names[p.node][unit] + (edit ? "" : `: ${say.printed(value, p.scale, 2)}`) + (forced ? `, ${words.forced}` : "")
      + (second === undefined || second === value ? ""
        : `, ${beside}: ${say.printed(second, p.scale)}`);
  }

  /** The row under the picture: stages, play, speed, and the picture as a file. */
  controls() {
    const { words, stages } = this.data;
    const key = JSON.stringify([words, stages.map((s) => s.title)]);
    if (key === this.barKey) return;
    this.barKey = key;
    this.bar.replaceChildren();
    this.bar.setAttribute("aria-label", words.stages);
    const button = (text, label, act, into = this.bar) => {
      const b = make("html:button", { type: "button", ...(label ? { "aria-label": label, title: label } : {}) }, into, text);
      b.addEventListener("click", act);
      return b;
    };
    const row = make("html:div", { class: "gs-stages" }, this.bar);
    this.buttons = stages.map((stage, k) => button(`${k + 1} ${stage.title}`, "", () => this.go(k), row));
    const tools = make("html:div", { class: "gs-tools" }, this.bar);
    this.back = button("\u25c0", words.back, () => this.go(this.stage - 1), tools);
    this.next = button("\u25b6", words.next, () => this.go(this.stage + 1), tools);
    this.playing = button(words.play, "", () => this.play(!this.timer), tools);
    const speed = make("html:select", { "aria-label": words.speed, title: words.speed }, tools);
    for (const s of [0.5, 1, 2]) make("html:option", { value: s, ...(s === 1 ? { selected: "" } : {}) }, speed, `${s}\u00d7`);
    this.speed = () => Number(speed.value);
    button(words.svg, words.save_svg, () => this.save("svg"), tools);
    button(words.png, words.save_png, () => this.save("png"), tools);
  }

  go(stage, quiet) {
    const next = Math.min(this.data.stages.length - 1, Math.max(0, stage));
    if (!quiet) this.play(false);
    if (next === this.stage) return;
    this.stage = next;
    this.paint();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => { this.telling = 0; this.mail.tell("stage", this.stage); }, 250);
  }

  play(on) {
    clearTimeout(this.timer); this.timer = 0;
    this.playing.textContent = on ? this.data.words.pause : this.data.words.play;
    if (!on) return;
    if (this.stage === this.data.stages.length - 1) this.go(0, true);
    const beat = () => {
      if (!this.root.isConnected) return;
      if (this.stage === this.data.stages.length - 1) { this.play(false); return; }
      this.go(this.stage + 1, true);
      this.timer = setTimeout(beat, 2400 / this.speed());
    };
    this.timer = setTimeout(beat, 1600 / this.speed());
  }

  keys() {
    this.root.addEventListener("keydown", (event) => {
      if (event.target.closest("select, input") || event.ctrlKey || event.metaKey || event.altKey) return;
      const square = event.target.closest("[data-square]");
      if (event.key === "ArrowRight") this.go(this.stage + 1);
      else if (event.key === "ArrowLeft") this.go(this.stage - 1);
      else if (square && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        const others = [...square.parentNode.querySelectorAll("[data-square]")];
        others[others.indexOf(square) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
      } else if (square && (event.key === "Enter" || event.key === " ")) this.select(square.dataset.square);
      else return;
      event.preventDefault();
    });
  }

  select(at) {
    const again = this.data.selected === at;
    if (!again || !(at.slice(0, at.lastIndexOf(".")) in this.data.ranges)) this.mail.tell("select", again ? "" : at);
  }

  /** How the value that is pointed at comes about, beside it. */
  tell() {
    const dot = this.at.lastIndexOf("."), node = this.at.slice(0, dot), unit = Number(this.at.slice(dot + 1));
    const square = this.at && this.sheet.querySelector(`[data-square="${CSS.escape(this.at)}"]`);
    this.tip.hidden = !square || !this.data.values[node];
    if (this.tip.hidden) return;
    this.tip.replaceChildren();
    make("html:b", {}, this.tip, this.data.names[node][unit]);
    make("html:div", {}, this.tip, this.data.how[node]?.[unit] || say.mark(this.value(this.at), 17));
    const frame = this.root.getBoundingClientRect(), box = square.parentNode.getBoundingClientRect(); // clear of the whole vector
    const left = Math.max(0, Math.min(box.left - frame.left + box.width / 2 - this.tip.offsetWidth / 2, frame.width - this.tip.offsetWidth));
    const above = box.top - frame.top - this.tip.offsetHeight - 8;
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${above > 0 ? above : box.bottom - frame.top + 8}px`;
  }

  /** What an event points at, as `f.1`: a square, or a box, which stands for its value in the unit last selected. */
  found(event) {
    const el = event.target.closest?.("[data-square], [data-result]");
    return el ? el.dataset.square ?? `${el.dataset.result}.${Math.min(this.data.unit, this.data.values[el.dataset.result].length - 1)}` : "";
  }

  /** Pointing at or focusing a value shows it in the panel; leaving the picture shows the selected one again. */
  pointing() {
    let timer = 0;
    const point = (next) => {
      if (next === this.at) return;
      this.at = next;
      this.tell();
      clearTimeout(timer);
      timer = setTimeout(() => this.mail.tell("point", next), next ? 90 : 400);
    };
    const follow = (event) => { if (!event.buttons && this.found(event)) point(this.found(event)); };
    this.sheet.addEventListener("pointerover", follow);
    this.sheet.addEventListener("focusin", follow);
    this.sheet.addEventListener("pointerleave", () => point(""));
    this.sheet.addEventListener("focusout", () => point(""));
    this.sheet.addEventListener("click", (event) => { if (event.detail < 2 && this.found(event)) this.select(this.found(event)); });
  }

  save(kind) {
    const copy = this.svg.cloneNode(true);
    const [, , width, height] = copy.getAttribute("viewBox").split(" ").map(Number);
    copy.querySelectorAll(".gs-dim").forEach((el) => el.setAttribute("opacity", 0.25));
    copy.querySelectorAll(".gs-ring").forEach((el) => el.remove());
    const { about, forced, names, words } = this.data;
    const held = forced.map((at) => `${names[at.slice(0, at.lastIndexOf("."))][Number(at.slice(at.lastIndexOf(".") + 1))]}: ${words.forced}`);
    make("text", { x: width - 12, y: height - 8, "font-size": 12, "text-anchor": "end", fill: this.paper.ink }, copy, [about, ...held].join("; "));
    saveDrawing(copy, `gatescope-${this.data.name}`, kind);
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!pictures.has(parent)) pictures.set(parent, new Picture(parent));
  pictures.get(parent).update(component);
}
