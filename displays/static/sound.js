// Sounds one thing at a time and in order, the chime of a call before its words, and cuts none short.

// The tail of a chime rings on under the first word.
const CHIME = { url: "/static/chime.wav", lastsMs: 1700, leadMs: 900 };
const SHORT_CHIME = { url: "/static/chime-short.wav", lastsMs: 700, leadMs: 300 };
const LATE_MS = 3000; // an end that does not come by then must not silence the day

/**
 * @typedef {{call: number, url: string, volume: number, lastsMs: number, leadMs: number | null,
 *   isWords: boolean}} Sound
 */

export class SoundLine {
  /** @type {Sound[]} */
  #line = [];
  #isSounding = false;
  #tell;

  /** @param {(said: object) => void} tell Takes `{spoken: call}`, `{unheard: call, reason}`. */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {number} call @param {number} volume @param {boolean} isHurried */
  chime(call, volume, isHurried) {
    this.#add({ call, volume, isWords: false, ...(isHurried ? SHORT_CHIME : CHIME) });
  }

  words(/** @type {{call: number, url: string, duration_ms: number, volume: number}} */ voice) {
    const { call, url, volume, duration_ms: lastsMs } = voice;
    this.#add({ call, url, volume, lastsMs, leadMs: null, isWords: true });
  }

  async #add(/** @type {Sound} */ sound) {
    this.#line.push(sound);
    if (this.#isSounding) return;
    this.#isSounding = true;
    for (let next = this.#line.shift(); next; next = this.#line.shift()) {
      const fault = await play(next);
      if (fault) this.#tell({ unheard: next.call, reason: fault });
      else if (next.isWords) this.#tell({ spoken: next.call });
    }
    this.#isSounding = false;
  }
}

/** Say whether this page may sound at all: "" if so, else the browser's word for why not. */
export async function trial() {
  const audio = new Audio(CHIME.url);
  audio.volume = 0;
  try {
    await audio.play();
  } catch (error) {
    return /** @type {Error} */ (error).name;
  }
  audio.pause();
  return "";
}

/** Sound one thing; the answer is "" once the next may begin, else why it was not heard. */
function play(/** @type {Sound} */ sound) {
  return new Promise((/** @type {(fault: string) => void} */ resolve) => {
    // A new element each time: one that plays all day may fall silent.
    const audio = new Audio(sound.url);
    audio.volume = sound.volume / 100;
    const watch = setTimeout(() => {
      audio.pause();
      end("NoEnd");
    }, sound.lastsMs + LATE_MS);
    function end(/** @type {string} */ fault) {
      clearTimeout(watch);
      resolve(fault);
    }
    audio.addEventListener("ended", () => end(""));
    audio.addEventListener("error", () => end("NotPlayable"));
    audio.play().then(
      () => sound.leadMs !== null && setTimeout(() => end(""), sound.leadMs),
      (error) => end(error.name),
    );
  });
}
