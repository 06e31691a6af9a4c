"""Writes an appointment as an iCalendar file (RFC 5545), for the citizen's own calendar.

Times are UTC, so no rule of the zone has to travel with it. The name (UID) stays when the
appointment moves and the sequence grows, so that a calendar moves its entry too. It has no METHOD:
that would make it a message between people (RFC 5546), which needs an organiser's mail address.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_LINE_OCTETS: Final = 75
_ESCAPES: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What the file says."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    written_at: datetime
    summary: str
    description: str
    location: str
    url: str | None
    is_cancelled: bool
    alarm: str
    """What the phone says an hour before."""


def calendar_file(entry: CalendarEntry) -> bytes:
    """Return the whole file, in UTF-8 with the line ends that the format asks for."""
    return b"".join(_folded(line) for line in _lines(entry))


def _lines(entry: CalendarEntry) -> Iterable[str]:
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield "PRODID:-//Shubbak//Appointments//AR"
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.uid)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTAMP:{_moment(entry.written_at)}"
    yield f"DTSTART:{_moment(entry.starts_at)}"
    yield f"DTEND:{_moment(entry.ends_at)}"
    yield f"STATUS:{'CANCELLED' if entry.is_cancelled else 'CONFIRMED'}"
    yield f"SUMMARY:{_text(entry.summary)}"
    yield f"DESCRIPTION:{_text(entry.description)}"
    yield f"LOCATION:{_text(entry.location)}"
    if entry.url is not None:
        yield f"URL:{entry.url}"
    if not entry.is_cancelled:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield "TRIGGER:-PT1H"
        yield f"DESCRIPTION:{_text(entry.alarm)}"
        yield "END:VALARM"
    yield "END:VEVENT"
    yield "END:VCALENDAR"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Escape a TEXT value (§3.3.11)."""
    return value.translate(_ESCAPES)


def _folded(line: str) -> bytes:
    """Fold a line at 75 octets, never inside a letter (§3.1)."""
    folded, room = [b""], _LINE_OCTETS
    for letter in line:
        octets = letter.encode()
        if len(folded[-1]) + len(octets) > room:
            folded.append(b"")
            room = _LINE_OCTETS - 1
        folded[-1] += octets
    return b"\r\n ".join(folded) + b"\r\n"
