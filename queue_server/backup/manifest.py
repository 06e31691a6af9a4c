"""What an archive says of itself: its head, written first, and its manifest, written last."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Final = 1
HEAD: Final = "head.json"
MANIFEST: Final = "manifest.json"
CHECK: Final = "manifest.check"
"""The last member: without it the archive is not whole."""

Root = Literal["data", "configuration"]
"""Where a file belongs: below `data_dir`, or beside the settings."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PassphraseSlot(_Part):
    kind: Literal["passphrase"]
    scrypt: tuple[int, int, int]
    salt: str
    key: str


class RecipientSlot(_Part):
    kind: Literal["x25519"]
    share: str
    key: str


class Head(_Part):
    """The first member; it can be read without any key."""

    format: int
    made_at: datetime
    program: str
    slots: tuple[Annotated[PassphraseSlot | RecipientSlot, Field(discriminator="kind")], ...] = ()
    """Empty: the archive is not sealed."""


class CentreNote(_Part):
    """A centre at the moment of the backup."""

    id: int
    code: str
    epoch: UUID
    revision: int
    digest: str
    """The head of its chain, hex."""


class MigrationNote(_Part):
    number: int
    name: str
    checksum: str


class TableNote(_Part):
    name: str
    columns: tuple[str, ...]
    rows: int
    parts: tuple[str, ...]


class FileNote(_Part):
    root: Root
    path: str
    """Relative, with slashes."""
    mode: int
    bytes: int
    parts: tuple[str, ...]
    is_secret: bool


class MemberNote(_Part):
    """A member as it is stored."""

    name: str
    bytes: int
    sha256: str


class Manifest(_Part):
    """The last but one member; it can be read without any key."""

    format: int
    made_at: datetime
    program: str
    postgresql: str
    is_sealed: bool
    has_secrets: bool
    is_training: bool = False
    """Of a training centre: nothing in it is a citizen's; it is never restored as a real one."""
    centres: tuple[CentreNote, ...]
    migrations: tuple[MigrationNote, ...]
    tables: tuple[TableNote, ...]
    files: tuple[FileNote, ...]
    members: tuple[MemberNote, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


class Check(_Part):
    """What proves the manifest."""

    sha256: str
    signed: str | None = None
    """Its keyed digest, where the archive is sealed."""
