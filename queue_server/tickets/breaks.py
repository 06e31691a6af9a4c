"""What the hall screen says while windows are away for a prayer or another break; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from core_services.l10n import digits, plural
from queue_server.tickets.model import Window
from queue_server.tickets.opening import DaySpan

FAULT: Final = "fault"
"""A window that is paused for a fault is on no break."""


@dataclass(frozen=True, slots=True)
class BreakTime:
    """A time of the day, such as a prayer's, by the wall."""

    name_ar: str
    name_en: str
    span: DaySpan


@dataclass(frozen=True, slots=True)
class BreakSentence:
    """The sentence, as a citizen reads it."""

    ar: str
    en: str


def break_sentence(
    times: Sequence[BreakTime], windows: Sequence[Window], at: datetime, zone: ZoneInfo
) -> BreakSentence | None:
    """Say which break it is, and how many windows work; None while no window is away for one."""
    wall = at.astimezone(zone).time()
    now = next((each for each in times if each.span.opens <= wall < each.span.closes), None)
    is_away = any(each.state == "paused" and each.reason != FAULT for each in windows)
    if now is None or not is_away:
        return None
    n = sum(each.state == "open" for each in windows)
    many = f"{n} شباكًا يعمل"
    working = plural(
        n, "", "شباك واحد يعمل", "شباكان يعملان", f"{n} شبابيك تعمل", many, f"{n} شباك يعمل"
    )
    if not n:
        return BreakSentence(
            f"{now.name_ar}: نعود بعدها، ودورك محفوظ.",
            f"{now.name_en}: we are back afterwards, and your place is kept.",
        )
    return BreakSentence(
        digits(f"{now.name_ar}: {working}، ودورك محفوظ.", "ar"),
        f"{now.name_en}: {n} {plural(n, 'window works', 'windows work')}, and your place is kept.",
    )
