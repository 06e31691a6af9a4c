"""The policy's form: from a body to what stands in its fields, and back; every mistake is named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core_services.l10n import digits
from queue_server.policy.body import ROWS_AT_MOST, PolicyBody
from queue_server.web.admin.fields import Field, Rows
from queue_server.web.admin.groups import GROUPS, PROFILES
from queue_server.web.words import Words

_ROW: Final = re.compile(r"(?P<path>[a-z_]+\.[a-z_]+)\.(?P<index>[0-9]{1,3})\.(?P<column>[a-z_]+)")

_MISTAKES: Final[Mapping[str, Words]] = {
    "int_parsing": Words("اكتب عددًا صحيحًا.", "Enter a whole number."),
    "int_type": Words("اكتب عددًا صحيحًا.", "Enter a whole number."),
    "greater_than_equal": Words("أقل قيمة {ge}.", "At least {ge}."),
    "less_than_equal": Words("أكبر قيمة {le}.", "At most {le}."),
    "missing": Words("املأ هذه الخانة.", "Fill this in."),
    "string_too_short": Words("املأ هذه الخانة.", "Fill this in."),
    "string_too_long": Words("أقصى طول {max_length} حرفًا.", "At most {max_length} letters."),
    "too_long": Words("الصفوف أكثر من {max_length}.", "More than {max_length} rows."),
    "time_parsing": Words("اكتب وقتًا مثل 09:00.", "Enter a time such as 09:00."),
    "time_type": Words("اكتب وقتًا مثل 09:00.", "Enter a time such as 09:00."),
    "date_parsing": Words("اكتب تاريخًا مثل 2026-11-22.", "Enter a date such as 2026-11-22."),
    "date_from_datetime_parsing": Words(
        "اكتب تاريخًا مثل 2026-11-22.", "Enter a date such as 2026-11-22."
    ),
    "more_time_is_less": Words(
        "انتظار من يحتاج وقتًا أطول لا يقل عن انتظار غيره.",
        "Whoever needs more time must be waited for at least as long as others.",
    ),
    "ramadan_range": Words(
        "رمضان ٢٩ أو ٣٠ يومًا، وينتهي بعد أن يبدأ.",
        "Ramadan has 29 or 30 days, and ends after it begins.",
    ),
    "one_time": Words("اكتب الوقتين معًا، أو اتركهما معًا.", "Give both times, or leave both empty."),
    "never_open": Words(
        "المواعيد لا تفتح في أي يوم: اكتب وقتًا ليوم واحد على الأقل.",
        "These hours never open: give times for one day at least.",
    ),
    "decree_range": Words("نهاية القرار قبل بدايته.", "The decree ends before it begins."),
    "service_repeated": Words(
        "الخدمة مكررة: لكل خدمة حد يومي واحد.",
        "A service stands there twice: it has one daily limit.",
    ),
    "day_repeated": Words(
        "يوم مكرر في الأيام الخاصة أو في رمضان.", "A special day or a Ramadan stands there twice."
    ),
    "run_missing": Words(
        "من لم يحضروا أكثر من أرقام السلسلة نفسها.", "More are missing than stand in the row."
    ),
    "ends_before": Words("النهاية قبل البداية.", "The end comes before the beginning."),
}
_ELSE: Final = Words("القيمة غير صحيحة.", "This value is not right.")


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody typed: the fields by name, and the profiles that are chosen."""

    values: Mapping[str, str]
    profiles: tuple[str, ...]

    def rows(self, path: str) -> int:
        """Return how many rows of a list hold something."""
        found = (_ROW.fullmatch(name) for name in self.values)
        indices = [int(each["index"]) for each in found if each and each["path"] == path]
        return max(indices, default=-1) + 1


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a field, or with a group as a whole."""

    field: str
    words: Words


class PolicyFormError(Exception):
    """What was entered is no policy; nothing of it is lost."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__(*(mistake.field for mistake in mistakes))
        self.mistakes = mistakes


