// The desk follows the hall, does each press once, and comes back by itself when the server does.

import { runClocks, setClocks } from "./desk_clocks.js";
import { holdKey, letGo } from "./desk_hold.js";
import {
  closeMenus, dropDrafts, holdMenus, keepMenu, openMenu, stepChoice, takeMenuUp, toggleMenu, typedInMenu,
} from "./desk_menus.js";
import { closeServices, keepServices, openServices, servicesAreOpen, takeServicesUp } from "./desk_services.js";

import { listenForScans } from "./scan_keys.js";

const LOOK_EVERY_MS = 10000;
const LOOK_WHILE_CUT_MS = 1000;
const ANSWER_WITHIN_MS = 4000;
const BETWEEN_LOOKS_MS = 150;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
const DOUBLE_PRESS_MS = 350;
const ALARM_WAITS_MS = 30000;
const STEPS = new Set(["NumpadAdd", "Equal"]);
const OPENS_SEARCH = new Set(["Slash", "NumpadDivide", "/", "'"]);

const main = part("main");
const title = document.title;
const viewAddress = `/desk/view${location.search}`;
/** What the server sent for each part, to tell what changed. @type {Map<string, string>} */
const sent = new Map();
const shown = { stamp: "", epoch: "", revision: -1 };
let isCut = false;
let isLooking = false;
let isLookWanted = false;
let isPressing = false;
let lastPress = { place: "", at: -Infinity };
let retryMs = FIRST_RETRY_MS;

function part(/** @type {string} */ id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

function parts(/** @type {ParentNode} */ root) {
  return [...root.querySelectorAll("[data-part]")].map((each) => /** @type {HTMLElement} */ (each));
}

function named(/** @type {string | undefined} */ name) {
  return /** @type {HTMLElement} */ (document.querySelector(`[data-part="${name}"]`));
}

/* ---- asking ---- */

/** Ask the server and give its whole answer; throws when there is none in time. */
async function ask(/** @type {string} */ address, /** @type {RequestInit} */ more = {}) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), ANSWER_WITHIN_MS);
  try {
    const answer = await fetch(address, {
      headers: { Accept: "text/html", "X-View": "parts" },
      cache: "no-store",
      redirect: "manual",
      signal: limit.signal,
      ...more,
    });
    return { answer, text: await answer.text() };
  } finally {
    clearTimeout(timer);
  }
}

async function look() {
  isLookWanted = true;
  if (isLooking) return;
  isLooking = true;
  while (isLookWanted) {
    isLookWanted = false;
    try {
      const { answer, text } = await ask(viewAddress);
      take(answer, text, false);
    } catch {
      cut(true);
    }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
  isLooking = false;
}

async function press(/** @type {HTMLFormElement} */ form, /** @type {HTMLElement | null} */ button) {
  isPressing = true;
  main.setAttribute("aria-busy", "true");
  const fields = new FormData(form);
  if (button instanceof HTMLButtonElement && button.name) fields.set(button.name, button.value);
  const body = new URLSearchParams();
  for (const [name, value] of fields) body.append(name, String(value));
  try {
    const { answer, text } = await ask(form.action, { method: "POST", body });
    if (answer.status === 200) dropDrafts(form);
    if (answer.status === 200 || answer.status === 409) closeMenus();
    take(answer, text, true);
  } catch {
    cut(true); // done or not: the next look tells, and the same key never does it twice
  }
  isPressing = false;
  const left = lastPress.at + DOUBLE_PRESS_MS - performance.now();
  setTimeout(() => main.removeAttribute("aria-busy"), Math.max(0, left));
}

/* ---- showing ---- */

function take(/** @type {Response} */ answer, /** @type {string} */ text, /** @type {boolean} */ isOwn) {
  if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) {
    leave();
    return;
  }
  if (answer.status !== 200 && answer.status !== 409) {
    cut(true);
    return;
  }
  const page = document.createElement("template");
  page.innerHTML = text;
  const fresh = parts(page.content);
  const isSamePage = fresh.length > 0 && fresh.length === parts(document).length &&
    fresh.every((each) => named(each.dataset.part));
  if (!isSamePage) {
    leave();
    return;
  }
  cut(false);
  const hand = fresh.find((each) => each.dataset.part === "hand");
  if (hand && !isOlder(hand)) show(fresh, hand, isOwn);
}

