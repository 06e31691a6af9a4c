"""The step that counts the windows: all of them unified, some of them priority first."""

from collections.abc import Mapping
from typing import Final

from core_services.l10n import western
from queue_server.setup.form import Field, Reading
from queue_server.setup.offer import QUEUE
from queue_server.web.words import Words

FIELDS: Final[tuple[Field, ...]] = (
    Field(
        "count",
        Words("عدد الشبابيك", "How many windows"),
        Words(
            "من ١ إلى ٩٩. كل الشبابيك موحّدة: كل شباك يقضي كل الخدمات من دور واحد.",
            "1 to 99. All of them are unified: each serves every service from one line.",
        ),
        kind="number",
        first="9",
        at_most=2,
    ),
    Field(
        "priority",
        Words("شبابيك الأولوية أولًا", "Windows where priority comes first"),
        Words(
            "أرقامها وبينها فاصلة، مثل: ١. لكبار السن (٦٥ فأكثر) وذوي الإعاقة أولًا. اتركها فارغة "
            "إن لم يكن.",
            "Their numbers with commas, such as 1: people of 65 and over and people with "
            "disabilities come first there. Leave it empty where there is none.",
        ),
        kind="number",
        first="1",
        at_most=300,
    ),
    Field(
        "accessible",
        Words("شبابيك يصلها الكرسي المتحرك", "Windows that a wheelchair reaches"),
        Words(
            "أرقامها وبينها فاصلة، مثل: ١. اتركها فارغة إن لم يكن.",
            "Their numbers with commas, such as 1. Leave it empty where there is none.",
        ),
        kind="number",
        at_most=300,
    ),
)

PROFILES: Final = (
    {
        "code": "unified",
        "name": {"ar": "شباك موحّد", "en": "Unified window"},
        "queues": [QUEUE],
    },
    {
        "code": "priority",
        "name": {
            "ar": "شباك موحّد، الأولوية أولًا",
            "en": "Unified window, priority first",
        },
        "queues": [QUEUE],
        "priority_first": True,
    },
)


def read_windows(typed: Mapping[str, str]) -> Reading:
    """Read the step into the file's `profiles` and `windows`."""
    wrong: dict[str, Words] = {}
    count = _number(western(typed.get("count", "")).strip())
    if count is None:
        wrong["count"] = Words("اكتب عدد الشبابيك من ١ إلى ٩٩", "Write how many windows, 1 to 99")
    sets: dict[str, frozenset[int]] = {}
    for field in FIELDS[1:]:
        numbers = _numbers(typed.get(field.name, ""))
        if numbers is None:
            wrong[field.name] = Words(
                f"{field.label.ar}: اكتب أرقام شبابيك وبينها فاصلة، مثل ١، ٢",
                f"{field.label.en}: write numbers of windows with commas, such as 1, 2",
            )
        elif count is not None and numbers and max(numbers) > count:
            wrong[field.name] = Words(
                f"{field.label.ar}: رقم الشباك لا يزيد على عدد الشبابيك",
                f"{field.label.en}: there are not so many windows",
            )
        sets[field.name] = numbers or frozenset()
    if wrong or count is None:
        return Reading(wrong=wrong)
    kinds: dict[tuple[bool, bool], list[int]] = {}
    for number in range(1, count + 1):
        kind = number in sets["priority"], number in sets["accessible"]
        kinds.setdefault(kind, []).append(number)
    used = {is_first for is_first, _ in kinds}
    return Reading(
        values={
            "profiles": [each for each in PROFILES if bool(each.get("priority_first")) in used],
            "windows": [
                {
                    "numbers": numbers,
                    "profile": "priority" if is_first else "unified",
                    "accessible": is_accessible,
                }
                for (is_first, is_accessible), numbers in kinds.items()
            ],
        }
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 2 and int(text) > 0 else None


def _numbers(text: str) -> frozenset[int] | None:
    words = western(text).replace("،", " ").replace(",", " ").replace("-", " - ").split()
    numbers = [_number(word) for word in words]
    return None if None in numbers else frozenset(each for each in numbers if each)
