// Asks at a window after a visit: fetches the three faces, sends the touch, and is gone in time.
// A page gives the element to ask in: `askFeedback(element, "/windows/5/feedback?lang=ar")`, and
// calls what it gets back whenever the window may have changed.

const ANSWER_WITHIN_MS = 8000;

/**
 * @param {HTMLElement} place
 * @param {string} address
 * @returns {() => Promise<void>} Looks whether something is asked now.
 */
export function askFeedback(place, address) {
  let isBusy = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let gone;

  /** @param {string} url @param {RequestInit} options */
  async function load(url, options) {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), ANSWER_WITHIN_MS);
    try {
      const answer = await fetch(url, {
        ...options,
        cache: "no-store",
        signal: stop.signal,
        headers: { "X-View": "parts" },
      });
      show(answer.status === 200 ? await answer.text() : "");
    } catch {
      show("");
    } finally {
      clearTimeout(limit);
    }
  }

  /** @param {string} html */
  function show(html) {
    clearTimeout(gone);
    place.innerHTML = html;
    const asked = place.querySelector("[data-feedback]");
    place.hidden = asked === null;
    if (asked instanceof HTMLElement) {
      gone = setTimeout(() => show(""), Number(asked.dataset.leftMs));
    }
  }

  place.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    const pressed = event instanceof SubmitEvent ? event.submitter : null;
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) fields.append(name, String(value));
    if (pressed instanceof HTMLButtonElement && pressed.name) {
      fields.append(pressed.name, pressed.value);
    }
    if (form.method === "post") await load(form.action, { method: "POST", body: fields });
    else await load(`${address}${address.includes("?") ? "&" : "?"}again=1`, {});
    isBusy = false;
  });

  return async () => {
    if (!isBusy && place.querySelector("[data-feedback]") === null) await load(address, {});
  };
}