/** Open the page anew: it is another one now, or somebody has to sign in. */
function leave() {
  location.assign(`/desk${location.search}`);
}

function isOlder(/** @type {HTMLElement} */ hand) {
  return hand.dataset.epoch === shown.epoch && Number(hand.dataset.revision) < shown.revision;
}

function show(/** @type {HTMLElement[]} */ fresh, /** @type {HTMLElement} */ hand, /** @type {boolean} */ isOwn) {
  const isOther = hand.dataset.stamp !== shown.stamp;
  for (const each of fresh) {
    const isNotice = each.dataset.part === "notice";
    // A notice stays until something else is so, or until the next press.
    if (!isNotice || isOwn || isOther || each.dataset.said === "yes") swap(each, !isOther);
  }
  if (isOther) closeServices();
  read(named("hand"));
}

function swap(/** @type {HTMLElement} */ fresh, /** @type {boolean} */ isSame) {
  const name = fresh.dataset.part || "";
  const old = named(name);
  const markup = fresh.innerHTML;
  for (const attribute of [...old.attributes]) {
    if (!fresh.hasAttribute(attribute.name)) old.removeAttribute(attribute.name);
  }
  for (const attribute of fresh.attributes) old.setAttribute(attribute.name, attribute.value);
  const before = sent.get(name) || "";
  sent.set(name, markup);
  if (markup === before) return;
  if (withoutKeys(markup) === withoutKeys(before)) {
    renewKeys(old, fresh);
    return;
  }
  const focused = document.activeElement;
  const had = focused instanceof HTMLElement && focused !== old && old.contains(focused) ? focused.id : null;
  const putBack = isSame ? holdMenus(old) : closeMenus;
  old.replaceChildren(...fresh.childNodes);
  putBack();
  if (had !== null) (document.getElementById(had) || named("hand")).focus({ preventScroll: true });
  if (isCut) block(old);
}

/** The markup less what changes with every event of the hall. */
function withoutKeys(/** @type {string} */ markup) {
  return markup.replace(/name="key" value="[^"]*"/g, "");
}

/** Give the buttons that stay their new keys; an open menu stays open. */
function renewKeys(/** @type {HTMLElement} */ old, /** @type {HTMLElement} */ fresh) {
  const keys = fresh.querySelectorAll("input[name=key]");
  old.querySelectorAll("input[name=key]").forEach((each, index) => {
    each.setAttribute("value", keys[index].getAttribute("value") || "");
  });
}

/** Note what the page shows now. */
function read(/** @type {HTMLElement} */ hand) {
  const { stamp = "", epoch = "", revision = "", now = "" } = hand.dataset;
  const said = part("hand-title").innerText.replace(/\s+/g, " ");
  if (stamp !== shown.stamp && shown.stamp) part("spoken").textContent = said;
  document.title = `${said} – ${title}`;
  Object.assign(shown, { stamp, epoch, revision: Number(revision) });
  setClocks(Number(now));
  runClocks();
}

function cut(/** @type {boolean} */ isCutNow) {
  if (isCut === isCutNow) return;
  isCut = isCutNow;
  part("cut-time").textContent = named("top").dataset.time || "";
  part("cut").hidden = !isCut;
  closeServices();
  block(document);
}

/** Let buttons work only while the server answers. */
function block(/** @type {ParentNode} */ root) {
  for (const button of root.querySelectorAll("form[data-act] button")) {
    button.toggleAttribute("disabled", isCut);
  }
  for (const summary of root.querySelectorAll("summary")) {
    if (isCut) summary.setAttribute("aria-disabled", "true");
    else summary.removeAttribute("aria-disabled");
  }
}

/* ---- hearing ---- */

