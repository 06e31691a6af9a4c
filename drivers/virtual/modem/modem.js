// Shows new messages on top, and what became of those that are shown.

import { follow, numbers } from "/device.js";

const SHOWN = 30;
const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const words = document.body.dataset;
let last = Number(words.last);

/** Make a paragraph. */
function paragraph(/** @type {string} */ name, /** @type {(string | Node)[]} */ ...content) {
  const made = document.createElement("p");
  made.className = name;
  made.append(...content);
  return made;
}

/** Make the item of one message. */
function item(/** @type {any} */ message) {
  const to = document.createElement("bdi");
  to.dir = "ltr";
  to.textContent = message.to;
  const time = document.createElement("time");
  time.textContent = message.at;
  const text = paragraph("bubble", message.text);
  text.dir = "auto";
  const fate = document.createElement("span");
  fate.textContent = words[message.fate] ?? "";
  const made = document.createElement("li");
  made.dataset.number = message.number;
  made.className = message.fate;
  const parts = ` · ${words.parts}: ${numbers.format(message.parts)}`;
  made.append(paragraph("to", to, " ", time), text, paragraph("fate", fate, parts));
  return made;
}

let shown = "";
follow(async (state) => {
  part("refused").textContent = numbers.format(state.refused);
  const wanted = `${state.sent} ${state.fates}`;
  if (wanted === shown && state.sent === last) return;
  shown = wanted;
  last = state.sent;
  const messages = await (await fetch("/messages")).json();
  part("messages").replaceChildren(...messages.slice(-SHOWN).reverse().map(item));
  part("none").hidden = messages.length > 0;
});
