// Keeps the page's own files, so that a browser started before its agent shows the board, not an error.

const KEPT = "board";
const FILES = [
  "/",
  "/?lang=ar",
  "/?lang=en",
  "/static/tokens.css",
  "/static/base.css",
  "/static/board.css",
  "/static/board.js",
  "/static/sound.js",
  "/static/font.woff2",
  "/static/chime.wav",
  "/static/chime-short.wav",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || (pathname !== "/" && !pathname.startsWith("/static/"))) return;
  event.respondWith(fresh(event.request));
});

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
