"""What the supervisor's page makes of a hall: tiles, alarms, machines, slips."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

import pytest

from core_services.devices.model import (
    Attached,
    Beat,
    CoverState,
    Device,
    DeviceCommand,
    DeviceKind,
    DeviceState,
    PaperState,
    Presence,
    PrinterState,
)
from core_services.devices.store_help import HelpCall
from queue_server.alarms.crowding import EMPTY, Crowd
from queue_server.alarms.model import Episode
from queue_server.backup.age import NOT_EXPECTED, BackupAge
from queue_server.estimate.promises import NOTHING, Kept
from queue_server.service_states.model import Subject
from queue_server.tickets.model import Actor, Hall, Service, TicketState, Window
from queue_server.tickets.store_supervision import Stranded
from queue_server.web.supervisor.alarms import Alarm, alarms
from queue_server.web.supervisor.devices import DeviceRow, device_rows
from queue_server.web.supervisor.slips import doubtful_slips
from queue_server.web.supervisor.tiles import Tile
from queue_server.web.supervisor.view import HallNow, hall_now
from queue_server.web.words import Words
from tests.support.halls import EPOCH, OPENING, a_hall, a_queue, a_window
from tests.unit.test_phone_view import TICKET

NOW = OPENING + timedelta(hours=1)
MONA = uuid5(EPOCH, "mona")
STAFF = {MONA: Words("منى السيد", "Mona El-Sayed")}
HODA = Actor("staff", uuid5(EPOCH, "hoda"))
RECONCILIATION = Service("reconciliation", "unified", "طلب تصالح", "Reconciliation", 300, True)


def opened(
    number: int = 5, *, ago_s: int = 600, reason: str | None = None, by: Actor | None = None
) -> Window:
    """Return a window that Mona opened so long ago; with a reason it pauses."""
    return replace(
        a_window(number),
        state="paused" if reason else "open",
        opened_by=by or Actor("staff", MONA),
        opened_by_name="منى",
        state_since=NOW - timedelta(seconds=ago_s),
        reason=reason,
    )


def with_ticket(window: Window, state: TicketState, *, ago_s: int) -> Window:
    """Put a ticket in its hand, called or started so long ago."""
    since = NOW - timedelta(seconds=ago_s)
    ticket = replace(
        TICKET,
        state=state,
        window=window.number,
        issued_at=since - timedelta(minutes=20),
        called_at=since,
        started_at=since if state == "serving" else None,
    )
    return replace(window, ticket=ticket)


def the_hall(*windows: Window, waiting: int = 24, windows_open: int = 9) -> Hall:
    """Return a hall of these windows; the others are closed."""
    given = {window.number: window for window in windows}
    queue = replace(a_queue(waiting=waiting), windows_open=windows_open)
    return replace(
        a_hall(at=NOW),
        windows=tuple(given.get(n) or a_window(n, is_open=False) for n in range(9, 0, -1)),
        queues=(queue,),
    )


def seen(
    hall: Hall,
    *,
    devices: tuple[DeviceState, ...] = (),
    help_calls: tuple[HelpCall, ...] = (),
    last_ends: dict[int, datetime] | None = None,
    viewer: Actor = HODA,
    stranded: tuple[Stranded, ...] = (),
    crowd: Crowd = EMPTY,
    kept: Kept = NOTHING,
    backups: BackupAge = NOT_EXPECTED,
    episodes: tuple[Episode, ...] = (),
) -> HallNow:
    return hall_now(
        hall,
        devices=devices,
        help_calls=help_calls,
        doubtful=(),
        slips_shown=6,
        commands=(),
        last_ends=last_ends or {},
        staff=STAFF,
        services={"reconciliation": RECONCILIATION},
        viewer=viewer,
        stranded=stranded,
        crowd=crowd,
        kept=kept,
        backups=backups,
        episodes=episodes,
    )


def tile(window: Window, *, viewer: Actor = HODA, waiting: int = 24) -> Tile:
    tiles = seen(the_hall(window, waiting=waiting), viewer=viewer).tiles
    return next(each for each in tiles if each.number == window.number)


def machine(
    kind: DeviceKind = "kiosk",
    *,
    ago_s: float = 2,
    connected: bool = True,
    printer: PrinterState | None = "ready",
    paper: PaperState | None = "ok",
    cover: CoverState | None = "closed",
    name: str = "K1",
) -> DeviceState:
    """Return a machine that spoke so long ago."""
    device = Device(uuid5(EPOCH, name), 1, kind, name, OPENING, None)
    beat = Beat(
        "0.1.0", printer=printer, paper=paper, cover=cover, jobs={"done": 7, "held": 1, "sent": 0}
    )
    presence = Presence(NOW - timedelta(seconds=ago_s), beat, EPOCH if connected else None)
    return DeviceState(device, presence, is_up=True)


def screen(detail: str | None) -> DeviceState:
    """Return a hall screen that says this of itself."""
    state = machine("display", printer=None, paper=None, cover=None, name="D1")
    assert state.presence is not None
    beat = Beat("0.1.0", detail=detail)
    return replace(state, presence=replace(state.presence, beat=beat))


def row(state: DeviceState) -> DeviceRow:
    [only] = device_rows([state], at=NOW)
    return only


def kinds(now: HallNow) -> list[str]:
    return [alarm.kind for alarm in now.alarms]


def test_windows_stand_in_the_order_of_the_hall() -> None:
    assert [each.number for each in seen(the_hall()).tiles] == list(range(1, 10))


def test_a_serving_window_shows_its_number_and_how_long_the_service_lasts() -> None:
    found = tile(with_ticket(opened(), "serving", ago_s=200))
    assert (found.state, found.minutes, found.is_late) == ("serving", 3, False)
    assert found.label == Words("١٤٢", "142")
    assert found.opened_by == STAFF[MONA]
    assert found.acts == ()


def test_a_service_beyond_its_target_and_a_call_nobody_follows_are_late() -> None:
    assert tile(with_ticket(opened(), "serving", ago_s=301)).is_late
    assert tile(with_ticket(opened(), "called", ago_s=181)).is_late
    assert not tile(with_ticket(opened(), "called", ago_s=180)).is_late


def test_a_window_without_a_ticket_can_be_closed_or_taken_over() -> None:
    assert tile(opened()).acts == ("close", "take-over", "pause")
    assert tile(opened(reason="prayer")).acts == ("close", "take-over")
    assert tile(opened(by=HODA)).acts == ("close", "pause")
    assert tile(a_window(5, is_open=False)).acts == ()


def test_a_paused_window_says_why_and_since_when() -> None:
    found = tile(opened(reason="prayer", ago_s=720))
    assert (found.state, found.reason, found.minutes) == ("paused", "prayer", 12)


def test_an_idle_window_is_idle_since_its_last_visit_or_since_it_opened() -> None:
    hall = the_hall(opened(5, ago_s=3000))
    ended = NOW - timedelta(seconds=90)
    since = {each.number: each.since for each in seen(hall, last_ends={5: ended}).tiles}
    assert since[5] == ended
    earlier = NOW - timedelta(seconds=4000)
    since = {each.number: each.since for each in seen(hall, last_ends={5: earlier}).tiles}
    assert since[5] == NOW - timedelta(seconds=3000)


def test_a_window_opened_by_a_program_bears_the_name_it_gave() -> None:
    found = tile(opened(by=Actor("key", uuid4())))
    assert found.opened_by == Words("منى", "منى")


def test_an_idle_window_is_an_alarm_only_after_a_minute_while_somebody_waits() -> None:
    assert kinds(seen(the_hall(opened(ago_s=60)))) == ["idle-window"]
    assert kinds(seen(the_hall(opened(ago_s=59)))) == []
    assert kinds(seen(the_hall(opened(ago_s=600), waiting=0))) == []


@pytest.mark.parametrize(("longest_s", "expected"), [(59, []), (60, ["idle-window"])])
def test_a_window_that_was_free_before_anybody_came_is_idle_since_they_came(
    longest_s: int, expected: list[str]
) -> None:
    hall = the_hall(opened(ago_s=600), waiting=1)
    [line] = hall.queues
    assert kinds(seen(replace(hall, queues=(replace(line, longest_wait_s=longest_s),)))) == expected


def test_people_who_wait_while_no_window_is_open_are_an_alarm() -> None:
    assert kinds(seen(the_hall(windows_open=0))) == ["nobody-serves"]
    assert kinds(seen(the_hall(windows_open=0, waiting=0))) == []


@pytest.mark.parametrize("window", [None, 6])
def test_whom_no_open_window_would_call_is_a_grave_alarm_of_its_own(window: int | None) -> None:
    waits = Stranded(UUID(int=7), "A142", NOW - timedelta(minutes=12), window)
    now = seen(the_hall(opened(ago_s=10)), stranded=(waits,))
    [alarm] = now.alarms
    assert (alarm.kind, alarm.is_grave, alarm.window) == ("stranded", True, window)
    assert (alarm.label, alarm.minutes(NOW)) == (Words("أ-١٤٢", "A142"), 12)
    other = seen(the_hall(opened(ago_s=10)), stranded=(replace(waits, ticket_id=UUID(int=8)),))
    assert now.trouble_key != other.trouble_key


def test_the_page_lists_three_numbers_that_nobody_would_call_and_counts_them_all() -> None:
    waiting = tuple(
        Stranded(UUID(int=n), f"A{100 + n}", NOW - timedelta(minutes=40 - n), None)
        for n in range(1, 12)
    )
    now = seen(the_hall(opened(ago_s=10)), stranded=waiting)
    assert [each.label for each in now.listed if each.label] == [
        Words("أ-١٠١", "A101"),
        Words("أ-١٠٢", "A102"),
        Words("أ-١٠٣", "A103"),
    ]
    assert now.more_stranded == 8
    assert len({each.finding.key for each in now.alarms}) == 11


def test_two_services_of_one_name_are_two_alarms() -> None:
    name = Words("رخصة محل", "Shop licence")
    now = replace(
        seen(the_hall(opened(ago_s=10))),
        alarms=alarms(
            at=NOW,
            tiles=(),
            queues=(),
            devices=(),
            help_calls=(),
            outages=[
                (Subject("service", "shop-new"), name, NOW),
                (Subject("service", "shop-renewal"), name, NOW),
                (Subject("group", "shop-new"), name, NOW),
            ],
        ),
    )
    assert [each.finding.subject for each in now.alarms] == [
        "service/shop-new",
        "service/shop-renewal",
        "group/shop-new",
    ]


def test_people_come_before_machines_and_machines_before_habits() -> None:
    call = HelpCall(uuid4(), "K1", NOW - timedelta(minutes=3))
    now = seen(
        the_hall(opened(ago_s=200), windows_open=0),
        devices=(
            machine(paper="near_end"),
            machine(paper="out", name="K2"),
            machine("display", ago_s=40, name="D1"),
        ),
        help_calls=(call,),
    )
    assert kinds(now) == [
        "help",
        "nobody-serves",
        "paper-out",
        "device-down",
        "idle-window",
        "paper-low",
    ]
    assert now.troubles == 6
    assert now.alarms[0].minutes(NOW) == 3
    assert [alarm.is_grave for alarm in now.alarms] == [True, True, True, True, False, False]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (machine(ago_s=9.5), "device-down"),
        (machine(connected=False), "device-down"),
        (machine(connected=False, paper="out"), "device-down"),
        (machine(paper="out", printer="not_ready", cover="open"), "paper-out"),
        (machine(cover="open", printer="not_ready"), "cover-open"),
        (machine(printer="not_ready"), "printer-down"),
        (machine(printer="absent", paper="unknown", cover="unknown"), "printer-down"),
        (machine(paper="near_end"), "paper-low"),
        (screen("no voice: espeak-ng: is not installed"), "screen-mute"),
        (screen("the browser sounds nothing: NotAllowedError"), "screen-mute"),
    ],
)
def test_each_trouble_of_a_machine_is_one_alarm_with_its_cause(
    state: DeviceState, kind: str
) -> None:
    assert kinds(seen(the_hall(), devices=(state,))) == [kind]


def test_a_screen_that_nobody_opened_is_no_trouble_of_its_voice() -> None:
    assert kinds(seen(the_hall(), devices=(screen("no page is open"), screen(None)))) == []


@pytest.mark.parametrize("kind", ["kiosk", "display"])
def test_a_glass_that_was_lit_and_is_dark_is_grave_on_either_machine(kind: DeviceKind) -> None:
    def with_glass(state: PrinterState) -> DeviceState:
        there = machine(kind)
        assert there.presence is not None
        beat = replace(there.presence.beat, attached=(Attached("glass", "glass", state),))
        return replace(there, presence=replace(there.presence, beat=beat))

    [alarm] = seen(the_hall(), devices=(with_glass("not_ready"),)).alarms
    assert (alarm.kind, alarm.is_grave, alarm.subject) == ("screen-dark", True, "K1/glass")
    assert kinds(seen(the_hall(), devices=(with_glass("ready"),))) == []


def test_a_machine_in_order_and_one_that_never_connected_raise_no_alarm() -> None:
    new = DeviceState(machine().device, None, is_up=False)
    assert kinds(seen(the_hall(), devices=(machine(), machine(ago_s=8.9), new))) == []
    assert row(new).seen_at is None


def test_a_machine_lists_its_jobs_by_what_needs_somebody() -> None:
    assert row(machine()).jobs == (("held", 1), ("done", 7))


def test_an_alarm_keeps_its_key_as_long_as_it_lasts() -> None:
    first = seen(the_hall(opened(ago_s=200)), devices=(machine(ago_s=20),))
    later = replace(the_hall(opened(ago_s=200)), at=NOW + timedelta(minutes=1))
    again = seen(later, devices=(machine(ago_s=20),))
    assert first.trouble_key == again.trouble_key != ""
    assert Alarm("help", help_id=UUID(int=1)).key != Alarm("help", help_id=UUID(int=2)).key


def test_a_line_without_a_window_is_told_of_anew_when_it_is_worse_not_with_each_number() -> None:
    def told(waiting: int) -> str:
        return seen(the_hall(waiting=waiting, windows_open=0)).trouble_key

    assert told(3) == told(4) == told(19) != told(20)


def test_a_slip_says_where_its_reprint_was_ordered() -> None:
    kiosk = row(machine())
    ticket = replace(TICKET, paper="held")
    order = DeviceCommand(
        id=uuid4(),
        centre_id=1,
        device_id=kiosk.id,
        kind="reprint",
        payload={"ticket": str(ticket.id)},
        created_at=NOW,
        delivered_at=None,
        done_at=None,
        outcome=None,
    )
    [slip] = doubtful_slips([ticket], commands=[order], devices=[kiosk])
    assert slip.printing is not None
    assert slip.printing.device_name == "K1"
    [other] = doubtful_slips([replace(ticket, id=uuid4())], commands=[order], devices=[kiosk])
    assert other.printing is None


def test_kiosks_that_can_print_now_are_offered_first() -> None:
    now = seen(
        the_hall(),
        devices=(
            machine(name="K1", paper="out", printer="not_ready"),
            machine(name="K2"),
            machine(name="K3", printer="absent"),
            machine("display", name="D1"),
        ),
    )
    assert [device.name for device in now.printers] == ["K2", "K1"]


def test_an_alarm_that_somebody_has_seen_stands_apart_and_counts_no_more() -> None:
    hall = the_hall(opened(5, ago_s=5), windows_open=0)
    [alarm] = seen(hall).alarms
    book = Episode(
        id=uuid4(),
        kind=alarm.kind,
        subject=alarm.subject,
        facts={},
        is_grave=True,
        level=1,
        raised_at=NOW,
        worse_at=None,
        acknowledged_at=None,
        acknowledged_by=None,
        cleared_at=None,
    )
    entered = seen(hall, episodes=(book,))
    assert (entered.troubles, entered.quiet) == (1, ())
    assert entered.loud[0].may_be_acknowledged
    known = replace(book, acknowledged_at=NOW, acknowledged_by=MONA)
    now = seen(hall, episodes=(known,))
    assert (now.troubles, now.loud, now.trouble_key) == (0, (), "")
    assert [each.kind for each in now.quiet] == ["nobody-serves"]
