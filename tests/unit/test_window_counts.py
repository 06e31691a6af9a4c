"""A day's counts by windows: what is idle, what is not, and to whom each thing belongs."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from queue_server.tickets.window_counts import (
    Pauses,
    TicketFact,
    WindowCounts,
    WindowFact,
    WindowSetting,
    window_counts,
)

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
MONA, KARIM = UUID(int=1), UUID(int=2)
QUEUES = {"unified": frozenset({"U"}), "rare": frozenset({"X"})}


class Day:
    """Events in the order in which they are written down, in seconds after the start."""

    def __init__(self, *, accessible: bool = False) -> None:
        self._revisions = count(1)
        self.windows: list[WindowFact] = []
        self.tickets: list[TicketFact] = []
        self.settings = [
            WindowSetting(5, False, False, None, None, "unified", accessible),
            WindowSetting(6, False, False, None, None, "unified", False),
        ]

    def window(self, at_s: float, event: str, to: str, number: int = 5, **more: Any) -> None:
        at = START + timedelta(seconds=at_s)
        more.setdefault("actor", MONA)
        fact = WindowFact(next(self._revisions), at, number, event, to, **more)
        self.windows.append(fact)

    def ticket(
        self, at_s: float, event: str, to: str, *, n: int = 1, window: int | None = None,
        queue: str = "U", lane: str = "plain", **more: Any,
    ) -> int:  # fmt: skip
        revision = next(self._revisions)
        at = START + timedelta(seconds=at_s)
        fact = TicketFact(revision, at, UUID(int=n), event, to, queue, lane, window, **more)
        self.tickets.append(fact)
        return revision

    def counts(self, until_s: float = 3600) -> dict[tuple[int, UUID | None], WindowCounts]:
        counted = window_counts(
            self.settings, self.windows, self.tickets, queues=QUEUES,
            start=START, end=START + timedelta(seconds=until_s),
        )  # fmt: skip
        return {(each.window, each.person): each for each in counted}


def test_idle_is_only_the_time_in_which_the_next_call_would_have_handed_somebody() -> None:
    day = Day()
    day.window(0, "open", "open")  # 100 s nobody waits
    day.ticket(100, "issue", "waiting")  # then 200 s somebody does
    day.ticket(300, "call", "called", window=5)
    day.ticket(310, "start", "serving", window=5)
    day.ticket(320, "issue", "waiting", n=2)  # waits while the window works
    day.ticket(600, "finish", "finished", window=5)  # then 90 s idle
    day.ticket(690, "call", "called", n=2, window=5)
    mona = day.counts(700)[5, MONA]
    assert mona.idle_s == (200 - 60) + (90 - 60)
    assert (mona.open_s, mona.served) == (700, 1)


def test_pauses_and_faults_are_not_idle_and_the_first_minute_is_free() -> None:
    day = Day()
    day.ticket(0, "issue", "waiting")
    day.window(0, "open", "open")
    day.window(50, "pause", "paused", reason="prayer")
    day.window(650, "resume", "open")
    day.window(700, "fault", "", reason="printer")
    day.window(720, "fault", "", reason="network")
    day.window(1700, "fault_closed", "", reason="printer")
    day.window(1800, "fault_closed", "", reason="network")
    day.window(1850, "close", "closed")
    mona = day.counts()[5, MONA]
    assert mona.idle_s == 0
    assert mona.pauses == {"prayer": Pauses(1, 600)}
    assert mona.open_s == 50 + 1200


def test_people_of_other_queues_and_lanes_make_nobody_idle() -> None:
    day = Day()
    day.window(0, "open", "open")
    day.ticket(0, "issue", "waiting", n=1, queue="X")
    day.ticket(0, "issue", "waiting", n=2, lane="accessible")
    day.ticket(0, "transfer", "waiting", n=3, to_lane="window:6")
    day.ticket(0, "transfer", "waiting", n=4, to_lane=f"staff:{KARIM}")
    day.ticket(0, "issue", "unconfirmed", n=5)
    assert day.counts()[5, MONA].idle_s == 0
    day.ticket(100, "transfer", "waiting", n=3, to_lane="window:5")
    assert day.counts(300)[5, MONA].idle_s == 200 - 60


def test_a_window_that_serves_another_profile_is_idle_for_other_people() -> None:
    day = Day()
    day.window(0, "open", "open")
    day.ticket(0, "issue", "waiting", queue="X")
    day.window(1000, "profile", "open", profile="rare")
    assert day.counts(1200)[5, MONA].idle_s == 200 - 60


def test_an_accessible_window_is_idle_while_its_own_lane_waits() -> None:
    day = Day(accessible=True)
    day.window(0, "open", "open")
    day.ticket(0, "issue", "waiting", lane="accessible")
    assert day.counts(100)[5, MONA].idle_s == 40


def test_each_thing_belongs_to_whoever_had_the_window_then() -> None:
    day = Day()
    day.window(0, "open", "open", actor=MONA)
    day.ticket(1, "issue", "waiting")
    day.ticket(2, "call", "called", window=5, reason="urgent", is_out_of_order=True)
    day.window(3, "offer", "open", actor=MONA)
    day.window(4, "take_over", "open", actor=KARIM)
    day.ticket(5, "no_show", "no_show", window=5, reason="absent")
    day.window(6, "assign", "open", actor=UUID(int=9), person=MONA)
    day.window(10, "pause", "paused", reason="break", actor=MONA)
    counts = day.counts(20)
    assert (counts[5, MONA].out_of_order, counts[5, MONA].no_shows) == (1, 0)
    assert (counts[5, KARIM].out_of_order, counts[5, KARIM].no_shows) == (0, 1)
    assert (counts[5, KARIM].open_s, counts[5, MONA].open_s) == (2, 8)
    assert counts[5, MONA].pauses == {"break": Pauses(1, 10)}


def test_what_was_undone_is_not_counted_and_the_undo_is() -> None:
    day = Day()
    day.window(0, "open", "open")
    day.ticket(0, "issue", "waiting")
    day.ticket(1, "call", "called", window=5)
    mistake = day.ticket(2, "no_show", "no_show", window=5, reason="absent")
    day.ticket(3, "undo", "called", window=5, undoes=mistake)
    day.ticket(4, "start", "serving", window=5)
    mona = day.counts(500)[5, MONA]
    assert (mona.no_shows, mona.undos, mona.idle_s) == (0, 1, 0)


def test_a_window_left_open_overnight_goes_on_from_the_days_beginning() -> None:
    day = Day()
    day.settings[0] = WindowSetting(5, True, False, None, MONA, "unified", False)
    day.settings[1] = WindowSetting(6, False, True, "break", KARIM, "unified", False)
    day.ticket(100, "issue", "waiting")
    counts = day.counts(300)
    assert counts[5, MONA].idle_s == 200 - 60
    assert counts[6, KARIM].pauses == {"break": Pauses(0, 300)}
    assert counts[6, KARIM].idle_s == 0


def test_a_parked_number_that_waits_again_is_for_its_window_alone() -> None:
    day = Day()
    day.window(0, "open", "open")
    day.window(0, "open", "open", number=6, actor=KARIM)
    day.ticket(0, "issue", "waiting")
    day.ticket(1, "call", "called", window=5)
    day.ticket(2, "start", "serving", window=5)
    day.ticket(3, "park", "parked", window=5, reason="copy")
    day.ticket(100, "resume", "waiting")
    counts = day.counts(300)
    assert counts[5, MONA].idle_s == 200 - 60
    assert counts[6, KARIM].idle_s == 0
    day.window(200, "close", "closed")
    day.ticket(200, "release", "waiting")
    assert day.counts(300)[6, KARIM].idle_s == 100 - 60


def test_an_undone_call_puts_the_number_back_where_it_waited() -> None:
    day = Day()
    day.window(0, "open", "open")
    day.window(0, "open", "open", number=6, actor=KARIM)
    day.ticket(0, "transfer", "waiting", to_lane="window:6")
    mistake = day.ticket(1, "call", "called", window=6)
    day.ticket(2, "undo", "waiting", window=6, undoes=mistake)
    counts = day.counts(102)
    assert (counts[5, MONA].idle_s, counts[6, KARIM].idle_s) == (0, 40)
