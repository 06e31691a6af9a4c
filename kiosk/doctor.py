"""What `shubbak-kiosk doctor` looks at."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core_services.clock import Clock, SystemClock
from core_services.doctor.any_machine import agent_checks, whole_machine_checks
from core_services.doctor.fonts import fonts_check
from core_services.doctor.glass import browser_check
from core_services.doctor.machine import Machine
from core_services.doctor.model import N_, Check, Finding, skipped
from core_services.doctor.report import Report
from core_services.doctor.running import examine_machine, settings_broken
from core_services.pulse import Pulse
from core_services.settings import SettingsError, load_settings
from drivers.printers.profiles import Profile
from kiosk.cli import LOCALE, open_printing, open_scanner, profile_in
from kiosk.device_checks import (
    agents_word,
    opened_findings,
    receipt_printer_findings,
    state_findings,
)
from kiosk.settings import KioskSettings

_UNITS = ("shubbak-kiosk.service", "shubbak-kiosk-browser.service", "99-shubbak.rules")
_PRINTER = N_("the printer")
_SCANNER = N_("the scanner")


def kiosk_checks(
    file: Path | None, machine: Machine | None = None, clock: Clock | None = None
) -> list[Check]:
    """Return the looks at a kiosk that is set up by that file."""
    machine = machine or Machine()
    whole = whole_machine_checks("kiosk", _UNITS, machine)
    clock = clock or SystemClock()
    try:
        settings = load_settings(KioskSettings, file)
        profile = profile_in(settings)
        open_printing(settings, clock, Pulse(clock))
        open_scanner(settings, clock, Pulse(clock))
    except SettingsError as error:
        return [settings_broken(error.problems, file), *whole]
    return [
        *whole,
        *agent_checks(settings, clock, machine, kind="kiosk", file=file),
        Check("printer", N_("Slip printer"), partial(_printer, settings, profile, clock)),
        Check("scanner", N_("Barcode scanner"), partial(_scanner, settings)),
        fonts_check(settings.data_dir / "cache"),
        browser_check(settings.port, _UNITS[1]),
    ]


def examine_kiosk(file: Path | None, *, language: str | None, fix: bool) -> Report:
    """Look at this machine as the kiosk that a settings file describes."""
    return examine_machine(
        "kiosk", kiosk_checks(file), catalogues=[LOCALE], language=language, fix=fix
    )


async def _printer(settings: KioskSettings, profile: Profile, clock: Clock) -> Sequence[Finding]:
    url = settings.printer
    if url is None:
        return [skipped(N_("the settings name no printer: numbers are shown on the screen alone"))]
    word = await agents_word(settings.port)
    if word is not None and "printer" in word:
        return state_findings(_PRINTER, word["printer"], word.get("printer_reason"), where=url)
    return await receipt_printer_findings(_PRINTER, url, profile, settings.width_dots, clock)


async def _scanner(settings: KioskSettings) -> Sequence[Finding]:
    if settings.scanner is None:
        return [skipped(N_("the settings name no scanner"))]
    word = await agents_word(settings.port)
    if word is not None and "scanner" in word:
        return state_findings(_SCANNER, word["scanner"], None, where=settings.scanner)
    return await opened_findings(_SCANNER, settings.scanner)
