"""The SQL that reads how a centre is set up, and makes a training centre of that.

Each INSERT names its columns: what a later migration adds has its default in a centre that is put
back to a start of before.
"""

from datetime import datetime
from typing import Final

from core_services.database.pool import Connection, Pool
from core_services.training import training_name
from queue_server.store_centre import record
from queue_server.tickets.model import Actor
from queue_server.training.model import Start

_SYSTEM: Final = Actor("system")

_READ: Final = """
SELECT jsonb_build_object(
    'centre', (SELECT jsonb_agg(to_jsonb(c)) FROM centre c WHERE c.id = $1),
    'queue', (SELECT jsonb_agg(to_jsonb(q)) FROM queue q WHERE q.centre_id = $1),
    'queue_pace', (SELECT jsonb_agg(to_jsonb(p)) FROM queue_pace p WHERE p.centre_id = $1),
    'service', (SELECT jsonb_agg(to_jsonb(s)) FROM service s WHERE s.centre_id = $1),
    'priority_credit', (SELECT jsonb_agg(to_jsonb(p)) FROM priority_credit p
                         WHERE p.centre_id = $1),
    'work_profile', (SELECT jsonb_agg(to_jsonb(p)) FROM work_profile p WHERE p.centre_id = $1),
    'work_profile_queue', (SELECT jsonb_agg(to_jsonb(p)) FROM work_profile_queue p
                            WHERE p.centre_id = $1),
    'service_window', (SELECT jsonb_agg(jsonb_build_object('centre_id', w.centre_id,
                                                           'number', w.number,
                                                           'profile', w.profile,
                                                           'is_accessible', w.is_accessible))
                         FROM service_window w WHERE w.centre_id = $1),
    'policy_version', (SELECT jsonb_agg(to_jsonb(v)) FROM policy_version v
                        WHERE v.centre_id = $1 AND v.state = 'published'),
    'policy_now', (SELECT jsonb_agg(to_jsonb(n)) FROM policy_now n WHERE n.centre_id = $1),
    'appointment_plan', (SELECT jsonb_agg(to_jsonb(p)) FROM appointment_plan p
                          WHERE p.centre_id = $1 AND p.withdrawn_at IS NULL),
    'appointment_closure', (SELECT jsonb_agg(to_jsonb(d)) FROM appointment_closure d
                             WHERE d.centre_id = $1),
    'staff', (SELECT jsonb_agg(to_jsonb(s) - 'password_hash' - 'last_sign_in_at') FROM staff s
               WHERE s.centre_id = $1 AND s.disabled_at IS NULL))
"""

_PLANT: Final[dict[str, str]] = {
    "queue": """
        INSERT INTO queue (centre_id, code, name_ar, name_en, series)
        SELECT centre_id, code, name_ar, name_en, series
          FROM jsonb_populate_recordset(NULL::queue, $1)
    """,
    "queue_pace": """
        INSERT INTO queue_pace (centre_id, queue, recent_s, mean_s, p10_s, p90_s)
        SELECT centre_id, queue, recent_s, mean_s, p10_s, p90_s
          FROM jsonb_populate_recordset(NULL::queue_pace, $1)
    """,
    "service": """
        INSERT INTO service (centre_id, code, queue, name_ar, name_en, target_s, rank, is_open)
        SELECT centre_id, code, queue, name_ar, name_en, target_s, rank, is_open
          FROM jsonb_populate_recordset(NULL::service, $1)
    """,
    "priority_credit": """
        INSERT INTO priority_credit (centre_id, priority, credit_s)
        SELECT centre_id, priority, credit_s
          FROM jsonb_populate_recordset(NULL::priority_credit, $1)
    """,
    "work_profile": """
        INSERT INTO work_profile (centre_id, code, name_ar, name_en, priority_first)
        SELECT centre_id, code, name_ar, name_en, priority_first
          FROM jsonb_populate_recordset(NULL::work_profile, $1)
    """,
    "work_profile_queue": """
        INSERT INTO work_profile_queue (centre_id, profile, queue)
        SELECT centre_id, profile, queue
          FROM jsonb_populate_recordset(NULL::work_profile_queue, $1)
    """,
    "service_window": """
        INSERT INTO service_window (centre_id, number, profile, is_accessible)
        SELECT centre_id, number, profile, is_accessible
          FROM jsonb_populate_recordset(NULL::service_window, $1)
    """,
    "policy_version": """
        INSERT INTO policy_version (centre_id, version, state, saves, body, note, created_by,
               created_at, changed_by, changed_at, published_by, published_at, holds_from,
               holds_since)
        SELECT centre_id, version, state, saves, body, note, created_by, created_at, changed_by,
               changed_at, published_by, published_at, holds_from, holds_since
          FROM jsonb_populate_recordset(NULL::policy_version, $1)
    """,
    "policy_now": """
        INSERT INTO policy_now (centre_id, version, recall_limit, recall_interval_s,
               no_show_after_s, no_show_after_more_time_s, returns_allowed, return_within_s,
               return_credit_s, requests_at_most, one_live_per_phone, one_live_per_national_id,
               early_grace_s, late_grace_s, away_at_most, carries_over, undo_within_s, capacity)
        SELECT centre_id, version, recall_limit, recall_interval_s, no_show_after_s,
               no_show_after_more_time_s, returns_allowed, return_within_s, return_credit_s,
               requests_at_most, one_live_per_phone, one_live_per_national_id, early_grace_s,
               late_grace_s, away_at_most, carries_over, undo_within_s, capacity
          FROM jsonb_populate_recordset(NULL::policy_now, $1)
    """,
    "appointment_plan": """
        INSERT INTO appointment_plan (centre_id, id, kind, service, weekdays, opens, closes,
               slot_minutes, capacity, walk_in_percent, horizon_days, valid_from, valid_to)
        SELECT centre_id, id, kind, service, weekdays, opens, closes, slot_minutes, capacity,
               walk_in_percent, horizon_days, valid_from, valid_to
          FROM jsonb_populate_recordset(NULL::appointment_plan, $1)
    """,
    "appointment_closure": """
        INSERT INTO appointment_closure (centre_id, day, reason)
        SELECT centre_id, day, reason
          FROM jsonb_populate_recordset(NULL::appointment_closure, $1)
    """,
}
"""In the order in which they refer to each other; the centre comes before, staff after them."""

