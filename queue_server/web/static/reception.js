// The part of the page that tells of the hall, or of one number's slip, renews itself: at every
// change the server tells of, and every few seconds besides. Without this file the page asks again.

const LOOK_EVERY_MS = 3000;
const ANSWER_WITHIN_MS = 6000;
const STALE_AFTER_MS = 10000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10000;

const part = /** @type {HTMLElement} */ (document.getElementById("now"));
const stale = /** @type {HTMLElement} */ (document.getElementById("stale"));
let shown = "";
let renewedAt = Date.now();
let isAsking = false;
let isDue = false;
let isPressing = false;
let isTouched = false;
let retryMs = FIRST_RETRY_MS;

/** Fetch the part; a wish that comes meanwhile causes one more fetch, however many came. */
async function renew() {
  if (isAsking) {
    isDue = true;
    return;
  }
  isAsking = true;
  isDue = false;
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), ANSWER_WITHIN_MS);
  const headers = isTouched ? { Accept: "application/json", "X-Touched": "yes" } : { Accept: "application/json" };
  isTouched = false;
  try {
    const answer = await fetch(/** @type {string} */ (part.dataset.part), { cache: "no-store", redirect: "error", signal: stop.signal, headers });
    if (answer.status === 401 || answer.status === 403) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    take(await answer.text());
  } catch {
    // The page says that it is old; the next look comes by itself.
  } finally {
    clearTimeout(limit);
    isAsking = false;
    tellAge();
    if (isDue) setTimeout(renew, FIRST_RETRY_MS);
  }
}

/** Put new content in place, never between the press and the release of a button. */
function take(/** @type {string} */ html) {
  if (isPressing) return;
  renewedAt = Date.now();
  if (html === shown) return;
  shown = html;
  const opened = [...part.querySelectorAll("details[id]")].map((each) => /** @type {HTMLDetailsElement} */ (each));
  const states = opened.map((each) => /** @type {[string, boolean]} */ ([each.id, each.open]));
  const focused = part.contains(document.activeElement) && document.activeElement ? document.activeElement.id : "";
  part.innerHTML = html;
  for (const [id, isOpen] of states) {
    const details = document.getElementById(id);
    if (details instanceof HTMLDetailsElement && isOpen) details.open = true;
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function tellAge() {
  const isOld = Date.now() - renewedAt > STALE_AFTER_MS;
  stale.hidden = !isOld;
  document.body.classList.toggle("is-old", isOld);
}

function listen() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/ws/live`);
  socket.addEventListener("message", () => {
    retryMs = FIRST_RETRY_MS;
    renew();
  });
  socket.addEventListener("close", () => {
    setTimeout(listen, retryMs * (0.5 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  });
}

addEventListener("pointerdown", (event) => {
  if (event.isPrimary && event.button === 0) isPressing = true;
});
for (const kind of ["pointerup", "pointercancel", "contextmenu", "blur"]) {
  addEventListener(kind, () => setTimeout(() => (isPressing = false)));
}
addEventListener("pointermove", (event) => {
  if (isPressing && event.buttons === 0) isPressing = false;
});
for (const kind of ["pointerdown", "keydown", "wheel"]) {
  addEventListener(kind, () => (isTouched = true), { passive: true });
}

// A second press of the same button sends nothing: the first one's key would make it one number
// anyway, and its answer is on the way.
addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button[type=submit]")) {
    button.setAttribute("aria-disabled", "true");
  }
});
// A page taken back out of the browser's history is asked for anew: its key has been used.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const notice = document.querySelector("[data-focus]");
if (notice instanceof HTMLElement) {
  notice.focus();
  // What was done is said once: neither a reload nor a bookmark says it again.
  history.replaceState(null, "", location.pathname + (location.search.startsWith("?new") ? "?new" : ""));
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) renew();
});
setInterval(() => {
  tellAge();
  renew();
}, LOOK_EVERY_MS);
listen();
