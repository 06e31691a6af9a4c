// Shows what the agent on this machine says, tells it which button was touched, and comes back by
// itself. The page decides nothing: a touch is a name, and only the agent knows what it means.

import { listenForScans } from "./scan_keys.js";

/**
 * @typedef {{type: string, version: string, step: string, language: string, direction: string,
 *   touches: string[], html: string}} Face
 */

const CUT_AFTER_MS = 1500;
const LONGEST_DELAY_MS = 4000;
/** No hand types at a kiosk: a scanner may be slow. */
const NOBODY_TYPES_MS = 300;
/** Longer than any code of the centre's: what is cut off makes no difference. */
const LONGEST_SCAN = 600;
const EASTERN = "٠١٢٣٤٥٦٧٨٩";

const root = document.documentElement;
const glass = /** @type {HTMLElement} */ (document.getElementById("glass"));
const cut = /** @type {HTMLElement} */ (document.getElementById("cut"));

/** @type {WebSocket | null} */
let socket = null;
let delayMs = 250;
/** @type {number | undefined} */
let cutTimer;
/** @type {{name: string, pointer: number} | null} The button that a finger went down on. */
let pressed = null;

function connect() {
  const opened = new WebSocket(`ws://${location.host}/ws`);
  socket = opened;
  opened.addEventListener("message", (message) => {
    /** @type {Face} */
    const face = JSON.parse(message.data);
    if (face.type !== "glass") return;
    delayMs = 250;
    clearTimeout(cutTimer);
    cutTimer = undefined;
    cut.hidden = true;
    glass.inert = false;
    if (face.version !== root.dataset.version && mayReload()) {
      location.reload();
      return;
    }
    show(face);
  });
  opened.addEventListener("close", () => {
    if (socket !== opened) return;
    socket = null;
    cutTimer ??= setTimeout(sayCut, CUT_AFTER_MS);
    setTimeout(connect, delayMs);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  });
}

/** Without its agent the page can do nothing: say so, and what to do. */
function sayCut() {
  cut.hidden = false;
  glass.inert = true;
}

/** A page older than its agent loads itself again, but never in a circle. */
function mayReload() {
  const last = Number(sessionStorage.getItem("reloaded") || 0);
  if (Date.now() - last < 60000) return false;
  sessionStorage.setItem("reloaded", String(Date.now()));
  return true;
}

function show(/** @type {Face} */ face) {
  const isNewStep = glass.dataset.step !== face.step || root.lang !== face.language;
  const wasAsking = glass.querySelector(".ask") !== null;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const hadFocus = focused !== null && glass.contains(focused);
  root.lang = face.language;
  root.dir = face.direction;
  glass.dataset.step = face.step;
  glass.innerHTML = face.html;
  if (voiced !== `${face.step} ${face.language}`) hush();
  const isAsking = glass.querySelector(".ask") !== null;
  if (isNewStep || isAsking !== wasAsking) {
    window.scrollTo(0, 0);
    heading()?.focus();
  } else if (hadFocus) {
    (buttonNamed(focused.dataset.touch || "") || heading())?.focus();
  }
}

/** @returns {HTMLElement | null} */
function heading() {
  return glass.querySelector(".ask [tabindex='-1']") || glass.querySelector("h1");
}

/** @returns {HTMLElement | null} */
function buttonNamed(/** @type {string} */ name) {
  return glass.querySelector(`[data-touch="${CSS.escape(name)}"]`);
}

/** @returns {string | null} The name of the live button under an event. */
function nameUnder(/** @type {EventTarget | null} */ target) {
  const button = target instanceof Element ? target.closest("[data-touch]") : null;
  if (!(button instanceof HTMLButtonElement) || button.disabled || button.closest("[inert]")) return null;
  return button.dataset.touch || null;
}

function send(/** @type {string} */ name) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ touch: name }));
}

// A touch counts when the finger goes up on the button that it went down on; sliding off cancels.
// The glass may be drawn anew in between, so that names are compared, not elements.
document.addEventListener("pointerdown", (event) => {
  if (!event.isPrimary || event.button !== 0) return;
  const name = nameUnder(event.target);
  pressed = name === null ? null : { name, pointer: event.pointerId };
});
document.addEventListener("pointerup", (event) => {
  const down = pressed;
  pressed = null;
  if (down === null || down.pointer !== event.pointerId) return;
  const name = nameUnder(document.elementFromPoint(event.clientX, event.clientY));
  if (name === down.name) send(name);
});
document.addEventListener("pointercancel", () => {
  pressed = null;
});
// Keys and assistive technology make a click without a pointer.
document.addEventListener("click", (event) => {
  if (event.detail !== 0) return;
  const name = nameUnder(event.target);
  if (name !== null) send(name);
});
document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("dragstart", (event) => event.preventDefault());

// «اسمع»: a touch begins, the same touch again begins anew, and any other ends it.
/** @type {HTMLAudioElement | null} */
let voice = null;
/** @type {string} Of what the voice says something. */
let voiced = "";

function hush() {
  voice?.pause();
  voice = null;
}

function listen() {
  hush();
  // A question mark of its own each time: what is said belongs to this moment and is not kept.
  voice = new Audio(`/say.wav?${Date.now()}`);
  voiced = `${glass.dataset.step} ${root.lang}`;
  voice.play().catch(() => {});
}

document.addEventListener("pointerdown", hush, { capture: true });
document.addEventListener("keydown", hush, { capture: true });
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-listen]")) listen();
});

/** Count down what the agent counts down too; it alone decides when the time is over. */
setInterval(() => {
  for (const element of document.querySelectorAll("[data-countdown]")) {
    if (!(element instanceof HTMLElement)) continue;
    const left = Math.max(0, Number(element.dataset.countdown) - 1);
    element.dataset.countdown = String(left);
    element.textContent = inDigits(left);
  }
}, 1000);

function inDigits(/** @type {number} */ value) {
  const text = String(value);
  return root.lang === "ar" ? text.replace(/\d/g, (digit) => EASTERN[Number(digit)]) : text;
}

function stayAwake() {
  if (document.visibilityState === "visible" && "wakeLock" in navigator) {
    navigator.wakeLock.request("screen").catch(() => {});
  }
}

// A scanner that types like a keyboard; one with a line of its own speaks to the agent itself.
listenForScans((text) => {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ scan: text.slice(0, LONGEST_SCAN) }));
}, NOBODY_TYPES_MS);

connect();
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker.js").catch(() => {});
