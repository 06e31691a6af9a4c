// The form of a fault tells how large its page is; it works without this file.

const size = document.querySelector("[data-size]");
if (size instanceof HTMLInputElement) size.value = `${innerWidth}x${innerHeight}`;
