"""Makes an examination for a command line and tells it: settings, language, bundle, exit code."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from core_services.clock import SystemClock
from core_services.doctor.bundle import write_bundle
from core_services.doctor.examination import Speech, examine
from core_services.doctor.model import N_, Check, Finding, Mend, Role, broken, quoted
from core_services.doctor.report import (
    COULD_NOT_RUN,
    Report,
    exit_code,
    language_of,
    report_of,
    show,
)
from core_services.l10n import Language


def examine_machine(
    role: Role,
    checks: Sequence[Check],
    *,
    catalogues: Sequence[Path],
    language: str | None,
    fix: bool,
) -> Report:
    """Make the examination of one role in the language that was asked for."""
    speech = Speech(spoken(language), *catalogues)
    at = SystemClock().now()
    return report_of([asyncio.run(examine(role, checks, speech, fix=fix, at=at))])


def tell(
    report: Report,
    *,
    language: str | None,
    as_json: bool,
    bundle: Path | None,
    files: Sequence[Path] = (),
    database_log: Path | None = None,
) -> int:
    """Show a report, write the bundle if one is asked for, and return the exit code.

    `files` are the settings that go into the bundle, less what may be secret.
    """
    show(report, spoken(language), as_json=as_json)
    if bundle is not None:
        try:
            write_bundle(bundle, report, settings=files, database_log=database_log)
        except OSError as error:
            sys.stderr.write(f"{bundle} cannot be written: {error.strerror}\n")
            return COULD_NOT_RUN
    return exit_code(report)


def settings_broken(problems: Sequence[str], file: Path | None) -> Check:
    """Return the look at settings that cannot be used; each problem says how to mend it."""

    async def look() -> Sequence[Finding]:
        return settings_findings(problems, file or Path("/etc/shubbak"))

    return Check("settings", N_("Settings"), look)


def settings_findings(
    problems: Sequence[str], file: Path, mend: Mend | None = None
) -> list[Finding]:
    """Tell of settings that cannot be used, or that are not for this user's eyes."""
    if _is_shut(file):
        remedy = N_("Run this command as the program's user, or as root.")
        return [broken(quoted(each), remedy, f"ls -l {file}") for each in problems]
    remedy = N_("Correct the settings, then run this again.")
    return [broken(quoted(each), remedy, f"nano {file}", mend=mend) for each in problems]


def _is_shut(file: Path) -> bool:
    """Say whether a file, or its folder, is there for other users alone."""
    try:
        with file.open("rb"):
            return False
    except PermissionError:
        return True
    except OSError:
        return False


def spoken(language: str | None) -> Language:
    """Return the language to speak; raise BadParameter for one that nobody speaks here."""
    if language not in (None, "ar", "en"):
        raise typer.BadParameter("choose ar or en", param_hint="--language")
    return language_of(language)
