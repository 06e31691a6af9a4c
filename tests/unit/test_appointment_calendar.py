"""An appointment's calendar file is what calendars read, held against a library that reads them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from queue_server.appointments.calendar_file import CalendarEntry, calendar_file

START: Final = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)
ENTRY: Final = CalendarEntry(
    uid="019a@kfs",
    sequence=0,
    starts_at=START,
    ends_at=START + timedelta(minutes=30),
    written_at=datetime(2026, 11, 22, 7, 0, tzinfo=UTC),
    summary="موعد في المركز التكنولوجي لخدمة المواطنين: طلب تصالح في مخالفات البناء",
    description="الكود: ٤٧٢٩ ٨٣٨١\nسجّل حضورك عند جهاز الأرقام؛ قبل الموعد بـ ١٥ دقيقة, لا أكثر.",
    location="المركز التكنولوجي، كفر صقر; الشرقية",
    url="https://kfs.example.gov.eg/b/abcdefghijklmnop",
    is_cancelled=False,
    alarm="موعدك بعد ساعة",
)


def read(data: bytes) -> Any:
    [event] = icalendar.Calendar.from_ical(data).walk("VEVENT")
    return event


def test_a_calendar_reads_back_what_was_written() -> None:
    event = read(calendar_file(ENTRY))
    assert event["UID"] == ENTRY.uid
    assert event["SUMMARY"] == ENTRY.summary
    assert event["DESCRIPTION"] == ENTRY.description
    assert event["LOCATION"] == ENTRY.location
    assert event["URL"] == ENTRY.url
    assert event.decoded("DTSTART") == START
    assert event.decoded("DTEND") == START + timedelta(minutes=30)
    assert event["STATUS"] == "CONFIRMED"
    [alarm] = event.walk("VALARM")
    assert alarm["DESCRIPTION"] == "موعدك بعد ساعة"
    assert alarm.decoded("TRIGGER") == timedelta(hours=-1)


def test_a_booking_that_moved_keeps_its_name_and_grows_its_sequence() -> None:
    event = read(calendar_file(replace(ENTRY, sequence=2)))
    assert (event["UID"], event["SEQUENCE"]) == (ENTRY.uid, 2)


def test_a_cancelled_booking_says_so_and_rings_no_more() -> None:
    event = read(calendar_file(replace(ENTRY, is_cancelled=True)))
    assert event["STATUS"] == "CANCELLED"
    assert not event.walk("VALARM")


def test_without_a_public_address_there_is_no_link() -> None:
    assert "URL" not in read(calendar_file(replace(ENTRY, url=None)))


@given(
    summary=st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=300),
    description=st.text(
        st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n"), max_size=300
    ),
)
def test_lines_are_75_octets_at_most_end_as_they_must_and_lose_no_letter(
    summary: str, description: str
) -> None:
    data = calendar_file(replace(ENTRY, summary=summary, description=description))
    assert data.endswith(b"\r\n")
    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in data.replace(b"\r\n", b"")
    for line in lines:
        line.decode()  # a letter is never cut
    event = read(data)
    assert (event["SUMMARY"], event["DESCRIPTION"]) == (summary, description)
