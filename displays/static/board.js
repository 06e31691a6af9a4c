// Paints what the agent on this machine says, tells it what was painted and heard, and comes back by
// itself.

import { SoundLine, trial } from "./sound.js";

/**
 * @typedef {{id: number, label: string, letters: boolean, window: string, again: string | null}} CallFace
 * @typedef {{version: string, centre: string, time: string, wait: string | null,
 *   current: CallFace | null, previous: CallFace[], news: string | null, stale: boolean,
 *   ring: boolean, hurried: boolean, voice: {call: number, url: string, duration_ms: number, volume: number} | null,
 *   emergency: {title_ar: string, title_en: string, text_ar: string, text_en: string, calls: boolean} | null,
 *   alert: {id: number, url: string | null, duration_ms: number, volume: number} | null,
 *   fault: string | null, training: string | null, messages: string[]}} Face
 */

const STALE_AFTER_MS = 15000;
const LONGEST_DELAY_MS = 4000;
const SMALLEST = 0.55;
const FITTING_STEPS = 4;

const root = document.documentElement;
const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const board = part("board");
const rows = [...document.querySelectorAll("[data-row]")].map((row) => ({
  label: /** @type {HTMLElement} */ (row.querySelector(".calls__label")),
  window: /** @type {HTMLElement} */ (row.querySelector(".calls__window")),
}));

/** @type {WebSocket | null} */
let socket = null;
let heardAt = performance.now();
let delayMs = 250;
let agentIsStale = false;
const isSilent = root.dataset.chime !== "on" && root.dataset.voice !== "on";
/** What came of trying to sound something: asked once, told on every connection. */
const sounding = isSilent ? null : trial();
const sounds = new SoundLine(tell);
/** @type {number | null} The saying of an emergency that this page has sounded last. */
let alerted = null;
/** @type {number | null} The call whose words this page has spoken last, or is to speak. */
let voiced = null;

function connect() {
  const opened = new WebSocket(`ws://${location.host}/ws${location.search}`);
  /** @type {number | null} The call that this connection has been told about. */
  let told = null;
  /** @type {Set<string>} The messages that this connection has said to stand here. */
  const standing = new Set();
  socket = opened;
  opened.addEventListener("open", () => {
    sounding?.then((fault) => {
      if (socket === opened) tell(fault ? { unheard: 0, reason: fault } : { heard: true });
    });
  });
  opened.addEventListener("message", (message) => {
    /** @type {Face} */
    const face = JSON.parse(message.data);
    heardAt = performance.now();
    delayMs = 250;
    if (face.version !== root.dataset.version && mayReload()) {
      location.reload();
      return;
    }
    paint(face);
    const current = face.current;
    if (current && current.id !== told) {
      told = current.id;
      whenPainted(() => {
        if (socket === opened) tell({ painted: current.id });
      });
    }
    for (const message of face.messages) {
      if (standing.has(message)) continue;
      standing.add(message);
      whenPainted(() => {
        if (socket === opened) tell({ told: message });
      });
    }
  });
  opened.addEventListener("close", () => {
    if (socket !== opened) return;
    socket = null;
    setTimeout(connect, delayMs);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  });
}

function tell(/** @type {object} */ said) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(said));
}

/** Run `then` once the frame that is being prepared stands on the glass, in its own font. */
function whenPainted(/** @type {() => void} */ then) {
  document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(then)));
}

/** A page older than its agent loads itself again, but never in a circle. */
function mayReload() {
  const last = Number(sessionStorage.getItem("reloaded") || 0);
  if (Date.now() - last < 60000) return false;
  sessionStorage.setItem("reloaded", String(Date.now()));
  return true;
}