function listen() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/ws/live`);
  socket.addEventListener("message", () => {
    retryMs = FIRST_RETRY_MS;
    look();
  });
  socket.addEventListener("close", () => {
    look();
    setTimeout(listen, retryMs * (0.5 + Math.random()));
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  });
}

/* ---- pressing ---- */

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-act")) return;
  event.preventDefault();
  const button = event.submitter;
  const place = button ? button.id : form.id;
  const now = performance.now();
  const isDouble = place === lastPress.place && now - lastPress.at < DOUBLE_PRESS_MS;
  if (isCut || isPressing || isDouble || (button && button.getAttribute("aria-disabled") === "true")) return;
  lastPress = { place, at: now };
  press(form, button);
});

document.addEventListener("click", (event) => {
  const clicked = event.target instanceof Element ? event.target.closest("button, summary") : null;
  if (!(clicked instanceof HTMLElement)) return;
  const menu = clicked.parentElement;
  if (menu instanceof HTMLDetailsElement && clicked.matches("summary")) {
    event.preventDefault();
    if (!isCut) toggleMenu(menu);
  }
  if (clicked.dataset.opens === "services") {
    event.preventDefault();
    if (!isCut) openServices(clicked.dataset.for || "service-form");
  }
  // After the mouse the keys belong to the whole desk again; who came with Tab stays.
  if (event.detail > 0) clicked.blur();
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (typedInMenu(event) || isTyping(event.target)) return;
  // Firefox would open its search in the page, which swallows the keys of the desk.
  if (OPENS_SEARCH.has(event.code) || OPENS_SEARCH.has(event.key)) event.preventDefault();
  if (event.repeat || servicesAreOpen()) return;
  const menu = openMenu();
  if (event.code === "Escape" && menu) {
    closeMenus();
    return;
  }
  if (holdKey(event, raiseAlarm) && !menu) return;
  if (menu && STEPS.has(event.code) && stepChoice(menu)) return;
  // Enter on something reached with Tab is that thing's own.
  if (event.code === "Enter" && isControl(document.activeElement)) return;
  for (const button of (menu || document).querySelectorAll(`[data-keys~="${event.code}"]`)) {
    const isHidden = button.matches("summary") ? menu !== null : !menu && button.closest("details");
    if (isHidden || !(button instanceof HTMLElement) || button.offsetParent === null) continue;
    event.preventDefault();
    if (button instanceof HTMLInputElement) button.focus({ preventScroll: true });
    else button.click();
    return;
  }
});

document.addEventListener("keyup", (event) => {
  if (letGo(event) && !openMenu() && !isTyping(event.target)) document.getElementById("act-read")?.click();
});

/** Raise the alarm as soon as nothing else is being sent; for half a minute through a cut. */
function raiseAlarm(/** @type {number} */ until = performance.now() + ALARM_WAITS_MS) {
  if ((isPressing || isCut) && performance.now() < until) setTimeout(raiseAlarm, 100, until);
  else document.getElementById("emergency-silent")?.click();
}

/** A scanned slip: the server says which number it is of; one that may be taken is put in place. */
async function scan(/** @type {string} */ text) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("scan"));
  if (isCut || isPressing) return;
  /** @type {HTMLInputElement} */ (form.elements.namedItem("code")).value = text;
  await press(form, null);
  const told = document.querySelector("[data-scanned]");
  if (!(told instanceof HTMLElement)) return;
  const menu = document.getElementById(`menu-${told.dataset.takes}`);
  const field = document.getElementById(`${told.dataset.takes}-label`);
  if (!(menu instanceof HTMLDetailsElement) || !(field instanceof HTMLInputElement)) return;
  if (!menu.open) toggleMenu(menu);
  field.value = told.dataset.scanned || "";
  field.focus({ preventScroll: true });
}

function isTyping(/** @type {EventTarget | null} */ target) {
  const fields = "input:not([type=radio]), textarea, select, [contenteditable]";
  const field = target instanceof Element && target.closest(fields);
  // A dialog just closed keeps the focus in its field until the next frame.
  return field instanceof Element && !field.closest("dialog:not([open]), details:not([open])");
}

function isControl(/** @type {Element | null} */ element) {
  return element !== null && element.closest("a, button, summary") !== null;
}

/* ---- beginning ---- */

document.documentElement.classList.add("has-script");
for (const each of parts(document)) sent.set(each.dataset.part || "", each.innerHTML);
read(named("hand"));
takeMenuUp(shown.stamp);
takeServicesUp(shown.stamp);
addEventListener("pagehide", () => {
  keepMenu(shown.stamp);
  keepServices(shown.stamp);
});
listenForScans(scan);
setInterval(runClocks, 250);
setInterval(look, LOOK_EVERY_MS);
setInterval(() => isCut && look(), LOOK_WHILE_CUT_MS);
addEventListener("online", look);
addEventListener("pageshow", (event) => event.persisted && look());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
listen();
