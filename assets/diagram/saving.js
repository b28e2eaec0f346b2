// Saves charts as they stand on the page: the layers of Plotly's drawing put into one.

const rows = new WeakMap();

class Saving {
  constructor(parent) {
    this.root = make("html:div", { class: "gs-saving" }, parent);
  }

  update({ data }) {
    const key = JSON.stringify(data);
    if (key === this.key) return;
    this.key = key;
    this.root.replaceChildren();
    for (const chart of data.charts) {
      const row = make("html:div", { class: "gs-bar", role: "group", "aria-label": chart.name }, this.root);
      make("html:span", {}, row, chart.name);
      for (const kind of ["svg", "png"]) {
        const b = make("html:button", { type: "button", "aria-label": `${data.words[kind]}: ${chart.name}` }, row, kind.toUpperCase());
        b.addEventListener("click", () => this.save(chart, kind));
      }
    }
  }

  save({ key }, kind) {
    const plot = document.querySelector(`[class~="st-key-${key}"] .js-plotly-plot`);
    const layers = [...(plot?.querySelectorAll("svg.main-svg") ?? [])];
    if (!layers.length) return;
    const { width, height } = plot.getBoundingClientRect();
    const whole = make("svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` });
    make("rect", { width, height, fill: background(this.root) }, whole);
    for (const layer of layers) whole.append(layer.cloneNode(true));
    saveDrawing(whole, `gatescope-${key.replace("chart-", "")}`, kind);
  }
}

export default function (component) {
  const parent = component.parentElement;
  if (!rows.has(parent)) rows.set(parent, new Saving(parent));
  rows.get(parent).update(component);
}
