"""`/ws/agent` on real sockets: who is let in, what each kind is told, what a bad one costs."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from core_services.clock import SystemClock
from core_services.database.errors import DatabaseGone
from core_services.link.board_frames import Called, Shown
from core_services.link.citizen_frames import Help, Issue
from core_services.link.cut_off_frames import Abandon
from core_services.link.frame import Frame
from core_services.link.greeting_frames import Hello
from core_services.link.hall_frames import ServiceCard
from core_services.link.message_frames import BoardMessage
from core_services.link.slip_frames import Paper, Reprint, Void
from core_services.link.status_frames import Status
from queue_server.live import commands
from queue_server.live.board import HallFacts
from tests.support.cable import cable_to
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.live_server import (
    TIMEOUT_S,
    Agent,
    LiveServer,
    a_device,
    a_live_server,
    an_agent,
    an_issued_ticket,
    until,
)

CARD = ServiceCard(
    code="property-tax",
    name_ar="ضريبة عقارية",
    name_en="Property tax",
    papers_ar=["بطاقة الرقم القومي"],
    papers_en=["National ID card"],
    fee_piastres=None,
    group_ar="الضرائب",
    group_en="Taxes",
)
HELLO = Hello(version="1", device="K1", journal_id="disk-1")


@asynccontextmanager
async def a_socket(
    server: LiveServer, token: str, *, port: int | None = None
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a bare socket with a device's token."""
    url = f"http://127.0.0.1:{port or server.port}/ws/agent"
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers) as ws,
    ):
        yield ws


async def receive(ws: aiohttp.ClientWebSocketResponse) -> Any:
    """Return the next frame; the close code when the socket was closed instead."""
    message = await ws.receive(timeout=TIMEOUT_S)
    return json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else ws.close_code


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer ", "Basic token-of-K1"])
async def test_without_a_devices_token_the_door_is_shut_before_the_upgrade(
    header: str | None,
) -> None:
    async with a_live_server() as server, aiohttp.ClientSession() as session:
        server.register("K1", "kiosk")
        headers = {} if header is None else {"Authorization": header}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{server.url}/ws/agent", headers=headers)
        assert refused.value.status == 401


async def test_who_says_no_hello_in_time_is_sent_away() -> None:
    async with a_live_server() as server:
        await server.stop()
        server.hello_timeout_s = 0.05
        await server.start()
        async with a_socket(server, server.register("K1", "kiosk")) as ws:
            assert await receive(ws) == 4408


@pytest.mark.parametrize("first", ['{"type":"help"}', "nonsense", '{"type":"hello"}'])
async def test_whose_first_frame_is_no_hello_is_sent_away(first: str) -> None:
    async with a_live_server() as server:
        async with a_socket(server, server.register("K1", "kiosk")) as ws:
            await ws.send_str(first)
            assert await receive(ws) == 4408
        assert not server.agents.connected


async def test_an_agent_without_a_protocol_in_common_is_told_so() -> None:
    async with (
        a_live_server() as server,
        a_socket(server, server.register("K1", "kiosk")) as ws,
    ):
        await ws.send_str(HELLO.model_copy(update={"protocol": [7, 8]}).model_dump_json())
        assert await receive(ws) == 4406


async def test_the_newest_protocol_in_common_is_chosen() -> None:
    async with (
        a_live_server() as server,
        a_socket(server, server.register("K1", "kiosk")) as ws,
    ):
        await ws.send_str(HELLO.model_copy(update={"protocol": [1, 2, 9]}).model_dump_json())
        assert (await receive(ws))["protocol"] == 1


async def test_no_compression_is_agreed_on_even_when_it_is_offered() -> None:
    async with a_live_server() as server, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {server.register('D1', 'display')}"}
        url = f"{server.url}/ws/agent"
        async with session.ws_connect(url, headers=headers, compress=15) as ws:
            assert ws.compress == 0