_EMPTY: Final = """
CREATE TEMPORARY TABLE kept_device ON COMMIT DROP AS TABLE device;
CREATE TEMPORARY TABLE kept_letter ON COMMIT DROP AS TABLE offline_letter;
CREATE TEMPORARY TABLE kept_series ON COMMIT DROP AS TABLE offline_series;
CREATE TEMPORARY TABLE kept_key ON COMMIT DROP AS TABLE signing_key;
DO $$
DECLARE
    v_tables text;
BEGIN
    SELECT string_agg(format('public.%I', relname), ', ') INTO v_tables FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
       AND relname NOT IN ('schema_migration', 'ticket_transition', 'appointment_transition',
                           'training_mark');
    EXECUTE 'TRUNCATE ' || v_tables;
END $$;
"""
"""Lists of what may follow what belong to the program. Machines stay paired, and the signing key
stays the one whose private half lies in the folder."""

_PUT_BACK: Final = """
INSERT INTO device (centre_id, id, kind, name, token_hash, created_at, revoked_at)
SELECT centre_id, id, kind, name, token_hash, created_at, revoked_at FROM kept_device;
INSERT INTO offline_letter SELECT * FROM kept_letter;
INSERT INTO offline_series SELECT * FROM kept_series;
INSERT INTO signing_key SELECT * FROM kept_key;
"""


async def read_start(pool: Pool, centre_id: int) -> Start:
    """Return how a centre is set up now, and who works there; only reads."""
    rows: dict[str, list[dict[str, object]] | None] = await pool.fetchval(_READ, centre_id)
    return {table: found or [] for table, found in rows.items()}


async def plant(
    connection: Connection, start: Start, *, password_hash: str, at: datetime, why: str
) -> None:
    """Make the centre of these rows in a database without one; the caller's transaction.

    Its name says that it is for training; every account has the one password.
    """
    centre = start["centre"][0]
    await connection.execute(
        """
        INSERT INTO centre (id, code, name_ar, name_en, unit_ar, unit_en, governorate_ar,
               governorate_en, short_ar, short_en, zone, cut_over, first_number, config_version)
        SELECT id, code, $2, $3, unit_ar, unit_en, governorate_ar, governorate_en, short_ar,
               short_en, zone, cut_over, first_number, $4
          FROM jsonb_populate_record(NULL::centre, $1)
        """,
        centre,
        training_name(centre["name_ar"], "ar"),
        training_name(centre["name_en"], "en"),
        int(at.timestamp()),  # so that no screen keeps what it was told before
    )
    await connection.execute("INSERT INTO centre_head (centre_id) VALUES ($1)", centre["id"])
    for table, statement in _PLANT.items():
        await connection.execute(statement, start[table])
    await connection.execute(
        """
        INSERT INTO staff (centre_id, id, username, name_ar, name_en, role, default_window,
               is_woman, created_at, password_hash)
        SELECT centre_id, id, username, name_ar, name_en, role, default_window, is_woman,
               created_at, $2
          FROM jsonb_populate_recordset(NULL::staff, $1)
        """,
        start["staff"],
        password_hash,
    )
    await record(
        connection,
        centre_id=centre["id"],
        event="loaded",
        actor=_SYSTEM,
        at=at,
        detail={"training": why},
    )


async def empty(connection: Connection) -> None:
    """Take everything out but the mark; the caller's transaction, which `put_back` ends."""
    await connection.execute(_EMPTY)


async def put_back(connection: Connection) -> None:
    """Put machines and the signing key back after `empty` and `plant`; none is out of service."""
    await connection.execute(_PUT_BACK)
