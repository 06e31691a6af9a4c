"""What a modem's SIM asks for and keeps: PINs, and messages that come in."""

from pathlib import Path

import pytest

from drivers.errors import PinUnreadable
from drivers.modems.looking import SimPin
from drivers.modems.model import ModemReason
from drivers.modems.outbox import Outbox
from drivers.modems.pin import read_pin
from tests.drivers.links import until
from tests.drivers.modem_rigs import NEAR, NUMBER, Rig, modem_desk


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"sim": "absent"}, "no_sim"),
        ({"sim": "puk"}, "puk"),
        ({"sim": "pin"}, "pin_missing"),
        ({"network": "searching"}, "searching"),
        ({"network": "denied"}, "denied"),
        ({"replies": False}, "no_reply"),
    ],
)
async def test_what_keeps_a_modem_from_sending_is_named_and_nothing_is_sent(
    near: Rig, outbox: Outbox, fault: dict[str, object], reason: ModemReason
) -> None:
    near.fault(**fault)
    async with modem_desk(near.url, outbox) as desk:
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until(lambda: desk.modem.status.reason == reason)
        assert desk.state("one") == "queued"
        near.fault(sim="ready", network="home", replies=True)
        await desk.until_state("one", "delivered")
        assert desk.modem.status.operator == "Shubbak"
        assert desk.modem.status.signal_percent == 65
    assert near.texts() == [NEAR]


async def test_a_locked_sim_is_unlocked_again_after_every_restart(
    near: Rig, outbox: Outbox
) -> None:
    near.fault(sim="pin")
    async with modem_desk(near.url, outbox, pin="1234") as desk:
        await desk.until_ready()
        near.fault(power="restart")
        await until(lambda: near.machine.pin_attempts == 2)
        desk.modem.submit("one", NUMBER, NEAR)
        await desk.until_state("one", "delivered")


async def test_a_pin_that_was_refused_is_never_tried_again(tmp_path: Path, near: Rig) -> None:
    near.fault(sim="pin")
    for _ in range(4):  # not by other processes either
        with Outbox(tmp_path / "outbox.sqlite") as outbox:
            async with modem_desk(near.url, outbox, pin="9999") as desk:
                await desk.until(lambda: desk.modem.status.reason == "pin_refused")
                near.fault(power="cycle")
                await desk.until(lambda: desk.modem.status.reason == "no_link")
                await desk.until(lambda: desk.modem.status.reason == "pin_refused")
    assert near.machine.pin_attempts == 1
    with Outbox(tmp_path / "outbox.sqlite") as outbox:  # the right one is another PIN
        async with modem_desk(near.url, outbox, pin="1234") as desk:
            await desk.until_ready()
    assert near.machine.pin_attempts == 2


async def test_a_pin_is_tried_again_only_after_the_sim_was_ready(
    tmp_path: Path, near: Rig, outbox: Outbox
) -> None:
    near.fault(sim="pin")
    async with modem_desk(near.url, outbox, pin="9999") as desk:
        await desk.until(lambda: desk.modem.status.reason == "pin_refused")
        near.fault(sim="ready")
        await desk.until_ready()
        near.fault(sim="pin")
        await desk.until(lambda: desk.modem.status.reason == "pin_refused")
    assert near.machine.pin_attempts == 1  # counted anew when the SIM was locked anew


async def test_a_pin_that_a_dead_process_may_have_told_is_not_told_again(
    near: Rig, outbox: Outbox
) -> None:
    near.fault(sim="pin")
    outbox.sim.remember_pin(SimPin("1234").digest())
    async with modem_desk(near.url, outbox, pin="1234") as desk:
        await desk.until(lambda: desk.modem.status.reason == "pin_refused")
        assert near.machine.pin_attempts == 0


def test_a_pin_is_read_from_a_file_that_nobody_else_can_read(tmp_path: Path) -> None:
    path = tmp_path / "pin"
    path.write_text("1234\n")
    path.chmod(0o600)
    pin = read_pin(path)
    assert pin == SimPin("1234")
    assert "1234" not in repr(pin)
    path.chmod(0o640)
    with pytest.raises(PinUnreadable, match="0600"):
        read_pin(path)


@pytest.mark.parametrize("text", ["", "123", "123456789", "12a4", "1234 5678", "١٢٣٤", "12\n34"])
def test_a_file_that_holds_no_pin_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pin"
    path.touch(0o600)
    path.write_text(text, "utf-8")
    with pytest.raises(PinUnreadable) as refused:
        read_pin(path)
    assert not text or text not in str(refused.value).removeprefix(str(path))
    with pytest.raises(PinUnreadable, match="No such file"):
        read_pin(tmp_path / "none")


async def test_messages_that_come_in_are_given_out_and_leave_the_sim(
    near: Rig, outbox: Outbox
) -> None:
    near.machine.network.receive("Vodafone", "رصيدك ينتهي غدًا")
    async with modem_desk(near.url, outbox) as desk:
        await desk.until(lambda: len(desk.incoming) == 1)
        for number in range(40):  # twice what the SIM holds
            near.machine.network.receive(NUMBER, f"رسالة {number} " + "طويلة " * 20)
        await desk.until(lambda: len(desk.incoming) == 41)
        await until(lambda: not near.machine.storage.places and not near.machine.waiting)
    assert desk.incoming[0].sender == "Vodafone"
    texts = [f"رسالة {number} " + "طويلة " * 20 for number in range(40)]
    assert sorted(message.text for message in desk.incoming[1:]) == sorted(texts)


async def test_a_part_that_came_before_a_restart_is_joined_with_one_that_comes_after(
    tmp_path: Path, near: Rig
) -> None:
    text = "طويلة " * 20
    near.machine.network.receive(NUMBER, text)
    second = near.machine.storage.places.pop(2)
    with Outbox(tmp_path / "outbox.sqlite") as outbox:
        async with modem_desk(near.url, outbox) as desk:
            await until(lambda: not near.machine.storage.places)
            await until(lambda: len(outbox.sim.incoming()) == 1)
            assert desk.incoming == []
    near.machine.storage.places[1] = second
    with Outbox(tmp_path / "outbox.sqlite") as outbox:
        async with modem_desk(near.url, outbox) as desk:
            await desk.until(lambda: bool(desk.incoming))
            assert [message.text for message in desk.incoming] == [text]
            assert outbox.sim.incoming() == []