function paint(/** @type {Face} */ face) {
  if (face.centre) say("centre", face.centre);
  say("training", face.training || "");
  part("training").hidden = face.training === null;
  root.toggleAttribute("data-training", face.training !== null);
  say("clock", face.time);
  say("wait", face.wait || "");
  say("news", face.news || "");
  part("call-full").hidden = face.current === null;
  part("call-empty").hidden = face.current !== null;
  if (face.current) {
    write(part("call-label"), face.current);
    say("call-window", face.current.window);
    say("call-again", face.current.again || "");
    part("call-again").hidden = face.current.again === null;
  }
  rows.forEach((row, index) => {
    const call = face.previous[index];
    write(row.label, call || { label: "", letters: false });
    row.window.textContent = call ? call.window : "";
  });
  paintEmergency(face);
  say("fault", face.fault || "");
  agentIsStale = face.stale;
  markStale();
  fitLines();
  if (face.ring && face.current) announce(face.current.id, face.hurried);
  if (face.voice && face.voice.call !== voiced) {
    voiced = face.voice.call;
    sounds.words(face.voice);
  }
  if (face.alert && face.alert.id !== alerted) {
    alerted = face.alert.id;
    const { id: call, url, duration_ms, volume } = face.alert;
    if (!isSilent) sounds.chime(call, volume, false);
    if (url) sounds.words({ call, url, duration_ms, volume });
  }
}

/** An emergency stands over everything else, also while the line is cut. */
function paintEmergency(/** @type {Face} */ face) {
  const said = face.emergency;
  part("emergency").hidden = said === null;
  board.classList.toggle("is-emergency", said !== null);
  if (!said) return;
  say("emergency-title-ar", said.title_ar);
  say("emergency-title-en", said.title_en);
  say("emergency-ar", said.text_ar);
  say("emergency-en", said.text_en);
  const call = said.calls ? face.current : null;
  part("emergency-call").hidden = call === null;
  if (call) {
    say("emergency-label", call.label);
    say("emergency-window", call.window);
  }
}

function say(/** @type {string} */ id, /** @type {string} */ text) {
  const element = part(id);
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} element @param {{label: string, letters: boolean}} call */
function write(element, call) {
  if (element.textContent !== call.label) element.textContent = call.label;
  element.toggleAttribute("data-letters", call.letters);
}

function fitLines() {
  for (const id of ["centre", "wait", "news", "call-label"]) fitLine(part(id));
  for (const row of rows) fitLine(row.label);
  fitBlock(part("emergency-said"));
}

/** Set a text of many lines smaller until all of it is seen. */
function fitBlock(/** @type {HTMLElement} */ element) {
  element.style.removeProperty("font-size");
  const fullPx = parseFloat(getComputedStyle(element).fontSize);
  for (let share = 0.92; element.scrollHeight > element.clientHeight && share > 0.3; share *= 0.92) {
    element.style.setProperty("font-size", `${fullPx * share}px`);
  }
}

/** Set a line that is too long smaller, until it fits or becomes too small. */
function fitLine(/** @type {HTMLElement} */ element) {
  element.style.removeProperty("font-size");
  const fullPx = parseFloat(getComputedStyle(element).fontSize);
  // Letters do not all shrink evenly: what the first step leaves over is taken off in the next.
  for (let share = 1, steps = 0; steps < FITTING_STEPS && share > SMALLEST; steps++) {
    const ratio = element.clientWidth / element.scrollWidth;
    if (element.clientWidth === 0 || ratio >= 1) return;
    share = Math.max(share * ratio * 0.99, SMALLEST);
    element.style.setProperty("font-size", `${fullPx * share}px`);
  }
}

function announce(/** @type {number} */ id, /** @type {boolean} */ isHurried) {
  const call = part("call");
  call.classList.remove("is-new");
  void call.offsetWidth; // lets the animation begin anew
  call.classList.add("is-new");
  const isHeard = root.dataset.chime === "on" && !root.hasAttribute("data-training");
  if (isHeard) sounds.chime(id, Number(root.dataset.volume), isHurried);
}

/** Silence of the server, or of the agent itself: then the time is not known either. */
function markStale() {
  const isCut = performance.now() - heardAt > STALE_AFTER_MS;
  board.classList.toggle("is-stale", isCut || agentIsStale);
  board.classList.toggle("is-cut", isCut);
}

function stayAwake() {
  if (document.visibilityState === "visible" && "wakeLock" in navigator) {
    navigator.wakeLock.request("screen").catch(() => {});
  }
}

connect();
setInterval(markStale, 1000);
document.addEventListener("visibilitychange", stayAwake);
addEventListener("resize", fitLines);
document.fonts.ready.then(fitLines);
stayAwake();
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker.js").catch(() => {});
