"""Reads the phone and the national ID of a body, and says in both languages how to mend them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from core_services.egypt import (
    NationalId,
    NationalIdFault,
    NotANationalId,
    NotAPhone,
    read_national_id,
    read_phone,
)
from queue_server.web.errors import FieldError, InvalidInputError
from queue_server.web.words import Words

_NO_PHONE: Final = Words(
    "phone ليس رقم هاتف مصريًا؛ اكتبه مثل 01000000000.",
    "phone is no Egyptian phone number; write it such as 01000000000.",
)
_NO_ID: Final[Mapping[NationalIdFault, Words]] = {
    "length": Words(
        "national_id رقم قومي من 14 رقمًا؛ راجع عدد الأرقام.",
        "national_id has 14 digits; count them again.",
    ),
    "century": Words(
        "national_id يبدأ بالرقم 2 أو 3؛ راجع أول رقم.",
        "national_id begins with 2 or 3; check its first digit.",
    ),
    "birth_date": Words(
        "تاريخ الميلاد في national_id غير صحيح؛ راجع الأرقام من الثاني إلى السابع: سنة وشهر ويوم.",
        "national_id holds no birth date; check digits 2 to 7: year, month, day.",
    ),
    "governorate": Words(
        "كود المحافظة في national_id غير معروف؛ راجع الرقمين الثامن والتاسع.",
        "national_id names no governorate; check digits 8 and 9.",
    ),
}


@dataclass(frozen=True, slots=True)
class PersonFields:
    """What a body tells of a person, read."""

    phone: str | None
    """E.164."""
    national_id: NationalId | None

    @property
    def is_empty(self) -> bool:
        return self.phone is None and self.national_id is None


def read_person_fields(phone: str | None, national_id: str | None, *, today: date) -> PersonFields:
    """Read both fields. Raises InvalidInputError, which repeats nothing of what was written."""
    errors: list[FieldError] = []
    number: str | None = None
    card: NationalId | None = None
    if phone is not None:
        try:
            number = read_phone(phone)
        except NotAPhone:
            errors.append(FieldError("body", "phone", "not_a_phone", _NO_PHONE))
    if national_id is not None:
        try:
            card = read_national_id(national_id, today=today)
        except NotANationalId as fault:
            errors.append(
                FieldError("body", "national_id", f"national_id_{fault.fault}", _NO_ID[fault.fault])
            )
    if errors:
        raise InvalidInputError(errors)
    return PersonFields(number, card)
