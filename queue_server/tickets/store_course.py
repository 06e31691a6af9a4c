"""The SQL of a day's course: when each number came and was called, and how full the hall was."""

from dataclasses import dataclass
from datetime import date

from core_services.database.pool import Pool

STEP_S = 300
"""How full the hall was is told so often."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One number's way to its first call that held, in microseconds of the epoch."""

    service: str | None
    issued_us: int
    called_us: int | None
    is_measured: bool
    """Its wait began with its issue: it was neither keyed in later nor brought from another day,
    and did not walk straight to a window."""

    @property
    def wait_us(self) -> int | None:
        """From issue to the first call; None: never called, or nobody measured it."""
        if self.called_us is None or not self.is_measured:
            return None
        return self.called_us - self.issued_us


@dataclass(frozen=True, slots=True)
class Flow:
    """By how many people line and hall grew in the steps that somebody came or went."""

    moment_s: int
    """The end of the step, its last moment in it, in seconds of the epoch."""
    line: int
    hall: int


@dataclass(frozen=True, slots=True)
class Course:
    """A business day's numbers, or those of one queue or service, in the order of their ids.

    Those made void because no paper came out are no visits; they filled the hall until then.
    """

    visits: tuple[Visit, ...] = ()
    flows: tuple[Flow, ...] = ()
    last_s: float = 0.0
    """When somebody last did something, in seconds of the epoch: numbers lapse by themselves."""


async def read_course(
    pool: Pool, centre_id: int, *, day: date, queue: str | None, service: str | None
) -> Course:
    """Recompute a day's course from its events, in one statement.

    In line is who is unconfirmed or waiting; in the hall, also who is called and on the way:
    whoever is served stands at a window and needs no seat. Acts that were taken back count as if
    they had never been; what was keyed in from paper filled no hall.
    """
    # Ticket by ticket (OFFSET 0): a join would read the events of all days, however long ago.
    row = await pool.fetchrow(
        """
        WITH act AS MATERIALIZED (
            SELECT t.id, t.service, t.state, e.revision, e.at, e.event, e.from_state, e.to_state,
                   e.detail
              FROM ticket t
             CROSS JOIN LATERAL (
                   SELECT * FROM ticket_event e
                    WHERE e.centre_id = t.centre_id AND e.ticket_id = t.id
                   OFFSET 0) e
             WHERE t.centre_id = $1 AND t.business_day = $2
               AND ($3::text IS NULL OR t.queue = $3) AND ($4::text IS NULL OR t.service = $4)
               AND (e.from_state <> e.to_state OR e.event = 'undo')
        ), taken_back AS (
            SELECT (detail ->> 'of')::bigint AS revision FROM act WHERE event = 'undo'
        ), visit AS (
            SELECT id, service,
                   min(at) FILTER (WHERE event = 'issue') AS issued_at,
                   min(at) FILTER (WHERE event = 'call') AS called_at,
                   NOT coalesce(bool_or(
                       event = 'issue' AND (
                           detail ->> 'channel' IN ('emergency', 'adopted', 'carried')
                           OR detail -> 'recorded' IS NOT NULL
                           OR detail -> 'arrived_at' IS NOT NULL
                              AND detail -> 'appointment' IS NULL)), false) AS is_measured,
                   (array_agg(detail -> 'direct' IS NOT NULL ORDER BY revision)
                       FILTER (WHERE event = 'call'))[1] AS is_direct
              FROM act
             WHERE state <> 'void' AND revision NOT IN (SELECT revision FROM taken_back)
             GROUP BY id, service
        ), flow AS (
            SELECT date_bin('5 minutes', at - interval '1 microsecond', '2001-01-01T00:00:00Z')
                   + interval '5 minutes' AS moment,
                   sum((to_state IN ('unconfirmed', 'waiting'))::integer
                       - (from_state IN ('unconfirmed', 'waiting'))::integer) AS line,
                   sum((to_state IN ('unconfirmed', 'waiting', 'called'))::integer
                       - (from_state IN ('unconfirmed', 'waiting', 'called'))::integer) AS hall
              FROM act WHERE detail -> 'recorded' IS NULL GROUP BY 1
        )
        SELECT array_agg(service ORDER BY id) AS services,
               array_agg((extract(epoch FROM issued_at) * 1000000)::bigint ORDER BY id) AS issued,
               array_agg((extract(epoch FROM called_at) * 1000000)::bigint ORDER BY id) AS called,
               array_agg(is_measured AND is_direct IS NOT TRUE ORDER BY id) AS measured,
               (SELECT extract(epoch FROM max(at))::float8 FROM act WHERE event <> 'lapse')
                   AS last_s,
               (SELECT array_agg(extract(epoch FROM moment)::bigint ORDER BY moment) FROM flow)
                   AS moments,
               (SELECT array_agg(line ORDER BY moment) FROM flow) AS lines,
               (SELECT array_agg(hall ORDER BY moment) FROM flow) AS halls
          FROM visit
        """,
        centre_id,
        day,
        queue,
        service,
    )
    if row is None or row["moments"] is None:
        return Course()
    columns = (row[name] or () for name in ("services", "issued", "called", "measured"))
    visits = zip(*columns, strict=True)
    flows = zip(row["moments"], row["lines"], row["halls"], strict=True)
    return Course(
        visits=tuple(Visit(*each) for each in visits),
        flows=tuple(Flow(*each) for each in flows),
        last_s=row["last_s"],
    )
