"""Looks at the database: does it answer, does it keep, its schema, who may do what."""

import os
from collections.abc import Sequence
from functools import partial

from core_services.clock import Clock
from core_services.database.errors import DatabaseError, NotLetIn
from core_services.database.migrations import (
    MigrationChanged,
    MigrationOutOfOrder,
    migrate,
    pending,
)
from core_services.database.pool import Pool
from core_services.database.programs import OLDEST_MAJOR
from core_services.database.provision import CREATE_ROLES
from core_services.doctor.model import (
    N_,
    Check,
    Finding,
    Mend,
    broken,
    quoted,
    skipped,
    warning,
    well,
)
from core_services.doctor.timekeeping import clock_findings
from core_services.doctor.wheels import from_wheels
from core_services.owner import name_of, user_of
from queue_server.database import Addresses
from queue_server.doctor.looking import NotMade, NotRunning
from queue_server.doctor.psql import as_owner, as_superuser
from queue_server.doctor.store import Rights, read_rights, read_server
from queue_server.settings import ServerSettings

_UNIT = "shubbak-server.service"


def unreached_check(settings: ServerSettings, error: DatabaseError) -> Check:
    """Return the look at a database that cannot be reached."""

    async def look() -> Sequence[Finding]:
        return [_unreached(settings, error)]

    return Check("database", N_("Database"), look)


def database_checks(
    settings: ServerSettings,
    addresses: Addresses,
    pool: Pool,
    clock: Clock,
    *,
    may_migrate: bool,
) -> list[Check]:
    """Return the looks at a database that answers."""
    return [
        Check("database", N_("Database"), partial(_database, settings, addresses, pool)),
        Check("database-clock", N_("Database's clock"), partial(_clock, pool, clock)),
        Check("migrations", N_("Schema"), partial(_migrations, addresses, may_migrate)),
        Check("rights", N_("Roles and rights"), partial(_rights, settings, addresses, pool)),
    ]


def _unreached(settings: ServerSettings, error: DatabaseError) -> Finding:
    seen = N_("it cannot be reached: {why}", why=str(error))
    user = _user(settings)
    if isinstance(error, NotMade):
        return broken(
            seen,
            N_("Let it be made: its service makes folder and schema."),
            "systemctl start shubbak-migrate",
        )
    if isinstance(error, NotRunning):
        return broken(
            seen,
            N_("Start the server, or run this command as its user: that starts the database."),
            "systemctl start shubbak-server",
            f"runuser -u {user} -- shubbak doctor --role server",
        )
    if isinstance(error, NotLetIn):
        return _not_let_in(error, user)
    if settings.is_embedded:
        return broken(
            seen,
            N_("See what the server and its database say."),
            f"journalctl -u {_UNIT} -n 50 --no-pager",
            f"tail -50 {settings.data_dir}/database/server.log",
            f"systemctl restart {_UNIT}",
        )
    return broken(
        seen,
        N_("Start PostgreSQL, and compare the address in the settings with its own."),
        "systemctl start postgresql",
        "pg_isready",
        f"runuser -u {user} -- psql -U shubbak_app shubbak -c 'SELECT 1'",
    )


def _not_let_in(error: NotLetIn, user: str) -> Finding:
    """Tell of a PostgreSQL that knows people by their users: root may be nobody to it."""
    if name_of(os.geteuid()) != user:
        return warning(
            N_("it does not let this user in, and may well let in the program's: {why}", why=error),
            N_("Run this command as the program's user."),
            f"runuser -u {user} -- shubbak doctor --role server",
        )
    return broken(
        N_("it does not let the program's user in: {why}", why=error),
        N_("Compare role and password in the settings with pg_hba.conf and pg_ident.conf."),
        "grep -n shubbak /etc/postgresql/*/main/pg_hba.conf /etc/postgresql/*/main/pg_ident.conf",
        f"runuser -u {user} -- psql -U shubbak_app shubbak -c 'SELECT 1'",
    )


def _user(settings: ServerSettings) -> str:
    """Return the user whom the data folder belongs to, and the server runs as."""
    try:
        return name_of(settings.data_dir.stat().st_uid)
    except OSError:
        return user_of("server")


async def _database(
    settings: ServerSettings, addresses: Addresses, pool: Pool
) -> Sequence[Finding]:
    facts = await read_server(pool)
    findings = []
    if facts.version_num < OLDEST_MAJOR * 10_000:
        findings.append(
            broken(
                N_("PostgreSQL {version} is too old", version=facts.version),
                N_("Move to PostgreSQL {oldest} or later.", oldest=OLDEST_MAJOR),
                "apt-get install -y postgresql",
                "pg_lsclusters",
                "pg_dropcluster --stop NEW main  # the empty one, made by the line above",
                "pg_upgradecluster OLD main",
            )
        )
    if facts.not_kept:
        names = ", ".join(facts.not_kept)
        findings.append(
            broken(
                N_("it forgets confirmed numbers when the power goes: {names} off", names=names),
                N_("Turn them on, and see who turned them off."),
                as_superuser(settings, addresses),
                *(f"ALTER SYSTEM SET {name} = on;" for name in facts.not_kept),
                "SELECT pg_reload_conf();",
            )
        )
    if facts.encoding != "UTF8":
        findings.append(
            broken(
                N_("its texts are {encoding}, not UTF8", encoding=facts.encoding),
                N_("Make the database anew with UTF8, and bring the data over."),
                as_superuser(settings, addresses),
                "CREATE DATABASE shubbak OWNER shubbak_owner TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE 'C.UTF-8';",
            )
        )
    where = N_("embedded") if settings.is_embedded else N_("of this machine or network")
    return findings or [
        well(N_("PostgreSQL {version}, {where}", version=facts.version, where=where))
    ]


