// A citizen's page renews itself: at every change the server tells of, and from time to time.
// Without this file the page asks again every 15 seconds by itself.

const LOOK_EVERY_MS = 15000;
const STALE_AFTER_MS = 35000;
const ANSWER_WITHIN_MS = 8000;

const place = document.getElementById("place");
const stale = document.getElementById("stale");
const asked = document.getElementById("ask");
const news = document.getElementById("news");

let shown = part();
let renewedAt = Date.now();
let isAsking = false;
let isDue = false;
let stream = null;

/** @returns {{stage: string, call: string, title: string, isOver: boolean}} */
function part() {
  const data = place.firstElementChild.dataset;
  return { stage: data.stage, call: data.call, title: data.title, isOver: "over" in data };
}

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
    const answer = await fetch(place.dataset.now, { cache: "no-store", signal: stop.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.text());
  } catch {
    tellAge();
  } finally {
    clearTimeout(limit);
    isAsking = false;
    if (isDue) setTimeout(renew, 500);
  }
}

function show(html) {
  place.innerHTML = html;
  const before = shown;
  shown = part();
  renewedAt = Date.now();
  tellAge();
  document.title = shown.title + place.dataset.suffix;
  if (shown.stage !== before.stage) news.textContent = place.querySelector(".do").textContent.trim();
  if (shown.stage === "called" && shown.call !== before.call) ring();
  if (shown.isOver) stopListening();
  if (shown.stage === "finished" && before.stage !== "finished") ask();
}

/** A visit that has just ended: ask how it was. */
async function ask() {
  try {
    const answer = await fetch(asked.dataset.ask, { cache: "no-store" });
    if (answer.status === 200) asked.innerHTML = await answer.text();
  } catch {
    // The page asks when it is opened again.
  }
}

/** A phone shakes only where its owner has touched the page: browsers refuse it otherwise. */
function ring() {
  const isTouched = !navigator.userActivation || navigator.userActivation.hasBeenActive;
  if (navigator.vibrate && isTouched) navigator.vibrate([400, 200, 400, 200, 800]);
}

function tellAge() {
  const isStale = Date.now() - renewedAt > STALE_AFTER_MS && !shown.isOver;
  place.querySelector("[data-foot]").hidden = isStale;
  stale.hidden = !isStale;
}

function listen() {
  if (!("EventSource" in window) || stream || shown.isOver) return;
  stream = new EventSource(place.dataset.live);
  stream.addEventListener("changed", renew);
  stream.addEventListener("error", () => {
    // Refused for good, as when the server is full: looking from time to time is enough.
    if (stream && stream.readyState === EventSource.CLOSED) stream = null;
  });
}

function stopListening() {
  clearInterval(looking);
  if (stream) stream.close();
  stream = null;
}

const looking = setInterval(() => {
  tellAge();
  if (!document.hidden) renew();
}, LOOK_EVERY_MS);

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !shown.isOver) renew();
});
addEventListener("pageshow", (event) => {
  if (event.persisted && !shown.isOver) renew();
});
listen();
