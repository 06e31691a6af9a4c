"""An emergency on the machines of the hall: over everything, through cuts and restarts, spoken."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from core_services.link.frame import Frame
from core_services.link.message_frames import BoardMessage, MessageShown
from displays.board import EMERGENCY_KEPT_S, BoardState, fold, glass
from displays.memory import Memory
from displays.spoken import alert_words
from drivers.voices.arabic import phonemes
from kiosk.emergencies import Emergency
from kiosk.flow import advance
from kiosk.offline import Outbox
from kiosk.shown_messages import ShownMessages
from kiosk.state import Flow, next_due, step_name, touches
from kiosk.steps import HallChanged, Home, IdPad, LinkChanged, Ticked, Touched
from kiosk.told import Told
from queue_server.broadcasts.phrases import PHRASES
from queue_server.live.board import HallFacts, board_frame, hall_frame
from tests.support.clock import ManualClock
from tests.support.hall_server import NEXT_EPOCH, board, welcome
from tests.support.halls import a_hall
from tests.support.kiosk import hall

LEAVE = BoardMessage(
    text_ar=PHRASES["leave-hall"].ar,
    text_en=PHRASES["leave-hall"].en,
    id=UUID(int=1),
    kind="emergency",
    full_screen=True,
    calls_go_on=False,
    phrase="leave-hall",
)
QUIET = BoardMessage(text_ar="برجاء الهدوء.", text_en="", id=UUID(int=2), kind="notice")
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def told(*messages: BoardMessage, at: float = 0.0) -> BoardState:
    state = fold(BoardState(contact=at), welcome(), at)
    return fold(state, board(1, messages=messages), at)


def test_an_emergency_is_no_line_of_news_but_stands_over_all_of_them() -> None:
    shown = glass(told(LEAVE, QUIET), 1.0, standing=None)
    assert (shown.emergency, shown.news, shown.shown) == (LEAVE, QUIET, (LEAVE.id,))
    alone = glass(told(QUIET), 1.0, standing=None)
    assert (alone.emergency, alone.shown) == (None, (QUIET.id,))


def test_a_cut_line_leaves_an_emergency_for_an_hour_and_no_longer() -> None:
    state = told(LEAVE)
    assert glass(state, EMERGENCY_KEPT_S - 1, standing=None).emergency == LEAVE
    assert glass(state, EMERGENCY_KEPT_S, standing=None).emergency is None


def test_another_epoch_takes_it_away_only_by_a_board_without_it() -> None:
    state = fold(told(LEAVE, QUIET), welcome(epoch=NEXT_EPOCH), 2.0)
    assert state.messages == (LEAVE,)
    state = fold(state, board(1, epoch=NEXT_EPOCH), 2.0)
    assert state.messages == ()


def test_a_display_remembers_an_emergency_on_its_disk_and_what_is_old_not(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.begin(NEXT_EPOCH)
    memory.keep_emergency(LEAVE, NOW)
    memory.keep_emergency(LEAVE, NOW + timedelta(minutes=50))
    again = Memory(tmp_path)
    assert (again.epoch, again.emergency(NOW + timedelta(minutes=109))) == (NEXT_EPOCH, LEAVE)
    assert again.emergency(NOW + timedelta(minutes=110)) is None
    again.begin(uuid4())
    assert again.emergency(NOW + timedelta(minutes=51)) == LEAVE
    again.keep_emergency(None, NOW)
    assert Memory(tmp_path).emergency(NOW) is None


@pytest.mark.parametrize("phrase", [p.code for p in PHRASES.values() if p.kind == "emergency"])
def test_every_ready_emergency_is_spoken_by_rules_arabic_first(phrase: str) -> None:
    arabic, english = alert_words(phrase)
    assert (arabic.language, english.language) == ("ar", "en")
    for word in arabic.words:
        assert phonemes(word.text)
    assert len({word.clip for word in arabic.words}) == len(arabic.words)


def test_words_of_somebodys_own_are_not_guessed_at() -> None:
    assert alert_words(None) == alert_words("prayer-now") == ()


def test_boards_and_kiosks_are_sent_it_first_and_kiosks_give_no_numbers() -> None:
    facts = HallFacts(messages=(QUIET,), on_boards=(LEAVE,), on_kiosks=(LEAVE,))
    frame = board_frame(a_hall(), messages=facts.messages, sent=facts.on_boards)
    assert frame.messages == [LEAVE, QUIET]
    kiosk = hall_frame(a_hall(), facts, with_services=False)
    assert (kiosk.issuing, kiosk.state, kiosk.closed_ar) == (False, "stopped", LEAVE.text_ar)
    calm = hall_frame(a_hall(), replace(facts, on_kiosks=(QUIET,)), with_services=False)
    assert (calm.issuing, calm.messages) == (True, [QUIET])


def kiosk_at(*events: Any, flow: Flow | None = None, at: float = 0.0) -> Flow:
    flow = flow or Flow()
    for event in events:
        flow, _ = advance(flow, event, at)
    return flow


def test_a_kiosk_shows_nothing_else_and_only_help_can_be_touched() -> None:
    flow = kiosk_at(LinkChanged(True), HallChanged(hall(asks_national_id=True)))
    flow = kiosk_at(Touched("take", uuid4().hex), flow=flow, at=5.0)
    assert isinstance(flow.step, IdPad)
    flow = kiosk_at(HallChanged(hall(2, messages=[LEAVE], issuing=False)), flow=flow, at=6.0)
    assert (step_name(flow), set(touches(flow))) == ("emergency", {"help"})
    assert kiosk_at(Touched("digit:2", uuid4().hex), flow=flow, at=7.0).step == flow.step
    over = kiosk_at(HallChanged(hall(3)), flow=flow, at=8.0)
    assert (step_name(over), over.step) == ("idpad", flow.step)


def test_a_kiosk_tells_once_of_what_stands_on_its_glass_and_once_more_on_the_next_line() -> None:
    said: list[Frame] = []
    messages = ShownMessages(said.append)
    flow = kiosk_at(LinkChanged(True), HallChanged(hall(messages=[QUIET])))
    messages.look(flow, pages=0)
    assert said == [], "no page is open"
    messages.look(flow, pages=1)
    messages.look(flow, pages=1)
    assert said == [MessageShown(message=UUID(int=2))]
    messages.forget()
    messages.look(flow, pages=1)
    assert said == [MessageShown(message=UUID(int=2))] * 2


def test_a_kiosk_keeps_it_through_a_cut_and_takes_it_away_after_an_hour() -> None:
    flow = kiosk_at(LinkChanged(True), HallChanged(hall(messages=[LEAVE])), at=10.0)
    flow = kiosk_at(LinkChanged(False), flow=flow, at=20.0)
    assert flow.emergency == LEAVE
    due = next_due(flow)
    assert due is not None
    assert due <= 10.0 + EMERGENCY_KEPT_S
    later = kiosk_at(Ticked(), flow=flow, at=10.0 + EMERGENCY_KEPT_S)
    assert (later.emergency, step_name(later)) == (None, "home")


def test_a_kiosk_that_starts_without_a_server_shows_what_stood_before() -> None:
    kept = Emergency(LEAVE, NOW, NOW).to_json()

    def remembered(value: object, now: datetime) -> Emergency | None:
        return Emergency.remembered(value, now=now, machine=NOW)

    found = remembered(kept, NOW + timedelta(minutes=59))
    assert found is not None
    flow = found.over(Flow(), 3.0)
    assert (flow.emergency, flow.hall_now, flow.step) == (LEAVE, None, Home())
    assert remembered(kept, NOW + timedelta(minutes=60)) is None
    assert remembered(kept, NOW - timedelta(minutes=1)) is None
    assert remembered({"message": {}, "heard": "x"}, NOW) is None
    assert remembered(None, NOW) is None


@pytest.mark.parametrize(("after", "stands"), [(0, True), (59, True), (61, False)])
def test_a_kiosk_whose_clock_is_days_off_shows_it_as_long_as_any_other(
    tmp_path: Path, after: int, stands: bool
) -> None:
    path, clock = tmp_path / "outbox.sqlite3", ManualClock()
    with closing(Outbox.open(path, clock)) as outbox:
        outbox.time.hear(clock.now() - timedelta(days=9))
        Told(outbox).hall_shown(kiosk_at(HallChanged(hall(messages=[LEAVE]))))
    later = ManualClock(clock.now() + timedelta(minutes=after))
    with closing(Outbox.open(path, later)) as outbox:
        assert (Told(outbox).emergency is not None) is stands


def test_a_kiosk_whose_clock_lags_after_the_restart_still_shows_it(tmp_path: Path) -> None:
    """The centre's time counts: a clock without a battery is often set back by a restart."""
    path, clock = tmp_path / "outbox.sqlite3", ManualClock()
    with closing(Outbox.open(path, clock)) as outbox:
        outbox.time.hear(clock.now())
        Told(outbox).hall_shown(kiosk_at(HallChanged(hall(messages=[LEAVE]))))
    lags = ManualClock(clock.now() - timedelta(hours=2))
    with closing(Outbox.open(path, lags)) as outbox:
        standing = Told(outbox).emergency
        assert standing is not None
        assert standing.message == LEAVE
