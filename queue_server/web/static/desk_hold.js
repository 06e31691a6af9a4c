// The emergency key: held for a second it raises the alarm, let go before it does nothing.

const HOLD_MS = 1000;
const KEYS = new Set(["Digit0", "Numpad0"]);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let holding;

/** Take a key that goes down; true when it is the one that is held. */
export function holdKey(/** @type {KeyboardEvent} */ event, /** @type {() => void} */ raise) {
  if (!KEYS.has(event.code)) return false;
  event.preventDefault();
  if (event.repeat || holding !== undefined) return true;
  mark(true);
  holding = setTimeout(() => {
    holding = undefined;
    mark(false);
    raise();
  }, HOLD_MS);
  return true;
}

/** Take a key that comes up; true when it was pressed shortly. */
export function letGo(/** @type {KeyboardEvent} */ event) {
  if (!KEYS.has(event.code) || holding === undefined) return false;
  stop();
  return true;
}

function stop() {
  clearTimeout(holding);
  holding = undefined;
  mark(false);
}

function mark(/** @type {boolean} */ isHeld) {
  document.getElementById("act-emergency")?.classList.toggle("is-held", isHeld);
}

// Whoever leaves the page while holding the key has let it go.
addEventListener("blur", stop);