async def test_a_display_is_told_boards_and_calls_and_withdrawals() -> None:
    async with a_live_server() as server:
        server.facts = HallFacts(messages=(BoardMessage(text_ar="صلاة", text_en="Prayer"),))
        async with an_agent(server.url, server.register("D1", "display")) as display:
            await display.until(lambda a: "board" in a.told)
            call = server.call("142", window=3)
            await display.until(lambda a: a.told[-2:] == ["called", "board"])
            called, board = display.frames[-2:]
            assert isinstance(called, Called)
            assert called.call.id == call
            assert called.call.display_label == "١٤٢"
            assert board.type == "board"
            assert board.messages[0].text_ar == "صلاة"
            assert await display.link.send(Shown(call=call))
            await until(lambda: ("D1", Shown(call=call)) in server.commands.taken)


async def test_a_kiosk_is_told_the_hall_with_its_services_and_never_a_call() -> None:
    async with a_live_server() as server:
        server.facts = HallFacts(services=(CARD,))
        async with an_agent(server.url, server.register("K1", "kiosk")) as kiosk:
            await kiosk.until(lambda a: "hall" in a.told)
            server.call("142")
            await kiosk.until(lambda a: a.told.count("hall") == 2)
            first, second = kiosk.of_type("hall")
            assert first.type == second.type == "hall"
            assert first.services == [CARD]
            assert second.services is None
            assert "called" not in kiosk.told


async def test_a_workstation_is_told_nothing_of_the_hall_but_is_pinged() -> None:
    clock = ManualClock()
    async with (
        a_live_server(clock=clock) as server,
        an_agent(server.url, server.register("W1", "workstation")) as workstation,
    ):
        await workstation.until(lambda a: "welcome" in a.told)
        await clock.advance(5)
        await workstation.until(lambda a: "ping" in a.told)
        assert workstation.told == [True, "welcome", "ping"]


async def test_every_command_is_answered_under_its_own_key() -> None:
    ticket = an_issued_ticket()
    async with a_live_server() as server:
        async with an_agent(server.url, server.register("K1", "kiosk")) as kiosk:
            await kiosk.until(lambda a: "hall" in a.told)
            asked: tuple[Frame, ...] = (
                Issue(key="key-number-1"),
                Paper(ticket=ticket.id, state="done", confirmed_by="echo"),
                Void(ticket=ticket.id),
                Abandon(key="key-number-2"),
                Help(),
            )
            for frame in asked:
                assert await kiosk.link.send(frame)
            await until(lambda: len(server.commands.taken) == len(asked))
            await kiosk.until(lambda a: len(a.frames) == 2 + len(asked))
            answers = {frame.type: frame for frame in kiosk.frames}
            assert answers["issued"].model_dump(include={"key", "ticket"}) == {
                "key": "key-number-1",
                "ticket": ticket.model_dump(),
            }
            assert answers["refused"].model_dump(include={"key"}) == {"key": str(ticket.id)}
            assert {f.model_dump()["about"] for f in kiosk.of_type("settled")} == {
                str(ticket.id),
                "key-number-2",
                "help",
            }
            assert server.greeted == [("K1", "disk-1")]
        await until(lambda: server.gone == ["K1"])


async def test_slow_commands_stop_neither_heartbeats_nor_boards() -> None:
    async with (
        a_live_server() as server,
        an_agent(server.url, server.register("K1", "kiosk")) as kiosk,
    ):
        await kiosk.until(lambda a: "hall" in a.told)
        server.commands.may_finish.clear()
        for number in range(20):
            await kiosk.link.send(Issue(key=f"key-number-{number}"))
        await until(lambda: server.commands.at_once == commands.AT_ONCE)
        await kiosk.link.send(Status(version="1", paper="out"))
        await until(lambda: bool(server.statuses))
        halls = kiosk.told.count("hall")
        server.call("142")
        await kiosk.until(lambda a: a.told.count("hall") > halls)
        assert "issued" not in kiosk.told
        server.commands.may_finish.set()
        await kiosk.until(lambda a: a.told.count("issued") == 20)
        assert server.commands.most_at_once == commands.AT_ONCE


