// Keeps a page that belongs to nobody, so that a browser whose agent is away shows it, not an error.

const KEPT = "kiosk";
const CLOSED = "/closed";
const FILES = [
  CLOSED,
  "/static/tokens.css",
  "/static/base.css",
  "/static/kiosk.css",
  "/static/kiosk_over.css",
  "/static/closed.js",
  "/static/font.woff2",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET") return;
  if (pathname === "/") event.respondWith(orClosed(event.request));
  else if (FILES.includes(pathname)) event.respondWith(fresh(event.request));
});

/** The screen itself is never kept: it belongs to whoever stands before it. */
async function orClosed(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const closed = await caches.match(CLOSED);
    if (closed) return closed;
    throw error;
  }
}

/** What the agent answers is kept; while it is away, what was kept is the answer. */
async function fresh(request) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.status === 200) await kept.put(request, answer.clone());
    return answer;
  } catch (error) {
    const answer = await kept.match(request);
    if (answer) return answer;
    throw error;
  }
}
