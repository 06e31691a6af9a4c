"""Makes a workstation's devices of its settings."""

from collections.abc import Iterator
from pathlib import Path

from core_services.clock import Clock
from core_services.settings import SettingsError, did_you_mean
from drivers.errors import DeviceError
from drivers.printers.profiles import PROFILES
from drivers.transports.opening import check_url
from kiosk.station.model import OnNews, OnOpen, OnState, Worker
from kiosk.station.receipts import ReceiptPrinter
from kiosk.station.settings import PrinterTable, WorkstationSettings


def open_workers(
    settings: WorkstationSettings,
    clock: Clock,
    *,
    on_news: OnNews,
    on_state: OnState,
    on_open: OnOpen,
) -> list[Worker]:
    """Return the devices that do orders, in the settings' order. Nothing is opened yet.

    Raises SettingsError that names everything wrong.
    """
    problems = [
        problem for name, table in settings.printers.items() for problem in _wrong(name, table)
    ]
    if problems:
        raise SettingsError(problems)
    return [
        ReceiptPrinter(
            name,
            table.url,
            PROFILES[table.profile],
            width_dots=table.width_dots,
            data_dir=_folder(settings, name),
            cache_dir=settings.data_dir / "cache",
            clock=clock,
            on_news=on_news,
            on_state=on_state,
            on_open=on_open,
        )
        for name, table in settings.printers.items()
    ]


def _folder(settings: WorkstationSettings, name: str) -> Path:
    """Each device keeps its journal in a folder of its own."""
    return settings.data_dir / name


def _wrong(name: str, table: PrinterTable) -> Iterator[str]:
    where = f'"printers.{name}'
    try:
        check_url(table.url)
    except DeviceError as error:
        yield f'{where}.url": {error}'
    profile = PROFILES.get(table.profile)
    if profile is None:
        near = did_you_mean(table.profile, list(PROFILES))
        yield f'{where}.profile": {table.profile!r} is not known{near}'
    elif table.width_dots is not None and table.width_dots > profile.width_dots:
        yield (
            f'{where}.width_dots": {table.width_dots} is more than the {profile.width_dots} dots '
            f"that {profile.name} can print; leave it out or give a smaller number"
        )
