"""Writes what a simulation's events amount to as CSV, in the form of the backtest."""

from pathlib import Path

from queue_server.estimate.history import write_staffed, write_visits
from queue_server.simulation.result import Simulated


def write_events(path: Path, simulated: Simulated) -> tuple[Path, ...]:
    """Write the numbers of all days, and beside them when windows stood open; return the files.

    Numbers that nobody had called by the evening are left out. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.stem}-windows{path.suffix or '.csv'}")
    with path.open("w", encoding="utf-8", newline="") as file:
        write_visits(file, [visit for day in simulated.days for visit in day.visits])
    with beside.open("w", encoding="utf-8", newline="") as file:
        write_staffed(file, [each for day in simulated.days for each in day.staffed])
    return path, beside
