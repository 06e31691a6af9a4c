// Keying the emergency book in: where a number was served is asked for only when it was.

const visit = /** @type {HTMLElement} */ (document.getElementById("visit"));
const served = /** @type {HTMLInputElement} */ (document.getElementById("outcome-served"));

function fit() {
  const isAsked = served.checked || !document.querySelector("input[name=outcome]:checked");
  visit.hidden = !isAsked;
}

for (const choice of document.querySelectorAll("input[name=outcome]")) {
  choice.addEventListener("change", fit);
}
fit();

const summary = document.querySelector("[data-focus][role=alert]");
const label = document.getElementById("label");
if (!summary && label instanceof HTMLInputElement) {
  label.focus();
  label.select();
}
