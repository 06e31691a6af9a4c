"""What the desk shows and offers in every state of its window."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core_services.catalogue.load import load_catalogue
from queue_server.tickets.errors import ActNotAllowed, KeyReused, WindowOfAnother
from queue_server.tickets.lifecycle import TRANSITIONS
from queue_server.tickets.model import (
    Actor,
    Hall,
    Service,
    Ticket,
    TicketEvent,
    TicketEventKind,
    TicketState,
    Window,
)
from queue_server.tickets.store_desk import Visit, WindowDay
from queue_server.web.desk.acts import (
    ACTS,
    CALL_KEYS,
    ENTER,
    FAULT_KEYS,
    IN_MENUS,
    KEYS,
    OUTCOME_KEYS,
    PARK_KEYS,
    REASON_KEYS,
    TRANSFER_KEYS,
    Act,
    Key,
    acts_of,
    state_of,
)
from queue_server.web.desk.choice import own_windows, window_choice
from queue_server.web.desk.notices import notice_of
from queue_server.web.desk.view import DeskView, desk_view
from queue_server.web.words import Words
from tests.support.halls import DAY, a_hall, a_queue, a_window

NOW = datetime(2026, 11, 22, 7, 41, tzinfo=UTC)
MONA = Actor("staff", UUID(int=5))
KARIM = Actor("staff", UUID(int=6))
CLERK = Words("منى السيد", "Mona El-Sayed")
CATALOGUE = load_catalogue().services
SERVICES = {
    code: Service(code, "unified", CATALOGUE[code].name_ar, CATALOGUE[code].name_en, 300, True)
    for code in ("reconciliation", "building-new")
} | {"own": Service("own", "unified", "خدمة محلية", "Local service", 120, True)}
DAY_AT_WINDOW = WindowDay("شباك موحّد", "Unified window", 37, 310, call_is_shown=True, waiting=12)

ALWAYS: tuple[Act, ...] = ("offer", "fault", "supervisor", "emergency", "message")


def a_ticket(state: TicketState = "called", *, service: str | None = "reconciliation") -> Ticket:
    """Return number 142, taken 24 minutes ago, called one minute ago; served since 20 s."""
    started = NOW - timedelta(seconds=20) if state == "serving" else None
    return Ticket(
        id=UUID(int=142),
        business_day=DAY,
        series="",
        number=142,
        label="142",
        queue="unified",
        service=service,
        priority="age65",
        lane="priority",
        state=state,
        paper="printed",
        channel="kiosk",
        device_id=None,
        language="en",
        token="ABC",
        rank_at=NOW,
        issued_at=NOW - timedelta(minutes=24),
        called_at=NOW - timedelta(minutes=1),
        started_at=started,
        finished_at=None,
        window=5,
        recalls=1,
        call_id=480,
        position_at_issue=3,
        wait_at_issue=None,
        revision=490,
        arrived_at=NOW - timedelta(minutes=24),
        waiting_since=NOW - timedelta(minutes=24),
        last_at=NOW,
    )


def event(kind: TicketEventKind, minutes_ago: float = 1) -> TicketEvent:
    at = NOW - timedelta(minutes=minutes_ago)
    return TicketEvent(480, at, kind, "waiting", "called", 5, "staff", MONA.id, None)


EVENTS = (event("issue", 24), event("confirm", 23.9), event("paper", 23.8), event("call"))


def mona_at(window: Window) -> Window:
    return replace(
        window, opened_by=MONA, opened_by_name="منى السيد", state_since=NOW - timedelta(minutes=4)
    )


IDLE = mona_at(a_window(5))
CALLED = replace(IDLE, ticket=a_ticket())
SERVING = replace(IDLE, ticket=a_ticket("serving"))
PAUSED = replace(IDLE, state="paused", reason="prayer")


def hall_with(window: Window) -> Hall:
    hall = a_hall(500, at=NOW)
    others = tuple(each for each in hall.windows if each.number != window.number)
    return replace(
        hall,
        windows=tuple(sorted((*others, window), key=lambda each: each.number)),
        queues=(a_queue(waiting=12), a_queue("elsewhere", waiting=5)),
    )


def view_of(window: Window, *, line: tuple[str, ...] = ("143", "A144")) -> DeskView:
    return desk_view(
        window,
        hall_with(window),
        clerk=CLERK,
        day=DAY_AT_WINDOW,
        line=line,
        services=SERVICES,
        catalogue=CATALOGUE,
        events=EVENTS,
        visits=(Visit("141", "reconciliation", "finished", NOW, 310),),
    )


@pytest.mark.parametrize(
    ("window", "state", "acts"),
    [
        (IDLE, "idle", ("call-next", "call", "walk-direct", "pause", "close", *ALWAYS)),
        (
            CALLED,
            "called",
            ("start", "recall", "no-show", "transfer", "service", "note", *ALWAYS),
        ),
        (
            SERVING,
            "serving",
            ("finish-next", "park", "transfer", "finish", "service", "note", *ALWAYS),
        ),
        (PAUSED, "paused", ("resume", "close", *ALWAYS)),
    ],
)
def test_each_state_offers_its_acts_and_no_other(
    window: Window, state: str, acts: tuple[Act, ...]
) -> None:
    assert state_of(window) == state
    assert acts_of(window) == acts
    view = view_of(window)
    assert view.state == state
    shown = {*acts, "return"}
    assert [act for act in KEYS if view.allows(act)] == [act for act in KEYS if act in shown]


@pytest.mark.parametrize("window", [IDLE, CALLED, SERVING, PAUSED])
def test_enter_does_the_first_act_and_no_two_acts_share_a_key(window: Window) -> None:
    also: set[Act] = {"return", "undo"}
    if window.ticket is None:
        also.add("unpark")
    acts = acts_of(window, also)
    assert KEYS[acts[0]] == ENTER
    shown = [act for act in acts if act not in IN_MENUS]
    codes = [code for act in shown for code in KEYS[act].codes.split()]
    assert len(codes) == len(set(codes))


def test_every_act_has_a_key_on_the_numeric_pad_alone() -> None:
    without = [act for act in ACTS if act not in KEYS]
    assert sorted(without) == ["come", "settle"]
    for act, key in KEYS.items():
        assert any(code.startswith("Numpad") for code in key.codes.split()), act


@pytest.mark.parametrize(
    "keys", [REASON_KEYS, PARK_KEYS, TRANSFER_KEYS, CALL_KEYS, OUTCOME_KEYS, FAULT_KEYS]
)
def test_every_answer_has_a_key_of_its_own(keys: Mapping[str, Key]) -> None:
    caps = [key.cap for key in keys.values()]
    assert caps == [str(place) for place in range(1, len(keys) + 1)]
    assert len(keys) <= 9


def test_what_may_be_undone_returned_or_resumed_is_offered_only_while_there_is_something() -> None:
    assert {"undo", "unpark"}.isdisjoint(acts_of(IDLE))
    assert {"undo", "unpark"} <= set(acts_of(IDLE, {"undo", "unpark"}))


def test_a_window_that_is_handed_over_is_kept_instead_of_offered() -> None:
    acts = acts_of(replace(SERVING, is_offered=True))
    assert "keep" in acts
    assert "offer" not in acts


@pytest.mark.parametrize("state", ["called", "serving"])
def test_the_desk_offers_nothing_that_the_life_table_forbids(state: TicketState) -> None:
    rules = {"start": "start", "recall": "recall", "no-show": "no_show", "finish": "finish"}
    rules |= {"finish-next": "finish", "service": "set_service"}
    rules |= {"park": "park", "transfer": "transfer"}
    allowed = {event for event, before, _ in TRANSITIONS if before == state}
    for act in acts_of(replace(IDLE, ticket=a_ticket(state))):
        if act != "note" and act not in ALWAYS:
            assert rules[act] in allowed


def test_before_the_start_only_label_and_service_are_shown() -> None:
    hand = view_of(CALLED).hand
    assert hand is not None
    assert hand.label == Words("١٤٢", "142")
    assert hand.card is not None
    assert hand.card.service.code == "reconciliation"
    assert (hand.history, hand.waited_s, hand.priority) == ((), None, None)
    assert (hand.needs, hand.requests) == ((), 1)


def test_from_the_start_the_visit_is_shown_without_the_printers_acts() -> None:
    hand = view_of(SERVING).hand
    assert hand is not None
    assert [each.event and each.event.event for each in hand.history] == ["issue", "call"]
    assert hand.waited_s == 23 * 60
    assert hand.priority == "age65"


def test_the_clock_counts_from_the_call_then_from_the_start() -> None:
    assert view_of(CALLED).elapsed_s == 60
    assert view_of(SERVING).elapsed_s == 20
    assert view_of(PAUSED).elapsed_s == 240
    assert view_of(IDLE).since is None


def test_a_target_is_shown_only_for_a_service_that_is_being_given() -> None:
    assert view_of(CALLED).target_s is None
    assert view_of(SERVING).target_s == 300
    unknown = replace(IDLE, ticket=a_ticket("serving", service=None))
    assert view_of(unknown).target_s is None
    assert view_of(unknown).allows("service")


def test_a_service_of_the_centre_alone_has_a_card_without_papers() -> None:
    hand = view_of(replace(IDLE, ticket=a_ticket("serving", service="own"))).hand
    assert hand is not None
    assert hand.card is not None
    assert hand.card.entry is None


def test_a_service_that_the_centre_dropped_shows_no_card() -> None:
    hand = view_of(replace(IDLE, ticket=a_ticket("serving", service="gone"))).hand
    assert hand is not None
    assert hand.card is None


def test_the_hall_beside_the_desk_is_that_of_its_own_queues_by_labels_alone() -> None:
    side = view_of(IDLE).side
    assert side.waiting == 12
    assert side.line == (Words("١٤٣", "143"), Words("أ-١٤٤", "A144"))
    assert side.windows_open == 9


def test_the_day_of_the_window_is_shown() -> None:
    view = view_of(IDLE)
    assert (view.served, view.mean_service_s) == (37, 310)
    [visit] = view.visits
    assert visit.service == Words("طلب تصالح", CATALOGUE["reconciliation"].name_en)


def test_further_windows_of_the_same_person_are_named() -> None:
    hall = hall_with(IDLE)
    second = mona_at(a_window(7))
    hall = replace(hall, windows=(*hall.windows[:6], second, *hall.windows[7:]))
    view = desk_view(
        IDLE,
        hall,
        clerk=CLERK,
        day=DAY_AT_WINDOW,
        line=(),
        services=SERVICES,
        catalogue=CATALOGUE,
    )
    assert view.other_windows == (7,)
    assert view.reason is None


def test_a_pause_says_why() -> None:
    assert view_of(PAUSED).reason == "prayer"


def test_the_same_press_on_the_same_state_has_one_key() -> None:
    assert view_of(CALLED).once("recall") == view_of(CALLED).once("recall")
    recalled = replace(IDLE, ticket=replace(a_ticket(), revision=491))
    assert view_of(CALLED).once("recall") != view_of(recalled).once("recall")


def test_a_ticket_is_finished_for_the_next_one_only_once_whatever_happened_to_it() -> None:
    with_service = replace(IDLE, ticket=replace(a_ticket("serving"), revision=495))
    assert view_of(SERVING).once("finish-next") == view_of(with_service).once("finish-next")
    assert view_of(SERVING).once("finish") != view_of(with_service).once("finish")


def test_calling_the_next_is_another_press_as_soon_as_anything_happened_in_the_hall() -> None:
    later = replace(hall_with(IDLE), revision=501)
    view = desk_view(
        IDLE,
        later,
        clerk=CLERK,
        day=DAY_AT_WINDOW,
        line=(),
        services=SERVICES,
        catalogue=CATALOGUE,
    )
    assert view.once("call-next") != view_of(IDLE).once("call-next")


def test_the_stamp_changes_with_what_is_in_hand_and_with_the_first_one_who_waits() -> None:
    stamps = [view_of(each).stamp for each in (IDLE, CALLED, SERVING, PAUSED)]
    assert len(set(stamps)) == 4
    assert view_of(IDLE, line=()).stamp != view_of(IDLE).stamp


def test_the_usual_window_is_opened_with_enter_and_the_others_with_their_digit() -> None:
    hall = a_hall(500, at=NOW)
    closed = tuple(replace(window, state="closed") for window in hall.windows)
    taken = replace(closed[2], state="open", opened_by=KARIM, opened_by_name="كريم فؤاد")
    far = replace(closed[8], number=12)
    hall = replace(hall, windows=(*closed[:2], taken, *closed[3:8], far))
    karim = Words("كريم فؤاد", "Karim Fouad")
    choice = window_choice(hall, clerk=CLERK, usual=5, names={UUID(int=6): karim})
    assert choice.usual is not None
    assert choice.usual.number == 5
    assert choice.usual.key == ENTER
    keys = {tile.number: tile.key and tile.key.cap for tile in choice.others}
    assert keys == {1: "1", 2: "2", 3: "3", 4: "4", 6: "6", 7: "7", 8: "8", 12: None}
    assert [tile.number for tile in choice.tiles if not tile.is_free] == [3]
    assert choice.others[2].opened_by == karim


def test_a_window_at_which_a_program_stands_in_is_offered() -> None:
    window = replace(
        a_window(5), opened_by=Actor("key", UUID(int=9)), opened_by_name="demo", gives_way=True
    )
    choice = window_choice(hall_with(window), clerk=CLERK, usual=5, names={})
    assert choice.usual is not None
    assert choice.usual.is_free
    assert not choice.others[0].is_free


def test_somebody_without_a_usual_window_is_offered_them_all() -> None:
    choice = window_choice(a_hall(at=NOW), clerk=CLERK, usual=None, names={})
    assert choice.usual is None
    assert len(choice.others) == 9


def test_own_windows_are_those_under_the_own_name_the_latest_first() -> None:
    early = replace(mona_at(a_window(2)), state_since=NOW - timedelta(hours=1))
    of_karim = replace(a_window(3), opened_by=KARIM)
    closed = a_window(4, is_open=False)
    own = own_windows((early, of_karim, closed, PAUSED), MONA)
    assert [window.number for window in own] == [5, 2]


def test_a_refusal_is_told_with_the_state_as_it_is_now() -> None:
    notice = notice_of(ActNotAllowed(state="finished", label="142", ticket="x"))
    assert notice.kind == "ticket-state"
    assert (notice.state, notice.label) == ("finished", Words("١٤٢", "142"))
    other = notice_of(WindowOfAnother(state="open", window=5, opened_by="كريم فؤاد"))
    assert (other.kind, other.window) == ("window-of-another", 5)
    assert other.opened_by == Words("كريم فؤاد", "كريم فؤاد")
    assert notice_of(KeyReused(state="key_reused")).kind == "changed"
