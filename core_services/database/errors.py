"""What can go wrong with the database, translated once from asyncpg's and the system's errors.

DatabaseError
├── DatabaseGone        no answer: lost, refused, starting up, shutting down, out of memory
│   └── DiskFull        it answers, but can write nothing
├── LockTimeout         another transaction kept the lock longer than `lock_timeout`
├── StatementTimeout    the server stopped a statement that ran longer than `statement_timeout`
├── ConstraintBroken    a named CHECK, UNIQUE, FOREIGN KEY, NOT NULL or EXCLUDE refused the row
├── StatementRefused    the server refused a statement for any other reason (a defect)
│   └── NotLetIn        it answers, and does not believe that this user is the role
├── MigrationError      (migrations.py)
└── EmbeddedError       (embedded.py)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import asyncpg


class DatabaseError(Exception):
    """The root of every error that leaves this package."""


class DatabaseGone(DatabaseError):
    """The database cannot be reached now; whether the last commit happened is not known."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the database does not answer: {self.reason}"


class DiskFull(DatabaseGone):
    """The database's disk has no room; nothing was changed, and reading goes on."""

    def __str__(self) -> str:
        return f"the database's disk is full: {self.reason}"


class LockTimeout(DatabaseError):
    """A lock was not free in time; nothing was changed and the command may be tried again."""

    def __str__(self) -> str:
        return "another transaction holds the lock; nothing was changed"


class StatementTimeout(DatabaseError):
    """The server stopped a statement that ran too long; its transaction is void."""

    def __str__(self) -> str:
        return "the statement ran too long and was stopped"


class ConstraintBroken(DatabaseError):
    """A named constraint refused a row; stores map `constraint` to their domain error."""

    def __init__(self, constraint: str, *, table: str, detail: str) -> None:
        super().__init__(constraint, table, detail)
        self.constraint = constraint
        self.table = table
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.table}: {self.constraint} refused the row"


class StatementRefused(DatabaseError):
    """The server refused a statement: a defect of the program, told with the server's words."""


class NotLetIn(StatementRefused):
    """The server answers, and does not believe that whoever asks is that role."""


_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,  # no memory, or no connection left
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.InternalClientError,  # a server that dies between two messages confuses asyncpg
    ConnectionError,
    FileNotFoundError,  # the unix socket of a server that is not there
    TimeoutError,
)
_CLOSED_WORDS = ("closed", "closing")


@contextmanager
def translated() -> Iterator[None]:
    """Raise this package's errors instead of asyncpg's; every other error passes unchanged."""
    try:
        yield
    except DatabaseError:
        raise
    except asyncpg.LockNotAvailableError as error:
        raise LockTimeout from error
    except asyncpg.QueryCanceledError as error:
        raise StatementTimeout from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise ConstraintBroken(
            error.constraint_name or error.column_name or "unnamed",
            table=error.table_name or "unknown",
            detail=error.detail or str(error),
        ) from error
    except asyncpg.DiskFullError as error:
        raise DiskFull(str(error).splitlines()[0]) from error
    except _GONE as error:
        raise DatabaseGone(str(error) or type(error).__name__) from error
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise NotLetIn(str(error)) from error
    except asyncpg.PostgresError as error:
        raise StatementRefused(f"{type(error).__name__}: {error}") from error
    except asyncpg.InterfaceError as error:
        loss = error.__context__  # what a rollback says over a line that broke is no reason
        if isinstance(loss, DatabaseGone):
            raise DatabaseGone(loss.reason) from error
        if isinstance(loss, _GONE):
            raise DatabaseGone(str(loss) or type(loss).__name__) from error
        if any(word in str(error) for word in _CLOSED_WORDS):
            raise DatabaseGone(str(error)) from error
        raise


@contextmanager
def reaching(dsn: str | None = None) -> Iterator[None]:
    """Like `translated`, for opening a connection and nothing else: there, whatever the system says
    (no such name, no route, no right to the socket) means that the database is gone.

    Of the address only the host is told. Never put a caller's own block inside: its files and
    sockets fail with the same errors.
    """
    with translated():
        try:
            yield
        except OSError as error:
            host = "" if dsn is None else _host_in(dsn)
            reason = error.strerror or str(error) or type(error).__name__
            raise DatabaseGone(f"{host}: {reason}" if host else reason) from error


def _host_in(dsn: str) -> str:
    """Return a DSN's host or socket folder, and none of its secrets; empty when it names none."""
    parts = urlsplit(dsn)
    return parts.hostname or parse_qs(parts.query).get("host", [""])[0]
