"""How English counts aloud: «one hundred and forty-two»."""

from drivers.voices.words import Clause, Word

LARGEST = 9999

_UP_TO_NINETEEN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_AND = Word("and", "and")
_HUNDRED = Word("hundred", "hundred")
_THOUSAND = Word("thousand", "thousand")


def number(value: int) -> Clause:
    """Return the words of a number; beyond 9999 its digits. Raises ValueError below 0."""
    if value < 0:
        raise ValueError(f"{value} is no number of a line")
    if value > LARGEST:
        return tuple(_small(int(digit)) for digit in str(value))
    said: list[Word] = []
    if value >= 1000:
        said += [_small(value // 1000), _THOUSAND]
    if value % 1000 >= 100:
        said += [_small(value % 1000 // 100), _HUNDRED]
    rest = value % 100
    if said and rest:
        said.append(_AND)
    if rest >= 20:
        said.append(_ten(rest))
        rest %= 10
    if rest or not said:
        said.append(_small(rest))
    return tuple(said)


def every_word() -> tuple[Word, ...]:
    """Return every word that `number` may use, once: what a speaker must record."""
    small = (_small(value) for value in range(20))
    return (*small, *(_ten(value) for value in range(20, 100, 10)), _HUNDRED, _THOUSAND, _AND)


def _small(value: int) -> Word:
    return Word(str(value), _UP_TO_NINETEEN[value])


def _ten(value: int) -> Word:
    return Word(str(value // 10 * 10), _TENS[value // 10 - 2])