async def test_commands_beyond_the_limit_are_refused_and_the_others_are_done() -> None:
    most = commands.AT_ONCE + commands.WAITING
    async with (
        a_live_server() as server,
        an_agent(server.url, server.register("K1", "kiosk")) as kiosk,
    ):
        await kiosk.until(lambda a: "hall" in a.told)
        server.commands.may_finish.clear()
        for number in range(most + 3):
            await kiosk.link.send(Issue(key=f"key-number-{number}"))
        await kiosk.link.send(Help())
        await kiosk.until(lambda a: a.told.count("refused") == 4)
        refused = [frame.model_dump() for frame in kiosk.of_type("refused")]
        assert [each["key"] for each in (refused[0], refused[-1])] == [f"key-number-{most}", "help"]
        assert {each["problem"]["status"] for each in refused} == {429}
        server.commands.may_finish.set()
        await kiosk.until(lambda a: a.told.count("issued") == most)


async def test_a_command_that_fails_has_no_answer_and_ends_nothing() -> None:
    async with a_live_server() as server:
        server.commands.failing_key = "key-that-fails"
        async with an_agent(server.url, server.register("K1", "kiosk")) as kiosk:
            await kiosk.until(lambda a: "hall" in a.told)
            with capture_logs() as logs:
                await kiosk.link.send(Issue(key="key-that-fails"))
                await kiosk.link.send(Issue(key="key-that-works"))
                await kiosk.until(lambda a: "issued" in a.told)
            assert kiosk.told.count("issued") == 1
            assert "refused" not in kiosk.told
            assert [log["event"] for log in logs] == ["agent_command_failed"]


async def test_a_command_that_takes_too_long_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "COMMAND_TIMEOUT_S", 0.05)
    async with a_live_server() as server:
        server.commands.may_finish.clear()
        async with an_agent(server.url, server.register("K1", "kiosk")) as kiosk:
            await kiosk.until(lambda a: "hall" in a.told)
            with capture_logs() as logs:
                await kiosk.link.send(Issue(key="key-that-waits"))

                async def is_told() -> bool:
                    return bool(logs)

                await eventually(is_told)
    assert logs == [
        {
            "event": "agent_command_failed",
            "log_level": "warning",
            "command": "issue",
            "device": "K1",
            "why": "not done within 0.05 s",
        }
    ]


@pytest.mark.parametrize("error", [OSError("a defect"), DatabaseGone("it was stopped")])
async def test_a_status_that_cannot_be_kept_is_told_once_and_ends_nothing(
    error: Exception,
) -> None:
    async with (
        a_live_server() as server,
        an_agent(server.url, server.register("K1", "kiosk")) as kiosk,
    ):
        await kiosk.until(lambda a: "hall" in a.told)
        server.status_error = error
        with capture_logs() as logs:
            for _ in range(3):
                await kiosk.link.send(Status(version="1"))
                await kiosk.link.send(Issue(key="key-number-1"))
            await kiosk.until(lambda a: a.told.count("issued") == 3)
            server.status_error = None
            await kiosk.link.send(Status(version="2"))
            await until(lambda: bool(server.statuses))
        told = [log for log in logs if log["event"] == "agent_status_not_kept"]
        assert [log["log_level"] for log in told] == [
            "warning" if isinstance(error, DatabaseGone) else "error"
        ]
        assert ("exc_info" in told[0]) is not isinstance(error, DatabaseGone)


async def test_unknown_and_malformed_frames_of_an_agent_are_passed_over() -> None:
    async with a_live_server() as server:
        async with a_socket(server, server.register("K1", "kiosk")) as ws:
            await ws.send_str(HELLO.model_dump_json())
            assert (await receive(ws))["type"] == "welcome"
            for frame in ('{"type":"sing"}', "][", '{"type":"issue","key":"x"}'):
                await ws.send_str(frame)
            await ws.send_bytes(b"\x00\xff")
            await ws.send_str(HELLO.model_dump_json())
            await ws.send_str(Issue(key="key-number-1").model_dump_json())
            frame = await receive(ws)
            while frame["type"] != "issued":
                frame = await receive(ws)
        assert [frame for _, frame in server.commands.taken] == [Issue(key="key-number-1")]


