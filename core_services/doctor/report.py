"""Shows examinations: lines for a person, JSON for a program, an exit code for both."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from core_services.doctor.examination import Examination, ToldFinding, worst
from core_services.doctor.model import Role, Verdict
from core_services.l10n import Language, digits

ALL_WELL, SOMETHING_BROKEN, COULD_NOT_RUN = 0, 1, 2

_MARKS: Final[Mapping[Verdict, str]] = {"ok": "✓", "warning": "!", "broken": "✗", "skipped": "–"}
_COLOURS: Final[Mapping[Verdict, str]] = {
    "ok": "32",
    "warning": "33",
    "broken": "31",
    "skipped": "2",
}
_ROLES: Final[Mapping[Language, Mapping[Role, str]]] = {
    "en": {
        "server": "server",
        "kiosk": "kiosk",
        "display": "hall screen",
        "workstation": "workstation",
    },
    "ar": {
        "server": "الخادم",
        "kiosk": "جهاز الأرقام",
        "display": "شاشة الصالة",
        "workstation": "محطة العمل",
    },
}
_COUNTS: Final[Mapping[Language, Mapping[Verdict, str]]] = {
    "en": {"ok": "Well", "warning": "To be looked at", "broken": "Broken", "skipped": "Skipped"},
    "ar": {"ok": "سليم", "warning": "يحتاج نظرة", "broken": "معطل", "skipped": "لم يُفحص"},
}
_NOTES: Final[Mapping[Language, tuple[str, str]]] = {
    "en": ("(--fix can mend this)", "(mended)"),
    "ar": ("(يصلحه --fix)", "(تم الإصلاح)"),
}


class Report(BaseModel):
    """All that one command found: an examination for each role of the machine."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    examinations: list[Examination]

    @property
    def at(self) -> datetime:
        """When the last look began."""
        return max(each.at for each in self.examinations)


def report_of(examinations: Sequence[Examination]) -> Report:
    """Put the examinations of a machine together."""
    return Report(
        verdict=worst([each.verdict for each in examinations]), examinations=list(examinations)
    )


def exit_code(report: Report) -> int:
    """Return 1 when something is broken, else 0: what is only to be looked at fails no script."""
    return SOMETHING_BROKEN if report.verdict == "broken" else ALL_WELL


def language_of(asked: str | None, environment: Mapping[str, str] = os.environ) -> Language:
    """Return the language that was asked for, else that of the machine, else English."""
    words = (asked, *(environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")))
    chosen = next((word for word in words if word), "en")
    return "ar" if chosen.lower().startswith("ar") else "en"


def as_text(report: Report, language: Language, *, colours: bool = False) -> str:
    """Return the report as lines: the mark, the part, what was seen, and what to do below it."""
    return "\n\n".join(_lines(each, language, colours) for each in report.examinations) + "\n"


def show(report: Report, language: Language, *, as_json: bool) -> None:
    """Write the report to standard output, in UTF-8 whatever the machine's locale says."""
    text = (
        report.model_dump_json(indent=2) + "\n"
        if as_json
        else as_text(report, language, colours=sys.stdout.isatty())
    )
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def _lines(examination: Examination, language: Language, colours: bool) -> str:
    lines = [f"shubbak {examination.version} · {_ROLES[language][examination.role]}", ""]
    for finding in examination.findings:
        lines += _finding(finding, language, colours)
    lines += ["", _counts(examination, language)]
    return "\n".join(lines)


def _finding(finding: ToldFinding, language: Language, colours: bool) -> list[str]:
    mark = _MARKS[finding.verdict]
    if colours:
        mark = f"\x1b[{_COLOURS[finding.verdict]}m{mark}\x1b[0m"
    fixable, mended = _NOTES[language]
    note = f" {mended}" if finding.mended else f" {fixable}" if finding.fixable else ""
    lines = [f"{mark} {finding.title}: {finding.seen}{note}"]
    if finding.remedy is not None:
        lines.append(f"    {finding.remedy}")
    lines += [f"      {command}" for command in finding.commands]
    return lines


def _counts(examination: Examination, language: Language) -> str:
    found = [each.verdict for each in examination.findings]
    order: tuple[Verdict, ...] = ("broken", "warning", "ok", "skipped")
    parts = (
        f"{_COUNTS[language][verdict]}: {digits(str(found.count(verdict)), language)}"
        for verdict in order
    )
    return " · ".join(parts)
