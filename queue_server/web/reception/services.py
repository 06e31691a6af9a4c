"""The centre's services as they are typed: found by parts of their names in any spelling; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from core_services.l10n import fold_arabic
from queue_server.tickets.model import Service
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """A service as the list under a field offers it."""

    code: str
    name: Words
    found_by: tuple[str, ...]
    """Its names and code, folded."""


@dataclass(frozen=True, slots=True)
class ServiceChoices:
    """What the centre offers now."""

    every: tuple[ServiceChoice, ...]

    def like(self, text: str) -> tuple[str, ...]:
        """Return the codes of all services that hold every word of the text."""
        words = fold_arabic(text).split()
        return tuple(
            choice.code
            for choice in self.every
            if all(word in " ".join(choice.found_by) for word in words)
        )

    def one(self, text: str) -> str | None:
        """Return the code of the one service that is meant; None where none or several are."""
        folded = fold_arabic(text)
        exact = [choice.code for choice in self.every if folded in choice.found_by]
        if exact:
            return exact[0]
        found = self.like(text)
        return found[0] if len(found) == 1 else None


def service_choices(services: Sequence[Service]) -> ServiceChoices:
    """Return the open services in the order of the centre's file."""
    return ServiceChoices(tuple(_choice(service) for service in services if service.is_open))


def _choice(service: Service) -> ServiceChoice:
    texts = (service.name_ar, service.name_en, service.code)
    return ServiceChoice(
        service.code,
        Words(service.name_ar, service.name_en),
        tuple(fold_arabic(text) for text in texts),
    )
