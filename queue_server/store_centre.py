"""The SQL that makes a centre what its file says, in one transaction and only where it differs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from core_services.database.errors import ConstraintBroken, translated
from core_services.database.pool import Connection, Pool
from queue_server.centre_file import CentreFile, Name
from queue_server.tickets.model import Actor


class CentreError(Exception):
    """A centre that cannot be made what its file says."""


class CentreCodeTaken(CentreError):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f'The code "{self.code}" belongs to another centre of this database.'


class CentreCodeChanged(CentreError):
    def __init__(self, centre_id: int, kept: str, given: str) -> None:
        super().__init__(centre_id, kept, given)
        self.centre_id = centre_id
        self.kept = kept
        self.given = given

    def __str__(self) -> str:
        return (
            f'Centre {self.centre_id} has the code "{self.kept}", not "{self.given}"; papers bear '
            "it, so it stays. Give the other centre another id."
        )


class StillInUse(CentreError):
    """The file leaves out what is written down of people's work."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"The file leaves out {self.what}, of which there are records; keep it in the file."


class CentreThere(CentreError):
    """The first centre was to be made, and there is one."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f'There is a centre already: "{self.code}".'


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a file did."""

    is_new: bool
    is_changed: bool
    config_version: int
    keeps_policy: bool = False
    """A policy was published: credits and priority-first profiles of the file were passed over."""


@dataclass(frozen=True, slots=True)
class KnownCentre:
    id: int
    code: str
    name_ar: str
    name_en: str


async def apply_centre(
    pool: Pool, file: CentreFile, names: Mapping[str, Name], *, actor: Actor, at: datetime
) -> Loaded:
    """Make or update a centre and commit, with one event when anything changed.

    `names` are the services' names by code. Services that the file leaves out are closed; queues,
    profiles and windows that it leaves out are removed unless tickets refer to them (StillInUse).
    Runs as the owner of the database. Raises CentreError.
    """
    centre = file.centre
    try:
        async with pool.transaction() as connection:
            await connection.execute("SELECT lock_centre($1)", centre.id)
            before = await _configuration(connection, centre.id)
            keeps_policy = await _has_policy(connection, centre.id)
            if before is not None and before["centre"]["code"] != centre.code:
                raise CentreCodeChanged(centre.id, before["centre"]["code"], centre.code)
            await _write_centre(connection, file)
            if not keeps_policy:
                await _write_credits(connection, file)
            await _write_lines(connection, file, names, keeps_policy=keeps_policy)
            await _remove_left_out(connection, file)
            after = await _configuration(connection, centre.id)
            if after == before:
                version = await _version(connection, centre.id)
                return Loaded(False, False, version, keeps_policy)
            if before is not None:
                await connection.execute(
                    "UPDATE centre SET config_version = config_version + 1 WHERE id = $1", centre.id
                )
            version = await _version(connection, centre.id)
            canonical = orjson.dumps(after, option=orjson.OPT_SORT_KEYS)
            await record(
                connection,
                centre_id=centre.id,
                event="loaded",
                actor=actor,
                at=at,
                detail={
                    "config_version": version,
                    "sha256": hashlib.sha256(canonical).hexdigest(),
                },
            )
    except ConstraintBroken as error:
        raise _meaning(error, centre.code) from error
    return Loaded(before is None, True, version, keeps_policy)


async def record(
    connection: Connection,
    *,
    centre_id: int,
    event: str,
    actor: Actor,
    at: datetime,
    detail: Mapping[str, Any],
) -> None:
    """Append one event about the centre to its chain; the caller holds the centre's lock."""
    await connection.execute(
        """
        INSERT INTO centre_event (centre_id, revision, at, event, actor_kind, actor_id, detail)
        SELECT $1, h.revision + 1,
               greatest($2::timestamptz, (SELECT max(e.at) FROM centre_event e
                                           WHERE e.centre_id = $1)),
               $3, $4, $5, $6
          FROM centre_head h WHERE h.centre_id = $1
        """,
        centre_id,
        at,
        event,
        actor.kind,
        actor.id,
        detail,
    )


