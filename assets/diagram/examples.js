// Examples of a task: what is read step by step, what is asked for and where, and what each net answers there.

const sheets = new WeakMap();
const SMALL = 12, TALL = 34; // of a bar of a strip: width at least, height

class Examples {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-examples" }, parent);
    new ResizeObserver(() => this.data && this.draw()).observe(this.root);
  }

  update({ data }) {
    this.data = data;
    this.draw();
  }

  draw() {
    const { key, lanes, sequences } = this.data, width = this.root.clientWidth || 1180, dark = isDark(this.root);
    const shape = JSON.stringify([key, width, dark, lanes, sequences.map(({ answers, ...asked }) => asked)]);
    if (shape !== this.shape) { this.shape = shape; this.dark = dark; this.build(width); }
    this.fill();
  }

  build(width) {
    const { lanes, sequences, words } = this.data;
    this.cells = [];
    this.root.replaceChildren();
    this.root.classList.toggle("gs-long", sequences.some((sequence) => sequence.columns.length > 5));
    const boxes = sequences.map((sequence, s) => make("html:section", { class: "gs-example", "aria-label": `${s + 1}. ${sequence.about}` }, this.root));
    sequences.forEach((sequence, s) => {
      const box = boxes[s];
      const inside = box.clientWidth - 22;
      if (sequence.tokens) this.tokens(box, sequence);
      else if (sequence.strips) this.strips(box, sequence, Math.max(200, inside));
      const texts = [...sequence.columns.map((c) => c.head), ...sequence.right.map((r) => r?.text ?? "")];
      const heads = [words.reads, words.right, ...lanes.map((lane) => lane.label)];
      const first = Math.max(...heads.map((text) => span(text, 13))) + 14, cell = Math.max(15, ...texts.map((text) => span(text, 13))) + (lanes.length ? 29 : 13);
      const across = Math.max(1, Math.floor((inside - first) / cell));
      for (let from = 0; from < sequence.columns.length; from += across) this.table(box, s, from, Math.min(sequence.columns.length, from + across));
    });
  }

  /** The symbols that are read, those at which something is asked for marked. */
  tokens(box, { tokens, asked }) {
    const line = make("html:p", { class: "gs-tokens" }, box), { words } = this.data;
    tokens.forEach((token, t) => {
      const el = make("html:span", { class: asked.includes(t) ? "gs-token gs-asked" : "gs-token", "data-step": t }, line, token);
      if (asked.includes(t)) el.title = words.asked;
      line.append(" ");
    });
  }

  /** The numbers that are read, a row of bars for each input. */
  strips(box, { strips, asked }, width) {
    const tone = this.dark ? 1 : 0, { paper } = this.data, T = strips[0].values.length;
    const step = Math.min(SMALL, (width - 4) / T), height = strips.length * (TALL + 18) + 4;
    const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" }, box);
    strips.forEach(({ name, values }, r) => {
      const top = r * (TALL + 18), low = Math.min(0, ...values), high = Math.max(1, ...values), to = (v) => top + 16 + (high - v) / (high - low) * TALL;
      make("text", { x: 0, y: top + 11, "font-size": 12, fill: paper.ink[tone] }, svg, name);
      make("line", { x1: 0, x2: step * T, y1: to(0), y2: to(0), stroke: paper.edge[tone] }, svg);
      values.forEach((v, t) => {
        const bar = make("rect", { x: t * step + step * 0.12, width: step * 0.76, y: Math.min(to(v), to(0)), height: Math.abs(to(v) - to(0)),
          fill: paper.ink[tone], opacity: strips.length > 1 && !strips.at(-1).values[t] ? 0.4 : 1, "data-node": "x", "data-unit": r, "data-step": t, "data-value": String(v) }, svg);
        make("title", {}, bar, `${t + 1}: ${say.mark(v, 4)}`);
      });
      if (r === strips.length - 1) asked.forEach((t) => make("rect", { x: t * step, y: top + 14, width: step, height: TALL + 4, fill: "none", stroke: paper.ink[tone], "stroke-width": 2, rx: 2 }, svg));
    });
  }

  table(box, s, from, to) {
    const { words, lanes, roles, sequences } = this.data, sequence = sequences[s], tone = this.dark ? 1 : 0;
    const table = make("html:table", {}, box), columns = sequence.columns.slice(from, to);
    const row = (head, parent) => {
      const tr = make("html:tr", {}, parent);
      return [tr, make("html:th", { scope: "row" }, tr, head)];
    };
    const [top] = row(sequence.tokens || sequence.strips ? "" : words.reads, make("html:thead", {}, table)), body = make("html:tbody", {}, table);
    columns.forEach((column) => make("html:th", { scope: "col", class: column.asked && sequence.asked.length < sequence.columns.length ? "gs-asked" : "" }, top, column.head));
    const [right] = row(words.right, body);
    columns.forEach((column, k) => make("html:td", { class: "gs-right" }, right, sequence.right[from + k]?.text ?? ""));
    lanes.forEach((lane, which) => {
      const [tr, head] = row(lane.label, body);
      head.style.color = roles[lane.role][tone];
      columns.forEach((column, k) => {
        const td = make("html:td", { "data-lane": lane.name, "data-step": column.step }, tr);
        this.cells.push({ td, s, which, k: from + k, text: make("html:span", {}, td), sign: make("html:span", { class: "gs-sign" }, td) });
      });
    });
  }

  /** The nets' present answers. */
  fill() {
    const { sequences, words } = this.data;
    for (const { td, s, which, k, text, sign } of this.cells) {
      const answer = sequences[s].answers[which][k];
      td.className = answer ? (answer.right ? "gs-fine" : "gs-wrong") : "";
      if (text.textContent !== (answer?.text ?? "")) text.textContent = answer?.text ?? "";
      const mark = answer ? (answer.right ? "✓" : "✗") : "";
      if (sign.textContent !== mark) { sign.textContent = mark; if (answer) { sign.setAttribute("role", "img"); sign.setAttribute("aria-label", answer.right ? words.fine : words.wrong); } }
      if (answer?.value === undefined) delete td.dataset.value; else td.dataset.value = String(answer.value);
    }
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!sheets.has(parent)) sheets.set(parent, new Examples(parent));
  sheets.get(parent).update(component);
}
