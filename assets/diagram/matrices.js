// The weights: one group a gate, each matrix a grid of coloured squares to drag or type into.

const sheets = new WeakMap();

class Matrices {
  constructor(parent) {
    this.root = document.createElement("div");
    this.root.className = "gs-matrices";
    parent.append(this.root);
    this.override = {};
    editing(this.root, {
      value: (address) => this.value(address),
      range: (address) => this.data.ranges[address.split(".")[0]],
      local: (address, value) => { this.override[address] = value; this.paint(); },
      mail: () => this.mail,
      words: () => this.data.words,
    });
    this.root.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const square = event.target.closest("[data-address]");
      if (!way || !square || event.ctrlKey || event.metaKey || event.altKey) return;
      const all = this.squares.filter((s) => !s.fixed).map((s) => s.el);
      const next = all[all.indexOf(square) + way];
      if (next && next.dataset.group === square.dataset.group) { square.tabIndex = -1; next.tabIndex = 0; next.focus(); }
      event.preventDefault();
    });
  }

  update({ data, setTriggerValue }) {
    this.mail ??= messenger(setTriggerValue);
    this.data = data;
    if (this.mail.answer(data.echo)) this.override = {};
    const dark = isDark(this.root);
    const shape = JSON.stringify([dark, data.groups, data.rows, data.fixed, Object.values(data.values).map((v) => [v.length, v[0].length]), data.words]);
    if (shape !== this.shape) { this.shape = shape; this.build(dark); }
    this.paint();
  }

  value(address) {
    if (address in this.override) return this.override[address];
    const [name, ...index] = address.split(".");
    return index.reduce((array, k) => array[k], this.data.values[name]);
  }

  build(dark) {
    this.root.querySelectorAll(".gs-group").forEach((el) => el.remove());
    this.squares = [];
    const add = (tag, name, into, text) => {
      const el = document.createElement(tag);
      el.className = name;
      if (text !== undefined) el.textContent = text;
      into.append(el);
      return el;
    };
    for (const group of this.data.groups) {
      const box = add("section", "gs-group", this.root);
      box.setAttribute("aria-label", group.title);
      box.style.borderColor = this.data.roles[group.role][dark ? 1 : 0];
      add("p", "gs-group-title", box, group.title);
      const row = add("div", "gs-group-row", box);
      let first = true;
      for (const name of group.names) {
        const value = this.data.values[name];
        const figure = add("div", "gs-matrix", row);
        const label = add("p", "gs-matrix-name", figure);
        add("i", "", label, name[0]);
        add("sub", "", label, name.slice(2) === "c" ? "C" : name.slice(2));
        const grid = add("div", "gs-grid", figure);
        const rows = Array.isArray(value[0]) ? value : value.map((v) => [v]);
        grid.style.gridTemplateColumns = `repeat(${rows[0].length}, auto)`;
        rows.forEach((columns, j) => this.data.rows.includes(j) && columns.forEach((_, k) => {
          const flat = !Array.isArray(value[0]);
          const address = flat ? `${name}.${j}` : `${name}.${j}.${k}`, at = flat ? `${j + 1}` : `${j + 1}, ${k + 1}`;
          const fixed = this.data.fixed.includes(address);
          const el = add("div", `gs-weight ${fixed ? "gs-fixed" : "gs-edit"}`, grid);
          Object.assign(el.dataset, { group: group.gate, param: name, row: j, column: k });
          const said = `${name.replace("_", " ")} ${at}`;
          this.squares.push({ el, address, fixed });
          if (fixed) {
            el.setAttribute("role", "img");
            el.setAttribute("aria-label", `${said}: ${this.data.words.always_zero}`);
            el.title = this.data.words.always_zero;
            return;
          }
          el.dataset.address = address;
          el.tabIndex = first ? 0 : -1;
          first = false;
          const [low, high] = this.data.ranges[name];
          const slider = { role: "slider", "aria-orientation": "vertical", "aria-label": said, "aria-valuemin": low, "aria-valuemax": high };
          for (const [attribute, text] of Object.entries(slider)) el.setAttribute(attribute, text);
        }));
      }
    }
  }

  paint() {
    const chosen = this.data.selected ? Number(this.data.selected.split(".").pop()) : -1;
    const gate = this.data.selected.split(".")[0];
    for (const s of this.squares) {
      const { row, group } = s.el.dataset;
      const value = this.value(s.address);
      s.el.classList.toggle("gs-row", gate === group && Number(row) === chosen);
      if (s.shown === value) continue;
      s.shown = value;
      s.el.dataset.value = String(value);
      if (s.fixed) { s.el.textContent = "0"; continue; } // plain: nothing to take hold of
      const { fill, ink: on } = shade(value, "state", this.data.scales.state);
      s.el.style.background = fill;
      s.el.style.color = on;
      s.el.textContent = say.printed(value, "state");
      s.el.setAttribute("aria-valuenow", value);
      s.el.setAttribute("aria-valuetext", say.printed(value, "state"));
    }
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!sheets.has(parent)) sheets.set(parent, new Matrices(parent));
  sheets.get(parent).update(component);
}
