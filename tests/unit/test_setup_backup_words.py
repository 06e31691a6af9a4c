"""Every reason for which a backup may be refused in the set-up is told in both languages."""

import re
from pathlib import Path

import pytest

from core_services.database.errors import DatabaseGone
from queue_server.backup import errors
from queue_server.setup.backup_words import told

REFUSALS = [
    errors.NotABackup(Path("x")),
    errors.Truncated("tables/ticket"),
    errors.MissingMember("manifest.json"),
    errors.WrongHash("tables/ticket"),
    errors.WrongRows("ticket", noted=7, found=6),
    errors.ChainBroken("KFS", 5, "events are missing"),
    errors.UnknownFormat(9),
    errors.NewerSchema("9001_tomorrow.sql"),
    errors.OtherMigrations("0003_people.sql"),
    errors.OtherKind(is_training=True),
    errors.OtherKind(is_training=False),
    errors.SecretNeeded(("passphrase",)),
    errors.WrongSecret("passphrase"),
    errors.WrongSecret("x25519"),
    errors.ServerRuns("a server"),
    errors.SomethingThere("the database"),
    errors.NoRoom(Path("backups"), bytes=1_000_001, free=0),
    errors.SendingBroke("Connection lost"),
    errors.BackupRuns(Path("backups")),
]
NEVER_HERE = {"CannotWrite", "WrongNumber", "Damage"}
"""Of making backups, and of a number that no page asks for."""


def everything_below(kind: type[Exception]) -> set[str]:
    return {kind.__name__ for kind in kind.__subclasses__()} | {
        name for each in kind.__subclasses__() for name in everything_below(each)
    }


def test_none_is_forgotten() -> None:
    known = {type(each).__name__ for each in REFUSALS}
    assert everything_below(errors.BackupError) - known == NEVER_HERE


@pytest.mark.parametrize("error", REFUSALS, ids=lambda each: type(each).__name__)
def test_each_has_a_sentence_of_its_own_with_the_name_of_the_damage(error: Exception) -> None:
    said = told(error)
    assert re.search("[\u0621-\u064a]", said.ar)
    assert "سجل الخادم" not in said.ar, "that is for what nobody has foreseen"
    assert said.en.lower().startswith(str(error).lower()[:20])
    assert said.ar != said.en


def test_what_nobody_has_foreseen_is_told_too() -> None:
    assert "قاعدة البيانات" in told(DatabaseGone("away")).ar
    assert "القرص" in told(OSError(28, "No space left on device")).ar
    assert told(ValueError()).en == "ValueError."
