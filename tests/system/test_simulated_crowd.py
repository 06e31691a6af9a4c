"""Three thousand people in a day at sixty times its pace, through all programs of a centre."""

from pathlib import Path

import pytest

from queue_server.simulation.library import scenario_of
from queue_server.simulation.real_time import simulate_in_real_time
from queue_server.simulation.screens import BOARD, HALL_SCREEN, SUPERVISOR
from tests.support.programs import free_ports

CROWD = {
    "title": {"ar": "ثلاثة آلاف", "en": "Three thousand"},
    "date": "2026-11-22",
    "opens": "08:30:00",
    "closes": "14:30:00",
    "overtime_minutes": 60,
    "arrivals": {
        "people": 3050,
        "at_the_door": 60,
        "half_hours": [1.3, 1.3, 1.2, 1.1, 1.0, 1.0, 0.9, 0.9, 0.8, 0.7, 0.6, 0.5],
    },
    "taking": {"kiosks": 4, "desk_s": 2},
    "services": {"factor": 0.19},
    "absences": {"share": 0.02},
    "windows": [{"numbers": [1, 2, 3, 4, 5, 6, 7, 8, 9]}],
}
SPEED = 60.0
BEHIND_S = 1.0
"""No screen may be further behind, in the machine's own seconds."""


@pytest.mark.soak
@pytest.mark.timeout(1500)
async def test_no_screen_is_more_than_a_second_behind_a_day_of_three_thousand(
    short_dir: Path,
) -> None:
    simulated = await simulate_in_real_time(
        scenario_of(CROWD),
        speed=SPEED,
        seed=1,
        days=1,
        data=short_dir / "centre",
        port=free_ports(60),
        on_progress=lambda day, done, whole: None,
    )
    assert simulated.errors == {}
    [day] = simulated.days
    assert day.figures.issued >= 2900
    assert day.figures.finished >= 2800
    assert simulated.screens["numbers_from_kiosks"] >= 200
    for screen in (HALL_SCREEN, BOARD, SUPERVISOR):
        behind = simulated.screens[screen]
        assert behind["n"] >= 10_000, screen
        assert behind["unseen"] == 0, screen
        assert behind["max_s"] <= BEHIND_S, (screen, behind)
    assert simulated.screens["call_age"]["max_s"] <= BEHIND_S
