"""What the server told this kiosk that stays true without a line; on the disk for the next start.

The state of the line is not in it: it changes with every act, and is never shown without a server.
"""

from uuid import UUID

import structlog

from core_services.link.greeting_frames import Welcome
from kiosk.centre_time import TIME
from kiosk.emergencies import EMERGENCY, Emergency
from kiosk.known import Known
from kiosk.offline import Outbox
from kiosk.place import Place
from kiosk.state import Flow

logger = structlog.get_logger()

_PLACE = "place"
_HALL = "hall"


class Told:
    """The centre, its services and rules, and what stands over every page."""

    def __init__(self, outbox: Outbox) -> None:
        self.place = Place.remembered(outbox.recall(_PLACE))
        self.known = Known.remembered(outbox.recall(_HALL))
        self.epoch: UUID | None = None
        """Of the server that was heard last; None: none was in this run."""
        self.is_anothers = False
        """The server is for training and this folder is not, or the other way round."""
        self._emergency = outbox.recall(EMERGENCY)
        self._outbox = outbox

    @property
    def emergency(self) -> Emergency | None:
        """What stood over every page when the kiosk last ran, if that is not too long ago."""
        time = self._outbox.time
        return Emergency.remembered(self._emergency, now=time.now(), machine=time.machine())

    def welcomed(self, welcome: Welcome) -> bool:
        """Take a server's first words; False for one that this folder does not belong to."""
        self.is_anothers = self.place.is_of_another_kind(welcome)
        if self.is_anothers:
            logger.error(
                "folder_of_another_kind",
                training=self.place.centre.training,
                advice="its numbers are not for this server: give a kiosk for training a "
                "data_dir of its own",
            )
            return False
        self.epoch = welcome.epoch
        place = Place.told_by(welcome, self.place)
        if place != self.place:
            self.place = place
            self._outbox.remember(_PLACE, place.to_json())
        return True

    def hall_shown(self, flow: Flow) -> None:
        """Take what the flow shows of the hall by now."""
        known = Known.of(flow)
        if known != self.known:
            self.known = known
            self._outbox.remember(_HALL, known.to_json())
        time, said, told = self._outbox.time, flow.emergency, None
        at = time.best()
        if said is not None:
            minutes = (each.replace(second=0, microsecond=0) for each in (at, time.machine()))
            told = Emergency(said, *minutes).to_json()
        if told != self._emergency:
            self._emergency = told
            time.note(at)  # a start with a clock that lags is not before it
            self._outbox.remember(TIME, time.to_json())
            self._outbox.remember(EMERGENCY, told)
