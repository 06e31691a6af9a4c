"""The forward run of a whole hall, beside the same replications of a bare loop, one by one."""

import heapq
import random
import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

from benchmarks.effort import Effort
from benchmarks.findings import Finding, below
from queue_server.estimate.foreseen import DEPTH, newcomers_of
from queue_server.estimate.forward import RUNS, run_forward
from queue_server.estimate.learned import Learned
from queue_server.estimate.model import InHand, Newcomer, Situation, Standing, Visit, WindowNow
from queue_server.tickets.model import Priority

ROW = "forecast"
_AT = 1_795_334_400.0
_WINDOWS = 9
_PRIORITIES: tuple[Priority, ...] = ("none", "none", "none", "age65", "none", "none", "infant")
_CREDIT_S: dict[Priority, float] = {"none": 0, "age65": 900, "disability": 900, "infant": 900}
_ASKED = (Newcomer("U"), Newcomer("U", priority="age65"))


async def measure(effort: Effort) -> list[Finding]:
    """Forecast a hall of 60 and of 120, and let a heap of windows serve as many as often."""
    learned = _learned()
    findings: list[Finding] = []
    for waiting in (60, 120):
        effort.say(f"forecast: {waiting} in line, {_WINDOWS} windows, {RUNS} replications")
        situation = _situation(waiting)
        holds = _holds(waiting)
        figures: list[float] = []
        limits: list[float] = []
        looks: list[float] = []
        asked = [each for each, _ in newcomers_of(situation, range(1, _WINDOWS + 1))]
        for _ in range(effort.rounds):
            repeats = max(effort.samples // 10, 5)
            run = partial(run_forward, situation, learned)
            figures.append(_median_ms(partial(run, newcomers=_ASKED), repeats))
            looks.append(_median_ms(partial(run, newcomers=asked, depth=DEPTH), repeats))
            limits.append(_median_ms(partial(_bare, holds), repeats))
        findings += [
            Finding(
                ROW,
                f"the waits of {waiting} in line and of two newcomers, {RUNS} replications",
                "ms of processor",
                tuple(figures),
                tuple(limits),
                "a heap of windows in plain Python, no lines, no priorities",
                below(3.0),
            ),
            Finding(
                ROW,
                f"the same, and of {DEPTH} newcomers of each of {len(asked)} kinds (the server)",
                "ms of processor",
                tuple(looks),
                tuple(limits),
                "a heap of windows in plain Python, no lines, no priorities",
                None,
            ),
        ]
    return findings


def _learned() -> Learned:
    """A fortnight of a centre with nine windows and six services."""
    chance = random.Random(1)
    learned = Learned(dict.fromkeys("abcdef", 300.0))
    for day in range(14, 0, -1):
        for number in range(700):
            came = _AT - day * 86_400 - 7200 + number * 25
            learned.observe(
                Visit(
                    ticket=f"{day}/{number}",
                    queue="U",
                    service=chance.choice("abcdef"),
                    priority=chance.choice(_PRIORITIES),
                    issued_at=came,
                    called_at=came + 600,
                    started_at=came + 620,
                    finished_at=came + 600 + chance.lognormvariate(5, 0.7),
                    window=chance.randint(1, _WINDOWS),
                    outcome="finished",
                )
            )
        for window in range(1, _WINDOWS + 1):
            learned.closed(window, _AT - day * 86_400 + 1800)
            learned.opened(window, _AT - day * 86_400 + 2700)
    return learned


def _situation(waiting: int) -> Situation:
    chance = random.Random(2)
    lanes = frozenset({"plain", "priority", "accessible"})
    windows = [
        WindowNow(
            number,
            frozenset({"U"}),
            lanes,
            priority_first=number == 1,
            in_hand=InHand("U", "a", _AT - 30 * number, _AT - 30 * number + 15),
        )
        for number in range(1, _WINDOWS + 1)
    ]
    standing = []
    for _ in range(waiting):
        priority = chance.choice(_PRIORITIES)
        came = _AT - chance.uniform(0, 1800)
        standing.append(
            Standing(
                UUID(int=chance.getrandbits(120)),
                "U",
                "plain" if priority == "none" else "priority",
                came - _CREDIT_S[priority],
                chance.choice("abcdef"),
                priority,
                since=came,
            )
        )
    return Situation(_AT, standing, windows, credit_s=_CREDIT_S)


def _holds(waiting: int) -> list[list[float]]:
    chance = random.Random(3)
    return [[chance.lognormvariate(5, 0.7) for _ in range(waiting)] for _ in range(RUNS)]


def _bare(holds: list[list[float]]) -> None:
    for run in holds:
        free = [float(window) for window in range(_WINDOWS)]
        for hold in run:
            heapq.heapreplace(free, free[0] + hold)


def _median_ms(work: Callable[[], object], repeats: int) -> float:
    work()
    taken: list[float] = []
    for _ in range(repeats):
        started = time.thread_time()
        work()
        taken.append((time.thread_time() - started) * 1000)
    return sorted(taken)[len(taken) // 2]
