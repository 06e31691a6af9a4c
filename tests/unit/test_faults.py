"""What a fault's diagnosis keeps of a browser, of machines and of words; pure rules."""

from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import uuid4

import pytest

from core_services.devices.model import Attached, Beat, Device, DeviceState, Presence
from queue_server.faults.browser import browser_of
from queue_server.faults.diagnosis import machine_facts, workstation_at
from queue_server.faults.faults import words_of
from queue_server.faults.lifecycle import EVENT_OF, TRANSITIONS, allowed_acts
from queue_server.faults.model import KINDS, FaultAct, FaultState
from queue_server.tickets.window_alarms import FaultCategory

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


def workstation(name: str, *windows: int | None, heard_s: float = 3) -> DeviceState:
    device = Device(uuid4(), 1, "workstation", name, AT, None)
    attached = tuple(Attached(f"p{n}", "receipt_printer", "ready", window=n) for n in windows)
    seen = AT - timedelta(seconds=heard_s)
    return DeviceState(device, Presence(seen, Beat("1.2", attached=attached), uuid4()), True)


@pytest.mark.parametrize(
    ("agent", "family", "release", "system"),
    [
        (f"Mozilla/5.0 (Windows NT 6.1) {WEBKIT} Chrome/109.0.0.0 Safari/537.36",
         "Chrome", "109", "Windows 7"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/126.0 Safari/537.36 Edg/126.0",
         "Edge", "126", "Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
         "Firefox", "115", "Linux"),
        (f"Mozilla/5.0 (Linux; Android 13) {WEBKIT} Chrome/120.0 Mobile Safari/537.36",
         "Chrome", "120", "Android"),
        ("curl/8.0 mona@example.org", "", "", ""),
    ],
)  # fmt: skip
def test_of_a_browser_family_release_and_system_stay_and_nothing_else(
    agent: str, family: str, release: str, system: str
) -> None:
    assert browser_of(agent, "1366x768").facts == {
        "family": family,
        "release": release,
        "system": system,
        "size": "1366x768",
    }


@pytest.mark.parametrize("size", ["", "0x0", "1366", "1366x768<script>", "1" * 20 + "x1"])
def test_a_size_that_is_none_is_passed_over(size: str) -> None:
    assert browser_of("", size).size == ""


def test_a_windows_workstation_is_the_one_that_stands_there() -> None:
    first, second = workstation("W4", 4), workstation("W5", 5, None)
    both = workstation("W6", 5)
    assert workstation_at([first, second], 4) == first.device.id
    assert workstation_at([first, second], 5) == second.device.id
    assert workstation_at([first, second], 6) is None
    assert workstation_at([first, second, both], 5) is None


def test_a_machine_says_how_long_ago_it_was_heard() -> None:
    facts = machine_facts(workstation("W4", 4, heard_s=61.7), at=AT)
    assert (facts["name"], facts["heard_s"], facts["version"]) == ("W4", 61, "1.2")
    assert facts["attached"][0]["state"] == "ready"


def test_words_keep_their_lines_and_lose_what_is_unseen() -> None:
    assert words_of("  لا   تطبع \r\n\r\n ورق\u202e محشور \n") == "لا تطبع\n\nورق محشور"
    assert words_of(" \n\u200f\n ") == ""


def test_every_act_has_its_event_and_every_state_a_way_on() -> None:
    assert set(EVENT_OF) == set(get_args(FaultAct))
    assert {state for state, _ in TRANSITIONS} == set(get_args(FaultState))
    for state in get_args(FaultState):
        assert set(allowed_acts(state)) - {"note"}, state
    assert set(KINDS) == {*get_args(FaultCategory), "kiosk"}
