"""When a modem asks, waits, gives up and comes back: on a clock that only the test moves."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from drivers.modems.model import Message, Patience
from drivers.modems.outbox import Outbox
from tests.drivers.links import settle
from tests.drivers.modem_rigs import NUMBER, Bench, modem_bench

LOOK = ["AT+CPIN?", "AT+CREG?", "AT+COPS?", "AT+CSQ"]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with modem_bench(tmp_path) as bench:
        await bench.advance(2, 0.1)
        assert bench.desk.modem.status.ready
        yield bench


def asked(bench: Bench) -> list[str]:
    """Return the commands since the last look."""
    commands = list(bench.rig.machine.commands)
    bench.rig.machine.commands.clear()
    return commands


async def test_a_modem_is_told_all_it_must_know_in_order(tmp_path: Path) -> None:
    async with modem_bench(tmp_path) as bench:
        await bench.advance(2, 0.1)
        assert asked(bench) == [
            "AT",
            "ATE0",
            "AT+CMEE=1",
            *LOOK,
            "AT+CMGF=0",
            "AT+CSMS=0",
            "AT+CNMI=2,1,0,1,0",
            'AT+CPMS="SM","SM","SM"',
            "AT+CMGL=4",
        ]


async def test_an_idle_modem_is_looked_at_every_ten_seconds(bench: Bench) -> None:
    asked(bench)
    await bench.advance(40)
    assert asked(bench) == LOOK * 4


async def test_trouble_is_told_within_ten_seconds(bench: Bench) -> None:
    for fault, reason in (
        ({"network": "searching"}, "searching"),
        ({"network": "home", "sim": "absent"}, "no_sim"),
    ):
        bench.rig.fault(**fault)
        await bench.advance(10)
        assert bench.desk.modem.status.reason == reason


async def test_a_message_goes_at_once_without_waiting_for_a_look(bench: Bench) -> None:
    before = bench.clock.monotonic()
    bench.desk.modem.submit("one", NUMBER, "hello")
    await settle()
    await settle()
    assert bench.desk.state("one") == "delivered"
    assert bench.clock.monotonic() == before


async def test_a_silent_modem_is_told_at_its_first_silence_and_opened_anew_after_thirty_seconds(
    bench: Bench,
) -> None:
    opened = bench.device.opened
    with structlog.testing.capture_logs() as logs:
        bench.rig.fault(replies=False)
        await bench.advance(21)
        assert bench.desk.modem.status.reason == "no_reply"
        await bench.advance(29)
        assert bench.device.opened == opened
        await bench.advance(5)
        assert bench.device.opened > opened
        await bench.advance(600)
        bench.rig.fault(replies=True)
        await bench.advance(40)
    assert bench.desk.modem.status.ready
    told = [entry["event"] for entry in logs]
    assert told == ["modem_does_not_answer", "modem_is_lost", "modem_is_back"]


async def test_a_prompt_that_takes_many_seconds_is_waited_for(bench: Bench) -> None:
    bench.rig.fault(prompt="slow")
    bench.desk.modem.submit("one", NUMBER, "hello")
    await bench.advance(7)
    assert bench.desk.state("one") == "sending"
    await bench.advance(2)
    assert bench.desk.state("one") == "delivered"


async def test_an_answer_is_waited_for_two_minutes_and_then_the_message_is_unknown(
    bench: Bench,
) -> None:
    bench.rig.fault(answers="never")
    bench.desk.modem.submit("one", NUMBER, "hello")
    await bench.advance(119)
    assert bench.desk.state("one") == "sending"
    await bench.advance(2)
    assert bench.desk.state("one") == "unknown"
    assert bench.rig.texts() == []


async def test_an_answer_that_comes_after_that_is_still_heard(bench: Bench) -> None:
    bench.rig.fault(answers="lost", reports="never")
    bench.desk.modem.submit("one", NUMBER, "hello")
    await bench.advance(122)
    assert bench.desk.state("one") == "unknown"
    bench.device.send(b"\r\n+CMGS: 1\r\n\r\nOK\r\n")
    await settle()
    assert bench.desk.state("one") == "accepted"
    bench.device.send(b"\r\n+CMGS: 1\r\n\r\nOK\r\n")
    await settle()
    assert bench.desk.history("one") == ["sending", "unknown", "accepted"]


async def test_an_ok_that_belongs_to_nothing_is_not_taken_for_the_networks(bench: Bench) -> None:
    bench.rig.fault(answers="never")
    bench.desk.modem.submit("one", NUMBER, "hello")
    await bench.advance(5)
    bench.device.send(b"\r\nOK\r\n")
    await settle()
    assert bench.desk.last("one").state == "unknown"
    bench.device.send(b"\r\n+CMGS: 1\r\n\r\nOK\r\n")
    await settle()
    assert bench.desk.last("one").state == "accepted"


async def test_a_report_on_another_message_does_not_settle_one_of_unknown_fate(
    bench: Bench,
) -> None:
    bench.desk.modem.submit("known", NUMBER, "delivered")
    await bench.advance(1)
    bench.rig.fault(answers="never")
    bench.desk.modem.submit("one", NUMBER, "hello")
    await bench.advance(125)
    network = bench.rig.machine.network
    network.report(1, network.sent[0], is_delivered=True, after_s=0)  # again, as some do
    await settle()
    assert bench.desk.state("one") == "unknown"
    await bench.clock.jump(3600)
    network.report(77, network.sent[0], is_delivered=True, after_s=0)  # far too late to be its own
    await settle()
    assert bench.desk.state("one") == "unknown"


async def test_a_report_that_comes_a_minute_later_is_matched(bench: Bench) -> None:
    bench.rig.fault(reports="late")
    bench.desk.modem.submit("one", NUMBER, "hello")
    await bench.advance(58)
    assert bench.desk.state("one") == "accepted"
    await bench.advance(4)
    assert bench.desk.state("one") == "delivered"


async def test_a_message_that_is_not_taken_for_now_is_tried_again_ever_later(
    bench: Bench,
) -> None:
    bench.rig.fault(cms=42)
    bench.desk.modem.submit("one", NUMBER, "hello")
    tried: list[int] = []
    for second in range(2600):
        asked(bench)
        await bench.clock.advance(1)
        if any(command.startswith("AT+CMGS") for command in asked(bench)):
            tried.append(second)
        if bench.desk.state("one") == "failed":
            break
    gaps = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert [round(gap, -1) for gap in gaps] == [10, 20, 40, 80, 160, 320, 600]
    assert (bench.desk.last("one").reason, bench.desk.last("one").code) == ("refused", 42)


async def test_a_message_that_was_not_sent_in_its_time_is_never_sent(bench: Bench) -> None:
    bench.rig.fault(network="searching")
    bench.desk.modem.submit("late", NUMBER, "your number is near", valid_for_s=600)
    bench.desk.modem.submit("lasting", NUMBER, "your licence is ready", valid_for_s=86400)
    await bench.advance(590, 10)
    assert bench.desk.state("late") == "queued"
    await bench.advance(20, 10)
    assert bench.desk.last("late").reason == "expired"
    bench.rig.fault(network="home")
    await bench.advance(20)
    assert bench.rig.texts() == ["your licence is ready"]
    (part,) = bench.rig.machine.network.parts  # and the network is told what is left of its time
    assert part.validity_minutes == 23 * 60 + 30


async def test_no_more_parts_than_allowed_leave_in_any_minute(tmp_path: Path) -> None:
    async with modem_bench(tmp_path, patience=Patience(per_minute=5)) as bench:
        for number in range(12):
            bench.desk.modem.submit(f"{number}", NUMBER, f"message {number}")
        bench.desk.modem.submit("long", NUMBER, "ش" * 140)
        times: list[float] = []
        for _ in range(200):
            await bench.advance(1)
            while len(times) < len(bench.rig.machine.network.parts):
                times.append(bench.clock.monotonic())
        assert len(times) == 15
        for first, sixth in zip(times, times[5:], strict=False):
            assert sixth - first >= 59
        assert times[-1] <= 185  # and no longer than that has to take
        assert bench.desk.state("long") == "delivered"


async def test_parts_that_the_network_refused_count_as_well(tmp_path: Path) -> None:
    async with modem_bench(tmp_path, patience=Patience(per_minute=5)) as bench:
        bench.rig.fault(cms=1)
        for number in range(12):
            bench.desk.modem.submit(f"{number}", NUMBER, f"message {number}")
        await bench.advance(50)
        assert bench.desk.outbox.counts() == {"failed": 5, "queued": 7}
        await bench.advance(60)
        assert bench.desk.outbox.counts() == {"failed": 10, "queued": 2}


async def test_a_modem_that_was_plugged_in_need_not_wait_for_the_next_try(bench: Bench) -> None:
    bench.rig.fault(power="off")
    bench.device.is_present = False
    bench.device.drop()
    await bench.advance(300)
    assert bench.desk.modem.status.reason == "no_link"
    bench.rig.fault(power="on")
    bench.device.is_present = True
    bench.desk.modem.wake()
    await bench.advance(1, 0.1)
    assert bench.desk.modem.status.ready


async def test_a_long_message_that_must_wait_its_minute_keeps_nobody_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with modem_bench(tmp_path, patience=Patience(per_minute=4)) as bench:
        await bench.advance(2, 0.1)
        bench.desk.modem.submit("short", NUMBER, "hello")
        bench.desk.modem.submit("long", NUMBER, "ش" * 250)
        await bench.advance(5)
        looks = 0
        first_due = bench.desk.outbox.first_due

        def counted() -> Message | None:
            nonlocal looks
            looks += 1
            return first_due()

        monkeypatch.setattr(bench.desk.outbox, "first_due", counted)
        await bench.advance(40)
        assert bench.desk.state("long") == "queued"
        assert 0 < looks < 20
        await bench.advance(20)
        assert bench.desk.state("long") == "delivered"


async def test_a_report_with_a_reference_that_was_used_again_finds_the_message_of_its_time(
    tmp_path: Path,
) -> None:
    async with modem_bench(tmp_path, patience=Patience(per_minute=1000)) as bench:
        bench.rig.fault(reports="never")
        for number in range(257):  # the first and the last share their reference
            bench.desk.modem.submit(f"{number}", NUMBER, f"message {number}")
            await bench.advance(10, 10)
        assert bench.desk.state("256") == "accepted"
        network = bench.rig.machine.network
        first, last = network.sent[0], network.sent[-1]
        assert first.text == "message 0"
        later = bench.clock.now()
        bench.clock._start -= timedelta(seconds=2570)  # the network's time of the first
        network.report(1, first, is_delivered=True, after_s=0)
        bench.clock._start += timedelta(seconds=2570)
        assert bench.clock.now() == later
        await settle()
        assert (bench.desk.state("0"), bench.desk.state("256")) == ("delivered", "accepted")
        network.report(1, last, is_delivered=False, after_s=0)
        await settle()
        assert bench.desk.state("256") == "failed"
        assert [message.state for message in bench.desk.outbox.messages()].count("accepted") == 255


async def test_a_report_of_a_part_that_failed_outweighs_those_that_came(bench: Bench) -> None:
    bench.rig.fault(reports="never")
    bench.desk.modem.submit("long", NUMBER, "ش" * 200)
    await bench.advance(1)
    assert bench.desk.state("long") == "accepted"
    network = bench.rig.machine.network
    for reference, is_delivered in ((1, True), (2, False), (3, True)):
        network.report(reference, network.sent[0], is_delivered=is_delivered, after_s=0)
        await settle()
    assert bench.desk.history("long") == ["sending", "accepted", "failed"]


async def test_a_modem_that_knows_no_reports_at_once_brings_them_by_way_of_the_sim(
    tmp_path: Path,
) -> None:
    async with modem_bench(tmp_path) as bench:
        bench.rig.machine.knows_direct_reports = False
        await bench.advance(2, 0.1)
        bench.desk.modem.submit("one", NUMBER, "hello")
        await bench.advance(1)
        assert bench.desk.state("one") == "delivered"
        assert "AT+CNMI=2,1,0,2,0" in asked(bench)
        assert not bench.rig.machine.storage.places


async def test_what_is_over_can_be_purged_and_its_id_is_free_again(
    tmp_path: Path, bench: Bench
) -> None:
    outbox: Outbox = bench.desk.outbox
    bench.rig.fault(reports="never")
    bench.desk.modem.submit("one", NUMBER, "hello")
    await bench.advance(1)
    assert outbox.purge(bench.clock.now() - timedelta(days=1)) == 0
    await bench.clock.jump(86400 * 2)
    assert outbox.purge(bench.clock.now() - timedelta(days=1)) == 1
    assert bench.desk.state("one") is None
    bench.desk.modem.submit("one", NUMBER, "hello again")
    await bench.advance(5)
    assert bench.rig.texts() == ["hello", "hello again"]
