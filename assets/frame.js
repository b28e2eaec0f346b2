// What every page does, whatever is drawn on it.

const CHOICES = '[data-testid="stPopoverBody"] [role="radiogroup"]';
const MORE = 'textarea, select, [role="combobox"], [data-testid="stFileUploader"]'; // what a choice may ask for besides

export default function () {
  const gone = new AbortController(), on = (type, act) => document.addEventListener(type, act, { capture: true, signal: gone.signal });

  /** A number that is being typed lets the page scroll: it neither takes the wheel for itself nor is changed by it. */
  on("wheel", (event) => {
    const { target } = event;
    if (target !== document.activeElement || target.type !== "number") return;
    event.stopImmediatePropagation(); // of Streamlit, which would keep the page where it is
    if (target.readOnly) return;
    target.readOnly = true; // so that the browser leaves its number alone
    setTimeout(() => { target.readOnly = false; });
  });

  /** A menu closes when something was chosen in it by pointer, unless what was chosen asks for more there. */
  on("click", ({ target, detail }) => {
    const menu = detail && target.closest?.(CHOICES)?.closest('[data-testid="stPopoverBody"]');
    if (!menu) return;
    const app = document.querySelector('[data-testid="stApp"]'), close = () => {
      if (app.dataset.testScriptState !== "notRunning") return setTimeout(close, 50);
      if (menu.isConnected && !menu.querySelector(MORE)) menu.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    };
    setTimeout(close, 300);
  });

  return () => gone.abort();
}
