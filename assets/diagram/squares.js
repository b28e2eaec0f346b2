// What the picture and the weight matrices share: coloured squares that hold one number each, and how a person
// changes that number.  Text goes in through textContent only.

const SVG = "http://www.w3.org/2000/svg";

/** A new element in parent; `html:p` is one of HTML, any other of SVG. */
function make(tag, attributes, parent, text) {
  const el = tag.includes(":") ? document.createElement(tag.slice(5)) : document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  if (text !== undefined) el.textContent = text;
  parent?.append(el);
  return el;
}

/** A button that goes no further says so; it keeps the focus, which one that is disabled would lose. */
function stops(button, atEnd) {
  button.setAttribute("aria-disabled", atEnd);
}

function ink(fill) {
  const [r, g, b] = [1, 3, 5].map((k) => {
    const c = parseInt(fill.slice(k, k + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

/** The page's background, "#rrggbb". */
function background(el) {
  const color = getComputedStyle(el).getPropertyValue("--st-background-color").trim();
  return /^#[0-9a-f]{6}$/i.test(color) ? color : "#ffffff";
}

function isDark(el) {
  return ink(background(el)) === "#ffffff";
}

/** Colour of a value: a step of the scale, gates over (0, 1), all else over (-1, 1). */
function shade(value, scale, stops) {
  const share = scale === "gate" ? value : (value + 1) / 2;
  const k = Math.round(Math.min(1, Math.max(0, share)) * (stops.length - 1));
  const fill = stops[Number.isFinite(k) ? k : 0];
  return { fill, ink: ink(fill) };
}

const WIDTHS = { "+": 0.84, [MINUS]: 0.84, ".": 0.32 }, DIGIT = 0.64; // of a number's signs, as shares of the size of its type

/** Put a number in the room there is for it: in smaller type where it is long. */
function fit(text, said, room, size) {
  const wide = [...said].reduce((sum, sign) => sum + (WIDTHS[sign] ?? DIGIT), 0);
  text.textContent = said;
  text.setAttribute("font-size", Math.min(size, 0.94 * room / wide));
}

const POINT = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i, COMMA = /^[-+]?(\d+,\d*|,\d+)(e[-+]?\d+)?$/i;
const COMMAS = /^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/, POINTS = /^[-+]?[1-9]\d{0,2}((\.\d{3})+,\d*|(\.\d{3}){2,})$/;

/** The numbers that a typed text may mean: 1,5 is 1.5, and 1,234.5 is 1234.5; but 1,000 may be 1 or 1000. */
function meanings(text) {
  const clean = text.trim().replace(MINUS, "-"), found = new Set();
  if (POINT.test(clean)) found.add(Number(clean));
  if (COMMA.test(clean)) found.add(Number(clean.replace(",", ".")));
  if (COMMAS.test(clean)) found.add(Number(clean.replaceAll(",", "")));
  if (POINTS.test(clean)) found.add(Number(clean.replaceAll(".", "").replace(",", ".")));
  return [...found].filter((value) => Math.abs(value) <= 1e6);
}

/** Whether Python is still running the page. */
function busy() {
  const state = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState;
  return Boolean(state) && state !== "notRunning";
}

/**
 * Sends what happens to Python, one message at a time: what Streamlit receives before it has answered can cost the
 * first its answer.  Nor is anything sent while the page is running, but for what goes on with a drag: an event of a
 * fragment makes Streamlit drop what of that fragment a whole run has made and not yet sent.  Of each kind only the
 * newest waits, so the queue never grows; `answer` is called with all new data.
 * waits: the events that are answered.
 */
function messenger(setTriggerValue, waits = ["drag", "commit"]) {
  let id = Date.now() % 1e9, waiting = 0, since = 0, flowing = "", held = 0, again = 0;
  const box = new Map(); // kind -> [event, value], still to be sent
  const mayGo = (event) => {
    if (event === flowing || !busy()) { held = 0; return true; }
    held ||= performance.now();
    if (performance.now() - held > 3000) { held = 0; return true; }
    again ||= setTimeout(() => { again = 0; send(); }, 25);
    return false;
  };
  const send = () => {
    if (waiting && performance.now() - since < 2000) return;
    waiting = 0;
    for (const [kind, [event, value]] of box) {
      if (!mayGo(event)) return;
      box.delete(kind);
      flowing = event === "drag" || event === "scrub" ? event : "";
      if (!waits.includes(event)) { setTriggerValue(event, value); continue; }
      waiting = ++id; since = performance.now();
      setTriggerValue(event, { ...value, id });
      setTimeout(send, 2050); // in case no answer comes
      return;
    }
  };
  const post = (kind, event, value) => { box.delete(kind); box.set(kind, [event, value]); send(); };
  return {
    drag: (payload) => post("drag", "drag", payload),
    commit(payload) { box.delete("drag"); post(payload.address, "commit", payload); },
    tell: (event, value) => post(event, event, value),
    /** Whether this answers the last that was sent, so that nothing local is newer. */
    answer(echo) {
      if (waiting && echo < waiting) return false;
      waiting = 0;
      send();
      return !waiting && !box.size;
    },
  };
}

/**
 * Lets a person change numbers inside `root`: by dragging a square up and down, by arrow keys, by typing.
 * A square that may change carries data-address; `value(address)` reads it, `range(address)` bounds a drag,
 * `local(address, value)` shows it at once, `mail` is a messenger, `words` the sentences; `isSwitch(address)` says
 * whether it may only be 0 or 1.
 */
function editing(root, { value, range, local, mail, words, isSwitch = () => false }) {
  let held = null, settling = null, dragged = -1e9, tapped = null;
  const square = (event) => event.target.closest?.("[data-address]");

  /** A new value rounded to thousandths (a switch: all the way), inside the range, or as far outside as a typed one already was. */
  function bound(address, from, next) {
    const [low, high] = range(address);
    const rounded = isSwitch(address) ? Math.round(next) : Number(next.toFixed(3));
    return Math.min(Math.max(high, from), Math.max(Math.min(low, from), rounded));
  }
  function change(address, next) {
    local(address, next);
    mail().drag({ address, value: next });
  }
  function commit(address, next) {
    const before = settling;
    if (before) { clearTimeout(before.timer); settling = null; }
    if (before && before.address !== address) mail().commit({ address: before.address, value: before.next });
    mail().commit({ address, value: next });
  }
  /** Commit when the keys have rested, or when the number is left. */
  function settle(address, next) {
    if (settling && settling.address !== address) commit(settling.address, settling.next);
    if (settling) clearTimeout(settling.timer);
    settling = { address, next, timer: setTimeout(() => commit(address, next), 500) };
  }

  root.addEventListener("focusout", () => { if (settling) commit(settling.address, settling.next); });
  root.addEventListener("pointerdown", (event) => {
    const el = square(event);
    if (!el || event.button !== 0) return;
    const address = el.dataset.address;
    held = { el, address, y: event.clientY, from: value(address), now: value(address), moved: false };
    el.setPointerCapture(event.pointerId);
    el.focus({ preventScroll: true });
    event.preventDefault();
  });
  root.addEventListener("pointermove", (event) => {
    if (!held) return;
    const way = held.y - event.clientY;
    if (!held.moved && Math.abs(way) < 3) return;
    if (!held.moved) root.setPointerCapture(event.pointerId); // the square may be drawn anew under the hand
    held.moved = true;
    const step = isSwitch(held.address) ? 0.05 : event.shiftKey ? 0.001 : 0.01;
    const next = bound(held.address, held.from, held.from + Math.round(way) * step);
    if (next !== held.now) { held.now = next; change(held.address, next); }
  });
  const release = (event) => {
    if (!held) return;
    const { el, address, now, moved } = held;
    held = null;
    if (moved) {
      dragged = performance.now();
      commit(address, now);
    }
    else if (event.type === "pointerup" && event.pointerType !== "mouse" && el === tapped) type(el, ""); // no keyboard: tap twice
    tapped = el;
  };
  root.addEventListener("pointerup", release);
  root.addEventListener("pointercancel", release);
  root.addEventListener("click", (event) => {
    if (performance.now() - dragged < 50) event.stopImmediatePropagation(); // what ends a drag is not a click
  }, { capture: true });
  root.addEventListener("dblclick", (event) => { const el = square(event); if (el) type(el, ""); });

  root.addEventListener("keydown", (event) => {
    const el = square(event);
    if (!el || event.ctrlKey || event.metaKey || event.altKey) return;
    const address = el.dataset.address;
    const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (steps) {
      const now = value(address), next = bound(address, now, now + steps * (isSwitch(address) ? 1 : event.shiftKey ? 0.01 : 0.05));
      change(address, next);
      settle(address, next);
    } else if (event.key === "Enter" || /^[-+.,\d]$/.test(event.key)) {
      type(el, event.key === "Enter" ? "" : event.key);
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });

  /** A text field over the square. */
  function type(el, start) {
    const address = el.dataset.address;
    const box = el.getBoundingClientRect(), frame = root.getBoundingClientRect();
    for (const old of document.querySelectorAll(".gs-note")) old.remove();
    const field = document.createElement("input");
    field.className = "gs-field";
    field.setAttribute("aria-label", el.getAttribute("aria-label") || address);
    field.inputMode = "decimal";
    field.value = start || String(value(address));
    const wide = Math.max(84, box.width);
    field.style.left = `${Math.max(0, Math.min(box.left - frame.left + box.width / 2 - wide / 2, frame.width - wide))}px`;
    field.style.top = `${box.top - frame.top + box.height / 2 - 16}px`;
    field.style.width = `${wide}px`;
    const note = document.createElement("div");
    note.className = "gs-note";
    note.setAttribute("role", "alert");
    note.style.left = field.style.left;
    note.style.top = `${box.top - frame.top + box.height / 2 + 20}px`;
    let open = true;
    const close = (refocus) => { if (!open) return; open = false; field.remove(); note.remove(); if (refocus) el.focus(); };
    /** What was typed is left, and cannot be taken: why stays in sight for a while. */
    const leave = () => { open = false; field.remove(); setTimeout(() => note.remove(), 8000); };
    const take = (refocus) => {
      if (!open) return; // removing the field blurs it
      const [next, other] = meanings(field.value), wrong = next !== undefined && isSwitch(address) && next !== 0 && next !== 1;
      if (next === undefined || other !== undefined || wrong) {
        note.textContent = wrong ? words().not_a_tick : other === undefined ? words().not_a_number
          : `${words().either_number} ${other}, ${next}`.replaceAll("-", MINUS);
        field.setAttribute("aria-invalid", "true");
        if (!refocus) leave();
        return;
      }
      close(refocus);
      if (next !== value(address)) { local(address, next); commit(address, next); }
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") take(true);
      if (event.key === "Escape") close(true);
    });
    field.addEventListener("blur", () => take(false));
    for (const kind of ["pointerdown", "dblclick"]) field.addEventListener(kind, (event) => event.stopPropagation());
    root.append(field, note);
    field.focus();
    if (start) field.setSelectionRange(start.length, start.length); else field.select();
  }
}
