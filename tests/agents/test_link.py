"""The agents' side of the connection: the real server part, a pulled cable, bad servers."""

import asyncio
import json
from dataclasses import replace
from uuid import uuid5

import pytest
from structlog.testing import capture_logs

from core_services.clock import SystemClock
from core_services.link import client, wire
from core_services.link.board_frames import Board
from core_services.link.citizen_frames import Help, Issue
from core_services.link.client import Link
from core_services.link.frames import ServerFrame
from core_services.link.greeting_frames import Hello
from core_services.link.status_frames import Status
from tests.support.cable import cable_to
from tests.support.clock import ManualClock
from tests.support.halls import EPOCH, a_morning, with_call
from tests.support.live_server import Agent, a_live_server, an_agent, until
from tests.support.scripted_server import WELCOME, ScriptedServer, scripted


class WatchedClock(ManualClock):
    """A manual clock that remembers how long the link waited between its attempts."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []
        self.is_waiting = False

    async def sleep(self, seconds: float) -> None:
        if seconds == wire.SILENCE_S:
            await super().sleep(seconds)
            return
        self.waits.append(seconds)
        self.is_waiting = True
        try:
            await super().sleep(seconds)
        finally:
            self.is_waiting = False

    async def let_it_wait(self, times: int) -> None:
        """Let the link wait so often, no longer than it asked for."""
        for _ in range(times):
            await until(lambda: self.is_waiting)
            await self.advance(self.waits[-1])


async def advance_until(clock: ManualClock, agent: Agent, is_up: bool) -> float:
    """Let manual time pass in half seconds until the link is up or down; return how much."""
    began = clock.monotonic()
    async with asyncio.timeout(10):
        while True:
            if agent.link.connected is is_up:
                return clock.monotonic() - began
            await clock.advance(0.5)
            await asyncio.sleep(0.005)


async def test_the_link_says_it_is_up_and_then_gives_the_welcome_and_the_board() -> None:
    async with a_live_server() as server:
        token = server.register("D1", "display")
        async with an_agent(server.url, token) as agent:
            await agent.until(lambda a: "board" in a.told)
            assert agent.told == [True, "welcome", "board"]
            assert agent.link.connected
            assert agent.link.welcome is not None
            assert agent.link.welcome.revision == server.hall.revision
            assert agent.link.last_contact is not None
        assert not agent.link.connected


async def test_nothing_is_sent_while_there_is_no_connection() -> None:
    link = Link(
        server="http://127.0.0.1:9",
        token="t",
        hello=Hello(version="1", device="K1", journal_id="j"),
        clock=ManualClock(),
    )
    assert not await link.send(Help())


async def test_a_pulled_cable_is_noticed_and_the_hall_is_right_again_when_it_is_back() -> None:
    async with a_live_server() as server, cable_to(server.port) as cable:
        token = server.register("D1", "display")
        async with an_agent(f"http://127.0.0.1:{cable.port}", token) as agent:
            await agent.until(lambda a: "board" in a.told)
            cable.pull()
            await agent.until(lambda a: a.told[-1] is False)
            assert not await agent.link.send(Help())
            for number in range(20):
                server.call(str(300 + number), window=number % 9 + 1)
            cable.plug()
            began = SystemClock().monotonic()
            await agent.until(lambda a: _shows(a, server.hall.revision))
            assert SystemClock().monotonic() - began < 2
            assert agent.told[-3:] == [True, "welcome", "board"]
            assert agent.link.connected


async def test_a_cable_that_only_falls_silent_is_noticed_within_twelve_seconds() -> None:
    clock = ManualClock()
    async with a_live_server() as server, cable_to(server.port) as cable:
        token = server.register("D1", "display")
        async with an_agent(f"http://127.0.0.1:{cable.port}", token, clock=clock) as agent:
            await agent.until(lambda a: "board" in a.told)
            cable.fall_silent()
            with capture_logs() as logs:
                waited_s = await advance_until(clock, agent, False)
            assert 11 < waited_s <= 13
            assert [log["reason"] for log in logs if log["event"] == "link_down"] == ["silent"]
            cable.flow()
            await advance_until(clock, agent, True)


async def test_a_server_that_speaks_now_and_then_is_not_taken_for_silent() -> None:
    clock = ManualClock()
    async with a_live_server() as server:
        token = server.register("D1", "display")
        async with an_agent(server.url, token, clock=clock) as agent:
            await agent.until(lambda a: "board" in a.told)
            for _ in range(5):
                await clock.advance(11)
                agent.frames.clear()
                server.hub.refresh()
                await agent.until(lambda a: bool(a.frames))
            assert agent.told.count(True) == 1
            assert False not in agent.told


async def test_time_that_the_agent_needs_for_a_frame_is_not_the_servers_silence() -> None:
    clock = ManualClock()
    async with (
        scripted(ScriptedServer(WELCOME)) as server,
        an_agent(server.url, "t", clock=clock) as agent,
    ):
        agent.busy = asyncio.Event()
        await agent.until(lambda a: "welcome" in a.told)
        await clock.advance(60)
        assert agent.link.connected
        agent.busy.set()
        assert 11 < await advance_until(clock, agent, False) <= 25


async def test_a_restarted_server_has_its_agents_back_with_a_new_board() -> None:
    async with a_live_server() as server:
        token = server.register("D1", "display")
        async with an_agent(server.url, token) as agent:
            await agent.until(lambda a: "board" in a.told)
            with capture_logs() as logs:
                await server.stop()
                await agent.until(lambda a: a.told[-1] is False)
            assert [log["reason"] for log in logs if log["event"] == "link_down"] == [
                "server_restarts"
            ]
            server.hall = with_call(server.hall, "113")
            await server.start()
            await agent.until(lambda a: _shows(a, server.hall.revision))


async def test_a_restored_server_is_believed_although_its_revision_is_lower() -> None:
    async with a_live_server() as server:
        token = server.register("D1", "display")
        async with an_agent(server.url, token) as agent:
            await agent.until(lambda a: "board" in a.told)
            server.hall = replace(a_morning(2), epoch=uuid5(EPOCH, "restored"))
            server.hub.mark()
            await agent.until(lambda a: _shows(a, server.hall.revision))


async def test_a_refused_token_is_told_with_advice_and_tried_again_only_slowly() -> None:
    clock = WatchedClock()
    async with a_live_server() as server:
        with capture_logs() as logs:
            async with an_agent(server.url, "token-of-K1", clock=clock) as agent:
                await clock.let_it_wait(4)
                assert all(15 <= seconds <= 30 for seconds in clock.waits)
                told = [log for log in logs if log["event"] == "link_down"]
                assert [log["reason"] for log in told] == ["token_refused"]
                assert "pair the device" in told[0]["advice"]
                assert "token-of-K1" not in str(logs)
                server.register("K1", "kiosk")
                await advance_until(clock, agent, True)


async def test_while_nobody_answers_the_link_tries_at_least_every_two_seconds() -> None:
    clock = WatchedClock()
    async with cable_to(1) as cable:
        cable.pull()
        async with an_agent(f"http://127.0.0.1:{cable.port}", "t", clock=clock):
            await clock.let_it_wait(8)
    assert 0.25 <= clock.waits[0] <= 0.5
    assert all(seconds <= 2 for seconds in clock.waits)


async def test_a_server_that_answers_and_refuses_is_asked_less_and_less_often() -> None:
    clock = WatchedClock()
    async with scripted(ScriptedServer(status=503)) as server:
        with capture_logs() as logs:
            async with an_agent(server.url, "t", clock=clock):
                await clock.let_it_wait(10)
    assert 0.25 <= clock.waits[0] <= 0.5
    assert all(15 <= seconds <= 30 for seconds in clock.waits[6:])
    assert len([log for log in logs if log["event"] == "link_down"]) == 1


async def test_a_server_that_comes_back_and_says_not_yet_is_asked_again_at_once() -> None:
    clock = WatchedClock()
    server = ScriptedServer(status=503)
    async with scripted(server), cable_to(server.port) as cable:
        cable.pull()
        async with an_agent(f"http://127.0.0.1:{cable.port}", "t", clock=clock):
            await clock.let_it_wait(9)
            await until(lambda: clock.is_waiting)
            cable.plug()
            await clock.let_it_wait(1)
            await until(lambda: server.handshakes > 0)
            await until(lambda: clock.is_waiting)
    assert clock.waits[-2] >= 1
    assert clock.waits[-1] <= 0.5


async def test_however_often_a_server_restarts_its_agents_are_back_within_two_seconds() -> None:
    clock = WatchedClock()
    async with (
        scripted(ScriptedServer(WELCOME, close_code=wire.GOING_AWAY)) as server,
        an_agent(server.url, "t", clock=clock),
    ):
        await clock.let_it_wait(10)
    between = [waited for waited in clock.waits if round(waited, 3) != wire.SILENCE_S]
    assert 0.25 <= between[0] <= 0.5
    assert max(between) <= 2


async def test_a_server_that_opens_and_closes_at_once_is_not_asked_in_a_tight_loop() -> None:
    clock = WatchedClock()
    async with (
        scripted(ScriptedServer(WELCOME, close_code=1011)) as server,
        an_agent(server.url, "t", clock=clock),
    ):
        await clock.let_it_wait(10)
    assert clock.waits[-1] >= 15


@pytest.mark.parametrize(
    ("close_code", "reason"),
    [(4406, "protocol"), (4409, "replaced"), (4401, "token_refused")],
)
async def test_a_closing_that_a_person_must_mend_is_told_and_waits_long(
    close_code: int, reason: str
) -> None:
    clock = WatchedClock()
    async with scripted(ScriptedServer(close_code=close_code)) as server:
        with capture_logs() as logs:
            async with an_agent(server.url, "t", clock=clock):
                await until(lambda: clock.is_waiting)
    assert clock.waits[-1] >= 15
    (told,) = [log for log in logs if log["event"] == "link_down"]
    assert told["reason"] == reason
    assert told["log_level"] == "error"


async def test_a_server_of_another_protocol_is_refused_in_clear_words() -> None:
    later = json.dumps(json.loads(WELCOME) | {"protocol": 99})
    with capture_logs() as logs:
        async with scripted(ScriptedServer(later)) as server, an_agent(server.url, "t") as agent:
            await until(lambda: any(log["event"] == "link_down" for log in logs))
            assert not agent.told
            assert not agent.link.connected
    (told,) = [log for log in logs if log["event"] == "link_down"]
    assert told["reason"] == "protocol"
    assert "99" in told["detail"]


async def test_unknown_and_malformed_frames_are_passed_over_and_the_next_one_counts() -> None:
    board = '{"type":"ping","server_time":"2026-11-22T08:00:00Z","field_of_next_year":true}'
    bad: tuple[str | bytes, ...] = (
        '{"type":"hologram","beam":3}',
        '{"type":"board"}',
        "[1,2,3]",
        "not json at all",
        "",
        "[" * 5000,
        '{"no":"type"}',
        b"\xff\xfe\x00binary",
    )
    with capture_logs() as logs:
        async with (
            scripted(ScriptedServer(WELCOME, *bad, board)) as server,
            an_agent(server.url, "t") as agent,
        ):
            await agent.until(lambda a: "ping" in a.told)
            assert agent.told == [True, "welcome", "ping"]
    assert len([log for log in logs if log["event"] == "link_frame_malformed"]) == 7


async def test_a_frame_before_the_welcome_is_not_believed() -> None:
    ping = '{"type":"ping","server_time":"2026-11-22T08:00:00Z"}'
    async with (
        scripted(ScriptedServer(ping, WELCOME)) as server,
        an_agent(server.url, "t") as agent,
    ):
        await agent.until(lambda a: "welcome" in a.told)
        assert agent.told == [True, "welcome"]


async def test_frames_are_sent_only_after_the_welcome_and_arrive() -> None:
    server = ScriptedServer(WELCOME)
    server.reads = True
    async with scripted(server), an_agent(server.url, "t") as agent:
        await agent.until(lambda a: a.link.connected)
        assert await agent.link.send(Status(version="1"))
        assert await agent.link.send(Issue(key="key-number-1"))
        await until(lambda: len(server.heard) == 3)
    assert [json.loads(line)["type"] for line in server.heard] == ["hello", "status", "issue"]


async def test_sending_to_a_server_that_reads_nothing_ends_in_time_with_false(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "_SEND_TIMEOUT_S", 0.3)
    async with scripted(ScriptedServer(WELCOME)) as server, an_agent(server.url, "t") as agent:
        await agent.until(lambda a: a.link.connected)
        status = Status(version="1", jobs={f"state-{n}": n for n in range(20_000)})
        async with asyncio.timeout(10):
            while await agent.link.send(status):
                pass
        await agent.until(lambda a: False in a.told)


async def test_an_error_of_the_agent_ends_the_link_instead_of_being_hidden() -> None:
    async with scripted(ScriptedServer(WELCOME)) as server:
        agent = Agent(server.url, "t")

        async def fail(frame: ServerFrame) -> None:
            raise LookupError("the agent's own mistake")

        with pytest.raises(ExceptionGroup) as raised:
            await agent.link.run(fail, agent.on_change)
        assert raised.group_contains(LookupError)
        assert not agent.link.connected


@pytest.mark.parametrize(
    "server", ["", "127.0.0.1:8080", "ftp://centre", "https://", "http://centre:99999"]
)
def test_an_address_that_is_no_http_address_is_refused(server: str) -> None:
    with pytest.raises(ValueError, match="server's address"):
        Link(
            server=server,
            token="t",
            hello=Hello(version="1", device="K1", journal_id="j"),
            clock=ManualClock(),
        )


def _shows(agent: Agent, revision: int) -> bool:
    boards = [frame for frame in agent.frames if isinstance(frame, Board)]
    return bool(boards) and boards[-1].revision == revision
