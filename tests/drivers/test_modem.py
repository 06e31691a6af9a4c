"""What becomes of messages, whatever the modem, its SIM, its network and its link do."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from drivers.errors import UnknownScheme
from drivers.modems.model import MessageSender
from drivers.modems.modem import Modem
from drivers.modems.outbox import Outbox
from drivers.transports.opening import open_transport
from tests.drivers.links import until
from tests.drivers.modem_rigs import LINKS, LONG, NEAR, NUMBER, QUICK, Rig, modem_desk, modem_rig


@pytest.fixture(params=LINKS)
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with modem_rig(request.param, tmp_path) as rig:
        yield rig


async def test_a_message_is_accepted_then_delivered(rig: Rig, outbox: Outbox) -> None:
    async with modem_desk(rig.url, outbox) as desk:
        sender: MessageSender = desk.modem
        sender.submit("one", "01012345678", NEAR)
        sender.submit("one", "01012345678", "another text under the same id")
        await desk.until_state("one", "delivered")
    assert desk.history("one") == ["sending", "accepted", "delivered"]
    assert rig.texts() == [NEAR]
    assert rig.machine.network.sent[0].to == NUMBER
    assert rig.machine.refused == []


async def test_the_parts_of_a_long_message_follow_each_other_on_one_link(
    rig: Rig, outbox: Outbox
) -> None:
    async with modem_desk(rig.url, outbox) as desk:
        desk.modem.submit("long", NUMBER, LONG)
        desk.modem.submit("short", "01112345678", NEAR)
        await desk.until_state("long", "delivered")
        await desk.until_state("short", "delivered")
    assert rig.texts() == [LONG, NEAR]
    assert [(part.part, part.total) for part in rig.machine.network.parts] == [
        (1, 3),
        (2, 3),
        (3, 3),
        (1, 1),
    ]
    assert rig.machine.commands.count("AT+CMMS=1") == 3


async def test_noise_amid_every_answer_changes_nothing(rig: Rig, outbox: Outbox) -> None:
    rig.fault(noise=True)
    async with modem_desk(rig.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, LONG)
        await desk.until_state("one", "delivered")
        rig.machine.network.receive("Vodafone", NEAR)
        await desk.until(lambda: len(desk.incoming) == 1)
        assert desk.modem.status.registration == "home"
    assert rig.texts() == [LONG]


async def test_an_unplugged_modem_is_told_and_sends_what_waits_when_it_is_back(
    rig: Rig, outbox: Outbox
) -> None:
    async with modem_desk(rig.url, outbox) as desk:
        await desk.until_ready()
        rig.fault(power="off")
        await desk.until(lambda: desk.modem.status.reason == "no_link")
        desk.modem.submit("one", NUMBER, NEAR)
        rig.fault(power="on")
        await desk.until_state("one", "delivered")
    assert rig.texts() == [NEAR]


@pytest.mark.parametrize("link", ["serial", "file"])
async def test_a_modem_under_another_port_is_found_by_its_name(
    link: str, tmp_path: Path, outbox: Outbox
) -> None:
    async with modem_rig(link, tmp_path) as rig:
        assert rig.path is not None
        port = rig.path.readlink()
        async with modem_desk(rig.url, outbox) as desk:
            await desk.until_ready()
            rig.fault(power="off")
            await desk.until(lambda: not desk.modem.status.ready)
            with other_terminal():  # takes the number that was just freed
                rig.fault(power="on")
                await desk.until_ready()
                assert rig.path.readlink() != port
                desk.modem.submit("one", NUMBER, NEAR)
                await desk.until_state("one", "delivered")


@contextmanager
def other_terminal() -> Iterator[None]:
    """Hold a pseudo-terminal, as another device that was plugged in meanwhile."""
    fds = os.openpty()
    yield
    for fd in fds:
        os.close(fd)


async def test_a_message_without_an_answer_is_unknown_and_never_sent_again(
    rig: Rig, outbox: Outbox
) -> None:
    rig.fault(answers="lost", reports="never")
    async with modem_desk(rig.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until_state("one", "unknown")
        rig.fault(answers="at_once", reports="at_once")
        desk.modem.submit("two", "01112345678", "second")
        await desk.until_state("two", "delivered")
    assert desk.last("one").reason == "no_answer"
    assert rig.texts() == [NEAR, "second"]


@pytest.mark.parametrize("power", ["cycle", "restart"])
async def test_a_link_or_modem_lost_after_the_octets_leaves_the_message_unknown(
    rig: Rig, outbox: Outbox, power: str
) -> None:
    rig.fault(answers="slow", reports="never")
    async with modem_desk(rig.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await until(lambda: outbox.is_in_the_air("one"))
        rig.fault(power=power, answers="at_once")
        await desk.until_state("one", "unknown")
        desk.modem.submit("two", NUMBER, "second")
        await desk.until_state("two", "accepted")
    assert outbox.get("one").state == "unknown"  # type: ignore[union-attr]


@pytest.mark.parametrize("power", ["cycle", "restart"])
async def test_a_link_or_modem_lost_before_the_octets_leaves_the_message_in_line(
    near: Rig, outbox: Outbox, power: str
) -> None:
    near.fault(prompt="never")
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await until(lambda: near.machine.commands[-1:] == ["AT+CMGS=126"])
        near.fault(power=power, prompt="at_once")
        await desk.until_state("one", "delivered")
    assert desk.history("one") == ["sending", "queued", "sending", "accepted", "delivered"]
    assert near.texts() == [NEAR]


@pytest.mark.parametrize(("restarts", "sent"), [("before_sending", []), ("after_sending", [NEAR])])
async def test_a_restart_amid_a_message_leaves_it_unknown(
    near: Rig, outbox: Outbox, restarts: str, sent: list[str]
) -> None:
    near.fault(restarts=restarts, reports="never")
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until_state("one", "unknown")
        assert near.texts() == sent
        near.fault(restarts="never", reports="at_once")
        desk.modem.submit("two", "01112345678", "after the restart")
        await desk.until_state("two", "delivered")
    assert near.machine.accidents == 0
    assert near.texts() == [*sent, "after the restart"]


async def test_a_modem_that_restarts_in_silence_never_sends_octets_as_text(
    near: Rig, outbox: Outbox
) -> None:
    async with modem_desk(near.url, outbox) as desk:
        await desk.until_ready()
        for number in range(5):
            near.machine._forget()  # it lost everything, and its RDY on the way
            desk.modem.submit(f"{number}", NUMBER, f"message {number}")
            await desk.until_state(f"{number}", "accepted", "delivered")
        await until(lambda: near.machine._session.reports == 1)  # and is told everything anew
    assert near.machine.accidents == 0
    assert near.texts() == [f"message {number}" for number in range(5)]


async def test_a_message_that_a_dead_process_left_halfway_is_ended_not_sent(
    near: Rig, outbox: Outbox
) -> None:
    link = await open_transport(near.url)
    await link.write(b"AT+CMGF=0\rAT+CMGS=20\r0011000B91")
    await until(lambda: near.machine._octets is not None and len(near.machine._octets) == 10)
    await link.close()
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until_state("one", "delivered")
    assert near.texts() == [NEAR]
    assert near.machine.refused == []


async def test_a_slow_prompt_and_a_prompt_that_never_comes(near: Rig, outbox: Outbox) -> None:
    near.fault(prompt="never")
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until(lambda: desk.modem.status.reason == "no_reply")
        assert desk.state("one") == "queued"
        near.fault(prompt="at_once")
        await desk.until_state("one", "delivered")
    assert near.texts() == [NEAR]
    assert near.machine.network.parts[0].total == 1


async def test_a_refusal_for_good_fails_one_message_and_no_other(near: Rig, outbox: Outbox) -> None:
    near.fault(cms=1)
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until_state("one", "failed")
        near.fault(cms=0)
        desk.modem.submit("two", NUMBER, NEAR)
        await desk.until_state("two", "delivered")
    change = desk.last("one")
    assert (change.reason, change.is_permanent, change.code) == ("refused", True, 1)
    assert desk.history("one") == ["sending", "failed"]


async def test_a_refusal_for_now_is_tried_again_and_then_given_up(
    near: Rig, outbox: Outbox
) -> None:
    near.fault(cms=42)
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until_state("one", "failed")
        assert desk.history("one") == ["sending", "queued"] * 2 + ["sending", "failed"]
        assert (desk.last("one").is_permanent, desk.last("one").code) == (False, 42)
        desk.modem.submit("two", NUMBER, NEAR)
        await desk.until(lambda: "queued" in desk.history("two"))
        near.fault(cms=0)
        await desk.until_state("two", "delivered")
    assert near.texts() == [NEAR]


async def test_a_message_that_must_wait_does_not_hold_up_those_behind_it(
    near: Rig, outbox: Outbox
) -> None:
    near.fault(cms=42)
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, "first")
        await desk.until(lambda: "queued" in desk.history("one"))
        near.fault(cms=0)
        desk.modem.submit("two", NUMBER, "second")
        await desk.until_state("one", "delivered")
        await desk.until_state("two", "delivered")
    assert near.texts() == ["second", "first"]


@pytest.mark.parametrize("cms", [332, 500, 521])
async def test_an_error_that_does_not_say_whether_it_was_sent_leaves_it_unknown(
    near: Rig, outbox: Outbox, cms: int
) -> None:
    near.fault(cms=cms)
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until_state("one", "unknown")
    assert desk.last("one").code == cms


@pytest.mark.parametrize(("cms", "reason"), [(310, "no_sim"), (330, "no_service_centre")])
async def test_a_modem_that_can_send_nothing_says_why_and_keeps_its_messages(
    near: Rig, outbox: Outbox, cms: int, reason: str
) -> None:
    near.fault(cms=cms)
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until(lambda: desk.modem.status.reason == reason)
        for _ in range(3):  # and goes on saying so, though the modem looks well
            looks = len(near.machine.commands)
            await until(lambda looks=looks: len(near.machine.commands) > looks + 8)  # type: ignore[misc]
            assert desk.modem.status.reason == reason
        near.fault(cms=0)
        await desk.until_state("one", "delivered")
        assert desk.modem.status.ready
    message = outbox.get("one")
    assert message is not None
    assert message.attempts == 1


@pytest.mark.parametrize("reports", ["early", "at_once", "failed"])
async def test_a_report_is_matched_whenever_it_comes(
    near: Rig, outbox: Outbox, reports: str
) -> None:
    near.fault(reports=reports)
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, LONG)
        await desk.until_state("one", "delivered", "failed")
    if reports == "failed":
        change = desk.last("one")
        assert (change.state, change.reason, change.code) == ("failed", "not_delivered", 0x46)
        assert change.is_permanent
    else:
        assert desk.history("one") == ["sending", "accepted", "delivered"]


async def test_a_report_tells_of_a_message_whose_answer_was_lost(near: Rig, outbox: Outbox) -> None:
    near.fault(answers="lost", reports="at_once")
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until_state("one", "delivered")
    assert desk.history("one") == ["sending", "unknown", "delivered"]
    assert near.texts() == [NEAR]


@pytest.mark.parametrize(
    ("to", "text", "reason"),
    [("16474", NEAR, "bad_number"), (NUMBER, " ", "bad_text"), (NUMBER, "ش" * 671, "bad_text")],
)
async def test_what_can_not_be_sent_fails_at_once_and_is_not_kept(
    near: Rig, outbox: Outbox, to: str, text: str, reason: str
) -> None:
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", to, text)
        assert desk.history("one") == ["failed"]
        assert (desk.last("one").reason, desk.last("one").is_permanent) == (reason, True)
        desk.modem.submit("one", to, text)
        assert desk.history("one") == ["failed"]
    assert outbox.text("one") == ""


async def test_a_cancelled_message_is_never_sent_and_a_sent_one_is_not_cancelled(
    near: Rig, outbox: Outbox
) -> None:
    near.fault(network="searching")
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        desk.modem.submit("two", NUMBER, "second")
        assert desk.modem.cancel("one")
        assert desk.modem.cancel("one")
        assert not desk.modem.cancel("none")
        near.fault(network="home")
        await desk.until_state("two", "delivered")
        assert not desk.modem.cancel("two")
    assert desk.last("one").reason == "cancelled"
    assert near.texts() == ["second"]


async def test_no_number_and_no_text_is_logged_or_outlives_its_use(
    tmp_path: Path, near: Rig, outbox: Outbox
) -> None:
    faults: list[dict[str, object]] = [
        {"cms": 1},
        {"cms": 42},
        {"cms": 500},
        {"restarts": "after_sending"},
        {"reports": "failed"},
        {},
    ]
    with structlog.testing.capture_logs() as logs:
        async with modem_desk(near.url, outbox) as desk:
            for number, fault in enumerate(faults):
                near.fault(**fault)
                desk.modem.submit(f"{number}", NUMBER, NEAR)
                await desk.until_state(f"{number}", "delivered", "failed", "unknown")
                near.fault(cms=0, restarts="never", reports="at_once")
            near.machine.network.receive(NUMBER, "سر")
            await desk.until(lambda: bool(desk.incoming))
            outbox.purge(outbox._clock.now())
    said = repr(logs) + repr(desk.changes)
    assert len(logs) >= 4
    for secret in (NUMBER, NUMBER[-8:], "دورك", "سر", near.machine.network.parts[0].text):
        assert secret not in said
    assert NEAR.encode() not in b"".join(contents(tmp_path))


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.glob("outbox.sqlite*")]


async def test_a_device_that_is_no_modem_is_left_alone(tmp_path: Path, outbox: Outbox) -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            await reader.read(100)
            writer.write(b"$GPGGA,092750.000,5321.6802,N\r\n\xff\x00\xfe")
        writer.close()

    server = await asyncio.start_server(chatter, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with modem_desk(f"tcp://127.0.0.1:{port}", outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until(lambda: desk.modem.status.reason == "no_reply")
        await desk.until(lambda: desk.modem.status.reason == "no_link")
        assert desk.state("one") == "queued"
    server.close()
    await server.wait_closed()


def test_an_address_that_leads_nowhere_is_refused_when_the_modem_is_made(outbox: Outbox) -> None:
    with pytest.raises(UnknownScheme):
        Modem(
            "bluetooth://modem",
            outbox,
            outbox._clock,
            on_message=print,
            on_status=print,
            patience=QUICK,
        )
