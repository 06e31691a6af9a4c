// The hall's title tells of the worst alarm and a screen reader hears of each new one; its menus
// close one another. Without this file the page asks again every 15 seconds by itself.

import { parts } from "./renewing.js";

const [now] = parts;
const news = document.getElementById("news");
const { suffix } = document.getElementById("stale").dataset;
let lastKey = now.element.firstElementChild.dataset.key;

now.onTaken = () => {
  const { key, title, news: words } = now.element.firstElementChild.dataset;
  document.title = title + suffix;
  if (key !== lastKey) news.textContent = words;
  lastKey = key;
};

// Only one menu is open at a time; Escape and a press elsewhere close it.
addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[open]")) {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  }
});
