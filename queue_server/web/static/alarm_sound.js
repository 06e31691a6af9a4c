// A sound for each new alarm, where somebody wants one: chosen for this browser and kept in it.
// Browsers let a page sound only after a press on it; until then the page says so.

const box = document.getElementById("sound");
const toggle = document.getElementById("sound-toggle");
const blocked = document.getElementById("sound-blocked");
const now = document.getElementById("now");
const KEY = "alarm-sound";

let audio = null;
let isOn = false;
let known = keys();

function keys() {
  return new Set((now.firstElementChild.dataset.key || "").split(" ").filter(Boolean));
}

function remembered() {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(KEY, isOn ? "on" : "off");
  } catch {
    // A browser that keeps nothing: the choice holds for this page.
  }
}

/** Two short tones that rise: heard across a room, and no call of the hall. */
function sound() {
  if (!audio || audio.state !== "running") return;
  const start = audio.currentTime;
  for (const [nth, pitch] of [660, 880].entries()) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    const at = start + nth * 0.22;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.25, at + 0.03);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.21);
  }
}

async function wake() {
  if (!isOn) return;
  audio = audio || new AudioContext();
  // A context that waits for a press never answers: what it is now decides what is said.
  audio.resume().then(show, () => {});
  show();
}

function show() {
  toggle.setAttribute("aria-pressed", String(isOn));
  toggle.textContent = isOn ? toggle.dataset.on : toggle.dataset.off;
  blocked.hidden = !isOn || (audio !== null && audio.state === "running");
}

if ("AudioContext" in window) {
  box.hidden = false;
  isOn = remembered();
  toggle.addEventListener("click", () => {
    isOn = !isOn;
    remember();
    wake();
    show();
    if (isOn) sound();
  });
  addEventListener("pointerdown", wake);
  addEventListener("keydown", wake);
  new MutationObserver(() => {
    const later = keys();
    if (isOn && [...later].some((key) => !known.has(key))) sound();
    known = later;
  }).observe(now, { childList: true });
  wake();
  show();
}
