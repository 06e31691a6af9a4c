// The desk's menus: one at a time, question by question, and nothing half typed is lost.

const KEPT = "desk-open";

/** @returns {HTMLDetailsElement | null} */
export function openMenu() {
  return document.querySelector("details.menu[open]");
}

/** Open a menu at its first question, or close it. */
export function toggleMenu(/** @type {HTMLDetailsElement} */ menu) {
  const isOpen = menu.open;
  closeMenus();
  if (isOpen) return;
  for (const form of menu.querySelectorAll("form")) {
    form.reset();
    if (form.dataset.stage) form.dataset.stage = "1";
    if (form.dataset.who) form.dataset.who = "window";
  }
  for (const field of menu.querySelectorAll("[data-draft]")) {
    const kept = sessionStorage.getItem(draftOf(field));
    if (kept && isField(field)) field.value = kept;
  }
  menu.open = true;
  const first = menu.querySelector("[data-focus]");
  if (first instanceof HTMLElement) first.focus({ preventScroll: true });
}

export function closeMenus() {
  const menu = openMenu();
  if (!menu) return;
  menu.open = false;
  // What is closed keeps the focus until the next frame, and would take the next key as typed.
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && !focused.matches("summary") && menu.contains(focused)) focused.blur();
}

/** Go to a form's second question, naming what was chosen in the first. */
function goOn(/** @type {HTMLFormElement} */ form, /** @type {string} */ chosen) {
  form.dataset.stage = "2";
  const place = form.querySelector("[data-chosen]");
  if (place) place.textContent = chosen;
  const focused = document.activeElement;
  if (focused instanceof HTMLElement && form.contains(focused)) focused.blur();
}

/** Take what is typed in a menu's field; true when the key meant the menu itself. */
export function typedInMenu(/** @type {KeyboardEvent} */ event) {
  const field = event.target;
  if (!isField(field) || !field.closest("details.menu[open]")) return false;
  if (event.key === "Escape") {
    closeMenus();
    return true;
  }
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return false;
  const form = field.form;
  if (!form) return false;
  event.preventDefault();
  if (event.repeat || !form.reportValidity()) return true;
  if (form.dataset.stage === "1") goOn(form, field.value);
  else form.requestSubmit();
  return true;
}

/** A step of a number of choices, without leaving the keys: the next one, then the first again. */
export function stepChoice(/** @type {HTMLDetailsElement} */ menu) {
  const choice = menu.querySelector("select[data-steps]");
  if (!(choice instanceof HTMLSelectElement)) return false;
  choice.selectedIndex = (choice.selectedIndex + 1) % choice.options.length;
  return true;
}

/** Forget what was kept of fields that have been sent. */
export function dropDrafts(/** @type {HTMLFormElement} */ form) {
  for (const field of form.querySelectorAll("[data-draft]")) {
    sessionStorage.removeItem(draftOf(field));
  }
}

/** What stands open and typed in a part of the page, to be put back into its new content. */
export function holdMenus(/** @type {HTMLElement} */ part) {
  const menu = openMenu();
  if (!menu || !part.contains(menu)) return () => {};
  const held = hold(menu);
  return () => putBack(held);
}

/** What stands open and typed in a menu, as plain data. */
function hold(/** @type {HTMLDetailsElement} */ menu) {
  return {
    id: menu.id,
    forms: [...menu.querySelectorAll("form")].map(({ dataset: { stage, who } }) => ({ stage, who })),
    chosen: menu.querySelector("[data-chosen]")?.textContent || "",
    fields: [...menu.querySelectorAll("input, textarea, select")].filter(isField).map((field) => ({
      id: field.id,
      value: field.value,
      isChecked: field instanceof HTMLInputElement && field.checked,
    })),
  };
}

function putBack(/** @type {ReturnType<typeof hold>} */ { id, forms, chosen, fields }) {
  const menu = document.getElementById(id);
  if (!(menu instanceof HTMLDetailsElement)) return;
  menu.open = true;
  [...menu.querySelectorAll("form")].forEach((form, index) => {
    const { stage, who } = forms[index] || {};
    if (stage) form.dataset.stage = stage;
    if (who) form.dataset.who = who;
  });
  const place = menu.querySelector("[data-chosen]");
  if (place) place.textContent = chosen;
  for (const { id: name, value, isChecked } of fields) {
    const field = name ? document.getElementById(name) : null;
    if (!isField(field)) continue;
    if (field instanceof HTMLInputElement && field.type === "radio") field.checked = isChecked;
    else if (!(field instanceof HTMLInputElement && field.type === "hidden")) field.value = value;
  }
}

/** Keep the open menu through a reload or a new sign-in, for what is in hand now and nothing else. */
export function keepMenu(/** @type {string} */ stamp) {
  const menu = openMenu();
  if (menu) sessionStorage.setItem(KEPT, JSON.stringify({ stamp, held: hold(menu) }));
  else sessionStorage.removeItem(KEPT);
}

/** Open again what was open when the page was left. */
export function takeMenuUp(/** @type {string} */ stamp) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  sessionStorage.removeItem(KEPT);
  if (!kept || kept.stamp !== stamp) return;
  putBack(kept.held);
  const field = openMenu()?.querySelector("[data-focus]");
  if (field instanceof HTMLElement && field.offsetParent) field.focus({ preventScroll: true });
}

/** @returns {field is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} */
function isField(/** @type {unknown} */ field) {
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ||
    field instanceof HTMLSelectElement;
}

function draftOf(/** @type {Element} */ field) {
  return `desk-${field.getAttribute("data-draft")}`;
}

document.addEventListener("change", (event) => {
  const radio = event.target;
  if (!(radio instanceof HTMLInputElement) || radio.type !== "radio" || !radio.form) return;
  if (radio.form.dataset.stage === "1") goOn(radio.form, radio.closest("label")?.innerText.split("\n")[0] || "");
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (isField(field) && field.dataset.draft) sessionStorage.setItem(draftOf(field), field.value);
});

document.addEventListener("click", (event) => {
  const form = event.target instanceof Element && event.target.closest("[data-switches-who]")?.closest("form");
  if (form) form.dataset.who = form.dataset.who === "staff" ? "window" : "staff";
});

// What one clerk had begun to write is nothing for the next who signs in here.
document.addEventListener("submit", (event) => {
  if (event.target instanceof HTMLFormElement && event.target.matches("[action='/sign-out']")) sessionStorage.clear();
});

// A press beside a menu closes it.
document.addEventListener("click", (event) => {
  const menu = openMenu();
  if (menu && event.target instanceof Node && document.contains(event.target) && !menu.contains(event.target)) {
    closeMenus();
  }
});
