"""A workstation's modem: the server's short messages, each sent once, and the reports on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core_services.clock import Clock
from core_services.link.status_frames import AttachedDevice
from core_services.link.work_frames import WorkMessage
from core_services.pulse import Pulse
from drivers.errors import DeviceError, JournalError
from drivers.modems.looking import SimPin
from drivers.modems.model import (
    MessageChange,
    MessageReason,
    MessageState,
    ModemStatus,
    Patience,
)
from drivers.modems.modem import Modem
from drivers.modems.outbox import Outbox
from kiosk.station.model import Fate, JobNews, OnNews, OnOpen, OnState, WorkKind
from kiosk.wordbook import KEPT

_FATES: Final[Mapping[MessageState, Fate]] = {
    "accepted": "sent",
    "delivered": "done",
    "failed": "failed",
    "unknown": "unknown",
}
_CONFIRMED_BY: Final[Mapping[MessageState, str]] = {"accepted": "network", "delivered": "report"}


@dataclass(slots=True)
class MessageModem:
    """One modem, its outbox in a folder of its own, and its owner while it runs.

    What comes in is deleted from the SIM unread, and counted: nobody here may answer it.
    """

    name: str
    url: str
    data_dir: Path
    """A folder of this modem alone."""
    clock: Clock
    on_news: OnNews
    on_state: OnState
    on_open: OnOpen
    pin: SimPin | None = None
    service_centre: str | None = None
    patience: Patience | None = None
    pulse: Pulse | None = None
    _outbox: Outbox | None = field(default=None, init=False)
    _modem: Modem | None = field(default=None, init=False)
    _trouble: str | None = field(default=None, init=False)
    _dropped_before: int = field(default=0, init=False)

    @property
    def does(self) -> WorkKind:
        return "message"

    @property
    def is_ready(self) -> bool:
        return self._modem is not None and self._modem.status.ready

    @property
    def journal_id(self) -> str | None:
        return None if self._outbox is None else self._outbox.outbox_id

    @property
    def dropped_incoming(self) -> int:
        """How many parts of messages came in since the program started; all were deleted unread."""
        return self._dropped_before + (0 if self._modem is None else self._modem.dropped_incoming)

    def tell(self) -> AttachedDevice:
        if self._modem is None:
            return AttachedDevice(
                name=self.name, kind="modem", state="absent", reason=self._trouble
            )
        status = self._modem.status
        return AttachedDevice(
            name=self.name,
            kind="modem",
            state="ready" if status.ready else "not_ready",
            reason=status.reason,
        )

    def news(self, job: str) -> JobNews | None:
        known = None if self._outbox is None else self._outbox.get(job)
        return None if known is None else _news(job, known.state, known.reason)

    def send(self, job: str, message: WorkMessage) -> None:
        self._open.submit(job, message.to, message.text)

    def cancel(self, job: str) -> bool:
        return self._open.cancel(job)

    def purge(self) -> None:
        if self._outbox is not None:
            self._outbox.purge(self.clock.now() - KEPT)

    async def run(self) -> None:
        """Open the outbox and own the modem until cancelled.

        Raises DeviceError or OSError, and may be run again.
        """
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            outbox = Outbox(self.data_dir / "outbox.sqlite3", self.clock)
        except (DeviceError, OSError) as error:
            self._trouble = "journal" if isinstance(error, JournalError) else "disk"
            self.on_state()
            raise
        try:
            self._modem = Modem(
                self.url,
                outbox,
                self.clock,
                on_message=self._hear,
                on_status=self._status_changed,
                pin=self.pin,
                service_centre=self.service_centre,
                patience=self.patience,
                pulse=self.pulse,
            )
            self._outbox, self._trouble = outbox, None
            self.on_state()
            self.on_open(self)
            await self._modem.run()
        finally:
            self._dropped_before = self.dropped_incoming
            self._modem = self._outbox = None
            outbox.close()
            self._trouble = "stopped"
            self.on_state()

    @property
    def _open(self) -> Modem:
        if self._modem is None:
            raise JournalError(f"{self.name}: the outbox is not open")
        return self._modem

    def _hear(self, change: MessageChange) -> None:
        self.on_news(_news(change.message_id, change.state, change.reason))

    def _status_changed(self, status: ModemStatus) -> None:
        self.on_state()


def _news(job: str, state: MessageState, reason: MessageReason | None) -> JobNews:
    return JobNews(job, _FATES.get(state, "open"), _CONFIRMED_BY.get(state), reason)
