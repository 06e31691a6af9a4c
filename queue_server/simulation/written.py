"""Writes what a simulation's events amount to as CSV, in the form of the backtest."""

from collections.abc import Mapping
from pathlib import Path

from queue_server.estimate.history import write_staffed, write_targets, write_visits
from queue_server.simulation.result import Simulated


def write_events(path: Path, simulated: Simulated, targets: Mapping[str, int]) -> tuple[Path, ...]:
    """Write the numbers of all days; return the files.

    Beside them come when windows stood open, and `targets`, the seconds that the catalogue gives
    each service: the server began with them. Numbers that nobody had called by the
    evening are left out. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    windows, services = (
        path.with_name(f"{path.stem}-{what}{path.suffix or '.csv'}")
        for what in ("windows", "services")
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        write_visits(file, [visit for day in simulated.days for visit in day.visits])
    with windows.open("w", encoding="utf-8", newline="") as file:
        write_staffed(file, [each for day in simulated.days for each in day.staffed])
    with services.open("w", encoding="utf-8", newline="") as file:
        write_targets(file, targets)
    return path, windows, services
