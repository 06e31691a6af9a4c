// Reads a barcode scanner that types into the browser like a keyboard.
//
// Keys are read by where they are (`code`), never by what they would write (`key`): under an Arabic
// layout a scan would else come as other letters. A scanner is known by its speed: keys of one burst
// follow each other within 50 ms, which no hand does for long. The first keys of a burst are held
// back until that is sure, so that a scan presses no button; if it was a hand, they are given on.

/** Between the first keys of a scanner at most so many milliseconds pass. */
export const GAP_MS = 50;
/** Once it is surely a scanner, it may falter: a busy page hears it late. */
const SURE_GAP_MS = 150;
/** A burst of fewer signs is a hand's. */
export const LEAST_SIGNS = 6;
const LONGEST_SIGNS = 8192;

/** @param {string} codes @param {string} plain @param {string} shifted */
const row = (codes, plain, shifted) =>
  codes.split(" ").map((code, at) => /** @type {[string, [string, string]]} */ ([code, [plain[at], shifted[at]]]));
const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** The signs of each key on a US keyboard, alone and with Shift. @type {Map<string, [string, string]>} */
const SIGNS = new Map([
  ...letters.map((letter) => /** @type {[string, [string, string]]} */ ([`Key${letter}`, [letter.toLowerCase(), letter]])),
  ...[..."1234567890"].map((digit, at) => /** @type {[string, [string, string]]} */ ([`Digit${digit}`, [digit, "!@#$%^&*()"[at]]])),
  ...[..."0123456789"].map((digit) => /** @type {[string, [string, string]]} */ ([`Numpad${digit}`, [digit, digit]])),
  ...row("Minus Equal BracketLeft BracketRight Backslash Semicolon Quote Backquote Comma Period Slash Space",
    "-=[]\\;'`,./ ", '_+{}|:"~<>? '),
  ...row("NumpadAdd NumpadSubtract NumpadMultiply NumpadDivide NumpadDecimal IntlBackslash", "+-*/.\\", "+-*/.|"),
]);
const ENDS = new Set(["Enter", "NumpadEnter", "Tab"]);
const SILENT = new Set(["ShiftLeft", "ShiftRight", "CapsLock", "NumLock"]);

/** Keys that were held and given on: nobody here holds them again. @type {WeakSet<Event>} */
const given = new WeakSet();

/**
 * Tell `onScan` of every scan from now on.
 *
 * While a field is typed in, nothing is read, unless the field has `data-scans`.
 * @param {(text: string) => void} onScan
 * @param {number} [gapMs] longer where nobody ever types, as at a kiosk
 */
export function listenForScans(onScan, gapMs = GAP_MS) {
  let text = "";
  let lastAt = -Infinity;
  /** Keys that may be a hand's. @type {{event: KeyboardEvent, target: EventTarget | null}[]} */
  let held = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const isBurst = () => text.length >= LEAST_SIGNS;
  const gap = () => (isBurst() ? Math.max(gapMs, SURE_GAP_MS) : gapMs);

  /** Hold these keys, and let the page show that some are held. */
  function hold(/** @type {typeof held} */ keys) {
    held = keys;
    document.documentElement.toggleAttribute("data-keys-held", held.length > 0);
  }

  function finish() {
    clearTimeout(timer);
    const scanned = text;
    const keys = held;
    text = "";
    hold([]);
    if (scanned.length >= LEAST_SIGNS) {
      if (scanned.length <= LONGEST_SIGNS) onScan(scanned);
    } else {
      for (const key of keys) giveOn(key.event, key.target);
    }
  }

  /** Let a held key do what it would have done. */
  function giveOn(/** @type {KeyboardEvent} */ event, /** @type {EventTarget | null} */ target) {
    const again = new KeyboardEvent(event.type, {
      key: event.key, code: event.code, location: event.location, repeat: event.repeat,
      ctrlKey: event.ctrlKey, shiftKey: event.shiftKey, altKey: event.altKey, metaKey: event.metaKey,
      bubbles: true, cancelable: true, composed: true,
    });
    given.add(again);
    const place = target instanceof Node && target.isConnected ? target : document.body;
    const isAllowed = place.dispatchEvent(again);
    if (!isAllowed || event.type !== "keydown" || event.key.length !== 1) return;
    if (place instanceof HTMLInputElement || place instanceof HTMLTextAreaElement) write(place, event.key);
  }

  /** A key that we made writes nothing by itself. */
  function write(/** @type {HTMLInputElement | HTMLTextAreaElement} */ field, /** @type {string} */ sign) {
    const { selectionStart: start, selectionEnd: end } = field;
    field.setRangeText(sign, start ?? field.value.length, end ?? field.value.length, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function keep(/** @type {KeyboardEvent} */ event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function down(/** @type {KeyboardEvent} */ event) {
    if (given.has(event) || event.isComposing || SILENT.has(event.code)) return;
    const isOver = event.timeStamp - lastAt > gap();
    if (isOver && text) finish();
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyped(event.target)) {
      if (text) finish();
      return;
    }
    if (ENDS.has(event.code)) {
      if (isBurst()) keep(event);
      if (text) finish();
      return;
    }
    // Space presses what has the focus, and no code of ours begins with one.
    const signs = event.code === "Space" && !text ? undefined : SIGNS.get(event.code);
    if (signs === undefined) {
      if (text) finish();
      return;
    }
    keep(event);
    lastAt = event.timeStamp;
    let isShifted = event.shiftKey;
    if (/^Key/.test(event.code) && event.getModifierState("CapsLock")) isShifted = !isShifted;
    if (text.length <= LONGEST_SIGNS) text += signs[isShifted ? 1 : 0];
    hold(isBurst() ? [] : [...held, { event, target: event.target }]);
    clearTimeout(timer);
    timer = setTimeout(finish, gap() + 20);
  }

  function up(/** @type {KeyboardEvent} */ event) {
    if (given.has(event)) return;
    const isHeld = held.some((key) => key.event.code === event.code);
    if (!isHeld && !(isBurst() && SIGNS.has(event.code))) return;
    keep(event);
    if (!isBurst()) hold([...held, { event, target: event.target }]);
  }

  window.addEventListener("keydown", down, { capture: true });
  window.addEventListener("keyup", up, { capture: true });
}

/** Whether a person types here, in a field that asks for no scans. */
function isTyped(/** @type {EventTarget | null} */ target) {
  const fields = "input:not([type=radio], [type=checkbox], [type=submit], [type=button]), textarea, select, [contenteditable]";
  const field = target instanceof Element ? target.closest(fields) : null;
  return field !== null && !field.hasAttribute("data-scans");
}
