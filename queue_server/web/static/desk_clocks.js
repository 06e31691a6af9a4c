// Runs the desk's clocks from the server's time, whatever this machine's own clock says.

const LATE = 0.8; // of the time aimed at
const LARGEST_SLIP_MS = 2000;
const isArabic = document.documentElement.lang === "ar";

/** Server time less `performance.now()`, as well as it is known. */
let offsetMs = Number.NaN;

/** Take the server's time out of an answer that came just now. */
export function setClocks(/** @type {number} */ serverMs) {
  const offset = serverMs - performance.now();
  // An answer is always a little late, so the largest offset is the truest one.
  const slipped = !(Math.abs(offset - offsetMs) < LARGEST_SLIP_MS);
  offsetMs = slipped ? offset : Math.max(offset, offsetMs);
}

export function runClocks() {
  for (const button of document.querySelectorAll("[data-from]")) lock(button);
  for (const button of document.querySelectorAll("[data-until]")) expire(button);
  for (const element of document.querySelectorAll("[data-since]")) {
    const seconds = secondsSince(Number(element.getAttribute("data-since")));
    const text = inDigits(`${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`);
    if (element.textContent !== text) element.textContent = text;
    paintBar(seconds);
  }
}

/** Keep an act back until its time, and say how long that is. */
function lock(/** @type {Element} */ button) {
  const left = secondsUntil(Number(button.getAttribute("data-from")));
  tellLeft(button, left);
  if (left > 0) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

/** Offer an act until its time is over, and say how long that is. */
function expire(/** @type {Element} */ button) {
  const left = secondsUntil(Number(button.getAttribute("data-until")));
  tellLeft(button, left);
  button.toggleAttribute("hidden", left <= 0);
}

function tellLeft(/** @type {Element} */ button, /** @type {number} */ seconds) {
  const place = button.querySelector("[data-left]");
  if (!place) return;
  const text = seconds > 0 ? (place.getAttribute("data-left") || "#").replace("#", inDigits(String(seconds))) : "";
  if (place.textContent !== text) place.textContent = text;
}

function paintBar(/** @type {number} */ seconds) {
  const bar = document.querySelector("[data-bar]");
  if (!(bar instanceof HTMLProgressElement)) return;
  bar.value = Math.min(seconds, bar.max);
  bar.classList.toggle("bar--warn", seconds >= LATE * bar.max && seconds < bar.max);
  bar.classList.toggle("bar--alarm", seconds >= bar.max);
  document.querySelector("[data-over]")?.toggleAttribute("hidden", seconds < bar.max);
}

function secondsSince(/** @type {number} */ sinceMs) {
  return Math.max(0, Math.floor((performance.now() + offsetMs - sinceMs) / 1000));
}

function secondsUntil(/** @type {number} */ untilMs) {
  if (Number.isNaN(offsetMs)) return 0;
  return Math.max(0, Math.ceil((untilMs - performance.now() - offsetMs) / 1000));
}

function two(/** @type {number} */ value) {
  return String(value).padStart(2, "0");
}

function inDigits(/** @type {string} */ text) {
  return isArabic ? text.replace(/\d/g, (digit) => "٠١٢٣٤٥٦٧٨٩"[Number(digit)]) : text;
}
