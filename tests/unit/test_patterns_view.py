"""Signs that one hand takes many numbers: what is told, to whom it is news, and what is shown."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid5

from queue_server.tickets.patterns import Pattern, PatternTicket, Seen, open_on
from queue_server.web.supervisor.alarms import alarms
from queue_server.web.supervisor.patterns import pattern_rows
from queue_server.web.words import Words
from tests.support.halls import EPOCH, OPENING

DAY = date(2026, 11, 22)
KIOSK, HODA = uuid5(EPOCH, "K1"), uuid5(EPOCH, "hoda")


def tickets(*numbers: int, day: date = DAY) -> tuple[PatternTicket, ...]:
    return tuple(PatternTicket(uuid5(EPOCH, str(n)), str(n), day) for n in numbers)


RUN = Pattern(
    "kiosk-run", 3, OPENING, OPENING + timedelta(minutes=1), tickets(101, 102, 103), KIOSK
)
CARD = Pattern("id-day", 4, OPENING, OPENING + timedelta(hours=1), tickets(104, 120, 130, 140))


def test_a_pattern_is_news_until_somebody_has_looked_and_again_when_it_grows() -> None:
    seen = replace(RUN, seen=Seen(OPENING, HODA, 3))
    assert open_on([RUN], DAY) == (RUN,)
    assert open_on([seen], DAY) == ()
    grown = replace(seen, n=4)
    assert open_on([grown], DAY) == (grown,)


def test_only_what_grew_on_this_day_is_told_on_it_the_newest_first() -> None:
    before = replace(CARD, tickets=tickets(1, 2, 3, 4, day=DAY - timedelta(days=1)))
    assert open_on([RUN, CARD, before], DAY) == (CARD, RUN)


def test_a_pattern_is_named_by_kind_newest_number_and_count() -> None:
    assert RUN.newest.label == "103"
    assert RUN.key == f"kiosk-run-{RUN.tickets[2].id}-3"


def test_a_row_shows_the_end_of_an_id_and_nothing_of_a_phone() -> None:
    phone = replace(CARD, kind="phone-day", by_phone=True)
    [run, card, by_phone] = pattern_rows(
        [RUN, replace(CARD, seen=Seen(OPENING, HODA, 4)), phone],
        devices={KIOSK: "K1"},
        last_fours={CARD.newest.id: "0007"},
        staff={HODA: Words("هدى منصور", "Hoda Mansour")},
    )
    assert (run.device, run.last_four, run.seen_by) == ("K1", None, None)
    assert card.last_four == "0007"
    assert card.seen_by == Words("هدى منصور", "Hoda Mansour")
    assert by_phone.last_four is None
    assert [words.ar for _, words in run.labels()] == ["١٠١", "١٠٢", "١٠٣"]


def test_patterns_stand_last_among_the_alarms_and_are_not_grave() -> None:
    rows = pattern_rows([RUN, CARD], devices={}, last_fours={}, staff={})
    told = alarms(at=OPENING, tiles=(), queues=(), devices=(), help_calls=(), patterns=rows)
    assert [each.kind for each in told] == ["pattern", "pattern"]
    assert not any(each.is_grave for each in told)
    assert len({each.key for each in told}) == 2
