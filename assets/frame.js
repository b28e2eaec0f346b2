// What every page does, whatever is drawn on it.

const OPENED = '[data-testid="stPopoverButton"][aria-expanded="true"]';
const MENU = '[data-testid="stPopoverBody"]';

const HEARD = Symbol.for("gatescope.frame");

export default function ({ data, setTriggerValue }) {
  document[HEARD]?.abort(); // it is called at every run
  document.documentElement.lang = data.lang; // which Streamlit leaves at English: by it a screen reader chooses its voice
  const gone = document[HEARD] = new AbortController(), { signal } = gone, on = (type, act) => document.addEventListener(type, act, { capture: true, signal });

  /** A number that is being typed lets the page scroll: it neither takes the wheel for itself nor is changed by it. */
  on("wheel", (event) => {
    const { target } = event;
    if (target !== document.activeElement || target.type !== "number") return;
    event.stopImmediatePropagation(); // of Streamlit, which would keep the page where it is
    if (target.readOnly) return;
    target.readOnly = true; // so that the browser leaves its number alone
    setTimeout(() => { target.readOnly = false; });
  });

  /** A menu closes when something was chosen in it by pointer and its button names that, unless it then asks for more. */
  on("click", ({ target, detail }) => {
    const option = detail && target.closest?.(`${MENU} [data-testid="stRadioOption"]`), menu = option && option.closest(MENU);
    if (!menu || data.more.includes(option.querySelector("p")?.textContent)) return;
    const button = document.querySelector(OPENED), before = button?.textContent;
    const close = () => {
      if (!menu.isConnected || !button?.isConnected) return;
      if (button.textContent === before) setTimeout(close, 50);
      else menu.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    };
    close();
  });

  /** Charts are drawn on the server, in the ink of a light page or of a dark one: they are drawn anew for the other. */
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(() => setTriggerValue("theme", true), 200), { signal });

  return () => gone.abort();
}
