"""Protocol 1 as it was spoken first, recorded, and read by the programs of today.

`tests/recorded/protocol-1` holds what kiosks, displays, workstations and the server of schema 0024
said to each other over real links, one message a line, each shape once; `check_in`, `look`,
`message_shown` and `found` were written by that program's own frames. Nothing in it is ever
changed: a machine that was installed then speaks so still. See docs/protocol.md.
"""

import json
from typing import Any, Final, get_args

import pytest
from pydantic import TypeAdapter

from core_services.link import frames, wire
from core_services.link.frames import agent_frames, server_frames
from core_services.link.greeting_frames import PROTOCOLS
from tests.support.recorded import RECORDED, recorded

READERS: Final[dict[str, TypeAdapter[Any]]] = {"agent": agent_frames, "server": server_frames}
SPOKEN: Final = {"agent": frames.AgentFrame, "server": frames.ServerFrame}
_OF_ANY_KEYS: Final = {"jobs", "problem"}
"""Counts by state, and a problem, which is passed on as it came."""
FIRST_TYPES: Final = {
    "agent": {
        *("hello", "status", "issue", "check_in", "look", "paper", "void", "abandon"),
        *("shown", "message_shown", "help", "outcome", "scanned"),
    },
    "server": {
        *("welcome", "hall", "issued", "found", "refused", "settled", "reprint", "work", "cancel"),
        *("roll_seen", "board", "called", "withdrawn", "ping"),
    },
}


def _types_of_today(who: str) -> set[str]:
    union, _ = get_args(SPOKEN[who])
    return {each.model_fields["type"].default for each in get_args(union)}


def _holds(now: Any, then: Any) -> bool:
    """Say whether all that was said then is understood the same now; more may be."""
    if isinstance(then, dict) and isinstance(now, dict):
        return all(key in now and _holds(now[key], value) for key, value in then.items())
    if isinstance(then, list) and isinstance(now, list):
        return len(now) == len(then) and all(map(_holds, now, then))
    return bool(now == then)


def _with_news(frame: Any) -> Any:
    """Add to each object a field of a later year."""
    if isinstance(frame, dict):
        known = {
            key: value if key in _OF_ANY_KEYS else _with_news(value) for key, value in frame.items()
        }
        return known | {"of_2031": {"n": 1}}
    return [_with_news(each) for each in frame] if isinstance(frame, list) else frame


@pytest.mark.parametrize("who", READERS)
def test_every_type_of_the_first_programs_is_recorded_and_known_today(who: str) -> None:
    assert {json.loads(line)["type"] for line in recorded(who)} == FIRST_TYPES[who]
    assert FIRST_TYPES[who] <= _types_of_today(who)


@pytest.mark.parametrize("who", READERS)
def test_what_the_first_programs_said_means_the_same_today(who: str) -> None:
    """No field has gone, changed its name or its form, and none that they lacked is asked for."""
    for line in recorded(who):
        frame = wire.read_frame(READERS[who], line)
        assert _holds(frame.model_dump(mode="json"), json.loads(line)), line


@pytest.mark.parametrize("who", READERS)
def test_what_a_later_program_adds_changes_nothing_for_ours(who: str) -> None:
    for line in recorded(who):
        later = json.dumps(_with_news(json.loads(line)))
        assert wire.read_frame(READERS[who], later) == wire.read_frame(READERS[who], line)


@pytest.mark.parametrize("who", READERS)
def test_a_later_programs_own_type_is_passed_over(who: str) -> None:
    with pytest.raises(wire.UnknownFrameError):
        wire.read_frame(READERS[who], '{"type": "of_2031"}')


def test_every_version_but_the_newest_has_its_recording() -> None:
    """A version is raised with the recording of the one before it: docs/protocol.md."""
    folders = {int(path.name.removeprefix("protocol-")) for path in RECORDED.parent.iterdir()}
    assert {1, *PROTOCOLS[:-1]} <= folders
