// Parts of a staff page renew themselves: at every change the server tells of, and every few
// seconds besides. A part is `<div id data-part="address">`; with `data-every` it is asked for at
// most so often (in seconds) however often the hall changes. A menu of orders, `<details id data-stays>`,
// stays as it was opened until it is closed. `#stale` says when the page is old.

const LOOK_EVERY_MS = 5000;
const BREATH_MS = 300;
const ANSWER_WITHIN_MS = 6000;
const STALE_AFTER_MS = 8000;
const SLOW_STALE = 4; // times its own pace
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10000;

const stale = document.getElementById("stale");

let isPressing = false;
let isTouched = false;
let isEnded = false;
let retryMs = FIRST_RETRY_MS;

/** One part of the page that is fetched anew. */
class Part {
  constructor(element) {
    this.element = element;
    this.everyMs = Number(element.dataset.every || 0) * 1000;
    this.shown = "";
    /** What came during a press: `{ html, at }`. */
    this.waiting = null;
    /** When that was fetched which now stands on the page. */
    this.renewedAt = Date.now();
    this.isAsking = false;
    this.isDue = false;
    /** What else is to be done with new content. */
    this.onTaken = () => {};
  }

  get ageMs() {
    return Date.now() - this.renewedAt;
  }

  get isOld() {
    return this.ageMs > Math.max(STALE_AFTER_MS, this.everyMs * SLOW_STALE);
  }

  /** The hall has changed. */
  hear() {
    if (this.ageMs >= this.everyMs) this.renew();
  }

  /** Fetch it; a wish that comes meanwhile causes one more fetch, however many came. */
  async renew() {
    if (isEnded) return;
    if (this.isAsking) {
      this.isDue = true;
      return;
    }
    this.isAsking = true;
    this.isDue = false;
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), ANSWER_WITHIN_MS);
    try {
      const answer = await fetch(this.element.dataset.part, {
        cache: "no-store",
        redirect: "error",
        signal: stop.signal,
        headers: { Accept: "application/json", ...touched() },
      });
      if (answer.status === 401 || answer.status === 403) return endSession();
      if (!answer.ok) throw new Error(String(answer.status));
      this.take(await answer.text(), Date.now());
    } catch {
      // The page says that it is old; the next look comes by itself.
    } finally {
      clearTimeout(limit);
      this.isAsking = false;
      tellAge();
      if (this.isDue) setTimeout(() => this.renew(), BREATH_MS);
    }
  }

  /** Put new content in place, never between the press and the release of a button. */
  take(html, at) {
    if (isPressing) {
      this.waiting = { html, at };
      return;
    }
    this.waiting = null;
    this.renewedAt = at;
    if (html === this.shown) return;
    this.shown = html;
    swap(this.element, html);
    this.onTaken();
  }

  /** A menu that stayed as it was has been closed. */
  catchUp() {
    const html = this.waiting?.html ?? this.shown;
    this.shown = "";
    if (html) this.take(html, this.waiting?.at ?? this.renewedAt);
  }

  release() {
    if (this.waiting) this.take(this.waiting.html, this.waiting.at);
  }
}

/** Replace what an element holds; menus stay open, choices chosen, lists where they were moved to,
 * and the focus where it was. No button of an open menu of orders changes under a finger: what it
 * says is what is ordered, and the server refuses it where it no longer may be. */
function swap(element, html) {
  const staying = [...element.querySelectorAll("details[open][id][data-stays]")];
  const open = [...element.querySelectorAll("details[open]")].map((each) => each.id);
  const touchedFields = [...element.querySelectorAll("input[id], select[id]")].filter(isChosen);
  const values = touchedFields.map((each) => [each.id, each.value]);
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const selector = focused && (focused.id ? `#${CSS.escape(focused.id)}` : summaryOf(focused));
  const moved = [...element.querySelectorAll("[tabindex][id]")]
    .map((each) => [each.id, each.scrollLeft, each.scrollTop])
    .filter(([, left, top]) => left || top);
  element.innerHTML = html;
  for (const menu of staying) document.getElementById(menu.id)?.replaceWith(menu);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, value] of values) {
    const field = document.getElementById(id);
    if (field && value && takes(field, value)) field.value = value;
  }
  for (const [id, left, top] of moved) document.getElementById(id)?.scrollTo(left, top);
  if (selector) element.querySelector(selector)?.focus({ preventScroll: true });
}

/** Whether somebody has chosen or typed something else than the server sent. */
function isChosen(field) {
  if (!(field instanceof HTMLSelectElement)) return field.value !== field.defaultValue;
  const sent = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(sent, 0);
}

/** A choice that is no longer offered leaves the field as the server sent it. */
function takes(field, value) {
  return !(field instanceof HTMLSelectElement) || [...field.options].some((option) => option.value === value);
}

/** Say once that somebody touched the page: a page that only renews itself is not in use. */
function touched() {
  const headers = isTouched ? { "X-Touched": "yes" } : {};
  isTouched = false;
  return headers;
}

function summaryOf(focused) {
  const details = focused.closest("details[id]");
  return details ? `#${CSS.escape(details.id)} > summary` : "";
}

export const parts = [...document.querySelectorAll("[data-part]")].map((each) => new Part(each));

function listen() {
  if (isEnded) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/ws/live`);
  socket.addEventListener("message", () => {
    retryMs = FIRST_RETRY_MS;
    for (const part of parts) part.hear();
  });
  socket.addEventListener("close", () => {
    setTimeout(listen, retryMs * (0.5 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  });
}

function tellAge() {
  const isOld = parts.some((part) => part.isOld);
  stale.hidden = !isOld && !isEnded;
  document.body.classList.toggle("is-old", isOld || isEnded);
  stale.querySelector("[data-for=silence]").hidden = isEnded;
  stale.querySelector("[data-for=session]").hidden = !isEnded;
}

function endSession() {
  isEnded = true;
  tellAge();
}

// Only the first button presses anything; the release of another one is often never told.
addEventListener("pointerdown", (event) => {
  if (event.isPrimary && event.button === 0) isPressing = true;
});
for (const kind of ["pointerup", "pointercancel", "contextmenu", "blur"]) {
  addEventListener(kind, endPress);
}
// A release beyond the page is not told either: the pointer comes back with nothing pressed.
addEventListener("pointermove", (event) => {
  if (isPressing && event.buttons === 0) endPress();
});

function endPress() {
  // After the click, which comes last.
  setTimeout(() => {
    isPressing = false;
    for (const part of parts) part.release();
    tellAge();
  });
}

// `toggle` does not bubble.
addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.matches("details[data-stays]:not([open])")) return;
    for (const part of parts) if (part.element.contains(target)) part.catchUp();
  },
  { capture: true },
);

for (const kind of ["pointerdown", "keydown", "wheel"]) {
  addEventListener(kind, () => (isTouched = true), { passive: true });
}

addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button[type=submit]")) {
    setTimeout(() => button.setAttribute("disabled", ""));
  }
});
// A page taken back out of the browser's history is asked for anew, its buttons enabled.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const part of parts) part.renew();
});
setInterval(() => {
  tellAge();
  for (const part of parts) if (part.ageMs >= part.everyMs * 3) part.renew();
}, LOOK_EVERY_MS);

// What was done is said once: neither a reload nor a bookmark says it again.
const notice = document.querySelector("[data-focus]");
if (notice) {
  notice.focus();
  history.replaceState(null, "", location.pathname);
}
listen();
