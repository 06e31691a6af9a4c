// Keeps a device's page true without reloading: asks for the state each second, sends the buttons.

const PERIOD_MS = 1000;
const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

export const numbers = new Intl.NumberFormat(
  document.documentElement.lang === "ar" ? "ar-EG" : "en",
);

/** Begin: `show` is given each state of the device, once a second and after each button. */
export function follow(/** @type {(state: any) => void | Promise<void>} */ show) {
  async function take(/** @type {any} */ state) {
    for (const button of document.querySelectorAll("#faults button[name]")) {
      const { name, value } = /** @type {HTMLButtonElement} */ (button);
      button.setAttribute("aria-pressed", String(String(state.faults[name]) === value));
    }
    part("connected").hidden = !state.connected;
    part("alone").hidden = state.connected;
    await show(state);
  }

  async function refresh() {
    try {
      await take(await (await fetch("/state")).json());
      part("lost").hidden = true;
    } catch {
      part("lost").hidden = false;
    }
    setTimeout(refresh, PERIOD_MS);
  }

  part("faults").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { name, value } = /** @type {any} */ (event).submitter;
    try {
      const answer = await post("/faults", { [name]: value });
      if (answer.ok) await take(await answer.json());
    } catch {
      part("lost").hidden = false;
    }
  });

  setTimeout(refresh, PERIOD_MS);
}

/** Send JSON to the device. */
export function post(/** @type {string} */ path, /** @type {any} */ body) {
  return fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}
