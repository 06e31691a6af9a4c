"""Looks at the centre's backups: is there one, is it young enough, does it lie on its own."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from core_services.clock import Clock
from core_services.database.pool import Pool
from core_services.doctor.model import N_, Check, Finding, broken, skipped, warning, well
from queue_server.backup.store import read_known
from queue_server.settings import ServerSettings
from queue_server.store_centre import list_centres

_MAKE = "shubbak backup create"
_BY_ITSELF = "systemctl enable --now shubbak-backup.timer"
_LOG = "journalctl -u shubbak-backup -n 50 --no-pager"


def backup_check(settings: ServerSettings, pool: Pool, clock: Clock) -> Check:
    """Look at what the database knows of backups that were tried."""
    return Check("backup", N_("Backup"), partial(_backup, settings, pool, clock))


async def _backup(settings: ServerSettings, pool: Pool, clock: Clock) -> Sequence[Finding]:
    findings = []
    for centre in await list_centres(pool):
        known = await read_known(pool, centre.id)
        if known.good_at is None:
            findings.append(
                broken(
                    N_("{code} was never backed up", code=centre.code),
                    N_("Make one, and let the next be made each evening."),
                    _MAKE,
                    _BY_ITSELF,
                )
            )
            continue
        age = clock.now() - known.good_at
        hours = round(age / timedelta(hours=1))
        if age > timedelta(hours=settings.backup_alarm_hours):
            why = known.last.why if known.last is not None else None
            findings.append(
                broken(
                    N_(
                        "the last good one of {code} is {hours} hours old; the last try: {why}",
                        code=centre.code,
                        hours=hours,
                        why=why or N_("nobody tried since"),
                    ),
                    N_("Make one, and let the next be made each evening."),
                    _MAKE,
                    _BY_ITSELF,
                    _LOG,
                )
            )
        elif known.last is not None and known.last.why is not None:
            findings.append(
                warning(
                    N_(
                        "the last good one of {code} is {hours} hours old; the last try: {why}",
                        code=centre.code,
                        hours=hours,
                        why=known.last.why,
                    ),
                    N_("Mend what it says, then make one."),
                    _MAKE,
                    _LOG,
                )
            )
        elif settings.backup_dir is None:
            findings.append(
                warning(
                    N_(
                        "they lie in {folder}, on the disk that they should replace",
                        folder=settings.backups,
                    ),
                    N_("Set backup_dir to a folder on another disk or machine."),
                    'backup_dir = "/mnt/backup"',
                )
            )
        else:
            findings.append(
                well(
                    N_("the last one of {code} is {hours} hours old", code=centre.code, hours=hours)
                )
            )
    return findings or [skipped(N_("there is no centre yet"))]
