// Holds codes before the scanner without leaving the page, and keeps those that were read at hand.

import { follow, numbers, post } from "/device.js";

const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const form = /** @type {HTMLFormElement} */ (part("hold"));

/** @param {{scan: string, kind: string}} code */
async function scan(code) {
  try {
    const answer = await post("/faults", code);
    if (answer.ok) show(await answer.json());
    part("lost").hidden = true;
  } catch {
    part("lost").hidden = false;
  }
}

function show(/** @type {any} */ state) {
  part("waiting").hidden = state.looking;
  part("sent").textContent = numbers.format(state.sent_scans);
  part("missed").textContent = numbers.format(state.missed_scans);
  part("recent-title").hidden = state.recent.length === 0;
  const shown = [...part("recent").querySelectorAll("button")].map((button) => button.value);
  if (shown.join("\n") === state.recent.join("\n")) return;
  part("recent").replaceChildren(
    ...state.recent.map((/** @type {string} */ text) => {
      const button = document.createElement("button");
      button.type = "button";
      button.value = text;
      button.append(document.createElement("bdi"));
      button.firstElementChild?.append(text);
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
}

const chosen = () => String(new FormData(form).get("kind"));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  scan({ scan: String(new FormData(form).get("scan")), kind: chosen() });
});

part("recent").addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button) scan({ scan: button.value, kind: chosen() });
});

follow(show);
