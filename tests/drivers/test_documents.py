"""The drivers' pages speak of everything there is."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
from pydantic import BaseModel

from drivers.printers.model import JobState, Reason
from drivers.printers.profiles import PROFILES
from drivers.scanners.model import WhyRefused
from drivers.transports.opening import OPENERS
from drivers.virtual.cli import app
from drivers.virtual.escl.faults import FaultChange as DocumentScannerChange
from drivers.virtual.modem.faults import FaultChange as ModemChange
from drivers.virtual.panel.faults import FaultChange as PanelChange
from drivers.virtual.printer.faults import FaultChange as PrinterChange
from drivers.virtual.scanner.faults import FaultChange as ScannerChange

ROOT = Path(__file__).parents[2]
SUPPORTED = (ROOT / "drivers" / "SUPPORTED.md").read_text()
HARDWARE = (ROOT / "docs" / "hardware.md").read_text()
CHANGES: tuple[type[BaseModel], ...] = (
    PrinterChange,
    ScannerChange,
    DocumentScannerChange,
    PanelChange,
    ModemChange,
)


COMMANDS: Mapping[str, Any] = typer.main.get_group(app).commands


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


@pytest.mark.parametrize(
    "field", sorted({field for change in CHANGES for field in change.model_fields})
)
def test_every_fault_can_be_looked_up(field: str) -> None:
    assert f"`{field}=" in HARDWARE


@pytest.mark.parametrize("name", COMMANDS)
def test_every_virtual_device_is_told_of(name: str) -> None:
    assert f"shubbak-devices {name}" in HARDWARE
    if name != "hall":
        assert f"`shubbak-devices {name}" in SUPPORTED


@pytest.mark.parametrize("line", re.findall(r"(?m)^shubbak-devices (.+)$", HARDWARE))
def test_every_command_that_is_shown_is_one_with_the_ports_that_it_has_anyway(line: str) -> None:
    name, *arguments = shlex.split(line)
    command = COMMANDS[name]
    named = command.make_context(name, arguments).params
    usual = command.make_context(name, ["--fifo=x"] if name == "hid-scanner" else []).params
    for option in ("listen_at", "http", "port"):
        assert named.get(option) == usual.get(option)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\btest_\w+\.py", SUPPORTED))))
def test_every_proof_that_is_named_exists(name: str) -> None:
    assert list(ROOT.glob(f"tests/*/{name}"))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(\w+/[\w/]+\.py)`", SUPPORTED))))
def test_every_module_that_is_named_exists(name: str) -> None:
    assert (ROOT / "drivers" / name).exists() or (ROOT / name).exists()
