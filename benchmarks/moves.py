"""What a look for moves costs beside one run of the hall, and how often its promises hold."""

import asyncio
import time
from dataclasses import replace

from benchmarks.effort import Effort
from benchmarks.findings import Finding, Target, below
from queue_server.planning.ahead import run_ahead
from queue_server.simulation.pure import live_day
from queue_server.simulation.world import make_world
from tests.support.lived_moves import SHAPES, TRAINED, centre_of, learned_until, prove, suggest
from tests.support.situations import situation_at

ROW = "moves"
_AT_S = 4500.0
_MISSING = (4, 9)
_LOOK_MS = 2000.0


async def measure(effort: Effort) -> list[Finding]:
    """Look at a full hall, then prove moves in halls of every kind."""
    effort.say("moves: a look at a hall with two windows missing")
    looks, runs = await asyncio.to_thread(_timed, effort.rounds)
    halls = 10 if effort.rounds > 2 else 3
    effort.say(f"moves: {halls} halls moved and lived on")
    held, said = await asyncio.to_thread(_proved, halls)
    return [
        Finding(
            ROW,
            "a look for moves",
            "ms",
            looks,
            runs,
            "one run of the hall as it is",
            below(_LOOK_MS),
        ),
        Finding(
            ROW,
            f"promises that hold, of {said}",
            "%",
            (100.0 * held / max(said, 1),),
            (80.0,),
            "what is to hold",
            Target("figure", "at least", 80.0),
        ),
    ]


def _timed(rounds: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return how long looks take, and single runs, in milliseconds."""
    centre = centre_of(SHAPES[0], 0)
    whole = make_world(centre.scenario, seed=1, day=TRAINED)
    short = replace(whole, shifts=tuple(e for e in whole.shifts if e.window not in _MISSING))
    lived = live_day(short)
    situation, learned = situation_at(lived, _AT_S), learned_until(centre, lived, _AT_S)
    _, arrivals = centre.forecast(whole)
    looks, runs = [], []
    for _ in range(rounds + 1):
        begin = time.perf_counter()
        suggest(centre, lived, _AT_S, whole)
        middle = time.perf_counter()
        run_ahead(situation, learned, until=situation.at + 7200, arrivals=arrivals)
        looks.append(1000 * (middle - begin))
        runs.append(1000 * (time.perf_counter() - middle))
    # The first round also draws the chances.
    return tuple(looks[1:]), tuple(runs[1:])


def _proved(halls: int) -> tuple[int, int]:
    told = [prove(SHAPES[each % len(SHAPES)], 9000 + each) for each in range(halls)]
    proved = [each for each in told if each is not None]
    return sum(each.is_held for each in proved), len(proved)
