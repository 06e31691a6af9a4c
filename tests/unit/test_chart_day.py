"""What the charts of a day are made of, for a day of many services and for odd moments."""

from datetime import UTC, date, datetime, timedelta
from xml.etree.ElementTree import fromstring

from core_services.l10n import Language
from queue_server.tickets.course import Course, Flow, Visit, levels, paces
from queue_server.tickets.window_counts import whole_seconds
from queue_server.web.supervisor import chart_words as words
from queue_server.web.supervisor.chart_day import (
    MOST_DRAWN,
    DayAsked,
    hall_chart,
    idle_chart,
    rhythm_chart,
    services_chart,
    waits_chart,
)
from queue_server.web.words import Words

EIGHT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
MINUTE_US = 60_000_000


def asked(language: Language = "en", seats: int | None = None) -> DayAsked:
    return DayAsked(
        day=date(2026, 11, 22),
        language=language,
        zone=UTC,
        now=EIGHT + timedelta(hours=3),
        is_today=True,
        queue=None,
        service=None,
        target_s=1800,
        seats=seats,
    )


def waited(minutes: float, service: str | None = "a") -> Visit:
    began = int(EIGHT.timestamp()) * 1_000_000
    return Visit(service, began, began + int(minutes * MINUTE_US), is_measured=True)


def course(*visits: Visit) -> Course:
    start = int(EIGHT.timestamp())
    return Course(visits, (Flow(start + 300, 2, 2), Flow(start + 900, -2, -1)), start + 900.0)


def test_of_many_services_those_with_most_people_are_drawn_and_all_are_in_the_table() -> None:
    visits = [
        waited(nth + 1, f"s{nth:02}") for nth in range(40) for _ in range(1 + (nth % 20 == 7))
    ]
    chart = services_chart(asked(), course(*visits), {"s07": Words("سبعة", "seven")})
    assert len(chart.sheet.rows) == 40
    waits = [row[4] for row in chart.sheet.rows]
    assert waits == sorted(waits, reverse=True)  # type: ignore[type-var]
    texts = [
        each.text or "" for each in fromstring(chart.picture).iter() if each.tag.endswith("text")
    ]
    drawn = [each for each in texts if each == "seven" or each.startswith("s")]
    assert len(drawn) == MOST_DRAWN
    assert {"seven", "s27"} <= set(drawn)
    assert any("twelve" in note for note in chart.sheet.notes)


def test_a_histogram_reaches_its_target_and_keeps_the_longest_in_its_last_column() -> None:
    short = waits_chart(asked(), course(waited(1), waited(4.9), waited(5)))
    assert [row[2] for row in short.sheet.rows] == [2, 1, 0, 0, 0, 0]
    long = waits_chart(asked(), course(waited(59), waited(60), waited(700)))
    assert long.sheet.rows[-1] == (3600, None, 2)
    assert sum(row[2] for row in long.sheet.rows) == 3  # type: ignore[misc]
    assert "Within the target: 3" in short.summary
    assert "Within the target: 0" in long.summary


def test_who_walked_straight_in_or_was_keyed_in_later_came_but_did_not_wait() -> None:
    visit = waited(3)
    direct = Visit("a", visit.issued_us, visit.called_us, is_measured=False)
    assert waits_chart(asked(), course(direct)).sheet.rows == ()
    assert rhythm_chart(asked(), course(direct)).sheet.rows[0][1:] == (1, 1)


def test_the_last_moment_of_a_day_that_lasts_is_now() -> None:
    now = EIGHT + timedelta(minutes=17, seconds=40)
    told = levels(course(), zone=UTC, now=now)
    assert [each.at.minute for each in told] == [0, 5, 10, 15, 17]
    assert [each.line for each in told] == [0, 2, 2, 0, 0]
    assert [each.hall for each in told] == [0, 2, 2, 1, 1]
    over = levels(course(), zone=UTC, now=None)
    assert [each.at.minute for each in over] == [0, 5, 10, 15]
    assert levels(Course(), zone=UTC, now=now) == ()


def test_half_hours_without_anybody_stand_between_the_others() -> None:
    told = paces((waited(95),), zone=UTC)
    assert [(each.came, each.called) for each in told] == [(1, 0), (0, 0), (0, 0), (0, 1)]


def test_windows_that_never_idled_are_no_closed_windows() -> None:
    assert idle_chart(asked(), {3: [[]], 5: [[]]}).nothing == words.NEVER_IDLE.say(asked().language)
    assert idle_chart(asked(), {}).nothing == words.NOTHING["idle"].say(asked().language)


def test_idle_cells_add_up_to_the_whole_second() -> None:
    spans = [
        (EIGHT + timedelta(minutes=28, seconds=0.4), EIGHT + timedelta(minutes=30, seconds=0.3)),
        (EIGHT + timedelta(minutes=59, seconds=59.7), EIGHT + timedelta(minutes=61)),
    ]
    rows = idle_chart(asked(), {3: [spans], 5: [[]]}).sheet.rows
    assert [row[0] for row in rows] == [3, 3, 3, 5, 5, 5]
    assert [row[2] for row in rows] == [120, 0, 60, 0, 0, 0]
    assert whole_seconds(sum((end - start for start, end in spans), timedelta())) == 180


def test_idle_cells_of_two_who_shared_a_window_add_up_to_what_is_counted_of_each() -> None:
    each = (
        [(EIGHT, EIGHT + timedelta(seconds=10.5))],
        [(EIGHT + timedelta(minutes=40), EIGHT + timedelta(minutes=40, seconds=7.5))],
    )
    rows = idle_chart(asked(), {3: each}).sheet.rows
    assert [row[2] for row in rows] == [11, 8]


def test_seats_are_drawn_across_the_hall_in_the_six_plurals() -> None:
    for seats, said in ((1, "مقعد واحد"), (2, "مقعدان"), (7, "٧ مقاعد"), (54, "٥٤ مقعدًا")):
        assert said in hall_chart(asked("ar", seats), course()).svg
    assert "مقعد" not in hall_chart(asked("ar"), course()).svg
