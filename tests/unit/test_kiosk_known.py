"""What a kiosk remembers of services and outages: all of it, and nothing of the line."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core_services.link.hall_frames import Down
from kiosk.known import Known
from kiosk.state import Flow
from tests.support.kiosk import hall, services

DOWN = Down(reason="power", since=datetime(2026, 11, 22, 7, tzinfo=UTC))


def flow_of(**changes: Any) -> Flow:
    told = hall(
        2, services=services(), payment_down=DOWN, notice_ar="القاعدة", notice_en="The rule"
    )
    return replace(Flow(connected=True, hall=told, services=tuple(services())), **changes)


def test_what_is_remembered_reads_as_it_was_written() -> None:
    known = Known.of(flow_of())
    assert Known.remembered(known.to_json()) == known
    assert known.payment_down == DOWN
    assert len(known.services) == len(services())


def test_the_state_of_the_line_is_not_remembered_nor_a_reason_to_write() -> None:
    longer = hall(3, waiting=99, payment_down=DOWN, notice_ar="القاعدة", notice_en="The rule")
    assert Known.of(flow_of()) == Known.of(flow_of(hall=longer))
    remembered = Known.of(flow_of()).hall
    assert remembered is not None
    assert (remembered.waiting, remembered.wait) == (0, None)
    flow = Flow(connected=True, hall=remembered)
    assert flow.hall_now is None
    assert not flow.may_issue


@pytest.mark.parametrize(
    "value", [None, "", [], {}, {"services": 1}, {**Known().to_json(), "payment_down": {"x": 1}}]
)
def test_what_cannot_be_read_is_as_if_nothing_were_known(value: Any) -> None:
    assert Known.remembered(value) == Known()
    assert Known().hall is None
