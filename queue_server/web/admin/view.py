"""The policy's pages as values: what stands in each field, what differs, who changed what; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, ClassVar, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from core_services.l10n import digits
from queue_server.policy.body import PolicyBody
from queue_server.policy.difference import Difference, differences
from queue_server.policy.model import DayFigures, Seen, Touch, Version
from queue_server.policy.preview import Preview
from queue_server.tickets.comparison import Change
from queue_server.tickets.model import Service
from queue_server.web.admin.fields import GROUPS, PROFILES, Field, Group, Rows, field_at, rows_at
from queue_server.web.admin.form import Entered, Mistake
from queue_server.web.rules.hours_text import day_words, minutes_words, moment_words, time_words
from queue_server.web.words import Words

Said = Literal["saved", "suggested", "published", "discarded", "changed", "no-draft"]
_NOTHING = Words("لا شيء", "nothing")
_YES, _NO = Words("نعم", "yes"), Words("لا", "no")
_NOBODY = Words("النظام", "the system")


@dataclass(frozen=True, slots=True)
class FieldView:
    """One input."""

    name: str
    field: Field
    label: Words
    value: str
    mistake: Words | None


@dataclass(frozen=True, slots=True)
class RowsView:
    """A list of inputs."""

    rows: Rows
    lines: tuple[tuple[FieldView, ...], ...]
    mistake: Words | None


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A work profile that may take priority first."""

    code: str
    name: Words
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group of fields, and who changed it last."""

    group: Group
    fields: tuple[FieldView, ...]
    rows: tuple[RowsView, ...]
    profiles: tuple[ProfileView, ...]
    mistake: Words | None
    changed: Words | None


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One difference in words."""

    field: Words
    before: Words
    after: Words


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version that was published, and what it changed."""

    version: int
    is_present: bool
    published: Words
    note: str | None
    rows: tuple[DifferenceRow, ...]


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """The form."""

    template: ClassVar[str] = "policy.html"

    groups: tuple[GroupView, ...]
    services: tuple[Service, ...]
    seen: Seen
    present: Words
    draft: Words | None
    warnings: tuple[Words, ...] = ()
    mistakes: tuple[tuple[str, Words], ...] = ()
    said: Said | None = None
    overtaken: tuple[DifferenceRow, ...] | None = None
    """What the draft of another editor has where this form has something else."""


@dataclass(frozen=True, slots=True)
class PublishPage:
    """What publishing will change, before it is confirmed."""

    template: ClassVar[str] = "policy_publish.html"

    version: int
    seen: Seen
    rows: tuple[DifferenceRow, ...]
    sentence: Words
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """All versions, the latest first."""

    template: ClassVar[str] = "policy_history.html"

    versions: tuple[VersionRow, ...]
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A median or a tenth-longest wait in two bars; lengths are percent of the longest."""

    now_s: int
    then_s: int
    now_length: int
    then_length: int


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A group of people under both policies."""

    change: Change
    median: Bar | None
    p90: Bar | None


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """One day under the draft and under what holds."""

    template: ClassVar[str] = "policy_preview.html"

    preview: Preview
    day: Words | None
    days: tuple[DayFigures, ...]
    rows: tuple[ChangeRow, ...]
    has_draft: bool


def group_views(
    entered: Entered,
    *,
    profiles: Sequence[tuple[str, str, str, bool]],
    touches: Mapping[str, Touch],
    names: Mapping[UUID, Words],
    zone: ZoneInfo,
    mistakes: Sequence[Mistake] = (),
) -> tuple[GroupView, ...]:
    """Return the whole form with what was entered in it."""
    wrong = {mistake.field: mistake.words for mistake in mistakes}
    return tuple(
        GroupView(
            group=group,
            fields=tuple(
                FieldView(
                    field.path,
                    field,
                    field.label,
                    entered.values.get(field.path, ""),
                    wrong.get(field.path),
                )
                for field in group.fields
            ),
            rows=tuple(_rows_view(rows, entered, wrong) for rows in group.rows),
            profiles=tuple(
                ProfileView(code, Words(name_ar, name_en), code in entered.profiles)
                for code, name_ar, name_en, _ in profiles
            )
            if PROFILES.startswith(f"{group.name}.")
            else (),
            mistake=wrong.get(group.name),
            changed=touched_words(touches.get(group.name), names, zone),
        )
        for group in GROUPS
    )


def touched_words(touch: Touch | None, names: Mapping[UUID, Words], zone: ZoneInfo) -> Words | None:
    """Say who changed something last, and when."""
    if touch is None:
        return None
    who = _NOBODY if touch.by is None else names.get(touch.by, _NOBODY)
    when = moment_words(touch.at, zone)
    return Words(f"{who.ar}، {when.ar}", f"{who.en}, {when.en}")


def mistakes_in_order(
    groups: Sequence[GroupView], mistakes: Sequence[Mistake]
) -> tuple[tuple[str, Words], ...]:
    """Return each mistake with the id of what is to be mended."""
    fields = {field.name for group in groups for field in group.fields}
    fields |= {
        field.name
        for group in groups
        for rows in group.rows
        for line in rows.lines
        for field in line
    }
    return tuple(
        (
            f"f-{mistake.field}"
            if mistake.field in fields
            else f"g-{mistake.field.partition('.')[0]}",
            _named(mistake),
        )
        for mistake in mistakes
    )


def _named(mistake: Mistake) -> Words:
    """Say where the mistake is, as its field or its group is called."""
    found = field_at(tuple(mistake.field.split(".")))
    label = None if found is None else found[0]
    if label is None:
        name = mistake.field.partition(".")[0]
        label = next((group.title for group in GROUPS if group.name == name), None)
    if label is None:
        return mistake.words
    return Words(f"{label.ar}: {mistake.words.ar}", f"{label.en}: {mistake.words.en}")


def difference_rows(
    before: PolicyBody,
    after: PolicyBody,
    *,
    services: Mapping[str, Service],
    profiles: Mapping[str, Words],
) -> tuple[DifferenceRow, ...]:
    """Return what differs, in words."""
    return tuple(_row(each, services, profiles) for each in differences(before, after))


def version_row(
    version: Version,
    before: PolicyBody,
    *,
    names: Mapping[UUID, Words],
    services: Mapping[str, Service],
    profiles: Mapping[str, Words],
    zone: ZoneInfo,
) -> VersionRow:
    """Return a version and what it changed of the one before it."""
    at = version.published_at or version.changed_at
    told = touched_words(Touch(version.published_by, at), names, zone)
    return VersionRow(
        version=version.version,
        is_present=version.state == "published",
        published=told or _NOBODY,
        note=version.note,
        rows=difference_rows(before, version.body, services=services, profiles=profiles),
    )


def change_rows(changes: Sequence[Change]) -> tuple[ChangeRow, ...]:
    """Return the groups with bars that share one scale for each measure."""
    medians = [(each.now.median_s, each.then.median_s) for each in changes]
    tenths = [(each.now.p90_s, each.then.p90_s) for each in changes]
    longest = max((each or 0.0 for pair in (*medians, *tenths) for each in pair), default=0.0)
    return tuple(
        ChangeRow(change, _bar(median, longest), _bar(p90, longest))
        for change, median, p90 in zip(changes, medians, tenths, strict=True)
    )


def warnings_of(body: PolicyBody, *, today: date) -> tuple[Words, ...]:
    """Return what an administrator should look at before it is too late."""
    hours, found = body.hours, []
    if not hours.applies:
        return ()
    if hours.valid_to is not None and hours.valid_to < today:
        day = day_words(hours.valid_to)
        found.append(
            Words(
                f"انتهى قرار المواعيد يوم {day.ar}. المواعيد باقية حتى تُعدّلها.",
                f"The decree of the hours ended on {day.en}. The hours stay until you change them.",
            )
        )
    if not any(each.day >= today for each in hours.holidays):
        found.append(
            Words(
                "لا إجازات رسمية قادمة مسجّلة. أضف المقترح ثم راجعه.",
                "No coming public holidays are entered. Add the suggestions, then check them.",
            )
        )
    return tuple(found)


def _rows_view(rows: Rows, entered: Entered, wrong: Mapping[str, Words]) -> RowsView:
    count = entered.rows(rows.path)
    return RowsView(
        rows=rows,
        lines=tuple(
            tuple(
                FieldView(
                    name := f"{rows.path}.{index}.{column.path}",
                    column,
                    Words(
                        f"{rows.label.ar} {digits(str(index + 1), 'ar')}: {column.label.ar}",
                        f"{rows.label.en} {index + 1}: {column.label.en}",
                    ),
                    entered.values.get(name, ""),
                    wrong.get(name) or (wrong.get(f"{rows.path}.{index}") if place == 0 else None),
                )
                for place, column in enumerate(rows.columns)
            )
            for index in range(count + rows.blank)
        ),
        mistake=wrong.get(rows.path),
    )


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


def _bar(pair: tuple[float | None, float | None], longest: float) -> Bar | None:
    now, then = pair
    if now is None or then is None:
        return None
    scale = 100 / longest if longest else 0.0
    return Bar(round(now), round(then), round(now * scale), round(then * scale))


def today_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the civil day of a moment."""
    return at.astimezone(zone).date()
