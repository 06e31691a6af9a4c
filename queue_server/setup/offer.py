"""The services of the catalogue that a new centre chooses from, in the order of the tiles."""

from collections.abc import Mapping
from dataclasses import dataclass

from core_services.catalogue.load import load_catalogue
from core_services.catalogue.model import Catalogue
from queue_server.centre_file import ServicePart, read_centre_file
from queue_server.console import packaged_centre
from queue_server.web.words import Words

QUEUE = "U"
"""The one line of a centre whose windows are unified."""


@dataclass(frozen=True, slots=True)
class OfferedGroup:
    """A tile, and code and name of each service behind it."""

    code: str
    name: Words
    services: tuple[tuple[str, Words], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen, and the times at the window that a new centre aims at."""

    catalogue: Catalogue
    groups: tuple[OfferedGroup, ...]
    targets_s: Mapping[str, int]

    @property
    def codes(self) -> tuple[str, ...]:
        """Every service, in order."""
        return tuple(code for group in self.groups for code, _ in group.services)

    def target_s(self, code: str) -> int:
        """Return the seconds that the centre aims at; those of any other service where none is."""
        return self.targets_s.get(code, ServicePart(queue=QUEUE).target_s)


def read_offer() -> Offer:
    """Read the packaged catalogue, and the packaged centre's times. Blocks."""
    catalogue = load_catalogue()
    example = read_centre_file(packaged_centre(), catalogue.services)
    return Offer(
        catalogue=catalogue,
        groups=tuple(
            OfferedGroup(
                group.code,
                Words(group.name_ar, group.name_en),
                tuple(
                    (each.code, Words(each.name_ar, each.name_en))
                    for each in catalogue.in_group(group.code)
                ),
            )
            for group in catalogue.groups
            if catalogue.in_group(group.code)
        ),
        targets_s={code: part.target_s for code, part in example.services.items()},
    )
