// Keeps the page of a workstation's devices true without reloading: asks for its part every 2 s.

const PERIOD_MS = 2000;
const now = /** @type {HTMLElement} */ (document.getElementById("now"));
const lost = /** @type {HTMLElement} */ (document.getElementById("lost"));

async function refresh() {
  try {
    const answer = await fetch(now.dataset.from ?? "/now", { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    if (text.trim() !== now.innerHTML.trim()) now.innerHTML = text;
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  setTimeout(refresh, PERIOD_MS);
}

setTimeout(refresh, PERIOD_MS);
