"""What differs between two bodies of the policy, in the words of its fields; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from core_services.l10n import digits
from queue_server.policy.body import PolicyBody
from queue_server.policy.difference import Difference, differences
from queue_server.tickets.model import Service
from queue_server.web.admin.fields import Field, Rows
from queue_server.web.admin.groups import GROUPS, PROFILES, field_at, rows_at
from queue_server.web.rules.hours_text import day_words, minutes_words, time_words
from queue_server.web.words import Words

_NOTHING: Final = Words("لا شيء", "nothing")
_YES: Final = Words("نعم", "yes")
_NO: Final = Words("لا", "no")


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference in words."""

    field: Words
    before: Words
    after: Words
    languages: tuple[str, str] = ("", "")
    """Of a text that was written in one language, before and after: it stands as it was written."""


def difference_rows(
    before: PolicyBody,
    after: PolicyBody,
    *,
    services: Mapping[str, Service],
    profiles: Mapping[str, Words],
) -> tuple[DifferenceRow, ...]:
    """Return what differs, in words."""
    return tuple(_row(each, services, profiles) for each in differences(before, after))


def _row(
    difference: Difference, services: Mapping[str, Service], profiles: Mapping[str, Words]
) -> DifferenceRow:
    found = field_at(difference.path)
    if found is not None:
        label, field = found
        group = next(each for each in GROUPS if each.name == difference.group)
        return DifferenceRow(
            Words(f"{group.title.ar}: {label.ar}", f"{group.title.en}: {label.en}"),
            _value(difference.before, field),
            _value(difference.after, field),
            (
                field.language if difference.before else "",
                field.language if difference.after else "",
            ),
        )
    if ".".join(map(str, difference.path)) == PROFILES:
        title = next(each.title for each in GROUPS if each.name == "first")
        return DifferenceRow(
            title, _names(difference.before, profiles), _names(difference.after, profiles)
        )
    rows = rows_at(difference.path)
    label = Words("", "") if rows is None else rows.label
    return DifferenceRow(
        label,
        _row_words(difference.before, rows, services),
        _row_words(difference.after, rows, services),
    )


def _row_words(
    row: Mapping[str, Any] | None, rows: Rows | None, services: Mapping[str, Service]
) -> Words:
    if row is None or rows is None:
        return _NOTHING
    said = [
        _service(row[column.path], services)
        if column.kind == "service"
        else _value(row[column.path], column)
        for column in rows.columns
        if row.get(column.path) not in (None, "")
    ]
    languages = [
        column.language for column in rows.columns if row.get(column.path) not in (None, "")
    ]
    arabic = [each.ar for each, spoken in zip(said, languages, strict=True) if spoken != "en"]
    english = [each.en for each, spoken in zip(said, languages, strict=True) if spoken != "ar"]
    return Words("، ".join(arabic), ", ".join(english))


def _service(code: str, services: Mapping[str, Service]) -> Words:
    known = services.get(code)
    return Words(code, code) if known is None else Words(known.name_ar, known.name_en)


def _names(codes: Sequence[str] | None, profiles: Mapping[str, Words]) -> Words:
    found = [profiles.get(code, Words(code, code)) for code in codes or ()]
    if not found:
        return _NOTHING
    return Words("، ".join(each.ar for each in found), ", ".join(each.en for each in found))


def _value(value: object, field: Field) -> Words:
    """Say a value as it is read, not as it is typed."""
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, date):
        return day_words(value)
    if isinstance(value, time):
        return time_words(value)
    if isinstance(value, int):
        if field.unit.en == "minutes":
            return minutes_words(value)
        unit = (
            Words("", "") if not field.unit.en else Words(f" {field.unit.ar}", f" {field.unit.en}")
        )
        return Words(f"{digits(str(value), 'ar')}{unit.ar}", f"{value}{unit.en}")
    return Words(str(value), str(value))