def entered_of(body: PolicyBody) -> Entered:
    """Return what stands in the fields for that body."""
    values: dict[str, str] = {}
    _flatten("", body.model_dump(), values)
    return Entered(
        {name: text for name, text in values.items() if not name.startswith("first.")},
        body.first.profiles,
    )


def read_entered(fields: Mapping[str, str]) -> Entered:
    """Take the policy's fields from a form; empty rows are left out, and the others move up."""
    values: dict[str, str] = {}
    rows: dict[tuple[str, int], dict[str, str]] = {}
    profiles = []
    for name, raw in fields.items():
        text = raw.strip()
        found = _ROW.fullmatch(name)
        if name.startswith(f"{PROFILES}."):
            profiles.append(name.removeprefix(f"{PROFILES}."))
        elif found is not None and found["path"] in _ROWS:
            rows.setdefault((found["path"], int(found["index"])), {})[found["column"]] = text
        elif name in _FIELDS:
            values[name] = text
    counts: dict[str, int] = {}
    for path, index in sorted(rows):
        row = rows[path, index]
        if any(row.values()) and counts.get(path, 0) < ROWS_AT_MOST + 1:
            place = counts.get(path, 0)
            values |= {f"{path}.{place}.{column}": text for column, text in row.items()}
            counts[path] = place + 1
    return Entered(values, tuple(sorted(profiles)))


def body_of(entered: Entered) -> PolicyBody:
    """Make the body of what was entered. Raises PolicyFormError."""
    tree: dict[str, Any] = {"first": {"profiles": list(entered.profiles)}}
    for group in GROUPS:
        tree.setdefault(group.name, {})
        for field in group.fields:
            _put(tree, field.path.split("."), _typed(field, entered.values.get(field.path, "")))
        for rows in group.rows:
            _put(tree, rows.path.split("."), _row_values(rows, entered))
    week = tree["hours"]["week"]
    for day, span in week.items():
        if not any(span.values()):
            week[day] = None
    try:
        return PolicyBody.model_validate(tree)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise PolicyFormError(tuple(_mistake(each) for each in details)) from error


_FIELDS: Final[Mapping[str, Field]] = {
    field.path: field for group in GROUPS for field in group.fields
}
_ROWS: Final[Mapping[str, Rows]] = {rows.path: rows for group in GROUPS for rows in group.rows}


def _row_values(rows: Rows, entered: Entered) -> list[dict[str, Any]]:
    found = []
    for index in range(entered.rows(rows.path)):
        row = {}
        for column in rows.columns:
            text = entered.values.get(f"{rows.path}.{index}.{column.path}", "")
            if text or column.kind == "text":
                row[column.path] = text
        found.append(row)
    return found


def _typed(field: Field, text: str) -> object:
    if field.kind == "flag":
        return text != ""
    if field.kind in ("date", "time"):
        return text or None
    return text


def _put(tree: dict[str, Any], path: list[str], value: object) -> None:
    *above, last = path
    for name in above:
        tree = tree.setdefault(name, {})
    tree[last] = value


def _flatten(path: str, value: Any, values: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        for name, each in value.items():
            _flatten(f"{path}.{name}" if path else name, each, values)
    elif isinstance(value, (tuple, list)):
        for index, each in enumerate(value):
            _flatten(f"{path}.{index}", each, values)
    else:
        values[path] = typed_text(value)


def typed_text(value: object) -> str:
    """Return a value as it is typed into its field; `on` for what is chosen."""
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _mistake(detail: ErrorDetails) -> Mistake:
    name = ".".join(str(part) for part in detail["loc"])
    words = _MISTAKES.get(detail["type"], _ELSE)
    facts = {key: str(value) for key, value in detail.get("ctx", {}).items()}
    in_arabic = {key: digits(text, "ar") for key, text in facts.items()}
    return Mistake(
        field=name,
        words=Words(words.ar.format_map(_Facts(in_arabic)), words.en.format_map(_Facts(facts))),
    )


class _Facts(dict[str, str]):
    """A fact that pydantic did not give stands as nothing."""

    def __missing__(self, name: str) -> str:
        return ""
