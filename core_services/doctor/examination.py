"""Looks at one part after another, mends what may be mended, and tells it in one language."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict

from core_services.doctor.model import (
    N_,
    SEVERITY,
    Check,
    Finding,
    Role,
    Verdict,
    Words,
    broken,
    quoted,
)
from core_services.doctor.tools import with_tools
from core_services.l10n import Language, Messages, isolate
from core_services.release import release

VERSION: Final = release()
LONGEST_LOOK_S: Final = 180.0
"""Fonts are made in seconds, and in a minute where other programs take the processors."""
_LOCALE: Final = Path(__file__).parent / "locale"

logger = structlog.get_logger()


class ToldFinding(BaseModel):
    """A finding in the language that was asked for."""

    model_config = ConfigDict(frozen=True)

    check: str
    title: str
    verdict: Verdict
    seen: str
    remedy: str | None
    commands: list[str]
    fixable: bool
    """`--fix` can mend it."""
    mended: bool
    """`--fix` has just mended it."""


class Examination(BaseModel):
    """What was found on one machine for one role."""

    model_config = ConfigDict(frozen=True)

    role: Role
    version: str
    at: datetime
    verdict: Verdict
    findings: list[ToldFinding]


class Speech:
    """Says words in one language, from the shared catalogue and a program's own."""

    def __init__(self, language: Language, *folders: Path) -> None:
        self._language = language
        self._catalogues = [Messages.load(folder) for folder in (*folders, _LOCALE)]

    def say(self, words: Words) -> str:
        """Return the sentence; values keep their own direction in Arabic."""
        text = words.text
        for catalogue in self._catalogues:
            text = catalogue.gettext(self._language, words.text)
            if text != words.text:
                break
        values = {name: self._value(value) for name, value in words.values.items()}
        return text.format(**values)

    def _value(self, value: str | Words) -> str:
        if isinstance(value, Words):
            return self.say(value)
        return isolate(value) if self._language == "ar" else value


async def examine(
    role: Role, checks: Sequence[Check], speech: Speech, *, fix: bool, at: datetime
) -> Examination:
    """Look at everything, in order. With `fix`, what may be mended is, and is looked at again."""
    told: list[ToldFinding] = []
    for check in checks:
        findings = await _look(check)
        was_mended = False
        if fix and any(finding.mend for finding in findings):
            was_mended = await _mend(check, findings)
            findings = await _look(check)
        told += [_told(check, finding, speech, was_mended=was_mended) for finding in findings]
    return Examination(
        role=role,
        version=VERSION,
        at=at,
        verdict=worst(each.verdict for each in told),
        findings=told,
    )


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest of some verdicts; `ok` where there are none."""
    gravest: Verdict = "ok"
    return max((gravest, *verdicts), key=SEVERITY.__getitem__)


async def _look(check: Check) -> Sequence[Finding]:
    """Look once; a look that fails itself is a finding, and the others go on."""
    try:
        async with asyncio.timeout(LONGEST_LOOK_S):
            return await check.look()
    except TimeoutError:
        why = N_("no end within {seconds} s", seconds=round(LONGEST_LOOK_S))
    except Exception as error:
        logger.error("check_failed", check=check.name, exc_info=error)
        why = quoted(f"{type(error).__name__}: {error}")
    return [
        broken(
            N_("this could not be looked at: {why}", why=why),
            N_("Send the output of this command to whoever looks after the program."),
            "shubbak doctor --bundle doctor.tar.gz",
        )
    ]


async def _mend(check: Check, findings: Sequence[Finding]) -> bool:
    """Mend what may be; True when anything was."""
    was_mended = False
    for finding in findings:
        if finding.mend is not None:
            try:
                await finding.mend()
                was_mended = True
            except OSError as error:
                logger.warning("not_mended", check=check.name, why=str(error))
    return was_mended


def _told(check: Check, finding: Finding, speech: Speech, *, was_mended: bool) -> ToldFinding:
    return ToldFinding(
        check=check.name,
        title=speech.say(check.title),
        verdict=finding.verdict,
        seen=speech.say(finding.seen),
        remedy=None if finding.remedy is None else speech.say(finding.remedy),
        commands=list(with_tools(finding.commands)),
        fixable=finding.mend is not None,
        mended=was_mended and finding.verdict == "ok",
    )
