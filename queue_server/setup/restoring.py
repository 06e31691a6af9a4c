"""The restore of a set-up: which backup, how far it is looked at or brought back, what came of it.

What is asked for here is done by whoever serves the set-up, since the database must be let go of.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import structlog

from core_services.clock import Clock
from core_services.database.errors import DatabaseError
from core_services.files import write_durably
from queue_server.backup.errors import BackupError, OtherKind, WrongSecret
from queue_server.backup.manifest import Manifest
from queue_server.backup.restore import Order, Outcome, restore_backup
from queue_server.backup.sealing import Secrets
from queue_server.backup.swap import drop_staging
from queue_server.backup.verify import verify_backup
from queue_server.settings import ServerSettings
from queue_server.setup.backup_words import told
from queue_server.web.words import Words

Phase = Literal["none", "looking", "good", "sealed", "restoring", "restored", "failed"]

MARK: Final = "setup-restore-begun"
"""A file of the data folder: a restore that the set-up began has not ended, or its keys have not
come."""

PARTS: Final[dict[str, Words]] = {
    "stored bytes": Words("قراءة الملف والتأكد من كل بايت", "Reading the file, every byte"),
    "contents": Words("فتح المحتويات", "Opening its contents"),
    "rows": Words("استرجاع البيانات", "Bringing the data back"),
    "events": Words("مراجعة سلسلة الأحداث", "Walking the chain of events"),
}

logger = structlog.get_logger()


@dataclass(slots=True)
class Part:
    """One part of the work, as far as it is."""

    name: str
    done: int = 0
    whole: int = 0
    is_ended: bool = False

    @property
    def title(self) -> Words:
        return PARTS.get(self.name, Words(self.name, self.name))

    @property
    def percent(self) -> int:
        if self.is_ended:
            return 100
        return min(99, self.done * 100 // self.whole) if self.whole else 0


@dataclass(slots=True)
class Restoring:
    """What is being done with one backup."""

    phase: Phase = "none"
    path: Path = Path()
    secrets: Secrets = field(default_factory=Secrets, repr=False)
    parts: list[Part] = field(default_factory=list)
    manifest: Manifest | None = None
    outcome: Outcome | None = None
    """None also of a restore that an earlier start carried through."""
    needs_keys: bool = False
    """Its keys were not in the backup and there are none: somebody must bring them."""
    failure: Words | None = None
    wants_secret: bool = False
    """It can be looked at once more with a passphrase or key: none was given, or a wrong one."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody wants the work of the phase to be done."""

    @property
    def is_busy(self) -> bool:
        return self.phase in ("looking", "restoring")

    def ask_to_look(self, path: Path, secrets: Secrets) -> bool:
        """Have a backup looked at; False while another is worked on."""
        if self.is_busy or self.phase == "restored":
            return False
        self.path, self.secrets = path, secrets
        self._begin("looking")
        return True

    def ask_to_restore(self, path: Path) -> bool:
        """Have the backup brought back that was found good; another may have been found since."""
        if self.phase != "good" or path != self.path:
            return False
        self._begin("restoring")
        return True

    async def look(self, settings: ServerSettings, clock: Clock) -> None:
        """Find out whether the backup is whole and opens; raises nothing: its failure is told."""
        try:
            self.manifest, depth = await verify_backup(
                self.path,
                self.secrets,
                at=clock.now(),
                bar=self.bar,
                embedded_user=settings.embedded_user,
            )
            if self.manifest.is_training != settings.training:
                raise OtherKind(is_training=self.manifest.is_training)
        except Exception as error:  # whatever is in the file, the set-up lives on
            self._fail(error)
        else:
            self.wants_secret = depth != "opened"
            self.phase = "sealed" if self.wants_secret else "good"

    async def restore(self, settings: ServerSettings, clock: Clock) -> None:
        """Bring the backup back; the database must be let go of. As `look`."""
        order = Order(settings=settings, path=self.path, secrets=self.secrets, replace=True)
        try:
            await asyncio.to_thread(write_durably, settings.data_dir / MARK, b"")
            self.outcome = await restore_backup(order, clock=clock, bar=self.bar)
        except Exception as error:  # as in `look`
            self._fail(error)
            return
        if not self.outcome.needs_keys:
            await asyncio.to_thread(forget_restore, settings.data_dir)
        self.secrets = Secrets()
        self.phase, self.needs_keys = "restored", self.outcome.needs_keys
        for centre in self.outcome.centres:
            logger.info(
                "restored",
                centre=centre.code,
                epoch=str(centre.epoch),
                numbers_from=centre.numbers_from,
                file=self.path.name,
            )

    def go_on_waiting(self) -> None:
        """Wait for the keys of a centre that an earlier start has brought back."""
        self.phase, self.needs_keys = "restored", True

    @contextmanager
    def bar(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """Show the progress of one part; its threads write, pages read."""
        part = Part(what)
        self.parts.append(part)

        def show(done: int, whole: int) -> None:
            part.done, part.whole = done, whole

        yield show
        part.is_ended = True

    def _begin(self, phase: Phase) -> None:
        self.phase, self.failure, self.parts, self.wants_secret = phase, None, [], False
        self.asked.set()

    def _fail(self, error: Exception) -> None:
        is_foreseen = isinstance(error, BackupError | DatabaseError | OSError)
        logger.error(
            "restore_refused",
            file=self.path.name,
            why=str(error),
            exc_info=None if is_foreseen else error,
        )
        self.wants_secret = isinstance(error, WrongSecret)
        self.phase, self.failure = "failed", told(error)


def was_begun(data_dir: Path) -> bool:
    """Say whether a set-up's restore was broken off: the set-up goes on with it. Blocks."""
    return (data_dir / MARK).exists()


def awaits_keys(settings: ServerSettings) -> bool:
    """Say whether a set-up's restore was broken off, or waits for its keys: a server that started
    now would make other keys. Blocks."""
    return was_begun(settings.data_dir) and not settings.person_keys.exists()


def forget_restore(data_dir: Path) -> None:
    """Remove the mark, and what a restore that was broken off has prepared. Blocks."""
    if was_begun(data_dir):
        drop_staging(data_dir)
    try:
        (data_dir / MARK).unlink(missing_ok=True)
    except OSError as error:
        logger.warning("setup_mark_stays", why=error.strerror)
