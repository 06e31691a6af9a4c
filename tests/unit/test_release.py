"""Every program says which release it is."""

from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

from displays.cli import cli as display
from kiosk.cli import cli as kiosk
from kiosk.station.cli import cli as workstation
from queue_server.cli import app as shubbak


@pytest.mark.parametrize("program", [shubbak, kiosk, display, workstation])
def test_a_program_says_its_release_and_does_nothing_else(program: typer.Typer) -> None:
    told = CliRunner().invoke(program, ["--version", "doctor"])
    assert told.exit_code == 0
    assert told.output == f"Shubbak {version('shubbak')}\n"
