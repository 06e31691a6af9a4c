// Sends what a scanner typed to the form that waits for it on this page; the answer is a page.

import { listenForScans } from "./scan_keys.js";

const form = document.getElementById("scan");
if (form instanceof HTMLFormElement) {
  listenForScans((text) => {
    const field = form.elements.namedItem("code");
    if (!(field instanceof HTMLInputElement) || form.dataset.sent) return;
    field.value = text;
    form.requestSubmit();
  });
}
