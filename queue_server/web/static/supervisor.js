// The hall renews itself: at every change the server tells of, and every few seconds besides.
// Without this file the page asks again every 15 seconds by itself.

const LOOK_EVERY_MS = 5000;
const DAY_EVERY_MS = 10000;
const BREATH_MS = 300;
const ANSWER_WITHIN_MS = 6000;
const STALE_AFTER_MS = 8000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10000;

const stale = document.getElementById("stale");
const news = document.getElementById("news");

/** One part of the page that is fetched anew. */
class Part {
  constructor(id) {
    this.element = document.getElementById(id);
    this.shown = "";
    /** What came during a press: `{ html, at }`. */
    this.waiting = null;
    /** When that was fetched which now stands on the page. */
    this.renewedAt = Date.now();
    this.isAsking = false;
    this.isDue = false;
  }

  /** Fetch it; a wish that comes meanwhile causes one more fetch, however many came. */
  async renew() {
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
  }

  release() {
    if (this.waiting) this.take(this.waiting.html, this.waiting.at);
  }
}

/** Replace what an element holds; menus stay open, choices chosen, and the focus where it was. */
function swap(element, html) {
  const open = [...element.querySelectorAll("details[open]")].map((each) => each.id);
  const values = [...element.querySelectorAll("input[id], select[id]")].map((each) => [each.id, each.value]);
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const selector = focused && (focused.id ? `#${CSS.escape(focused.id)}` : summaryOf(focused));
  element.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, value] of values) {
    const field = document.getElementById(id);
    if (field && value) field.value = value;
  }
  if (selector) element.querySelector(selector)?.focus({ preventScroll: true });
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

const now = new Part("now");
const today = new Part("today");
let isPressing = false;
let isTouched = false;
let isEnded = false;
let retryMs = FIRST_RETRY_MS;
let lastKey = now.element.firstElementChild.dataset.key;

async function renewNow() {
  await now.renew();
  const data = now.element.firstElementChild.dataset;
  document.title = data.title + stale.dataset.suffix;
  if (data.key !== lastKey) news.textContent = data.news;
  lastKey = data.key;
}

function listen() {
  if (isEnded) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/ws/live`);
  socket.addEventListener("message", () => {
    retryMs = FIRST_RETRY_MS;
    renewNow();
    if (Date.now() - today.renewedAt > DAY_EVERY_MS) today.renew();
  });
  socket.addEventListener("close", () => {
    setTimeout(listen, retryMs * (0.5 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  });
}

function tellAge() {
  const isOld = Date.now() - now.renewedAt > STALE_AFTER_MS;
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
    now.release();
    today.release();
    tellAge();
  });
}

for (const kind of ["pointerdown", "keydown", "wheel"]) {
  addEventListener(kind, () => (isTouched = true), { passive: true });
}

addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button[type=submit]")) {
    setTimeout(() => button.setAttribute("disabled", ""));
  }
});

// Only one menu is open at a time; Escape and a press elsewhere close it.
addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[open]")) {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !isEnded) renewNow();
});
setInterval(() => {
  tellAge();
  if (isEnded) return;
  renewNow();
  if (Date.now() - today.renewedAt > DAY_EVERY_MS * 3) today.renew();
}, LOOK_EVERY_MS);

// What was done is said once: neither a reload nor a bookmark says it again.
const notice = document.querySelector("[data-focus]");
if (notice) {
  notice.focus();
  history.replaceState(null, "", "/supervisor");
}
listen();
