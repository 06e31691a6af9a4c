// Draws each panel as a person would see it: bars of digits, dots of a picture, or letters.

import { follow, numbers } from "/device.js";

const SVG = "http://www.w3.org/2000/svg";
const DIGIT_WIDTH = 60;
const HEIGHT = 100;
const DOT = 10;
/** Where each bar of a digit lies: x, y, width, height. */
const BARS = {
  a: [10, 0, 34, 8],
  b: [44, 6, 8, 42],
  c: [44, 52, 8, 42],
  d: [10, 92, 34, 8],
  e: [2, 52, 8, 42],
  f: [2, 6, 8, 42],
  g: [10, 46, 34, 8],
  p: [54, 92, 6, 8],
};
const drawn = new Map();

function rectangle([x, y, width, height], isLit) {
  const bar = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x, y, width, height })) bar.setAttribute(name, value);
  bar.setAttribute("class", isLit ? "lit" : "unlit");
  return bar;
}

function drawing(width, height) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return svg;
}

function digitsOf(panel) {
  const svg = drawing(panel.digits.length * DIGIT_WIDTH, HEIGHT);
  panel.digits.forEach((lit, place) => {
    for (const [name, [x, ...rest]] of Object.entries(BARS)) {
      svg.append(rectangle([x + place * DIGIT_WIDTH, ...rest], lit.includes(name)));
    }
  });
  return svg;
}

function dotsOf(panel) {
  const svg = drawing(panel.dots[0].length * DOT, panel.dots.length * DOT);
  panel.dots.forEach((row, y) => {
    [...row].forEach((dot, x) => {
      svg.append(rectangle([x * DOT + 1, y * DOT + 1, DOT - 2, DOT - 2], dot === "1"));
    });
  });
  return svg;
}

function show(panel) {
  const glass = document.getElementById(`panel-${panel.address}`);
  const facts = JSON.stringify(panel);
  if (!glass || drawn.get(panel.address) === facts) return;
  drawn.set(panel.address, facts);
  glass.classList.toggle("glass--flash", panel.flash);
  glass.classList.toggle("glass--dim", panel.dim);
  glass.setAttribute("aria-label", panel.text || document.body.dataset.darkWord);
  if (panel.dots.length) glass.replaceChildren(dotsOf(panel));
  else if (panel.digits.length) glass.replaceChildren(digitsOf(panel));
  else glass.replaceChildren(panel.text);
}

follow((state) => {
  document.getElementById("problems").textContent = numbers.format(state.problems);
  for (const panel of state.panels) show(panel);
});
