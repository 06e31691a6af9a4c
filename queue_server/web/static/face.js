// A window's face follows its window, and says so when it cannot: an old number is worse than none.
// Without this file the page asks again every 5 seconds by itself.

const LOOK_EVERY_MS = 5000;
const STALE_AFTER_MS = 15000;
const ANSWER_WITHIN_MS = 4000;

const face = document.getElementById("face");
const stale = document.getElementById("stale");
const news = document.getElementById("news");

let renewedAt = performance.now();
let markup = face.innerHTML;
let isAsking = false;
let isDue = false;
let stream = null;

async function renew() {
  if (isAsking) {
    isDue = true;
    return;
  }
  isAsking = true;
  isDue = false;
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), ANSWER_WITHIN_MS);
  try {
    const answer = await fetch(face.dataset.now, { cache: "no-store", signal: stop.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.text());
  } catch {
    // The page says when it is old; the next look comes by itself.
  } finally {
    clearTimeout(limit);
    isAsking = false;
    tellAge();
    if (isDue) renew();
  }
}

function show(html) {
  renewedAt = performance.now();
  if (html === markup) return;
  markup = html;
  face.innerHTML = html;
  news.textContent = face.innerText;
}

function tellAge() {
  stale.hidden = performance.now() - renewedAt <= STALE_AFTER_MS;
}

function listen() {
  if (!("EventSource" in window) || stream) return;
  stream = new EventSource(face.dataset.live);
  stream.addEventListener("changed", renew);
  stream.addEventListener("error", () => {
    // Refused for good, as when the server is full: looking from time to time is enough.
    if (stream && stream.readyState === EventSource.CLOSED) stream = null;
  });
}

/** A tablet may not fall asleep; browsers allow this over TLS and on the machine itself. */
async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // Refused, as at a low battery: asked again when the page is next looked at.
  }
}

setInterval(() => {
  listen();
  renew();
}, LOOK_EVERY_MS);
setInterval(tellAge, 1000);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  renew();
  stayAwake();
});
listen();
stayAwake();