async def list_centres(pool: Pool) -> list[KnownCentre]:
    """Return the centres of this database."""
    rows = await pool.fetch("SELECT id, code, name_ar, name_en FROM centre ORDER BY id")
    return [KnownCentre(**dict(row)) for row in rows]


async def describe_centre(pool: Pool, centre_id: int) -> CentreFile:
    """Return the file that makes the centre what it is: loaded again it changes nothing.

    Services that are closed are left out of it. Raises LookupError where there is no such centre.
    """
    async with pool.acquire() as connection:
        found = await _configuration(connection, centre_id)
    if found is None:
        raise LookupError(f"there is no centre {centre_id}")
    row = found["centre"]
    queues_of: dict[str, list[str]] = {}
    for each in found["profile_queues"] or ():
        queues_of.setdefault(each["profile"], []).append(each["queue"])
    windows: dict[tuple[str, bool], list[int]] = {}
    for number, profile, is_accessible in found["windows"] or ():
        windows.setdefault((profile, is_accessible), []).append(number)
    return CentreFile.model_validate(
        {
            "centre": {
                **{key: row[key] for key in ("id", "code", "zone", "cut_over", "first_number")},
                **{
                    name: {"ar": row[f"{name}_ar"], "en": row[f"{name}_en"]}
                    for name in ("name", "unit", "governorate", "short")
                },
            },
            "credit_minutes": {
                each["priority"]: each["credit_s"] // 60 for each in found["credits"] or ()
            },
            "queues": [
                {"code": each["code"], "name": _name(each), "letter": each["series"]}
                for each in found["queues"]
            ],
            "profiles": [
                {
                    "code": each["code"],
                    "name": _name(each),
                    "queues": queues_of[each["code"]],
                    "priority_first": each["priority_first"],
                }
                for each in found["profiles"]
            ],
            "windows": [
                {"numbers": numbers, "profile": profile, "accessible": is_accessible}
                for (profile, is_accessible), numbers in windows.items()
            ],
            "services": {
                each["code"]: {"queue": each["queue"], "target_s": each["target_s"]}
                for each in found["services"]
                if each["is_open"]
            },
        }
    )


def _name(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"ar": row["name_ar"], "en": row["name_en"]}


async def require_no_centre(pool: Pool) -> None:
    """Raise CentreThere where there is one; from now on nobody else makes one.

    For a pool that is joined: what it holds is held until that transaction ends.
    """
    async with pool.acquire() as connection:
        await connection.execute("LOCK TABLE centre IN EXCLUSIVE MODE")
        code = await connection.fetchval("SELECT min(code) FROM centre")
    if code is not None:
        raise CentreThere(code)


async def signing_key_in_use(pool: Pool, *, centre_id: int) -> str | None:
    """Return the id of the key with which the centre signs now."""
    key: str | None = await pool.fetchval(
        "SELECT id FROM signing_key WHERE centre_id = $1 AND retired_at IS NULL", centre_id
    )
    return key


async def insert_signing_key(
    pool: Pool, *, centre_id: int, key_id: str, public_key: bytes, actor: Actor, at: datetime
) -> None:
    """Make this key the one with which the centre signs, retire the one before, and commit."""
    async with pool.transaction() as connection:
        await connection.execute("SELECT lock_centre($1)", centre_id)
        await connection.execute(
            "UPDATE signing_key SET retired_at = $2 WHERE centre_id = $1 AND retired_at IS NULL",
            centre_id,
            at,
        )
        await connection.execute(
            """
            INSERT INTO signing_key (centre_id, id, public_key, created_at) VALUES ($1, $2, $3, $4)
            """,
            centre_id,
            key_id,
            public_key,
            at,
        )
        await record(
            connection,
            centre_id=centre_id,
            event="signing_key_added",
            actor=actor,
            at=at,
            detail={"key": key_id, "public_key": public_key.hex()},
        )


