"""The SQL of faults: report, and each act, under the centre's lock and with its event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.database.values import as_moment, as_uuid, if_any
from core_services.ids import new_id
from queue_server.faults import store_ties
from queue_server.faults.lifecycle import EVENT_OF, TRANSITIONS, allowed_acts, is_done
from queue_server.faults.model import Fault, FaultAct, FaultKind, Place, Report, Reported
from queue_server.tickets import store_alarms
from queue_server.tickets.errors import FaultActNotAllowed, FaultIsOpen, UnknownFault
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, run_command
from queue_server.tickets.store_hands import read_standing, require_own_window
from queue_server.tickets.window_alarms import AlarmEnd

_WHY: Mapping[FaultAct, AlarmEnd] = {"mend": "handled", "dismiss": "false_alarm"}
"""How the alarm of its window ends with a fault."""


async def report(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    report: Report,
    actor: Actor,
    own_window_only: bool,
    claim: Claim | None,
) -> Reported:
    """Enter what somebody reports; a fault of the same kind and place that is open is joined.

    One of a window raises that window's alarm, and goes with it. With `own_window_only` the actor
    must have opened the window. Raises UnknownWindow, WindowOfAnother, KeyReused.
    """
    window = report.place.window

    async def work(connection: Connection) -> Answer:
        if window is not None:
            if own_window_only:
                await require_own_window(connection, centre_id, window, actor, any_window=False)
            await read_standing(connection, centre_id, window)
        alarm = await _raise_alarm(connection, centre_id, report, at=at, actor=actor)
        alarm_id = None if alarm is None else as_uuid(alarm["id"])
        known = await _open_at(connection, centre_id, report.kind, report.place, alarm_id=alarm_id)
        if known is None:
            fault_id = await _insert(
                connection, centre_id, report, alarm_id=alarm_id, at=at, actor=actor
            )
        else:
            fault_id = as_uuid(known["id"])
            await _join(
                connection, centre_id, fault_id, report.stops_work, alarm_id=alarm_id, at=at
            )
        if report.stops_work:
            await store_ties.stop_work(connection, centre_id, fault_id)
        revision = await store_ties.record(
            connection,
            centre_id,
            fault_id,
            "reported" if known is None else "joined",
            actor=actor,
            detail={"stops_work": report.stops_work},
        )
        await connection.execute(
            "INSERT INTO fault_report (centre_id, revision, fault_id, window_number, screen,"
            " diagnosis) VALUES ($1, $2, $3, $4, $5, $6)",
            centre_id,
            revision,
            fault_id,
            report.from_window,
            report.screen,
            dict(report.diagnosis or {}),
        )
        await _write(connection, centre_id, fault_id, revision, report.words, at=at)
        facts = await _read(connection, centre_id, fault_id)
        return {"fault": facts, "is_joined": known is not None, "alarm": alarm}

    answer = await run_command(pool, centre_id, claim=claim, at=at, work=work)
    return Reported(
        fault_of(answer["fault"]),
        answer["is_joined"],
        if_any(store_alarms.alarm_of, answer["alarm"]),
    )


async def act(
    pool: Pool,
    centre_id: int,
    fault_id: UUID,
    act: FaultAct,
    *,
    at: datetime,
    words: str,
    by: UUID | None,
    hands_over: bool,
    actor: Actor,
    claim: Claim | None,
) -> Fault:
    """Do an act; a fault that stands so already stays as it is.

    `by` is who takes it up, by default the actor; of several the first stays, unless it is handed
    over. Raises UnknownFault, FaultActNotAllowed, FaultIsOpen, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        facts = await _read(connection, centre_id, fault_id)
        fault = fault_of(facts)
        if is_done(act, fault.state):
            return facts
        if (fault.state, act) not in TRANSITIONS:
            raise FaultActNotAllowed(state=fault.state, allowed=allowed_acts(fault.state))
        if act == "accept" and fault.state == "accepted" and not hands_over:
            return facts
        revision = await _do(connection, centre_id, fault, act, at=at, by=by, actor=actor)
        if revision is not None:
            await _write(connection, centre_id, fault_id, revision, words, at=at)
        return await _read(connection, centre_id, fault_id)

    return fault_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def mend_in(
    connection: Connection,
    centre_id: int,
    fault_id: UUID,
    *,
    at: datetime,
    words: str,
    actor: Actor,
) -> None:
    """Mend a fault as a part of a command that has the centre's lock; one that is over stays so.

    Raises UnknownFault.
    """
    fault = fault_of(await _read(connection, centre_id, fault_id))
    if fault.is_open:
        revision = await _do(connection, centre_id, fault, "mend", at=at, by=None, actor=actor)
        if revision is not None:
            await _write(connection, centre_id, fault_id, revision, words, at=at)


