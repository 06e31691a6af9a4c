"""What `shubbak-display doctor` looks at."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from core_services.clock import SystemClock
from core_services.doctor.any_machine import agent_checks, whole_machine_checks
from core_services.doctor.fonts import fonts_check
from core_services.doctor.glass import browser_check, sound_check
from core_services.doctor.machine import Machine
from core_services.doctor.model import N_, Check, Finding, broken, skipped, well
from core_services.doctor.report import Report
from core_services.doctor.running import examine_machine, settings_broken
from core_services.settings import SettingsError, load_settings
from displays.board import Call
from displays.cli import LOCALE
from displays.settings import DisplaySettings
from displays.spoken import call_words
from displays.voicing import voice_of
from drivers.errors import DeviceError, VoiceFailed
from drivers.transports.opening import open_transport

_UNITS = ("shubbak-display.service", "shubbak-display-browser.service", "99-shubbak.rules")
_CALL = Call(0, "142", "142", 5, 0, "ar")
"""A call as any other, to be spoken where nobody hears it."""


def display_checks(file: Path | None, machine: Machine | None = None) -> list[Check]:
    """Return the looks at a hall screen that is set up by that file."""
    machine = machine or Machine()
    whole = whole_machine_checks("display", _UNITS, machine)
    clock = SystemClock()
    try:
        settings = load_settings(DisplaySettings, file)
    except SettingsError as error:
        return [settings_broken(error.problems, file), *whole]
    return [
        *whole,
        *agent_checks(settings, clock, machine, kind="display", file=file),
        Check("voice", N_("Voice"), partial(_voice, settings, clock)),
        sound_check(machine),
        *(
            Check(f"panels-{nth}", N_("Window panels"), partial(_panels, bus.url, file))
            for nth, bus in enumerate(settings.panels, start=1)
        ),
        fonts_check(settings.data_dir / "cache"),
        browser_check(settings.port, _UNITS[1]),
    ]


def examine_display(file: Path | None, *, language: str | None, fix: bool) -> Report:
    """Look at this machine as the hall screen that a settings file describes."""
    return examine_machine(
        "display", display_checks(file), catalogues=[LOCALE], language=language, fix=fix
    )


async def _voice(settings: DisplaySettings, clock: SystemClock) -> Sequence[Finding]:
    """Have a call spoken, into nothing."""
    if not settings.voice:
        return [skipped(N_("the settings want no voice"))]
    with closing(voice_of(settings, clock)) as voice:
        try:
            spoken = await voice.say(call_words(_CALL, hurried=False))
        except VoiceFailed as error:
            return [
                broken(
                    N_("calls cannot be spoken: {why}", why=str(error)),
                    N_("Install the speech program, or record a speaker's voice."),
                    "apt-get install -y espeak-ng",
                    "shubbak-display voice record",
                )
            ]
    return [
        well(
            N_(
                "a call is spoken in {seconds} s, by {who}",
                seconds=f"{spoken.sound.duration_s:.1f}",
                who=N_("recordings") if "clips" in spoken.by else settings.voice_program,
            )
        )
    ]


async def _panels(url: str, file: Path | None) -> Sequence[Finding]:
    """Open a bus of panels, which tell nothing, and close it."""
    try:
        link = await open_transport(url)
    except DeviceError as error:
        return [
            broken(
                N_("the bus at {url} cannot be opened: {why}", url=url, why=str(error)),
                N_("See converter, cable and power; another program may hold the connection."),
                f"grep -n -A8 panels {file or '/etc/shubbak/display.toml'}",
                "ls -l /dev/shubbak/",
            )
        ]
    await link.close()
    return [well(N_("the bus at {url} can be opened", url=url))]
