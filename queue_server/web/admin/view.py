"""The policy's pages as values: what stands in each field, what differs, who changed what; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from core_services.l10n import digits
from queue_server.policy.body import PolicyBody
from queue_server.policy.model import DayFigures, Seen, Touch, Version
from queue_server.policy.present import Present
from queue_server.policy.preview import Preview
from queue_server.tickets.comparison import Change
from queue_server.tickets.model import Service
from queue_server.web.admin.differences import DifferenceRow
from queue_server.web.admin.fields import Field, Group, Rows
from queue_server.web.admin.form import Entered, Mistake
from queue_server.web.admin.groups import GROUPS, PROFILES, field_at
from queue_server.web.rules.hours_text import day_words, moment_words
from queue_server.web.words import Words

Said = Literal[
    "saved",
    "suggested",
    "published",
    "scheduled",
    "withdrawn",
    "not-coming",
    "discarded",
    "changed",
    "no-draft",
]
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
class PolicyPage:
    """The form."""

    template: ClassVar[str] = "policy.html"

    groups: tuple[GroupView, ...]
    services: tuple[Service, ...]
    seen: Seen
    present: Words
    coming: Words | None
    """The version that waits for its day."""
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
    coming: Words | None
    """The version that waits for its day: one with a day takes its place, one without does not."""
    earliest: date
    """The first day to come."""
    day: str = ""
    """From which day it is to hold, as it was typed; empty: from now."""
    note: str = ""
    mistake: Words | None = None
    """What is wrong with the day."""
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
            changed=None
            if group.name not in touches
            else touched_words(touches[group.name], names, zone),
        )
        for group in GROUPS
    )


def touched_words(touch: Touch, names: Mapping[UUID, Words], zone: ZoneInfo) -> Words:
    """Say who changed something last, and when."""
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


def change_rows(changes: Sequence[Change]) -> tuple[ChangeRow, ...]:
    """Return the groups with bars that share one scale for each measure."""
    medians = [(each.now.median_s, each.then.median_s) for each in changes]
    tenths = [(each.now.p90_s, each.then.p90_s) for each in changes]
    longest = max((each or 0.0 for pair in (*medians, *tenths) for each in pair), default=0.0)
    return tuple(
        ChangeRow(change, _bar(median, longest), _bar(p90, longest))
        for change, median, p90 in zip(changes, medians, tenths, strict=True)
    )


def present_words(present: Present, names: Mapping[UUID, Words], zone: ZoneInfo) -> Words:
    """Say which version holds, and who published it when."""
    version = present.version
    if version is None or version.published_at is None:
        return Words(
            "لم تُنشر قواعد بعد؛ يعمل المركز بإعداده الأول.",
            "No policy has been published yet; the centre works as it was set up.",
        )
    who = touched_words(Touch(version.published_by, version.published_at), names, zone)
    return Words(
        f"المعمول به الآن: الإصدار {digits(str(version.version), 'ar')} ({who.ar}).",
        f"In force now: version {version.version} ({who.en}).",
    )


def coming_words(coming: Version | None) -> Words | None:
    """Say which version waits for its day, and for which."""
    if coming is None or coming.holds_from is None:
        return None
    day = day_words(coming.holds_from)
    return Words(
        f"الإصدار {digits(str(coming.version), 'ar')} منشور ويسري من افتتاح يوم {day.ar}.",
        f"Version {coming.version} is published and holds from the opening of {day.en}.",
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


def _bar(pair: tuple[float | None, float | None], longest: float) -> Bar | None:
    now, then = pair
    if now is None or then is None:
        return None
    scale = 100 / longest if longest else 0.0
    return Bar(round(now), round(then), round(now * scale), round(then * scale))


def today_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the civil day of a moment."""
    return at.astimezone(zone).date()
