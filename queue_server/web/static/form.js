// Small mercies for forms; every form works without this file.

const summary = document.querySelector("[data-focus]");
if (summary instanceof HTMLElement) summary.focus();

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button[type=submit]")) {
      button.setAttribute("aria-disabled", "true");
      // Disabled after the submission has begun, or the button's own value would be lost.
      setTimeout(() => button.setAttribute("disabled", ""));
    }
  });
}

// A page taken back out of the browser's history must not keep its buttons disabled.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-once] button[type=submit]")) {
    button.removeAttribute("disabled");
    button.removeAttribute("aria-disabled");
  }
});

for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.getAttribute("data-reveal") ?? "");
  if (!(field instanceof HTMLInputElement)) continue;
  const words = { show: button.textContent ?? "", hide: button.getAttribute("data-hide") ?? "" };
  button.removeAttribute("hidden");
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? words.hide : words.show;
    button.setAttribute("aria-pressed", String(shown));
    field.focus();
  });
}
