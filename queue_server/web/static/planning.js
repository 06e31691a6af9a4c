// The windows of a day to come as sliders: each move of one shows the waits anew. Without this file
// the numbers are typed and sent with the button.

const EASTERN = "٠١٢٣٤٥٦٧٨٩";
const SETTLE_MS = 250;
const ANSWER_WITHIN_MS = 15000;

const form = document.getElementById("planning");
const waits = document.getElementById("waits");

/** Put a slider under a number; each follows the other. */
function slide(number) {
  const slider = document.createElement("input");
  slider.type = "range";
  slider.className = "planning__slider";
  slider.id = `${number.id}-slider`;
  slider.min = 1;
  slider.max = form.dataset.most;
  slider.value = western(number.value) || form.dataset.most;
  slider.setAttribute("aria-label", number.labels[0].textContent);
  number.after(slider);
  slider.addEventListener("input", () => {
    number.value = spoken(slider.value);
    number.dispatchEvent(new Event("input", { bubbles: true }));
  });
  number.addEventListener("input", () => {
    if (western(number.value)) slider.value = western(number.value);
  });
}

/** A number in the digits of the page. */
function spoken(value) {
  if (document.documentElement.lang !== "ar") return String(value);
  return String(value).replace(/[0-9]/g, (digit) => EASTERN[digit]);
}

/** What was typed in either kind of digits; nothing where it is no number. */
function western(text) {
  const digits = text.trim().replace(/[٠-٩]/g, (digit) => EASTERN.indexOf(digit));
  return /^[0-9]{1,2}$/.test(digits) ? digits : "";
}

let due = 0;
let asked = null;

/** Ask for the waits of the windows chosen; a newer wish takes the place of an older one. */
async function ask() {
  asked?.abort();
  const mine = new AbortController();
  asked = mine;
  const limit = setTimeout(() => mine.abort(), ANSWER_WITHIN_MS);
  const query = new URLSearchParams(new FormData(form));
  query.delete("all");
  const lang = new URLSearchParams(location.search).get("lang");
  if (lang) query.set("lang", lang);
  waits.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${form.dataset.part}?${query}`, {
      cache: "no-store",
      redirect: "error",
      signal: mine.signal,
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(String(answer.status));
    waits.innerHTML = await answer.text();
    query.delete("lang");
    history.replaceState(null, "", `${location.pathname}?${query}`);
  } catch {
    if (asked === mine && !mine.signal.aborted) form.submit();
  } finally {
    clearTimeout(limit);
    if (asked === mine) waits.removeAttribute("aria-busy");
  }
}

if (form) {
  const numbers = [...form.querySelectorAll(".planning__number")];
  numbers.forEach(slide);
  form.addEventListener("input", (event) => {
    const number = event.target;
    if (!numbers.includes(number)) return;
    if (number.name === "all" && western(number.value)) {
      for (const each of numbers) {
        if (each === number) continue;
        each.value = number.value;
        document.getElementById(`${each.id}-slider`).value = western(number.value);
      }
    }
    clearTimeout(due);
    due = setTimeout(ask, SETTLE_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(due);
    ask();
  });
}
