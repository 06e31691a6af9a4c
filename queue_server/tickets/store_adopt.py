"""The SQL of a slip that a desk makes live before the server has heard of its number."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection, Pool
from core_services.devices.offline import OFFLINE_LETTERS, is_offline_number
from core_services.ids import new_token
from queue_server.tickets import changes
from queue_server.tickets.errors import LabelNotGiven, LabelTaken, about_ticket
from queue_server.tickets.model import Actor, Claim, Language, Priority, Ticket
from queue_server.tickets.numbering import label_of
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import write_change
from queue_server.tickets.store_command import Answer, read_row, run_command
from queue_server.tickets.store_hands import require_free_hand, require_own_window
from queue_server.tickets.store_late import LateNumber, Step, find_by_label, insert_late


@dataclass(frozen=True, slots=True)
class Adopted:
    """A slip that nobody has told the server of."""

    ticket_id: UUID
    series: str
    number: int
    service: str | None
    priority: Priority
    language: Language
    arrived_at: datetime | None
    furthest: int
    """How far above the last number of a queue's series it may lie."""

    @property
    def label(self) -> str:
        return label_of(self.series, self.number)


async def adopt(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    adopted: Adopted,
    actor: Actor,
    window: int | None,
    any_window: bool,
    claim: Claim | None,
) -> Ticket:
    """Make the ticket of a slip, in one commit: at a window called and served, else in line.

    Nothing announces it. Raises LabelTaken, LabelNotGiven, UnknownService, UnknownWindow,
    WindowOfAnother, WindowNotOpen, WindowBusy, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        if window is not None:
            standing = await require_own_window(
                connection, centre_id, window, actor, any_window=any_window
            )
            await require_free_hand(connection, centre_id, standing)
        await require_unheard(
            connection,
            centre_id,
            day=day,
            series=adopted.series,
            number=adopted.number,
            furthest=adopted.furthest,
        )
        waiting = await insert_late(
            connection, centre_id, _late(adopted, day=day, at=at), actor=actor
        )
        if window is None:
            return await read_row(connection, centre_id, waiting.id)
        called = changes.called(waiting, at=at, window=window)
        await write_change(
            connection,
            centre_id,
            waiting,
            called,
            event="call",
            actor=actor,
            detail={"direct": True, "adopted": True},
        )
        return await write_change(
            connection,
            centre_id,
            called,
            changes.moved(called, "start", "serving", at=at),
            event="start",
            actor=actor,
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def require_unheard(
    connection: Connection, centre_id: int, *, day: date, series: str, number: int, furthest: int
) -> None:
    """Refuse a label that the server knows, or that nobody here can have given.

    A number of a queue's series that is taken so is passed over by the day's counter. Raises
    LabelTaken, LabelNotGiven.
    """
    label = label_of(series, number)
    known = await find_by_label(connection, centre_id, day=day, label=label)
    if known is not None:
        raise about_ticket(LabelTaken, known)
    if series in OFFLINE_LETTERS:
        if not is_offline_number(series, number):
            raise LabelNotGiven(state="unknown", label=label)
        return
    row = await connection.fetchrow(
        """
        SELECT c.first_number, coalesce(l.last_number, c.first_number - 1) AS last_number
          FROM centre c
          LEFT JOIN label_counter l ON l.centre_id = c.id AND l.business_day = $2 AND l.series = $3
         WHERE c.id = $1
           AND EXISTS (SELECT 1 FROM queue q WHERE q.centre_id = c.id AND q.series = $3)
        """,
        centre_id,
        day,
        series,
    )
    if row is None or not row["first_number"] <= number <= row["last_number"] + furthest:
        raise LabelNotGiven(state="unknown", label=label)
    await connection.execute(
        "INSERT INTO label_taken (centre_id, business_day, series, number) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT ON CONSTRAINT label_taken_pk DO NOTHING",
        centre_id,
        day,
        series,
        number,
    )


def _late(adopted: Adopted, *, day: date, at: datetime) -> LateNumber:
    return LateNumber(
        id=adopted.ticket_id,
        token=new_token(),
        day=day,
        series=adopted.series,
        number=adopted.number,
        service=adopted.service,
        priority=adopted.priority,
        language=adopted.language,
        requests=1,
        channel="adopted",
        device_id=None,
        mark="printed",
        arrived_at=adopted.arrived_at or at,
        heard_at=at,
        steps=(Step("issue", "none", "waiting", at),),
        detail={} if adopted.arrived_at is None else {"told_arrival": True},
    )
