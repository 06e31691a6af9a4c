// Keeps the page true without reloading: asks for the state each second, shows new slips on top.

const PERIOD_MS = 1000;
const SHOWN_SLIPS = 12;
const numbers = new Intl.NumberFormat(document.documentElement.lang === "ar" ? "ar-EG" : "en");
const part = (id) => document.getElementById(id);
let lastSlip = Number(document.body.dataset.lastSlip);

function show(state) {
  for (const button of document.querySelectorAll("button[name]")) {
    const pressed = String(state.faults[button.name]) === button.value;
    button.setAttribute("aria-pressed", String(pressed));
  }
  part("connected").hidden = !state.connected;
  part("alone").hidden = state.connected;
  part("kept").textContent = numbers.format(state.kept_bytes);
}

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

async function refresh() {
  try {
    const answer = await fetch("/state");
    const state = await answer.json();
    show(state);
    await addSlips(state.last_slip);
    part("lost").hidden = true;
  } catch {
    part("lost").hidden = false;
  }
  setTimeout(refresh, PERIOD_MS);
}

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name, value } = event.submitter;
  try {
    const answer = await fetch("/faults", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ [name]: value }),
    });
    if (answer.ok) show(await answer.json());
  } catch {
    part("lost").hidden = false;
  }
});

setTimeout(refresh, PERIOD_MS);
