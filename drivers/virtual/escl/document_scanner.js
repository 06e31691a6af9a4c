// Shows how many pages were scanned, and fetches the list of scans anew when it has changed.

import { follow, numbers } from "/device.js";

let shown = "";

follow(async (state) => {
  document.getElementById("scanned").textContent = numbers.format(state.scanned);
  const facts = JSON.stringify(state.jobs);
  if (facts === shown) return;
  shown = facts;
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("jobs").replaceWith(page.getElementById("jobs"));
});
