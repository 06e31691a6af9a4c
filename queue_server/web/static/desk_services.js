// The list from which a clerk sets the service of a number: type, arrows, Enter.

import { folded } from "./fold.js";

const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("services"));
const search = /** @type {HTMLInputElement} */ (document.getElementById("services-search"));
const none = /** @type {HTMLElement} */ (document.getElementById("services-none"));
/** @type {HTMLElement[]} */
const options = dialog ? [...dialog.querySelectorAll("[data-service]")].map((each) => /** @type {HTMLElement} */ (each)) : [];
/** @type {HTMLElement | undefined} */
let chosen;
let formId = "service-form";
const KEPT = "desk-services-open";

/** Open the list for the form of that id, which takes the choice. */
export function openServices(/** @type {string} */ id) {
  if (!dialog || dialog.open) return;
  formId = id;
  search.value = "";
  filter();
  dialog.showModal();
  search.focus();
}

/** Keep the open list through a reload, for what is in hand now and nothing else. */
export function keepServices(/** @type {string} */ stamp) {
  if (servicesAreOpen()) sessionStorage.setItem(KEPT, JSON.stringify({ stamp, formId, words: search.value }));
  else sessionStorage.removeItem(KEPT);
}

/** Open the list again if it was open when the page was left. */
export function takeServicesUp(/** @type {string} */ stamp) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  sessionStorage.removeItem(KEPT);
  if (!kept || kept.stamp !== stamp || !document.getElementById(kept.formId)) return;
  openServices(kept.formId);
  search.value = kept.words;
  filter();
}

/** The ticket in hand is another one now: a choice made for the old one must not reach it. */
export function closeServices() {
  if (dialog && dialog.open) dialog.close();
}

export function servicesAreOpen() {
  return dialog !== null && dialog.open;
}

function filter() {
  const words = folded(search.value);
  for (const option of options) {
    const text = option.dataset.words || "";
    option.hidden = !words.every((word) => text.includes(word));
  }
  const left = shown();
  none.hidden = left.length > 0;
  mark(left[0]);
}

function shown() {
  return options.filter((option) => !option.hidden);
}

function mark(/** @type {HTMLElement | undefined} */ option) {
  if (chosen) chosen.setAttribute("aria-selected", "false");
  chosen = option;
  if (!option) {
    search.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  search.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function move(/** @type {number} */ by) {
  const left = shown();
  const at = chosen ? left.indexOf(chosen) : -1;
  mark(left[Math.min(Math.max(at + by, 0), left.length - 1)]);
}

function choose(/** @type {HTMLElement | undefined} */ option) {
  const form = document.getElementById(formId);
  if (!option || !(form instanceof HTMLFormElement)) return;
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("service"));
  field.value = option.dataset.service || "";
  closeServices();
  form.requestSubmit();
}

if (dialog) {
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "PageDown") move(8);
    else if (event.key === "PageUp") move(-8);
    else if (event.key === "Enter") choose(chosen);
    else return;
    event.preventDefault();
  });
  for (const option of options) option.addEventListener("click", () => choose(option));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) closeServices(); // the ground around it
  });
}
