// Reduces text to what people search by; the twin of `core_services.l10n.fold_arabic`, less its
// joining of عبد with the name after it.

/** @type {Record<string, string>} */
const SAME = { "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": "" };
const DIGITS = ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"];

/** Return the words to look for, each folded: أإآا, ى/ي, ة/ه, no diacritics, Western digits. */
export function folded(/** @type {string} */ text) {
  const bare = text.normalize("NFKD").toLowerCase().replace(/[\p{Mn}\p{Cf}]/gu, "");
  const letters = [...bare].map((letter) => {
    if (letter in SAME) return SAME[letter];
    for (const digits of DIGITS) {
      if (digits.includes(letter)) return String(digits.indexOf(letter));
    }
    return letter;
  });
  return letters.join("").split(/\s+/).filter(Boolean);
}
