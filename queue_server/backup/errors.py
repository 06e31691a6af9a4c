"""What can be wrong with a backup, each by its own name.

BackupError
├── Damage               the archive is not what was written
│   ├── NotABackup       it never was one
│   ├── Truncated        it ends too early
│   ├── MissingMember    a part of it is not there
│   ├── WrongHash        a part of it has other bytes
│   ├── WrongRows        a table has another number of rows than was noted
│   └── ChainBroken      what happened does not hang together
├── UnknownFormat        written in a form that this program does not know
├── NewerSchema          written by a newer program
├── OtherMigrations      written by a program with other migrations under the same numbers
├── SecretNeeded         it is sealed, and nothing was given that opens it
├── WrongSecret          what was given does not open it
├── CannotWrite          the folder for backups cannot be written, or is full
├── NoRoom               the folder for backups has no room for one that is sent
├── SendingBroke         one that is sent ends before its end, or its sender fell silent
├── BackupRuns           another backup is being written into that folder
├── ServerRuns           a restore found the server, or somebody else, at work
├── OtherKind            it is of training and the settings are not, or the other way round
├── SomethingThere       a restore found something and was not told to replace it
└── WrongNumber          numbers cannot go on from there
"""

from pathlib import Path


class BackupError(Exception):
    """The root of what this package refuses."""


class Damage(BackupError):
    """The archive is not what was written."""


class NotABackup(Damage):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is no backup of Shubbak"


class Truncated(Damage):
    def __init__(self, after: str) -> None:
        super().__init__(after)
        self.after = after

    def __str__(self) -> str:
        return f"truncated archive: nothing whole comes after {self.after}"


class MissingMember(Damage):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"missing file {self.name}"


class WrongHash(Damage):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"wrong hash of file {self.name}: its bytes were changed"


class WrongRows(Damage):
    def __init__(self, table: str, *, noted: int, found: int) -> None:
        super().__init__(table, noted, found)
        self.table = table
        self.noted = noted
        self.found = found

    def __str__(self) -> str:
        return f"table {self.table}: {self.noted} rows were noted, {self.found} are there"


class ChainBroken(Damage):
    def __init__(self, centre: str, revision: int, why: str) -> None:
        super().__init__(centre, revision, why)
        self.centre = centre
        self.revision = revision
        self.why = why

    def __str__(self) -> str:
        return f"chain of {self.centre} broken at revision {self.revision}: {self.why}"


class UnknownFormat(BackupError):
    def __init__(self, version: object) -> None:
        super().__init__(version)
        self.version = version

    def __str__(self) -> str:
        return f"unknown format version {self.version}; a newer program wrote it"


class NewerSchema(BackupError):
    def __init__(self, migration: str) -> None:
        super().__init__(migration)
        self.migration = migration

    def __str__(self) -> str:
        return (
            f"newer schema than this program's: the backup has {self.migration}; "
            "install that program and restore with it"
        )


class OtherMigrations(BackupError):
    def __init__(self, migration: str) -> None:
        super().__init__(migration)
        self.migration = migration

    def __str__(self) -> str:
        return f"the backup was made under another {self.migration} than this program's"


class SecretNeeded(BackupError):
    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__(kinds)
        self.kinds = kinds

    def __str__(self) -> str:
        ways = {
            "passphrase": "its passphrase (--passphrase-file)",
            "x25519": "its key (--key-file)",
        }
        return f"the backup is sealed: give {' or '.join(ways.get(k, k) for k in self.kinds)}"


class WrongSecret(BackupError):
    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind

    def __str__(self) -> str:
        return "wrong passphrase" if self.kind == "passphrase" else "wrong key for this backup"


class CannotWrite(BackupError):
    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder = folder
        self.reason = reason

    def __str__(self) -> str:
        return f"no backup was made: {self.folder}: {self.reason}"


class NoRoom(BackupError):
    def __init__(self, folder: Path, *, bytes: int, free: int) -> None:
        super().__init__(folder, bytes, free)
        self.folder = folder
        self.bytes = bytes
        self.free = free
        """What a backup may take of what is free."""

    def __str__(self) -> str:
        return (
            f"the file has {-(-self.bytes // 10**6)} MB, and {self.folder} takes "
            f"{self.free // 10**6} MB at most"
        )


class SendingBroke(BackupError):
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"the sending broke off ({self.why}); what had arrived was removed"


class BackupRuns(BackupError):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"another backup is being written into {self.folder}"


class ServerRuns(BackupError):
    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what}; stop the server first"


class OtherKind(BackupError):
    def __init__(self, *, is_training: bool) -> None:
        super().__init__(is_training)
        self.is_training = is_training
        """Of the backup."""

    def __str__(self) -> str:
        if self.is_training:
            return (
                "this is a backup of a training centre and is not restored as a real one; give the "
                'training server\'s settings (--config), which say "training = true"'
            )
        return (
            "this is a backup of a real centre, with its citizens' numbers, and is not restored "
            'for training; these settings say "training = true": give the real centre\'s (--config)'
        )


class SomethingThere(BackupError):
    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what}; to set it aside and put the backup in its place give --replace"


class WrongNumber(BackupError):
    def __init__(self, number: int, *, known: int) -> None:
        super().__init__(number, known)
        self.number = number
        self.known = known

    def __str__(self) -> str:
        return (
            f"numbers cannot go on from {self.number}: "
            f"numbers up to {self.known} were given today, as the backup knows"
        )
