"""The SQL of faults: report, and each act, under the centre's lock and with its event."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.database.values import as_moment, as_uuid, if_any
from core_services.ids import new_id
from queue_server.faults import store_ties, store_windows
from queue_server.faults.lifecycle import EVENT_OF, TRANSITIONS, allowed_acts, is_done
from queue_server.faults.model import (
    Fault,
    FaultAct,
    FaultKind,
    FaultMachine,
    FaultWindow,
    Report,
    Reported,
)
from queue_server.tickets import store_alarm_steps
from queue_server.tickets.errors import FaultActNotAllowed, FaultIsOpen, UnknownFault
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.store_command import Answer, run_command
from queue_server.tickets.store_hands import read_standing, require_own_window


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

    One of a window raises that window's alarm, which goes with it; where somebody has the fault
    already, he goes to that window too. With `own_window_only` the actor must have opened the
    window. Raises UnknownWindow, WindowOfAnother, KeyReused.
    """
    window = report.place.window

    async def work(connection: Connection) -> Answer:
        if window is not None:
            if own_window_only:
                await require_own_window(connection, centre_id, window, actor, any_window=False)
            await read_standing(connection, centre_id, window)
        alarm_id = await _raise_alarm(
            connection, centre_id, report.kind, window, at=at, actor=actor
        )
        windows = [] if window is None else [window]
        known = await _open_at(
            connection, centre_id, report.kind, report.place.device_id, windows, alarm_id=alarm_id
        )
        if known is None:
            fault_id = await _insert(connection, centre_id, report, at=at, actor=actor)
        else:
            fault_id = as_uuid(known["id"])
            await _join(connection, centre_id, fault_id, report, at=at)
        if window is not None:
            await store_windows.tie(connection, centre_id, fault_id, window, alarm_id)
        if known is not None and known["accepted_by"] is not None and alarm_id is not None:
            await store_alarm_steps.accept_in(
                connection, centre_id, alarm_id, at=at, actor=actor, by=known["accepted_by"]
            )
        if report.stops_work:
            await store_windows.stop_work(connection, centre_id, fault_id, window)
        revision = await store_ties.record(
            connection,
            centre_id,
            fault_id,
            "reported" if known is None else "joined",
            actor=actor,
            detail={"stops_work": report.stops_work, "window": window},
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
        alarm = None
        if alarm_id is not None:
            alarm = await store_alarm_steps.read_in(connection, centre_id, alarm_id)
        facts = await _read(connection, centre_id, fault_id)
        return {"fault": facts, "is_joined": known is not None, "alarm": alarm}

    answer = await run_command(pool, centre_id, claim=claim, at=at, work=work)
    return Reported(
        fault_of(answer["fault"]),
        answer["is_joined"],
        if_any(store_alarm_steps.alarm_of, answer["alarm"]),
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
    """Do an act; a fault that stands so already stays as it is, and the words become a note.

    `by` is who takes it up, by default the actor; of several the first stays, unless it is handed
    over. Raises UnknownFault, FaultActNotAllowed, FaultIsOpen, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        facts = await _read(connection, centre_id, fault_id)
        fault = fault_of(facts)
        doing = act
        if is_done(act, fault.state):
            if not words:
                return facts
            doing = "note"
        if (fault.state, doing) not in TRANSITIONS:
            raise FaultActNotAllowed(state=fault.state, allowed=allowed_acts(fault.state))
        if doing == "accept" and fault.state == "accepted" and not hands_over:
            return facts
        revision = await _do(connection, centre_id, fault, doing, at=at, by=by, actor=actor)
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
            return await store_ties.accept(
                connection, centre_id, fault.id, at=at, actor=actor, by=taker
            )
        case "mend" | "dismiss":
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
    """Open a fault again that was not mended after all; its first report keeps its time.

    It concerns the windows that had it when it ended, and what stood still then stands still again.
    """
    windows = [each.number for each in fault.standing]
    other = await _open_at(connection, centre_id, fault.kind, fault.device_id, windows)
    if other is not None:
        raise FaultIsOpen(state=other["state"])
    await connection.execute(
        "UPDATE fault SET state = 'reported', accepted_at = NULL, accepted_by = NULL,"
        " mended_at = NULL, dismissed_at = NULL, ended_by = NULL, last_at = greatest($3, last_at)"
        " WHERE centre_id = $1 AND id = $2",
        centre_id,
        fault.id,
        at,
    )
    for window in windows:
        alarm_id = await _raise_alarm(connection, centre_id, fault.kind, window, at=at, actor=actor)
        await store_windows.tie(connection, centre_id, fault.id, window, alarm_id)
    if fault.ended_at is not None:
        await store_windows.stop_work_again(connection, centre_id, fault.id, fault.ended_at)
    return await store_ties.record(connection, centre_id, fault.id, "reopened", actor=actor)


async def _open_at(
    connection: Connection,
    centre_id: int,
    kind: FaultKind,
    device_id: UUID | None,
    windows: Sequence[int],
    *,
    alarm_id: UUID | None = None,
) -> Record | None:
    """Return the fault of that kind that is open at the machine, at one of the windows, or, with
    neither, in the hall.

    Of two, one of the machine and one of a window, it is the one that goes with the alarm.
    """
    return await connection.fetchrow(
        """
        SELECT f.id, f.state, f.accepted_by FROM fault f
          LEFT JOIN fault_window w ON w.centre_id = f.centre_id AND w.fault_id = f.id
               AND w.left_at IS NULL AND w.window_number = ANY ($4)
         WHERE f.centre_id = $1 AND f.kind = $2 AND f.state IN ('reported', 'accepted')
           AND (f.device_id = $3 OR w.window_number IS NOT NULL
                OR (f.device_id IS NULL AND f.window_number IS NULL
                    AND $3::uuid IS NULL AND cardinality($4::smallint[]) = 0))
         ORDER BY coalesce(w.alarm_id = $5, false) DESC, f.reported_at, f.id LIMIT 1
        """,
        centre_id,
        kind,
        device_id,
        windows,
        alarm_id,
    )


async def _raise_alarm(
    connection: Connection,
    centre_id: int,
    kind: FaultKind,
    window: int | None,
    *,
    at: datetime,
    actor: Actor,
) -> UUID | None:
    """Raise the alarm of the window that a report is about; None where it is about none."""
    if window is None or kind == "kiosk":
        return None
    alarm = await store_alarm_steps.raise_in(
        connection,
        centre_id,
        at=at,
        window=window,
        kind="fault",
        category=kind,
        is_silent=False,
        actor=actor,
    )
    return as_uuid(alarm["id"])


async def _insert(
    connection: Connection, centre_id: int, report: Report, *, at: datetime, actor: Actor
) -> UUID:
    fault_id = new_id(at)
    await connection.execute(
        "INSERT INTO fault (centre_id, id, kind, device_id, window_number, stops_work, state,"
        " reported_at, reported_by, last_at) VALUES ($1, $2, $3, $4, $5, $6, 'reported', $7, $8,"
        " $7)",
        centre_id,
        fault_id,
        report.kind,
        report.place.device_id,
        report.place.window,
        report.stops_work,
        at,
        actor.id,
    )
    return fault_id


async def _join(
    connection: Connection, centre_id: int, fault_id: UUID, report: Report, *, at: datetime
) -> None:
    """Count a report with the fault that is open; that work has stopped since stays said.

    Reported of the machine itself, it is no more its windows' alone; a window's machine that was
    not known before is known from now on.
    """
    await connection.execute(
        """
        UPDATE fault f
           SET reports = reports + 1, stops_work = stops_work OR $3,
               window_number = CASE WHEN $4::smallint IS NOT NULL THEN window_number END,
               device_id = coalesce(device_id, CASE WHEN NOT EXISTS (
                   SELECT 1 FROM fault o
                    WHERE o.centre_id = f.centre_id AND o.kind = f.kind AND o.device_id = $5
                      AND o.state IN ('reported', 'accepted')) THEN $5::uuid END),
               last_at = greatest($6, last_at)
         WHERE centre_id = $1 AND id = $2
        """,
        centre_id,
        fault_id,
        report.stops_work,
        report.place.window,
        report.place.device_id,
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
        "SELECT fault_facts(f) FROM fault f WHERE centre_id = $1 AND id = $2", centre_id, fault_id
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
        machine=if_any(_machine_of, facts.get("machine")),
        windows=tuple(_window_of(each) for each in facts.get("windows", ())),
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
    )


def _machine_of(facts: Mapping[str, Any]) -> FaultMachine:
    return FaultMachine(facts["name"], facts["kind"], facts["in_use"])


def _window_of(facts: Mapping[str, Any]) -> FaultWindow:
    return FaultWindow(
        number=facts["window_number"],
        reported_at=as_moment(facts["reported_at"]),
        alarm_id=if_any(as_uuid, facts["alarm_id"]),
        left_at=if_any(as_moment, facts["left_at"]),
        left_why=facts["left_why"],
    )
