"""The centre as this process last read it: its configuration, which services work, what is told."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog
from pydantic import ValidationError

from core_services.database.pool import Pool
from queue_server.broadcasts.model import Broadcast
from queue_server.broadcasts.shown import on_glass
from queue_server.configuration import Configuration, read_configuration
from queue_server.live.board import HallFacts
from queue_server.service_states.model import States
from queue_server.service_states.shown import with_states
from queue_server.tickets.model import Centre
from queue_server.web.words import Words

logger = structlog.get_logger()


@dataclass(slots=True)
class Current:
    """What is replaced while the server runs; whoever needs it asks again."""

    configuration: Configuration
    states: States = field(default_factory=States)
    broadcasts: tuple[Broadcast, ...] = ()
    """What was sent to the hall and stands now, the gravest first."""
    facts: HallFacts = field(init=False)
    """What screens show of both: made once a change, since it is shown at each act."""
    _is_unreadable: bool = False

    def __post_init__(self) -> None:
        self._compose()

    def configure(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._compose()

    def show(self, states: States) -> None:
        self.states = states
        self._compose()

    def tell(self, broadcasts: tuple[Broadcast, ...]) -> None:
        self.broadcasts = broadcasts
        self._compose()

    def centre(self) -> Centre:
        return self.configuration.centre

    def centre_name(self) -> Words:
        return Words(self.centre().name_ar, self.centre().name_en)

    async def reread(
        self, pool: Pool, *, on_change: Callable[[], None], on_greeting: Callable[[], None]
    ) -> None:
        """Read the centre anew; what cannot be read leaves what was read before, told once.

        `on_greeting` is called when what devices are told in their welcome has changed too. Raises
        DatabaseError.
        """
        was = self.configuration
        try:
            now = await read_configuration(
                pool, was.catalogue, public_url=was.public_url, centre_id=was.centre.id
            )
        except ValidationError as error:
            if not self._is_unreadable:
                logger.error("configuration_unreadable", why=str(error))
            self._is_unreadable = True
            return
        self._is_unreadable = False
        if now == was:
            return
        if now.coming_problem is not None and now.coming_problem != was.coming_problem:
            logger.error("policy_to_come_unreadable", why=now.coming_problem)
        self.configure(now)
        on_change()
        if now.greeting != was.greeting:
            on_greeting()

    def _compose(self) -> None:
        configuration = self.configuration
        facts = with_states(configuration.facts, self.states, configuration.catalogue)
        self.facts = replace(
            facts,
            on_boards=on_glass(self.broadcasts, "board"),
            on_kiosks=on_glass(self.broadcasts, "kiosk"),
        )
