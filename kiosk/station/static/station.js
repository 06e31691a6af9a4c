// Keeps the page of a workstation's devices true without reloading: asks for its part every 2 s.
// A trial of a document scanner is shown until it is closed, and for two minutes at most.

const PERIOD_MS = 2000;
const TRIAL_SHOWN_MS = 120_000;
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

const trial = /** @type {HTMLElement} */ (document.getElementById("trial"));
/** @type {ReturnType<typeof setTimeout> | undefined} */
let forgetting;

/** @param {string} id */
function wordsOf(id) {
  return /** @type {HTMLTemplateElement} */ (document.getElementById(id)).innerHTML;
}

function forget() {
  clearTimeout(forgetting);
  trial.replaceChildren();
  trial.hidden = true;
}

/** @param {string} name */
async function tryOut(name) {
  clearTimeout(forgetting);
  trial.innerHTML = wordsOf("trying");
  trial.hidden = false;
  trial.setAttribute("aria-busy", "true");
  try {
    const path = `/trial/${encodeURIComponent(name)}?lang=${trial.dataset.language}`;
    const answer = await fetch(path, { method: "POST", cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    trial.innerHTML = await answer.text();
  } catch {
    trial.innerHTML = wordsOf("not-tried");
  }
  trial.removeAttribute("aria-busy");
  trial.scrollIntoView({ block: "nearest" });
  forgetting = setTimeout(forget, TRIAL_SHOWN_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button?.dataset.try !== undefined && !trial.hasAttribute("aria-busy")) {
    tryOut(button.dataset.try);
  } else if (button?.dataset.close !== undefined) {
    forget();
  }
});
