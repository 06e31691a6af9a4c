"""What `shubbak-workstation doctor` looks at."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from core_services.clock import SystemClock
from core_services.doctor.any_machine import agent_checks, whole_machine_checks
from core_services.doctor.fonts import fonts_check
from core_services.doctor.machine import Machine
from core_services.doctor.model import N_, Check, Finding
from core_services.doctor.report import Report
from core_services.doctor.running import examine_machine, settings_broken
from core_services.pulse import Pulse
from core_services.settings import SettingsError, load_settings
from drivers.errors import DeviceError
from drivers.printers.profiles import PROFILES
from drivers.scanners.escl import EsclScanner
from kiosk.cli import LOCALE
from kiosk.device_checks import (
    agents_word,
    opened_findings,
    page_printer_findings,
    receipt_printer_findings,
    state_findings,
    unopened,
)
from kiosk.station.opening import MODEM, USUAL_PROFILE, open_devices
from kiosk.station.settings import PrinterTable, WorkstationSettings

_UNITS = ("shubbak-workstation.service", "99-shubbak.rules")


def workstation_checks(file: Path | None, machine: Machine | None = None) -> list[Check]:
    """Return the looks at a workstation that is set up by that file."""
    machine = machine or Machine()
    whole = whole_machine_checks("workstation", _UNITS, machine)
    clock = SystemClock()
    try:
        settings = load_settings(WorkstationSettings, file)
        _check_devices(settings, clock)
    except SettingsError as error:
        return [settings_broken(error.problems, file), *whole]
    modem = settings.modem
    pins = [] if modem is None or modem.pin_file is None else [modem.pin_file]
    return [
        *whole,
        *agent_checks(settings, clock, machine, kind="workstation", file=file, secrets=pins),
        *_device_checks(settings, clock),
        fonts_check(settings.data_dir / "cache"),
    ]


def examine_workstation(file: Path | None, *, language: str | None, fix: bool) -> Report:
    """Look at this machine as the workstation that a settings file describes."""
    return examine_machine(
        "workstation", workstation_checks(file), catalogues=[LOCALE], language=language, fix=fix
    )


def _check_devices(settings: WorkstationSettings, clock: SystemClock) -> None:
    """Raise SettingsError for devices that cannot be; nothing is opened."""
    open_devices(
        settings,
        clock,
        Pulse(clock),
        on_news=lambda *_: None,
        on_state=lambda *_: None,
        on_open=lambda *_: None,
        on_scan=lambda *_: None,
        on_unreadable=lambda *_: None,
    )


def _device_checks(settings: WorkstationSettings, clock: SystemClock) -> list[Check]:
    title = N_("Device")
    looks = {
        **{name: partial(_printer, name, each, clock) for name, each in settings.printers.items()},
        **{
            name: partial(opened_findings, name, each.url)
            for name, each in settings.scanners.items()
        },
        **(
            {}
            if settings.modem is None
            else {MODEM: partial(opened_findings, MODEM, settings.modem.url)}
        ),
        **{
            name: partial(_document_scanner, name, each.url, clock)
            for name, each in settings.document_scanners.items()
        },
    }
    urls = _urls(settings)

    async def look(name: str) -> Sequence[Finding]:
        word = await agents_word(settings.port)
        devices = None if word is None else word.get("devices")
        if isinstance(devices, dict) and name in devices:
            return state_findings(name, devices[name], None, where=urls[name])
        return await looks[name]()

    return [Check(f"device-{name}", title, partial(look, name)) for name in looks]


def _urls(settings: WorkstationSettings) -> Mapping[str, str]:
    return {
        **{name: each.url for name, each in settings.printers.items()},
        **{name: each.url for name, each in settings.scanners.items()},
        **({} if settings.modem is None else {MODEM: settings.modem.url}),
        **{name: each.url for name, each in settings.document_scanners.items()},
    }


async def _printer(name: str, table: PrinterTable, clock: SystemClock) -> Sequence[Finding]:
    if table.is_for_pages:
        return await page_printer_findings(name, table.url, clock)
    profile = PROFILES[table.profile or USUAL_PROFILE]
    return await receipt_printer_findings(name, table.url, profile, table.width_dots, clock)


async def _document_scanner(name: str, url: str, clock: SystemClock) -> Sequence[Finding]:
    try:
        status = await EsclScanner(url, clock).status()
    except DeviceError as error:
        return [unopened(name, url, str(error))]
    state = "not_ready" if status.state == "stopped" else "ready"
    return state_findings(name, state, "error", where=url)
