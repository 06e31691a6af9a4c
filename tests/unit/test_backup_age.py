"""When the age of backups is told, and how a power cut stands among the alarms."""

from dataclasses import replace
from datetime import timedelta

import pytest

from queue_server.backup.age import BackupAge
from queue_server.backup.model import Known, Run
from queue_server.power.model import ON_BATTERY
from tests.unit.test_alarm_judging import episode
from tests.unit.test_supervisor_view import NOW as AT
from tests.unit.test_supervisor_view import kinds, seen, the_hall

GOOD = Run(AT - timedelta(hours=9), AT - timedelta(hours=9), "a.shubbak", bytes=10)
FAILED = Run(AT, AT, "/mnt/backup", why="no backup was made: /mnt/backup: No space left on device")


def aged(hours: float, last: Run = GOOD) -> BackupAge:
    known = Known(last=last, good_at=AT - timedelta(hours=hours), good_bytes=10)
    return BackupAge(known, limit=timedelta(hours=36), is_expected=True)


@pytest.mark.parametrize(
    ("age", "trouble"),
    [
        (aged(35.9), None),
        (aged(36.1), "backup-old"),
        (aged(2, FAILED), "backup-failed"),
        (aged(40, FAILED), "backup-old"),
        (replace(aged(40), is_expected=False), None),
        (BackupAge(Known(), is_expected=True), None),
        (BackupAge(Known(centre_since=AT - timedelta(hours=2)), is_expected=True), None),
        (BackupAge(Known(centre_since=AT - timedelta(days=3)), is_expected=True), "backup-old"),
    ],
)
def test_a_backup_is_told_when_it_is_too_old_or_the_last_one_failed(
    age: BackupAge, trouble: str | None
) -> None:
    assert age.trouble(AT) == trouble
    now = seen(the_hall(), backups=age)
    assert kinds(now) == ([trouble] if trouble else [])


def test_each_day_without_a_backup_asks_again() -> None:
    levels = [
        seen(the_hall(), backups=aged(hours)).alarms[0].finding for hours in (37, 47, 49, 100)
    ]
    assert [each.level for each in levels] == [1, 1, 2, 4]
    assert levels[-1].facts == {"hours": 100}
    assert not levels[-1].is_grave


def test_a_power_cut_stands_until_its_command_ends_it_before_all_but_emergencies() -> None:
    assert kinds(seen(the_hall())) == []
    entered = seen(the_hall(), backups=aged(40)).alarms[0].finding
    power = episode(replace(entered, kind=ON_BATTERY, facts={}, is_grave=True, level=0))
    now = seen(the_hall(), backups=aged(40), episodes=(power,))
    assert kinds(now) == [ON_BATTERY, "backup-old"]
    assert now.alarms[0].finding.key == power.key
    assert now.alarms[0].is_grave
