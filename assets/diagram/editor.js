// Where a visitor writes a cell: its text with line numbers, each name in its colour, a mistake at its line, and what an
// equation may use.  What is being typed is never replaced by an older answer.

const editors = new WeakMap();
const SOON = 150, REST = 1200; // milliseconds after the last key: when it is sent, when it counts as written

class Editor {
  constructor(parent) {
    const id = `gs-editor-${Math.random().toString(36).slice(2)}`;
    this.root = make("html:div", { class: "gs-editor" }, parent);
    this.label = make("html:label", { for: id, class: "gs-editor-label" }, this.root);
    const frame = make("html:div", { class: "gs-editor-frame" }, this.root);
    this.gutter = make("html:div", { class: "gs-gutter", "aria-hidden": "true" }, make("html:div", { class: "gs-gutter-box" }, frame));
    const page = make("html:div", { class: "gs-editor-page" }, frame);
    this.stripe = make("html:div", { class: "gs-stripe" }, page);
    this.tinted = make("html:pre", { class: "gs-tinted", "aria-hidden": "true" }, page);
    this.area = make("html:textarea", { id, class: "gs-area", wrap: "off", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      autocorrect: "off", "aria-describedby": `${id}-says` }, page);
    this.says = make("html:p", { id: `${id}-says`, class: "gs-mistake", role: "status", "aria-live": "polite" }, this.root);
    this.bar = make("html:div", { class: "gs-palette", role: "toolbar" }, this.root);
    this.area.addEventListener("input", () => this.wrote());
    this.area.addEventListener("scroll", () => this.scroll());
    this.area.addEventListener("blur", () => this.rest());
    this.area.addEventListener("keydown", (event) => event.stopPropagation()); // the page has shortcuts, and this its own undo
    this.area.addEventListener("paste", (event) => this.paste(event));
    this.keys();
  }

  update({ data, setTriggerValue }) {
    this.mail ??= messenger((event, value) => this.data.listens.includes(event) && setTriggerValue(event, value), ["text", "rest"]);
    const first = !this.data, settled = this.mail.answer(data.echo) && !this.soon && !this.later;
    this.data = data;
    if (first || (settled && !data.typed && data.text !== this.area.value)) this.area.value = data.text;
    if (first || settled) { this.local = ""; delete this.root.dataset.busy; }
    this.build();
    this.paint();
  }

  /** Something was written: shown here at once, sent when the hand rests. */
  wrote() {
    this.local = "";
    this.root.dataset.busy = ""; // until the server has answered the last of it
    this.paint();
    clearTimeout(this.soon);
    clearTimeout(this.later);
    this.soon = setTimeout(() => { this.soon = 0; this.mail.tell("text", { text: this.area.value }); }, SOON);
    this.later = setTimeout(() => this.rest(), REST);
  }

  rest() {
    if (!this.later) return;
    clearTimeout(this.soon);
    clearTimeout(this.later);
    this.soon = this.later = 0;
    this.mail.tell("rest", { text: this.area.value });
  }

  /** More than there is room for is not cut, which would make another cell of it, but refused. */
  paste(event) {
    const { most, words } = this.data, { value, selectionStart, selectionEnd } = this.area;
    const count = value.length - (selectionEnd - selectionStart) + event.clipboardData.getData("text").length;
    if (count <= most) return;
    event.preventDefault();
    this.local = say.filled(words.too_long, { count: say.count(count), most: say.count(most) });
    this.paint();
  }

