"""How a careful Egyptian says a number, in the signs of the IPA: the grammar, not the program.

Written from the grammar books' tables (عدد ومعدود) and the rules of pause and of the joining hamza;
the stress is where it is taught for reading aloud. It shares neither words nor code with the
program: digits are read off the written number, and the sounds of each word stand here by hand.
"""

UNITS = {
    "0": "sˤˈifr",
    "1": "wˈaːħid",
    "2": "ʔiθnˈajn",
    "3": "θalˈaːθa",
    "4": "ʔˈarbaʕa",
    "5": "xˈamsa",
    "6": "sˈitːa",
    "7": "sˈabʕa",
    "8": "θamˈaːnija",
    "9": "tˈisʕa",
}
TEN = "ʕˈaʃara"
TEENS = {
    "1": "ʔˈaħada ʕˈaʃar",
    "2": "ʔˈiθnaj ʕˈaʃar",
    "3": "θalˈaːθata ʕˈaʃar",
    "4": "ʔarbˈaʕata ʕˈaʃar",
    "5": "xˈamsata ʕˈaʃar",
    "6": "sˈitːata ʕˈaʃar",
    "7": "sˈabʕata ʕˈaʃar",
    "8": "θamaːnˈijata ʕˈaʃar",
    "9": "tˈisʕata ʕˈaʃar",
}
"""11 and 13 to 19 end in a in every case; 12 alone has a genitive."""
TENS = {
    "2": "ʕiʃrˈiːn",
    "3": "θalaːθˈiːn",
    "4": "ʔarbaʕˈiːn",
    "5": "xamsˈiːn",
    "6": "sitːˈiːn",
    "7": "sabʕˈiːn",
    "8": "θamaːnˈiːn",
    "9": "tisʕˈiːn",
}
HUNDREDS = {
    "1": "mˈiʔa",
    "2": "miʔatˈajn",
    "3": "θalˈaːθi mˈiʔa",
    "4": "ʔˈarbaʕi mˈiʔa",
    "5": "xˈamsi mˈiʔa",
    "6": "sˈitːi mˈiʔa",
    "7": "sˈabʕi mˈiʔa",
    "8": "θamˈaːniː mˈiʔa",
    "9": "tˈisʕi mˈiʔa",
}
THOUSANDS = {
    "1": "ʔˈalf",
    "2": "ʔalfˈajn",
    "3": "θalˈaːθati ʔaːlˈaːf",
    "4": "ʔarbˈaʕati ʔaːlˈaːf",
    "5": "xˈamsati ʔaːlˈaːf",
    "6": "sˈitːati ʔaːlˈaːf",
    "7": "sˈabʕati ʔaːlˈaːf",
    "8": "θamaːnˈijati ʔaːlˈaːf",
    "9": "tˈisʕati ʔaːlˈaːf",
}
LETTERS = {
    "A": "ʔˈalif",
    "J": "ɡˈiːm",
    "D": "dˈaːl",
    "S": "sˈiːn",
    "M": "mˈiːm",
    "K": "kˈaːf",
    "L": "lˈaːm",
    "N": "nˈuːn",
    "W": "wˈaːw",
    "Y": "jˈaːʔ",
    "T": "tˤˈaːʔ",
}
NUMBER, WINDOW, LETTER = "rˈaqm", "ʃubːˈaːk", "ħˈarf"
AGAIN = ("", "nidˈaːʔ θˈaːnin", "ʔanːidˈaːʔu lʔaxˈiːr", "ʔanːidˈaːʔu lʔaxˈiːr")


def number_sounds(value: int) -> str:
    """Return a number of 1 to 9999 as it is said."""
    thousands, hundreds, tens, units = list(f"{value:04}")
    said: list[str] = []
    if thousands != "0":
        said.append(THOUSANDS[thousands])
    if hundreds != "0":
        said.append(HUNDREDS[hundreds])
    if tens == "1":
        said.append(TEN if units == "0" else TEENS[units])
    else:
        if units != "0":
            said.append(UNITS[units])
        if tens != "0":
            said.append(TENS[tens])
    return " ".join([said[0], *(_after_and(word) for word in said[1:])])


def call_sounds(label: str, window: int, *, recall: int = 0, hurried: bool = False) -> list[str]:
    """Return the breaths of a whole call."""
    letter = label[0] if label[0].isalpha() else ""
    number = number_sounds(int(label.removeprefix(letter)))
    lead = "" if hurried else f"{NUMBER} "
    breaths = [AGAIN[min(recall, 3)]] if recall else []
    breaths += [f"{lead}{LETTER} {LETTERS[letter]}", number] if letter else [f"{lead}{number}"]
    return [*breaths, f"{WINDOW} {lead}{number_sounds(window)}"]


def _after_and(word: str) -> str:
    """Join «وَ»: the hamza of اثنين joins and is not said, every other one is.

    What the vowel of a joining hamza was stressed for moves to the next syllable.
    """
    if word.startswith("ʔˈiθnaj"):
        return "waθnˈaj" + word.removeprefix("ʔˈiθnaj")
    if word.startswith("ʔiθn"):
        return "waθn" + word.removeprefix("ʔiθn")
    return f"wa{word}"


def normal(ipa: str) -> str:
    """Write espeak-ng's signs as this page does; what differs is writing, not sound.

    A secondary stress is left out; a doubled n is written nn there; ط is t̪ and its dark vowel a. in
    its Arabic table.
    """
    plain = ipa.replace("ˌ", "").replace("t̪", "tˤ").replace("s̪", "sˤ").replace(".", "")
    for sign in "nml":
        plain = plain.replace(sign * 2, f"{sign}ː")
    return " ".join(plain.split())
