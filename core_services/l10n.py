"""Says numbers, dates, waits and messages as an Egyptian reader expects them, Arabic first.

Babel is used to read catalogues only: its ar_EG numbers keep Western digits, its dates carry
stray direction marks and its Arabic plural rule swaps the last two forms, so those are ours.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from babel.messages.pofile import PoFileError, read_po

Language = Literal["ar", "en"]

FSI, PDI = "\u2068", "\u2069"
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""The marks that open or close a run of another direction."""
_ROOMLESS = dict.fromkeys([0x200B, 0x2060, 0xFEFF])
"""What takes no room and joins or parts no letters of Arabic."""
PLURAL_FORMS = (
    "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
    "n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5"
)
"""The Plural-Forms header that every `ar.po` carries, word for word."""

_WESTERN = "0123456789"
_EASTERN = "٠١٢٣٤٥٦٧٨٩"
_PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
_TO_EASTERN = str.maketrans(_WESTERN + _PERSIAN, _EASTERN * 2)
_TO_WESTERN = str.maketrans(_EASTERN + _PERSIAN, _WESTERN * 2)
_ARABIC_SEPARATORS = str.maketrans({",": "٬", ".": "٫"})
_FOLDED = str.maketrans({"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": None})

_WEEKDAYS = {
    "ar": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS_AR = "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"
_MONTHS_EN = "January February March April May June July August September October November December"
_MONTHS = {"ar": tuple(_MONTHS_AR.split()), "en": tuple(_MONTHS_EN.split())}


class L10nError(Exception):
    """A message catalogue cannot be used."""


def digits(text: str, language: Language) -> str:
    """Write every decimal digit in `text` as the language writes it: ١٢٣ in Arabic, 123 else."""
    return text.translate(_TO_EASTERN if language == "ar" else _TO_WESTERN)


def western(text: str) -> str:
    """Turn Eastern and Persian digits into Western ones; everything else stays."""
    return text.translate(_TO_WESTERN)


def format_number(n: int | float | Decimal, language: Language, *, decimals: int = 0) -> str:
    """Group thousands: `١٬٢٥٠` or `1,250`."""
    text = f"{n:,.{decimals}f}"
    return digits(text.translate(_ARABIC_SEPARATORS), "ar") if language == "ar" else text


def format_date(day: date, language: Language) -> str:
    """Return `الأحد ٢٢/١١/٢٠٢٦` or `Sunday 22/11/2026`."""
    weekday = _WEEKDAYS[language][day.weekday()]
    return digits(f"{weekday} {day.day}/{day.month}/{day.year}", language)


def format_date_words(day: date, language: Language) -> str:
    """Return `الأحد ٢٢ نوفمبر` or `Sunday 22 November`."""
    weekday, month = _WEEKDAYS[language][day.weekday()], _MONTHS[language][day.month - 1]
    return digits(f"{weekday} {day.day} {month}", language)


def weekday_name(weekday: int, language: Language) -> str:
    """Return `الأحد` or `Sunday`; 0 is Monday, as in `date.weekday`."""
    return _WEEKDAYS[language][weekday]


def format_time(at: datetime | time, language: Language, *, seconds: bool = False) -> str:
    """Return `٩:١٤ ص` or `9:14 am`, with `seconds` `٩:١٤:٠٧ ص`; `at` is already local."""
    hour = at.hour % 12 or 12
    half = {"ar": ("ص", "م"), "en": ("am", "pm")}[language][at.hour >= 12]
    rest = f":{at.second:02}" if seconds else ""
    return digits(f"{hour}:{at.minute:02}{rest} {half}", language)


def format_minutes_seconds(seconds: float, language: Language) -> str:
    """Return a running clock, `٠٣:١٢`; minutes grow past 59, negative durations show as zero."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return digits(f"{minutes:02}:{rest:02}", language)


def format_hours_minutes(seconds: float, language: Language) -> str:
    """Return a length of hours, `٧:٠٥`; what is less than a minute is left out, as spreadsheets do.

    Hours grow past 23, negative durations show as zero.
    """
    hours, minutes = divmod(max(0, int(seconds)) // 60, 60)
    return digits(f"{hours}:{minutes:02}", language)


def format_money(piastres: int, language: Language) -> str:
    """Return `٢٢٥٫٠٠ ج` or `EGP 225.00`."""
    amount = format_number(Decimal(piastres) / 100, language, decimals=2)
    return f"{amount} ج" if language == "ar" else f"EGP {amount}"


def wait_words(low_s: int, high_s: int, language: Language) -> str:
    """Say an honest range, rounded outward: `من ٢٠ إلى ٣٠ دقيقة`, `20 to 30 minutes`.

    From nothing: `أقل من ٥ دقائق`; above two hours in half hours; equal ends: `حوالي ٥ دقائق`.
    """
    low, high = max(0, low_s) // 60, max(1, -(-high_s // 60))
    if high <= 120:
        (start, _), (_, end) = _minutes(low, language), _minutes(high, language)
    else:
        low, high = low // 30, -(-high // 30)
        (start, _), (_, end) = _half_hours(low, language), _half_hours(high, language)
    if low == 0:
        return f"أقل من {end}" if language == "ar" else f"less than {end}"
    if low >= high:
        return f"حوالي {end}" if language == "ar" else f"about {end}"
    return f"من {start} إلى {end}" if language == "ar" else f"{start} to {end}"


def isolate(text: str) -> str:
    """Wrap a name, code or number so that its direction disturbs nothing around it.

    Embeddings, overrides and isolates within it, which could reach beyond its end, are left out.
    """
    return f"{FSI}{text.translate(_TURNS)}{PDI}"


def one_line(text: str) -> str:
    """Return typed words as one line: spaces single, nothing unseen that turns what follows.

    Control letters count as spaces; of marks alone, with no letter to be seen, nothing stays.
    """
    kept = "".join(" " if unicodedata.category(each) == "Cc" else each for each in text)
    line = " ".join(kept.translate(_TURNS | _ROOMLESS).split())
    return line if any(unicodedata.category(each) not in ("Cf", "Zs") for each in line) else ""


def fold_arabic(text: str) -> str:
    """Reduce to what people search by: أإآا, ى/ي, ة/ه, عبد الله/عبدالله, no diacritics or tatweel.

    Digits become Western, letters lower case, spaces single. Folding twice changes nothing.
    """
    letters = (
        letter
        for letter in unicodedata.normalize("NFKD", text).casefold()
        if unicodedata.category(letter) not in ("Mn", "Cf")
    )
    words = western("".join(letters).translate(_FOLDED)).split()
    folded = ""
    for word in words:
        joined = folded == "عبد" or folded.endswith(" عبد")
        folded += word if joined or not folded else f" {word}"
    return folded


def plural_index(n: int) -> int:
    """Return the Arabic form for `n`: 0 zero, 1 one, 2 two, 3 few, 4 many, 5 other."""
    if n in (0, 1, 2):
        return n
    rest = n % 100
    return 3 if 3 <= rest <= 10 else 4 if rest >= 11 else 5


def plural(n: int, *forms: str) -> str:
    """Choose among six Arabic forms (zero, one, two, few, many, other) or two English ones."""
    if len(forms) == 2:
        return forms[n != 1]
    if len(forms) != 6:
        raise ValueError(f"two or six plural forms are needed, not {len(forms)}")
    return forms[plural_index(n)]


def minutes_words(n: int, language: Language) -> str:
    """Say so many minutes: `٣٠ دقيقة`, `30 minutes`."""
    return _minutes(n, language)[1]


def _minutes(n: int, language: Language) -> tuple[str, str]:
    """Return how a range begins with `n` minutes, and how it ends with them."""
    if language == "en":
        return str(n), f"{n} {plural(n, 'minute', 'minutes')}"
    number = digits(str(n), "ar")
    many = f"{number} دقيقة"
    words = plural(n, many, "دقيقة", "دقيقتين", f"{number} دقائق", many, many)
    return (words if n in (1, 2) else number), words


def _half_hours(n: int, language: Language) -> tuple[str, str]:
    """Return how a range begins with `n` half hours, and how it ends with them."""
    if language == "en":
        return f"{n / 2:g}", f"{n / 2:g} {'hour' if n == 2 else 'hours'}"
    whole, half = divmod(n, 2)
    if n == 1:
        return "نصف ساعة", "نصف ساعة"
    number = digits(str(whole), "ar")
    many = f"{number} ساعة"
    words = plural(whole, many, "ساعة", "ساعتين", f"{number} ساعات", many, many)
    words += " ونصف" if half else ""
    return words, words


@dataclass(frozen=True, slots=True)
class Messages:
    """A program's user text: msgids are the English, `ar.po` holds the Arabic."""

    _arabic: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `folder/ar.po`; fuzzy and empty entries count as missing. Raises L10nError."""
        path = folder / "ar.po"
        try:
            with path.open("rb") as file:
                catalog = read_po(file, locale=None, abort_invalid=True)
        except (OSError, PoFileError, UnicodeDecodeError) as error:
            raise L10nError(f"{path} cannot be read: {error}") from error
        arabic: dict[str, tuple[str, ...]] = {}
        for message in catalog:
            msgid = message.id if isinstance(message.id, str) else message.id[0]
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            if len(strings) > 1 and catalog.plural_forms.rstrip("; ") != PLURAL_FORMS:
                raise L10nError(f"{path} needs the header Plural-Forms: {PLURAL_FORMS}")
            if msgid and not message.fuzzy and all(strings):
                arabic[msgid] = tuple(str(string) for string in strings)
        return cls(arabic)

    def gettext(self, language: Language, msgid: str) -> str:
        """Return the text, or the English msgid where Arabic is missing."""
        found = self._arabic.get(msgid) if language == "ar" else None
        return found[0] if found else msgid

    def ngettext(self, language: Language, singular: str, plural: str, n: int) -> str:
        """Return the form for `n`; its number is still a placeholder for the caller to fill."""
        found = self._arabic.get(singular) if language == "ar" else None
        if found and len(found) == 6:
            return found[plural_index(n)]
        return singular if n == 1 else plural
