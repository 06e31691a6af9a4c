"""The drivers' pages speak of everything there is."""

from pathlib import Path
from typing import get_args

import pytest

from drivers.printers.model import JobState, Reason
from drivers.printers.profiles import PROFILES
from drivers.scanners.model import WhyRefused
from drivers.transports.opening import OPENERS
from drivers.virtual.printer.faults import FaultChange
from drivers.virtual.scanner.faults import FaultChange as ScannerChange

ROOT = Path(__file__).parents[2]
SUPPORTED = (ROOT / "drivers" / "SUPPORTED.md").read_text()
HARDWARE = (ROOT / "docs" / "hardware.md").read_text()


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_described(name: str) -> None:
    assert f"| `{name}` |" in SUPPORTED


@pytest.mark.parametrize("scheme", OPENERS)
def test_every_link_is_described(scheme: str) -> None:
    assert f"`{scheme}://" in SUPPORTED


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_is_explained_to_the_technician(reason: str) -> None:
    assert f"`{reason}`" in HARDWARE


@pytest.mark.parametrize("state", get_args(JobState))
def test_every_state_is_explained_to_the_technician(state: str) -> None:
    assert state in HARDWARE


@pytest.mark.parametrize("why", get_args(WhyRefused))
def test_every_refusal_of_a_scan_is_explained(why: str) -> None:
    assert f"`{why}`" in HARDWARE
    assert f"`{why}`" in SUPPORTED


@pytest.mark.parametrize("reason", ["no_link", "garbage"])
def test_every_reason_of_a_scanner_is_explained(reason: str) -> None:
    assert f"| `{reason}` |" in HARDWARE


@pytest.mark.parametrize("field", ScannerChange.model_fields)
def test_every_fault_of_a_scanner_can_be_looked_up(field: str) -> None:
    assert f"`{field}=" in HARDWARE


@pytest.mark.parametrize("field", FaultChange.model_fields)
def test_every_fault_can_be_looked_up(field: str) -> None:
    assert f"`{field}=" in HARDWARE