async def test_a_message_beyond_64_kilobytes_closes_its_socket_and_no_other() -> None:
    async with (
        a_live_server() as server,
        an_agent(server.url, server.register("D1", "display")) as display,
    ):
        await display.until(lambda a: "board" in a.told)
        async with a_socket(server, server.register("K1", "kiosk")) as ws:
            await ws.send_str(HELLO.model_dump_json())
            await receive(ws)
            await ws.send_str(" " * 70_000)
            code = await receive(ws)
            while not isinstance(code, int):
                code = await receive(ws)
            assert code == 1009
        server.call("142")
        await display.until(lambda a: "called" in a.told)
        assert False not in display.told


async def test_the_newer_connection_of_a_device_wins_and_gets_what_is_delivered() -> None:
    device = a_device("K1", "kiosk")
    reprint = Reprint(job="job-1", ticket=an_issued_ticket())
    async with a_live_server() as server:
        token = server.register("K1", "kiosk")
        assert not server.agents.deliver(device.id, reprint)
        async with a_socket(server, token) as older, a_socket(server, token) as newer:
            for ws in (older, newer):
                await ws.send_str(HELLO.model_dump_json())
                assert (await receive(ws))["type"] == "welcome"
            code = await receive(older)
            while not isinstance(code, int):
                code = await receive(older)
            assert code == 4409
            await until(lambda: len(server.greeted) == 2)
            assert server.agents.connected == {device.id}
            assert server.agents.deliver(device.id, reprint)
            frame = await receive(newer)
            while frame["type"] != "reprint":
                frame = await receive(newer)
            assert frame["job"] == "job-1"
            assert server.gone == []
        await until(lambda: server.gone == ["K1"])
        assert not server.agents.deliver(device.id, reprint)


async def test_an_agent_behind_a_dead_switch_is_given_up() -> None:
    async with a_live_server() as server:
        await server.stop()
        server.heartbeat_s = 0.2
        await server.start()
        async with (
            cable_to(server.port) as cable,
            a_socket(server, server.register("K1", "kiosk"), port=cable.port) as ws,
        ):
            await ws.send_str(HELLO.model_dump_json())
            await until(lambda: bool(server.agents.connected))
            cable.fall_silent()
            await until(lambda: not server.agents.connected)
            await until(lambda: server.gone == ["K1"])
            cable.pull()


async def test_a_device_taken_out_of_service_loses_its_socket() -> None:
    device = a_device("K1", "kiosk")
    async with a_live_server() as server:
        assert not server.agents.disconnect(device.id)
        token = server.register("K1", "kiosk")
        async with an_agent(server.url, token) as kiosk:
            await kiosk.until(lambda a: "hall" in a.told)
            del server.devices[token]
            with capture_logs() as logs:
                assert server.agents.disconnect(device.id)
                await kiosk.until(lambda a: a.told[-1] is False)
            downs = [log["reason"] for log in logs if log["event"] == "link_down"]
            assert downs == ["token_refused"]


async def test_a_closing_server_says_so_finishes_what_was_begun_and_is_gone_in_time() -> None:
    async with a_live_server() as server:
        token = server.register("K1", "kiosk")
        async with a_socket(server, token) as ws:
            await ws.send_str(HELLO.model_dump_json())
            await receive(ws)
            server.commands.may_finish.clear()
            await ws.send_str(Issue(key="key-number-1").model_dump_json())
            await until(lambda: server.commands.at_once == 1)
            began = SystemClock().monotonic()
            async with asyncio.TaskGroup() as tasks:
                stopping = tasks.create_task(server.stop())
                code = await receive(ws)
                while not isinstance(code, int):
                    code = await receive(ws)
                assert code == 1012
                assert not stopping.done()
                server.commands.may_finish.set()
            assert SystemClock().monotonic() - began < 5
            assert server.commands.taken == [("K1", Issue(key="key-number-1"))]
        await server.start()


