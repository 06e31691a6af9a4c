"""What screens say while no numbers are given: one sentence in both languages; pure."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from core_services.l10n import format_date, format_time
from queue_server.tickets.gate import Gate


@dataclass(frozen=True, slots=True)
class ClosingSentence:
    """The sentence, as a citizen reads it."""

    ar: str
    en: str


_STOPPED = ClosingSentence(
    "توقّف حجز الأرقام اليوم، ومن معه رقم ستُقضى خدمته.",
    "No more numbers are given today. Whoever holds a number will be served.",
)


def kept_sentences(day: date) -> tuple[ClosingSentence, ...]:
    """Say to whom nobody came today that the number is kept for a day, and when to be there.

    Each sentence is short enough for the hall screen's one line of news.
    """
    day_ar, day_en = format_date(day, "ar"), format_date(day, "en")
    return (
        ClosingSentence(
            "من لم يُنادَ اليوم فرقمه محفوظ.", "The numbers that were not called today are kept."
        ),
        ClosingSentence(
            f"احضر {day_ar} قبل ١٠ صباحًا ومعك ورقة دورك.",
            f"Come on {day_en} before 10 am and bring your slip.",
        ),
    )


def closing_sentences(gate: Gate, at: datetime, zone: ZoneInfo) -> tuple[ClosingSentence, ...]:
    """Say that no numbers are given, and when they are again; nothing while they are.

    Each sentence is short enough for the hall screen's one line of news.
    """
    if gate.is_open:
        return ()
    if gate.opens_at is None:
        return (_STOPPED,)
    local = gate.opens_at.astimezone(zone)
    clock_ar, clock_en = format_time(local, "ar"), format_time(local, "en")
    if gate.state == "closed" and local.date() == at.astimezone(zone).date():
        return (
            ClosingSentence(
                f"يبدأ حجز الأرقام اليوم الساعة {clock_ar}.",
                f"Numbers are given today from {clock_en}.",
            ),
        )
    day_ar, day_en = format_date(local.date(), "ar"), format_date(local.date(), "en")
    return (
        _STOPPED,
        ClosingSentence(
            f"الحجز القادم: {day_ar} الساعة {clock_ar}.",
            f"Numbers are given again on {day_en} from {clock_en}.",
        ),
    )


def closing_sentence(gate: Gate, at: datetime, zone: ZoneInfo) -> ClosingSentence | None:
    """Say the same in one breath; None while numbers are given."""
    said = closing_sentences(gate, at, zone)
    if not said:
        return None
    return ClosingSentence(" ".join(each.ar for each in said), " ".join(each.en for each in said))
