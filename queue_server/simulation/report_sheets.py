"""The sheets behind a simulation's report: each chart and its table are made of one; pure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core_services.l10n import Language
from core_services.sheets.model import Column, Row, Sheet
from queue_server.simulation import report_words as words
from queue_server.simulation.outcome import Act
from queue_server.simulation.result import LivedThrough
from queue_server.simulation.scenario import Plan

STEP: Final = timedelta(minutes=5)
HALF_HOUR: Final = timedelta(minutes=30)
BIN_S: Final = 300


def days_sheet(days: Sequence[LivedThrough], language: Language) -> Sheet:
    """Return a row a day: numbers, what became of them, waits, how true the estimates were."""
    rows: list[Row] = []
    for day in days:
        each = day.figures
        rows.append(
            (
                each.day,
                *(each.citizens, each.issued, each.finished, each.no_show, each.left, each.lapsed),
                *(_whole(each.waits.mean_s), _whole(each.waits.p80_s), _whole(each.waits.p90_s)),
                *(_whole(each.waits.max_s), _whole(each.estimate.mae_s), each.estimate.coverage),
            )
        )
    columns = (
        Column("day", words.DAY.say(language), "date"),
        Column("came", words.CAME.say(language), "int"),
        Column("issued", words.ISSUED.say(language), "int"),
        Column("finished", words.SERVED.say(language), "int"),
        Column("no_show", words.ABSENT.say(language), "int"),
        Column("left", words.LEFT.say(language), "int"),
        Column("lapsed", words.LAPSED.say(language), "int"),
        Column("mean_s", words.MEAN_WAIT.say(language), "seconds"),
        Column("p80_s", words.P80_WAIT.say(language), "seconds"),
        Column("p90_s", words.P90_WAIT.say(language), "seconds"),
        Column("max_s", words.LONGEST_WAIT.say(language), "seconds"),
        Column("mae_s", words.ESTIMATE_OFF.say(language), "seconds"),
        Column("coverage", words.IN_RANGE.say(language), "share"),
    )
    return Sheet(words.DAYS.say(language), language, columns, tuple(rows))


def course_sheet(day: LivedThrough, language: Language, zone: ZoneInfo) -> Sheet:
    """Return a row every five minutes: people who wait for their first call, and open windows."""
    stays = [
        (day.moment(ticket.issued_at), day.moment(_end_of_wait(ticket.acts, ticket.issued_at)))
        for ticket in day.tickets
    ]
    open_times = _open_times(day)
    marks = [moment for stay in stays for moment in stay]
    rows: list[Row] = []
    at = _floor(min(marks, default=day.opens_at))
    while marks and at <= max(marks) + STEP:
        waiting = sum(since <= at < until for since, until in stays)
        staffed = sum(since <= at < until for since, until in open_times)
        rows.append((at.astimezone(zone), waiting, staffed))
        at += STEP
    columns = (
        Column("at", words.TIME.say(language), "time"),
        Column("waiting", words.WAITING.say(language), "int"),
        Column("open", words.OPEN_WINDOWS.say(language), "int"),
    )
    return Sheet(words.COURSE.say(language), language, columns, tuple(rows))


def taken_sheet(day: LivedThrough, language: Language, zone: ZoneInfo) -> Sheet:
    """Return by half hours how many numbers kiosks gave, and how many reception did."""
    given = [ticket for ticket in day.tickets if ticket.state != "void"]
    halves = [(_half_hour(day.moment(each.issued_at)), each.channel == "kiosk") for each in given]
    rows: list[Row] = []
    at = min((half for half, _ in halves), default=day.opens_at)
    while halves and at <= max(half for half, _ in halves):
        rows.append(
            (at.astimezone(zone), halves.count((at, True)), halves.count((at, False))),
        )
        at += HALF_HOUR
    columns = (
        Column("at", words.TIME.say(language), "time"),
        Column("kiosk", words.AT_KIOSK.say(language), "int"),
        Column("elsewhere", words.AT_RECEPTION.say(language), "int"),
    )
    return Sheet(words.TAKEN.say(language), language, columns, tuple(rows))


def faults_sheet(plan: Plan, language: Language, zone: ZoneInfo) -> Sheet:
    """Return what breaks on each day of a scenario, in the order of its beginning."""
    rows: list[Row] = []
    for each in sorted(plan.faults, key=lambda fault: fault.at):
        begins = datetime.combine(plan.date, each.at, tzinfo=zone)
        ends = begins + timedelta(minutes=each.minutes)
        rows.append((words.FAULTS[each.kind].say(language), begins, ends))
    columns = (
        Column("what", words.BROKEN_PART.say(language)),
        Column("from", words.FROM.say(language), "time"),
        Column("until", words.UNTIL.say(language), "time"),
    )
    return Sheet(words.BROKEN.say(language), language, columns, tuple(rows))


def waits_sheet(day: LivedThrough, language: Language) -> Sheet:
    """Return how many waited so long, in steps of five minutes."""
    counts: dict[int, int] = defaultdict(int)
    for ticket in day.tickets:
        if ticket.wait_s is not None:
            counts[int(ticket.wait_s * day.times // BIN_S)] += 1
    rows: list[Row] = [
        (at * BIN_S, (at + 1) * BIN_S, counts[at]) for at in range(max(counts, default=-1) + 1)
    ]
    columns = (
        Column("low", words.FROM.say(language), "seconds"),
        Column("high", words.UNTIL.say(language), "seconds"),
        Column("people", words.PEOPLE.say(language), "int"),
    )
    return Sheet(words.WAITS.say(language), language, columns, tuple(rows))


def windows_sheet(day: LivedThrough, language: Language) -> Sheet:
    """Return a row a window: whom it served, who did not come, how long it was open and busy."""
    rows: list[Row] = [
        (
            each.window,
            each.served,
            each.no_shows,
            _whole(each.open_s),
            _whole(each.busy_s),
            min(each.busy_s / each.open_s, 1.0) if each.open_s else None,
        )
        for each in day.figures.windows
    ]
    columns = (
        Column("window", words.WINDOW.say(language), "int"),
        Column("served", words.SERVED.say(language), "int"),
        Column("absent", words.ABSENT.say(language), "int"),
        Column("open_s", words.OPEN_FOR.say(language), "seconds"),
        Column("busy_s", words.BUSY_FOR.say(language), "seconds"),
        Column("share", words.BUSY_SHARE.say(language), "share"),
    )
    return Sheet(words.WINDOWS.say(language), language, columns, tuple(rows))


def truth_sheet(day: LivedThrough, language: Language, zone: ZoneInfo) -> Sheet:
    """Return by half hours of issue what wait was said on average, and what was waited."""
    pairs: dict[datetime, list[tuple[float, float]]] = defaultdict(list)
    for ticket in day.tickets:
        if ticket.said is not None and ticket.wait_s is not None:
            at = day.moment(ticket.issued_at)
            pairs[_half_hour(at)].append(
                (ticket.said.likely_s * day.times, ticket.wait_s * day.times)
            )
    rows: list[Row] = [
        (
            half.astimezone(zone),
            _whole(sum(said for said, _ in found) / len(found)),
            _whole(sum(waited for _, waited in found) / len(found)),
            len(found),
        )
        for half, found in sorted(pairs.items())
    ]
    columns = (
        Column("at", words.TIME.say(language), "time"),
        Column("said", words.SAID.say(language), "seconds"),
        Column("waited", words.WAITED.say(language), "seconds"),
        Column("numbers", words.ISSUED.say(language), "int"),
    )
    return Sheet(words.TRUTH.say(language), language, columns, tuple(rows))


def _end_of_wait(acts: Sequence[Act], issued_at: datetime) -> datetime:
    """Return when somebody was called first, or went; the last act of whoever was never called."""
    ends = (act.at for act in acts if act.event in ("call", "cancel", "void", "lapse"))
    return next(ends, acts[-1].at if acts else issued_at)


def _open_times(day: LivedThrough) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    opened: dict[int, datetime] = {}
    for act in day.windows:
        was = opened.pop(act.window, None)
        if was is not None:
            found.append((day.moment(was), day.moment(act.at)))
        if act.to_state == "open":
            opened[act.window] = act.at
    return found


def _half_hour(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % HALF_HOUR.total_seconds())


def _floor(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % STEP.total_seconds())


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
