"""Makes an examination for a command line and tells it: settings, language, bundle, exit code."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from core_services.clock import SystemClock
from core_services.doctor.bundle import write_bundle
from core_services.doctor.examination import Speech, examine
from core_services.doctor.model import N_, Check, Finding, Role, broken, quoted
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
        where = file or "/etc/shubbak"
        return [
            broken(
                quoted(problem),
                N_("Correct the settings, then run this again."),
                f"nano {where}",
            )
            for problem in problems
        ]

    return Check("settings", N_("Settings"), look)


def spoken(language: str | None) -> Language:
    """Return the language to speak; raise BadParameter for one that nobody speaks here."""
    if language not in (None, "ar", "en"):
        raise typer.BadParameter("choose ar or en", param_hint="--language")
    return language_of(language)