async def test_a_device_that_is_sent_to_another_process_gets_what_it_is_owed_before() -> None:
    async with a_live_server() as server:
        token = server.register("K1", "kiosk")
        async with a_socket(server, token) as ws:
            await ws.send_str(HELLO.model_dump_json())
            await receive(ws)
            server.commands.may_finish.clear()
            await ws.send_str(Issue(key="key-number-1").model_dump_json())
            await until(lambda: server.commands.at_once == 1)
            async with asyncio.TaskGroup() as tasks:
                leaving = tasks.create_task(server.agents.send_on())
                await ws.send_str(Issue(key="key-number-2").model_dump_json())
                await until(lambda: server.commands.at_once == 2)
                assert not leaving.done()
                server.commands.may_finish.set()
                told = [await receive(ws)]
                while not isinstance(told[-1], int):
                    told.append(await receive(ws))
            assert told[-1] == 1012
            answered = [each["key"] for each in told[:-1] if each["type"] == "issued"]
            assert answered == ["key-number-1", "key-number-2"]


async def test_a_command_that_does_not_end_keeps_no_process_from_leaving() -> None:
    async with a_live_server() as server:
        token = server.register("K1", "kiosk")
        async with a_socket(server, token) as ws:
            await ws.send_str(HELLO.model_dump_json())
            await receive(ws)
            server.commands.may_finish.clear()
            await ws.send_str(Issue(key="key-number-1").model_dump_json())
            await until(lambda: server.commands.at_once == 1)
            await server.agents.send_on(within_s=0.05)
            assert server.agents.connected
            server.commands.may_finish.set()


async def test_one_display_of_fifty_that_never_reads_changes_nothing_for_the_others() -> None:
    calls = 220
    async with a_live_server() as server:
        tokens = [server.register(f"D{number}", "display") for number in range(50)]
        stalled = await _open_and_never_read(server, tokens[0])
        async with asyncio.TaskGroup() as tasks:
            agents = [Agent(server.url, token) for token in tokens[1:]]
            running = [
                tasks.create_task(agent.link.run(agent.on_frame, agent.on_change))
                for agent in agents
            ]
            await until(lambda: len(server.agents.connected) == 50)
            await until(lambda: all("board" in agent.told for agent in agents))
            first = server.hall.revision + 1
            for number in range(calls):
                server.call(str(1000 + number), window=number % 9 + 1)
                await until(partial(_have_calls, agents, number + 1))
            assert len(server.agents.connected) == 49, "the stalled one was cut"
            for agent in agents:
                ids = [frame.call.id for frame in agent.frames if isinstance(frame, Called)]
                assert ids == list(range(first, first + calls))
                assert False not in agent.told
            for task in running:
                task.cancel()
        stalled.close()


def _have_calls(agents: list[Agent], count: int) -> bool:
    return all(agent.told.count("called") >= count for agent in agents)


async def _open_and_never_read(server: LiveServer, token: str) -> socket.socket:
    """Complete a handshake and hello on a raw socket with a small buffer, and read no more."""
    loop = asyncio.get_running_loop()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await loop.sock_connect(connection, ("127.0.0.1", server.port))
    request = (
        "GET /ws/agent HTTP/1.1\r\nHost: centre\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Authorization: Bearer {token}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(connection, request.encode())
    await loop.sock_recv(connection, 1024)
    hello = HELLO.model_dump_json().encode()
    masked = bytes([0x81, 0x80 | 126, *len(hello).to_bytes(2, "big"), 0, 0, 0, 0]) + hello
    await loop.sock_sendall(connection, masked)
    return connection