  /** What an equation may use, one button each; one of them is in the order of Tab, arrows lead to the others. */
  build() {
    const { palette, words, most } = this.data, shape = JSON.stringify([palette, words]);
    if (shape === this.shape) return;
    const stop = this.bar.querySelector('[tabindex="0"]'), name = stop?.textContent, focused = stop && stop === document.activeElement;
    this.shape = shape;
    this.area.maxLength = most;
    this.label.textContent = words.label;
    this.bar.setAttribute("aria-label", words.palette);
    this.bar.replaceChildren();
    for (const { title, items } of palette) {
      const group = make("html:div", { class: "gs-palette-group", role: "group", "aria-label": title }, this.bar);
      make("html:span", { class: "gs-palette-title", "aria-hidden": "true" }, group, title);
      for (const { insert, label, about } of items) {
        const button = make("html:button", { type: "button", tabindex: -1 }, group);
        make("html:code", {}, button, label);
        if (about) make("html:small", {}, button, about);
        button.addEventListener("pointerdown", (event) => event.preventDefault()); // the text keeps the focus
        button.addEventListener("mousedown", (event) => event.preventDefault());
        button.addEventListener("click", () => this.insert(insert));
      }
    }
    const buttons = [...this.bar.querySelectorAll("button")], same = buttons.find((button) => button.textContent === name) ?? buttons[0];
    same.tabIndex = 0;
    if (focused) same.focus();
  }

  keys() {
    this.bar.addEventListener("keydown", (event) => {
      const buttons = [...this.bar.querySelectorAll("button")], at = buttons.indexOf(event.target);
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
      if (at < 0 || to === undefined) return;
      event.preventDefault();
      const next = buttons[(to + buttons.length) % buttons.length];
      buttons[at].tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  }

  /** Put text where the caret is, what was selected in the place of its |. */
  insert(text) {
    const { area } = this, chosen = area.value.slice(area.selectionStart, area.selectionEnd), put = text.replace("|", chosen);
    if (area.value.length - chosen.length + put.length > this.data.most) return;
    area.focus();
    const caret = area.selectionStart + text.replace(/\|.*/s, "").length + chosen.length;
    if (!document.execCommand("insertText", false, put)) { area.setRangeText(put); this.wrote(); } // the first keeps its undo
    area.setSelectionRange(caret, caret);
  }

  /** The mistake that is shown: what was refused here, else what the server says of this text. */
  mistake() {
    return this.local ? { line: 0, says: this.local } : this.data.mistake;
  }

  paint() {
    if (!this.data) return;
    const { words, named, roles } = this.data, dark = isDark(this.root) ? 1 : 0, text = this.area.value, mistake = this.mistake();
    const lines = text.split("\n");
    this.area.rows = Math.min(26, Math.max(7, lines.length + 1));
    this.gutter.replaceChildren(...lines.map((_, k) => make("html:div", k + 1 === mistake?.line ? { class: "gs-wrong" } : {}, null, String(k + 1))));
    this.tinted.replaceChildren();
    for (const line of lines) {
      const [code, ...remark] = line.split("#");
      for (const part of code.split(/([A-Za-z_]\w*)/)) {
        const role = Object.hasOwn(named, part) ? named[part] : "";
        if (role) make("html:span", { style: `color:${roles[role][dark]}` }, this.tinted, part); else this.tinted.append(part);
      }
      if (remark.length) make("html:i", {}, this.tinted, `#${remark.join("#")}`);
      this.tinted.append("\n");
    }
    this.area.setAttribute("aria-invalid", Boolean(mistake));
    const said = mistake ? `${mistake.says}${this.data.mistake ? ` ${words.kept}` : ""}` : "";
    if (said !== this.said) {
      this.said = said;
      this.says.replaceChildren();
      said.split("`").forEach((part, k) => { if (k % 2) make("html:code", {}, this.says, part); else this.says.append(part); });
    }
    this.scroll();
  }

  scroll() {
    const { area } = this, line = this.mistake()?.line ?? 0, tall = parseFloat(getComputedStyle(area).lineHeight);
    this.gutter.style.transform = `translateY(${-area.scrollTop}px)`;
    this.tinted.style.transform = `translate(${-area.scrollLeft}px, ${-area.scrollTop}px)`;
    this.stripe.hidden = !line;
    this.stripe.style.transform = `translateY(${(line - 1) * tall - area.scrollTop}px)`;
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!editors.has(parent)) editors.set(parent, new Editor(parent));
  editors.get(parent).update(component);
}
