// The cursors that lie over the page's charts.

/**
 * The present step, and the picked unit, marked in every chart of the page whose key begins with `chart-`; a click on a
 * chart picks.  The chart is Plotly's and stays as it is: the marks lie over it, so that moving them redraws nothing.
 */
class Cursors {
  constructor(now, pick) {
    this.now = now;
    const timer = setInterval(() => this.now() ? this.place() : this.now() === false && clearInterval(timer), 250); // charts come late
    document.addEventListener("click", (event) => {
      const chart = event.target.closest?.('[class*="st-key-chart-"]'), at = chart && this.now() && this.under(chart, event);
      if (at) pick(at);
    });
  }

  /** The plot's own measures: where its area lies and its bands of units. */
  measures(chart) {
    const plot = chart.querySelector(".js-plotly-plot"), layout = plot?._fullLayout;
    if (!layout?._size || !layout.xaxis) return null;
    const box = plot.getBoundingClientRect(), { l, t, w, h } = layout._size, [low, high] = layout.yaxis.range;
    const at = (row) => t + (row - high) / (low - high) * h; // pixels from the plot's top
    const bands = (layout.meta?.bands ?? []).map(([top, tall, units]) => ({ top: at(top), tall: at(top + tall) - at(top), units }));
    return { box, l, t, w, h, bands, range: layout.xaxis.range, crossing: layout.meta?.rows === "steps" };
  }

  place() {
    const now = this.now();
    if (!now) return;
    // charts come and go as Streamlit runs, so they are looked for each time
    for (const chart of document.querySelectorAll('[class*="st-key-chart-"]')) {
      const m = this.measures(chart);
      if (!m || !over(m, now.T)) { chart.querySelectorAll(":scope > .gs-cursor").forEach((el) => el.remove()); continue; }
      const frame = chart.getBoundingClientRect(), left = m.box.left - frame.left + m.l, top = m.box.top - frame.top;
      chart.style.position = "relative";
      const x = left + now.t * m.w / now.T, wide = Math.max(2, m.w / now.T);
      const columns = m.crossing ? [] : (m.bands.length ? m.bands : [{ top: m.t, tall: m.h }]).map((band) => [x, top + band.top, wide, band.tall]);
      const row = m.crossing ? now.t : now.unit; // where every step is set against every step, a row is a step
      const rows = m.bands.filter((band) => row < band.units)
        .map((band) => [left, top + band.top + row * band.tall / band.units, m.w, band.tall / band.units]);
      const places = [...columns, ...rows], marks = [...chart.querySelectorAll(":scope > .gs-cursor")];
      while (marks.length < places.length) marks.push(make("html:div", { class: "gs-cursor", "aria-hidden": "true" }, chart));
      marks.splice(places.length).forEach((el) => el.remove());
      marks.forEach((el, k) => {
        const [at, down, width, height] = places[k].map((pixels) => `${pixels}px`);
        const inner = m.crossing ? `inset 0 0 0 1.5px ${ink(now.ink)}` : "none"; // seen on dark squares and on light ones
        Object.assign(el.style, { left: at, top: down, width, height, outline: `1.5px solid ${now.ink}`, boxShadow: inner });
      });
    }
  }

  under(chart, event) {
    const m = this.measures(chart), now = this.now();
    if (!m || !over(m, now.T)) return null;
    const x = event.clientX - m.box.left - m.l, y = event.clientY - m.box.top;
    if (x < 0 || x >= m.w || y < m.t || y > m.t + m.h) return null;
    const band = m.bands.find((b) => y >= b.top && y < b.top + b.tall);
    const row = band ? Math.floor((y - band.top) / band.tall * band.units) : -1;
    if (m.crossing) return row < 0 ? null : { t: row, unit: now.unit };
    return { t: Math.floor(x / m.w * now.T), unit: row < 0 ? now.unit : row };
  }
}

/** Whether a chart's axis is that of the steps. */
function over({ range }, T) {
  return Math.abs(range[0] - 0.5) < 1e-6 && Math.abs(range[1] - T - 0.5) < 1e-6;
}