async def _do(
    connection: Connection,
    centre_id: int,
    fault: Fault,
    act: FaultAct,
    *,
    at: datetime,
    by: UUID | None,
    actor: Actor,
) -> int | None:
    """Return the revision of what was done; None when nothing was to do."""
    match act:
        case "accept":
            taker = by or actor.id
            if taker is None or fault.accepted_by == taker:
                return None
            if fault.alarm_id is not None:
                await store_alarms.accept_in(
                    connection, centre_id, fault.alarm_id, at=at, actor=actor, by=taker
                )
            return await store_ties.accept(
                connection, centre_id, fault.id, at=at, actor=actor, by=taker
            )
        case "mend" | "dismiss":
            if fault.alarm_id is not None:
                await store_alarms.close_in(
                    connection, centre_id, fault.alarm_id, at=at, actor=actor, why=_WHY[act]
                )
            state = TRANSITIONS[fault.state, act]
            return await store_ties.end(
                connection, centre_id, fault.id, at=at, actor=actor, state=state
            )
        case "reopen":
            return await _reopen(connection, centre_id, fault, at=at, actor=actor)
        case "note":
            await connection.execute(
                "UPDATE fault SET last_at = greatest($3, last_at) WHERE centre_id = $1 AND id = $2",
                centre_id,
                fault.id,
                at,
            )
            return await store_ties.record(
                connection, centre_id, fault.id, EVENT_OF[act], actor=actor
            )


async def _reopen(
    connection: Connection, centre_id: int, fault: Fault, *, at: datetime, actor: Actor
) -> int:
    """Open a fault again that was not mended after all; its first report keeps its time."""
    other = await _open_at(connection, centre_id, fault.kind, fault.place)
    if other is not None:
        raise FaultIsOpen(state=other["state"])
    report = Report(kind=fault.kind, place=fault.place)
    alarm = await _raise_alarm(connection, centre_id, report, at=at, actor=actor)
    await connection.execute(
        "UPDATE fault SET state = 'reported', accepted_at = NULL, accepted_by = NULL,"
        " mended_at = NULL, dismissed_at = NULL, ended_by = NULL, alarm_id = $4,"
        " last_at = greatest($3, last_at) WHERE centre_id = $1 AND id = $2",
        centre_id,
        fault.id,
        at,
        None if alarm is None else as_uuid(alarm["id"]),
    )
    if fault.stops_work:
        await store_ties.stop_work(connection, centre_id, fault.id)
    return await store_ties.record(connection, centre_id, fault.id, "reopened", actor=actor)


async def _open_at(
    connection: Connection,
    centre_id: int,
    kind: FaultKind,
    place: Place,
    *,
    alarm_id: UUID | None = None,
) -> Record | None:
    """Return the fault of that kind that is open there: at the machine, the window or the hall.

    Of two, one of the machine and one of the window, it is the one that goes with the alarm.
    """
    return await connection.fetchrow(
        """
        SELECT id, state FROM fault
         WHERE centre_id = $1 AND kind = $2 AND state IN ('reported', 'accepted')
           AND (device_id = $3 OR window_number = $4
                OR (device_id IS NULL AND window_number IS NULL AND $3 IS NULL AND $4 IS NULL))
         ORDER BY coalesce(alarm_id = $5, false) DESC, reported_at, id LIMIT 1
        """,
        centre_id,
        kind,
        place.device_id,
        place.window,
        alarm_id,
    )


