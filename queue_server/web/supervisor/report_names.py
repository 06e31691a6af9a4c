"""How the rows of reports are called: queues, services, priorities, windows, clerks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from core_services.l10n import Language, digits
from core_services.people.api_keys import list_keys
from core_services.people.staff import list_staff
from queue_server.configuration import Configuration
from queue_server.figures.report import By, Named
from queue_server.figures.ticket_rows import RowNames
from queue_server.tickets import supervision
from queue_server.tickets.acts import Queue
from queue_server.web.words import Words

HEADS: Final[Mapping[By, Words]] = {
    "day": Words("اليوم", "Day"),
    "hour": Words("الساعة", "Hour"),
    "queue": Words("الطابور", "Queue"),
    "service": Words("الخدمة", "Service"),
    "priority": Words("الأولوية", "Priority"),
    "window": Words("الشباك", "Window"),
    "clerk": Words("الموظف", "Clerk"),
}
"""What each report is by."""

PRIORITIES: Final[Mapping[str, Words]] = {
    "none": Words("بلا أولوية", "No priority"),
    "age65": Words("٦٥ سنة فأكثر", "65 and over"),
    "disability": Words("ذوو الهمم (إعاقة)", "Disability"),
    "infant": Words("حامل أو معها رضيع", "Pregnant or with an infant"),
}
_NOBODY: Final[Mapping[By, Words]] = {
    "service": Words("خدمة غير محددة", "Service not set"),
    "clerk": Words("غير معروف (سُجل بعد وقته)", "Not known (keyed in afterwards)"),
}
_NOTHING: Final = Words("–", "–")


@dataclass(frozen=True, slots=True)
class ReportNames:
    """Reads names from the centre as it is set up now."""

    queue: Queue
    configuration: Callable[[], Configuration]

    async def of(self, by: By, language: Language) -> Named:
        """Return the names of a report's rows in the reader's language."""
        return Named(
            head=HEADS[by].say(language),
            names={key: name.say(language) for key, name in (await self._names(by)).items()},
            nobody=_NOBODY.get(by, _NOTHING).say(language),
        )

    async def row_names(self, language: Language) -> RowNames:
        """Return the names in a file of numbers."""
        named: dict[By, Mapping[str, str]] = {}
        wanted: tuple[By, ...] = ("queue", "service", "priority")
        for by in wanted:
            named[by] = {key: name.say(language) for key, name in (await self._names(by)).items()}
        return RowNames(
            language=language,
            zone=self.queue.centre.zone,
            queues=named["queue"],
            services=named["service"],
            priorities=named["priority"],
        )

    async def _names(self, by: By) -> Mapping[str, Words]:
        match by:
            case "queue":
                names = await supervision.queue_names(self.queue)
                return {code: Words(*both) for code, both in names.items()}
            case "service":
                return {
                    each.code: Words(each.name_ar, each.name_en)
                    for each in self.configuration().services
                }
            case "priority":
                return PRIORITIES
            case "window":
                return {
                    str(number): Words(digits(f"شباك {number}", "ar"), f"Window {number}")
                    for number in range(1, 100)
                }
            case "clerk":
                return await self._people()
            case _:
                return {}

    async def _people(self) -> dict[str, Words]:
        pool, centre_id = self.queue.pool, self.queue.centre.id
        names = {
            str(key.id): Words(key.name, key.name)
            for key in await list_keys(pool, centre_id=centre_id)
        }
        return names | {
            str(person.id): Words(person.name("ar"), person.name("en"))
            for person in await list_staff(pool, centre_id=centre_id)
        }
