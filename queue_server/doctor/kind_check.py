"""Looks whether the database is of the kind that the settings name: the real centre's, or training.

A server refuses the other one; who reads its log should not have to.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core_services.doctor.model import N_, Check, Finding, broken, skipped, well
from queue_server.database import Addresses
from queue_server.settings import ServerSettings
from queue_server.training.store import kind_of


def kind_check(settings: ServerSettings, addresses: Addresses, file: Path | None) -> Check:
    """Look for the mark of training; any schema may be asked."""
    return Check("kind", N_("Real or training"), partial(_look, settings, addresses, file))


async def _look(
    settings: ServerSettings, addresses: Addresses, file: Path | None
) -> Sequence[Finding]:
    where = file or "/etc/shubbak/server.toml"
    kind = await kind_of(addresses.app)
    if kind == "training" and not settings.training:
        return [
            broken(
                N_("the database is marked for training, and the settings are not"),
                N_("Name the real centre's database; a training server has settings of its own."),
                f"grep -n -e database -e data_dir {where}",
            )
        ]
    if kind != "training" and settings.training:
        return [
            broken(
                N_("the settings are for training, and the database is not marked for it"),
                N_("Make a training centre, or take `training` out of the settings of a real one."),
                "shubbak training init",
                f"grep -n training {where}",
            )
        ]
    if kind == "empty":
        return [skipped(N_("there is no centre yet"))]
    if kind == "training":
        return [well(N_("a centre to learn on, and marked as one"))]
    return [well(N_("a real centre"))]