async def _raise_alarm(
    connection: Connection, centre_id: int, report: Report, *, at: datetime, actor: Actor
) -> Answer | None:
    """Raise the alarm of the window that a report is about; None where it is about none."""
    if report.place.window is None or report.kind == "kiosk":
        return None
    return await store_alarms.raise_in(
        connection,
        centre_id,
        at=at,
        window=report.place.window,
        kind="fault",
        category=report.kind,
        is_silent=False,
        actor=actor,
    )


async def _insert(
    connection: Connection,
    centre_id: int,
    report: Report,
    *,
    alarm_id: UUID | None,
    at: datetime,
    actor: Actor,
) -> UUID:
    fault_id = new_id(at)
    await connection.execute(
        "INSERT INTO fault (centre_id, id, kind, device_id, window_number, stops_work, state,"
        " reported_at, reported_by, alarm_id, last_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'reported', $7, $8, $9, $7)",
        centre_id,
        fault_id,
        report.kind,
        report.place.device_id,
        report.place.window,
        report.stops_work,
        at,
        actor.id,
        alarm_id,
    )
    return fault_id


async def _join(
    connection: Connection,
    centre_id: int,
    fault_id: UUID,
    stops_work: bool,
    *,
    alarm_id: UUID | None,
    at: datetime,
) -> None:
    """Count a report with the fault that is open; that work has stopped since stays said."""
    await connection.execute(
        "UPDATE fault SET reports = reports + 1, stops_work = stops_work OR $3,"
        " alarm_id = coalesce(alarm_id, $4), last_at = greatest($5, last_at)"
        " WHERE centre_id = $1 AND id = $2",
        centre_id,
        fault_id,
        stops_work,
        alarm_id,
        at,
    )


async def _write(
    connection: Connection,
    centre_id: int,
    fault_id: UUID,
    revision: int,
    words: str,
    *,
    at: datetime,
) -> None:
    if words:
        await connection.execute(
            "INSERT INTO fault_words (centre_id, revision, fault_id, written_at, text)"
            " VALUES ($1, $2, $3, $4, $5)",
            centre_id,
            revision,
            fault_id,
            at,
            words,
        )


async def _read(connection: Connection, centre_id: int, fault_id: UUID) -> Answer:
    facts = await connection.fetchval(
        "SELECT to_jsonb(f) FROM fault f WHERE centre_id = $1 AND id = $2", centre_id, fault_id
    )
    if facts is None:
        raise UnknownFault(str(fault_id))
    return dict(facts)


def fault_of(facts: Mapping[str, Any]) -> Fault:
    """Read the row of a fault."""
    return Fault(
        id=as_uuid(facts["id"]),
        kind=facts["kind"],
        device_id=if_any(as_uuid, facts.get("device_id")),
        window=facts.get("window_number"),
        stops_work=facts["stops_work"],
        state=facts["state"],
        reported_at=as_moment(facts["reported_at"]),
        reported_by=as_uuid(facts["reported_by"]),
        reports=facts["reports"],
        accepted_at=if_any(as_moment, facts.get("accepted_at")),
        accepted_by=if_any(as_uuid, facts.get("accepted_by")),
        mended_at=if_any(as_moment, facts.get("mended_at")),
        dismissed_at=if_any(as_moment, facts.get("dismissed_at")),
        ended_by=if_any(as_uuid, facts.get("ended_by")),
        alarm_id=if_any(as_uuid, facts.get("alarm_id")),
    )
