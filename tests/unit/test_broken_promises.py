"""The judge of the killed days finds each kind of broken promise, and none where all were kept."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.support.broken_promises import Evidence, broken_promises
from tests.support.busy_day import Promises
from tests.support.slip_trail import Printed

SLIP_ROWS = 900


@dataclass(slots=True)
class Day:
    """A day whose every promise was kept: a printed, a kept, a void and a reception's number, and
    one that the kiosk gave by itself."""

    promises: Promises = field(
        default_factory=lambda: Promises(
            numbers={"printed": "101", "kept": "102", "void": "103", "glass": "K101"},
            papers={
                "printed": {"printing", "printed"},
                "kept": {"kept"},
                "void": {"printing"},
                "glass": {"printed"},
            },
            issued={"desk": "104"},
            acts=[("desk", "call"), ("desk", "start")],
        )
    )
    evidence: Evidence = field(
        default_factory=lambda: Evidence(
            tickets={
                "printed": _ticket("101", "kiosk", "waiting", "printed"),
                "kept": _ticket("102", "kiosk", "waiting", "kept"),
                "void": _ticket("103", "kiosk", "void", "pending"),
                "desk": _ticket("104", "desk", "serving", "none"),
                "own": _ticket("K101", "kiosk_offline", "waiting", "printed"),
            },
            events=[
                *((ticket, "issue") for ticket in ("printed", "kept", "void", "desk", "own")),
                ("void", "void"),
                ("desk", "call"),
                ("desk", "start"),
            ],
            jobs={},
            slips=[
                Printed("slip-00001.png", "printed", "original", SLIP_ROWS),
                Printed("slip-00000.png", "own", "original", SLIP_ROWS),
            ],
            own={"glass": "own"},
        )
    )

    def print(self, *slips: Printed) -> None:
        self.evidence = replace(self.evidence, slips=[*self.evidence.slips, *slips])


def _ticket(label: str, channel: str, state: str, paper: str) -> dict[str, Any]:
    return {
        "label": label,
        "business_day": 1,
        "channel": channel,
        "state": state,
        "paper": paper,
    }


def _lose_a_number(day: Day) -> None:
    del day.evidence.tickets["kept"]


def _rename_a_number(day: Day) -> None:
    day.evidence.tickets["desk"]["label"] = "105"


def _give_a_label_twice(day: Day) -> None:
    day.evidence.tickets["kept"]["label"] = day.promises.numbers["kept"] = "101"


def _void_what_the_api_promised(day: Day) -> None:
    day.evidence.tickets["desk"]["state"] = "void"


def _call_twice(day: Day) -> None:
    day.evidence.events.append(("desk", "call"))


def _forget_an_act(day: Day) -> None:
    day.evidence.events.remove(("desk", "start"))


def _leave_one_unconfirmed(day: Day) -> None:
    day.evidence.tickets["kept"]["state"] = "unconfirmed"


def _void_a_printed_one(day: Day) -> None:
    day.evidence.tickets["printed"]["state"] = "void"


def _void_a_kept_one(day: Day) -> None:
    day.evidence.tickets["kept"]["state"] = "void"


def _make_a_ghost(day: Day) -> None:
    day.evidence.tickets["void"]["state"] = "waiting"


def _mark_paper_that_is_not_there(day: Day) -> None:
    day.evidence.slips.clear()


def _print_twice(day: Day) -> None:
    day.print(Printed("slip-00002.png", "printed", "original", SLIP_ROWS))


def _print_for_nobody(day: Day) -> None:
    day.print(Printed("slip-00002.png", None, None, SLIP_ROWS))


def _rename_what_the_kiosk_gave_by_itself(day: Day) -> None:
    day.evidence.tickets["own"]["label"] = "K102"


def _void_what_the_kiosk_gave_by_itself(day: Day) -> None:
    day.evidence.tickets["own"]["state"] = "void"


def _print_most_of_a_void_one(day: Day) -> None:
    day.print(Printed("slip-00002.png", "void", None, 600))


FAULTS: dict[Callable[[Day], None], str] = {
    _lose_a_number: "102 (kept) was promised and is not there",
    _rename_a_number: "was promised as 104 and is 105",
    _give_a_label_twice: "label 101 is there 2 times",
    _void_what_the_api_promised: "104 was promised by the API and is void",
    _call_twice: "call happened 2 times to 104",
    _forget_an_act: "start of desk was acknowledged and did not happen",
    _leave_one_unconfirmed: "102 is still unconfirmed",
    _void_a_printed_one: "101 is void and its slip was printed",
    _void_a_kept_one: "102 is void and the glass said",
    _make_a_ghost: "103 is waiting, but nobody has its paper",
    _mark_paper_that_is_not_there: "101 is marked printed and there is no slip",
    _print_twice: "the slip of 101 was printed 2 times without its mark",
    _print_for_nobody: "slip-00002.png (900 rows) is no job's paper",
    _rename_what_the_kiosk_gave_by_itself: "was promised as K101 and is K102",
    _void_what_the_kiosk_gave_by_itself: "K101 is void and its slip was printed",
    _print_most_of_a_void_one: "103 is void and 600 rows of its slip were printed",
}


def test_a_day_of_kept_promises_has_nothing_to_tell() -> None:
    day = Day()
    assert broken_promises(day.promises, day.evidence) == []


def test_a_marked_copy_and_a_scrap_of_paper_break_nothing() -> None:
    day = Day()
    day.print(
        Printed("slip-00002.png", "printed", "copy", SLIP_ROWS),
        Printed("slip-00003.png", None, None, 40),
        Printed("slip-00004.png", "kept", None, 500),
    )
    assert broken_promises(day.promises, day.evidence) == []


def test_paper_of_which_nobody_knows_is_good_as_long_as_a_person_is_asked() -> None:
    day = Day()
    day.evidence.tickets["void"].update(state="waiting", paper="unknown")
    assert broken_promises(day.promises, day.evidence) == []


@pytest.mark.parametrize(
    ("break_it", "sentence"), FAULTS.items(), ids=[fault.__name__ for fault in FAULTS]
)
def test_each_broken_promise_is_told(break_it: Callable[[Day], None], sentence: str) -> None:
    day = Day()
    break_it(day)
    assert any(sentence in told for told in broken_promises(day.promises, day.evidence))