async def _clock(pool: Pool, clock: Clock) -> Sequence[Finding]:
    facts = await read_server(pool)
    return clock_findings(clock.now() - facts.now, N_("the database's clock"))


async def _migrations(addresses: Addresses, may_migrate: bool) -> Sequence[Finding]:
    try:
        names = await pending(addresses.app)
    except MigrationChanged as error:
        return [
            broken(
                N_("{name} is not what was applied under that name", name=error.name),
                N_(
                    "The program's files were changed, or another program's database is named. "
                    "Install the release again; never change the database by hand."
                ),
                from_wheels("--force-reinstall", "--no-deps", "shubbak"),
                "shubbak doctor",
            )
        ]
    except MigrationOutOfOrder as error:
        return [
            broken(
                quoted(error),
                N_("Install the release that the database was brought to, or a later one."),
                from_wheels("--upgrade", "shubbak"),
                f"systemctl restart {_UNIT}",
            )
        ]
    if names:
        return [
            broken(
                N_(
                    "behind the program: migrations that are missing: {count}, from {first}",
                    count=len(names),
                    first=names[0],
                ),
                N_("Make a backup, then bring the schema forward."),
                "systemctl restart shubbak-migrate",
                "shubbak doctor --fix --migrate",
                mend=_migrating(addresses.owner) if may_migrate else None,
            )
        ]
    return [well(N_("as this program needs it"))]


def _migrating(owner: str | None) -> Mend | None:
    if owner is None:
        return None

    async def bring_forward() -> None:
        try:
            await migrate(owner)
        except DatabaseError as error:
            raise OSError(str(error)) from error

    return bring_forward


async def _rights(settings: ServerSettings, addresses: Addresses, pool: Pool) -> Sequence[Finding]:
    return rights_findings(
        await read_rights(pool),
        owner=as_owner(settings, addresses),
        superuser=as_superuser(settings, addresses),
    )


def rights_findings(rights: Rights, *, owner: str, superuser: str) -> list[Finding]:
    """Judge roles and rights; `owner` and `superuser` are the commands that open the database so.

    Of one who may do everything no single rights are told: taking them away changes nothing.
    """
    findings = []
    if rights.missing:
        findings.append(
            broken(
                N_("roles are missing: {names}", names=", ".join(rights.missing)),
                N_("Make them, as the database's superuser."),
                superuser,
                *(
                    f"{command};"
                    for role, command in CREATE_ROLES.items()
                    if role in rights.missing
                ),
            )
        )
    if rights.user != "shubbak_app":
        findings.append(
            broken(
                N_("the server works as {user}, who may alter what happened", user=rights.user),
                N_("Name the role shubbak_app in the setting database."),
                'database = "postgresql://shubbak_app@/shubbak?host=/var/run/postgresql"',
            )
        )
    if rights.powerful:
        findings.append(
            broken(
                N_("these roles may do everything: {names}", names=", ".join(rights.powerful)),
                N_("Take that from them, as the database's superuser."),
                superuser,
                *(f"ALTER ROLE {role} NOSUPERUSER;" for role in rights.powerful),
            )
        )
    if rights.alterable and "shubbak_app" not in rights.powerful:
        tables = ", ".join(rights.alterable)
        findings.append(
            broken(
                N_("the server could alter what happened, in {tables}", tables=tables),
                N_("Take the right away as shubbak_owner, then walk the chain."),
                owner,
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {tables} FROM shubbak_app;",
                "shubbak audit verify",
            )
        )
    if rights.unreadable:
        tables = ", ".join(rights.unreadable)
        findings.append(
            broken(
                N_("the server may not read {tables}", tables=tables),
                N_("Somebody took rights away: give them back as shubbak_owner."),
                owner,
                f"GRANT SELECT ON {tables} TO shubbak_app;",
            )
        )
    if rights.written_by_readers and "shubbak_read" not in rights.powerful:
        tables = ", ".join(rights.written_by_readers)
        findings.append(
            warning(
                N_("the role for reports could write {tables}", tables=tables),
                N_("Take the right away as shubbak_owner."),
                owner,
                f"REVOKE INSERT, UPDATE, DELETE ON {tables} FROM shubbak_read;",
            )
        )
    return findings or [well(N_("owner, server and reports may what they need, and no more"))]


def needs_schema(check: Check, addresses: Addresses) -> Check:
    """Return the look, skipped while the schema is not this program's."""

    async def look() -> Sequence[Finding]:
        try:
            if await pending(addresses.app):
                return [skipped(N_("the schema is behind"))]
        except DatabaseError:
            return [skipped(N_("the schema is not this program's"))]
        return await check.look()

    return Check(check.name, check.title, look)