async def _write_centre(connection: Connection, file: CentreFile) -> None:
    centre = file.centre
    await connection.execute(
        """
        INSERT INTO centre (id, code, name_ar, name_en, unit_ar, unit_en, governorate_ar,
                            governorate_en, short_ar, short_en, zone, cut_over, first_number)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT ON CONSTRAINT centre_pk DO UPDATE
           SET name_ar = $3, name_en = $4, unit_ar = $5, unit_en = $6, governorate_ar = $7,
               governorate_en = $8, short_ar = $9, short_en = $10, zone = $11, cut_over = $12,
               first_number = $13
        """,
        centre.id,
        centre.code,
        centre.name.ar,
        centre.name.en,
        centre.unit.ar,
        centre.unit.en,
        centre.governorate.ar,
        centre.governorate.en,
        centre.short.ar,
        centre.short.en,
        centre.zone,
        centre.cut_over,
        centre.first_number,
    )
    await connection.execute(
        "INSERT INTO centre_head (centre_id) VALUES ($1) ON CONFLICT DO NOTHING", centre.id
    )


async def _has_policy(connection: Connection, centre_id: int) -> bool:
    """Say whether a policy was ever published: from then on it alone decides the order."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM policy_version"
        " WHERE centre_id = $1 AND holds_since IS NOT NULL)",
        centre_id,
    )
    return found


async def _write_credits(connection: Connection, file: CentreFile) -> None:
    await connection.executemany(
        """
        INSERT INTO priority_credit (centre_id, priority, credit_s) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT priority_credit_pk DO UPDATE SET credit_s = $3
        """,
        [(file.centre.id, priority, minutes * 60) for priority, minutes in file.credit_minutes],
    )


async def _write_lines(
    connection: Connection, file: CentreFile, names: Mapping[str, Name], *, keeps_policy: bool
) -> None:
    centre_id = file.centre.id
    await connection.executemany(
        """
        INSERT INTO queue (centre_id, code, name_ar, name_en, series) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT queue_pk DO UPDATE SET name_ar = $3, name_en = $4, series = $5
        """,
        [(centre_id, q.code, q.name.ar, q.name.en, q.letter) for q in file.queues],
    )
    await connection.executemany(
        """
        INSERT INTO work_profile (centre_id, code, name_ar, name_en, priority_first)
        VALUES ($1, $2, $3, $4, $5 AND NOT $6)
        ON CONFLICT ON CONSTRAINT work_profile_pk DO UPDATE
           SET name_ar = $3, name_en = $4,
               priority_first = CASE WHEN $6 THEN work_profile.priority_first ELSE $5 END
        """,
        [
            (centre_id, p.code, p.name.ar, p.name.en, p.priority_first, keeps_policy)
            for p in file.profiles
        ],
    )
    await connection.execute("DELETE FROM work_profile_queue WHERE centre_id = $1", centre_id)
    await connection.executemany(
        "INSERT INTO work_profile_queue (centre_id, profile, queue) VALUES ($1, $2, $3)",
        [(centre_id, p.code, queue) for p in file.profiles for queue in dict.fromkeys(p.queues)],
    )
    await connection.executemany(
        """
        INSERT INTO service_window (centre_id, number, profile, is_accessible)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT service_window_pk DO UPDATE SET profile = $3, is_accessible = $4
        """,
        [
            (centre_id, number, windows.profile, windows.accessible)
            for windows in file.windows
            for number in windows.numbers
        ],
    )
    await connection.executemany(
        """
        INSERT INTO service (centre_id, code, queue, name_ar, name_en, target_s, rank, is_open)
        VALUES ($1, $2, $3, $4, $5, $6, $7, true)
        ON CONFLICT ON CONSTRAINT service_pk DO UPDATE
           SET queue = $3, name_ar = $4, name_en = $5, target_s = $6, rank = $7, is_open = true
        """,
        [
            (centre_id, code, part.queue, names[code].ar, names[code].en, part.target_s, rank)
            for rank, (code, part) in enumerate(file.services.items(), start=1)
        ],
    )


async def _remove_left_out(connection: Connection, file: CentreFile) -> None:
    """Remove what the file no longer names, in the order in which things refer to each other."""
    centre_id = file.centre.id
    numbers = [number for windows in file.windows for number in windows.numbers]
    for row in await connection.fetch(
        "SELECT number FROM service_window WHERE centre_id = $1 AND number <> ALL ($2::smallint[])"
        " ORDER BY number",
        centre_id,
        numbers,
    ):
        try:
            with translated():
                await connection.execute(
                    "DELETE FROM service_window WHERE centre_id = $1 AND number = $2",
                    centre_id,
                    row["number"],
                )
        except ConstraintBroken:  # a number called, a fault reported, a printer that stands there
            raise StillInUse(f"window {row['number']}") from None
    await connection.execute(
        "DELETE FROM work_profile WHERE centre_id = $1 AND code <> ALL ($2::text[])",
        centre_id,
        [profile.code for profile in file.profiles],
    )
    services = list(file.services)
    await connection.execute(
        """
        DELETE FROM service s
         WHERE centre_id = $1 AND code <> ALL ($2::text[])
           AND NOT EXISTS (SELECT 1 FROM ticket t
                            WHERE t.centre_id = s.centre_id AND t.service = s.code)
           AND NOT EXISTS (SELECT 1 FROM appointment_plan p
                            WHERE p.centre_id = s.centre_id AND p.service = s.code)
           AND NOT EXISTS (SELECT 1 FROM appointment a
                            WHERE a.centre_id = s.centre_id AND a.service = s.code)
        """,
        centre_id,
        services,
    )
    await connection.execute(
        """
        UPDATE service SET is_open = false
         WHERE centre_id = $1 AND code <> ALL ($2::text[])
        """,
        centre_id,
        services,
    )
    queues = [queue.code for queue in file.queues]
    if left := await connection.fetchval(
        """
        SELECT min(code) FROM queue q
         WHERE centre_id = $1 AND code <> ALL ($2::text[])
           AND (EXISTS (SELECT 1 FROM ticket t
                         WHERE t.centre_id = q.centre_id AND t.queue = q.code)
             OR EXISTS (SELECT 1 FROM service s
                         WHERE s.centre_id = q.centre_id AND s.queue = q.code))
        """,
        centre_id,
        queues,
    ):
        raise StillInUse(f'the queue "{left}"')
    await connection.execute(
        "DELETE FROM queue WHERE centre_id = $1 AND code <> ALL ($2::text[])", centre_id, queues
    )


async def _configuration(connection: Connection, centre_id: int) -> dict[str, Any] | None:
    """Read all that a file says of a centre, in one canonical value; None when there is none."""
    found: dict[str, Any] | None = await connection.fetchval(
        """
        SELECT jsonb_build_object(
            'centre', to_jsonb(c) - 'config_version',
            'credits', (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.priority)
                          FROM priority_credit p WHERE p.centre_id = c.id),
            'queues', (SELECT jsonb_agg(to_jsonb(q) ORDER BY q.code)
                         FROM queue q WHERE q.centre_id = c.id),
            'profiles', (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.code)
                           FROM work_profile p WHERE p.centre_id = c.id),
            'profile_queues', (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.profile, p.queue)
                                 FROM work_profile_queue p WHERE p.centre_id = c.id),
            'windows', (SELECT jsonb_agg(jsonb_build_array(w.number, w.profile, w.is_accessible)
                                         ORDER BY w.number)
                          FROM service_window w WHERE w.centre_id = c.id),
            'services', (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.rank, s.code)
                           FROM service s WHERE s.centre_id = c.id))
          FROM centre c WHERE c.id = $1
        """,
        centre_id,
    )
    return found


async def _version(connection: Connection, centre_id: int) -> int:
    version: int = await connection.fetchval(
        "SELECT config_version FROM centre WHERE id = $1", centre_id
    )
    return version


def _meaning(error: ConstraintBroken, code: str) -> Exception:
    if error.constraint == "centre_code_unique":
        return CentreCodeTaken(code)
    return error
