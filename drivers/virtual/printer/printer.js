// Shows how much the printer keeps, and its new slips on top.

import { follow, numbers } from "/device.js";

const SHOWN_SLIPS = 12;
const part = (id) => document.getElementById(id);
let lastSlip = Number(document.body.dataset.lastSlip);

async function addSlips(upTo) {
  if (upTo <= lastSlip) return;
  const answer = await fetch("/slips");
  for (const slip of await answer.json()) {
    if (slip.number <= lastSlip) continue;
    const picture = new Image(slip.width, slip.height);
    picture.src = `/slips/${slip.number}.png`;
    picture.alt = `${document.body.dataset.slipWord} ${slip.number}`;
    const item = document.createElement("li");
    item.className = "fresh";
    item.append(picture);
    part("roll").prepend(item);
    lastSlip = slip.number;
  }
  part("none").hidden = true;
  while (part("roll").children.length > SHOWN_SLIPS) part("roll").lastElementChild.remove();
}

follow(async (state) => {
  part("kept").textContent = numbers.format(state.kept_bytes);
  await addSlips(state.last_slip);
});
