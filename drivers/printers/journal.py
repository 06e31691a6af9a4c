"""Remembers every piece of paper on disk before a byte of it leaves, so that none is printed twice.

SQLite, written through to the disk at every change. The caller of `move` is the printer's owner
task; each change is guarded by the state that it leaves.
"""

import uuid
import zlib
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from drivers.clock import Clock, SystemClock
from drivers.durable import OwnedFile, written
from drivers.errors import JournalError, PaperDamaged, WrongTransition
from drivers.printers.model import TRANSITIONS, Confirmation, Job, JobState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    journal_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS jobs (
    sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id         TEXT NOT NULL UNIQUE,
    state          TEXT NOT NULL CHECK (state IN
                   ('queued', 'sending', 'sent', 'done', 'held', 'unknown', 'failed')),
    data           BLOB NOT NULL,
    copy           BLOB NOT NULL,
    is_copy        INTEGER NOT NULL DEFAULT 0,
    attempts       INTEGER NOT NULL DEFAULT 0,
    accepted_bytes INTEGER NOT NULL DEFAULT 0,
    confirmed_by   TEXT CHECK ((confirmed_by IS NOT NULL) = (state = 'done')),
    queued_at      TEXT NOT NULL,
    changed_at     TEXT NOT NULL,
    CHECK (state NOT IN ('queued', 'failed') OR accepted_bytes = 0)
);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, sequence);
CREATE VIEW IF NOT EXISTS job_facts AS
    SELECT sequence, job_id, state, is_copy, attempts, accepted_bytes, confirmed_by,
           queued_at, changed_at
    FROM jobs;
"""
_NO_COPY = zlib.compress(b"", 1)
_FINISHED: tuple[JobState, ...] = ("done", "failed", "unknown")


class Journal:
    """One printer's jobs in one file; exactly one process may hold it open.

    A damaged file is set aside under another name and a new one made, with a new `journal_id`: its
    jobs are lost either way, and the printer must go on.

    Raises JournalInUse when another does, JournalError when the disk refuses.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self.journal_id: str
        """Made with the file: a new disk has a new one."""
        self._clock = clock if clock is not None else SystemClock()
        self._file = OwnedFile(path, _SCHEMA, self._clock)
        try:
            self.journal_id = self._own_id()
        except JournalError:
            self._file.close()  # or the next try would be told that somebody else has it
            raise

    def close(self) -> None:
        """Give the file to whoever wants it next."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, job_id: str, data: bytes, copy: bytes) -> bool:
        """Put a job at the end of the line, on disk when this returns; False: it is known already.

        `copy` is the same paper marked as a second print.
        """
        return self._insert(job_id, zlib.compress(data, 1), zlib.compress(copy, 1), is_copy=False)

    def add_copy(self, job_id: str, of: str) -> bool:
        """Put a second print of a known job in line; False: `job_id` is known already.

        Raises WrongTransition when `of` is not known or not sent, since its own paper comes first,
        or came without a marked copy.
        """
        row = self._file.row("SELECT state, copy FROM jobs WHERE job_id = ?", (of,))
        if row is None or row[0] in ("queued", "sending", "failed") or row[1] == _NO_COPY:
            raise WrongTransition(of, row and row[0], "copied")
        return self._insert(job_id, row[1], row[1], is_copy=True)

    def get(self, job_id: str) -> Job | None:
        """Return a job, or None when this journal never had it or has purged it."""
        row = self._file.row("SELECT * FROM job_facts WHERE job_id = ?", (job_id,))
        return None if row is None else _job(row)

    def jobs(self, state: JobState | None = None) -> list[Job]:
        """Return the jobs, in the order they came."""
        rows = self._file.rows(
            "SELECT * FROM job_facts WHERE ?1 IS NULL OR state = ?1 ORDER BY sequence",
            (state,),
        )
        return [_job(row) for row in rows]

    def counts(self, since: datetime | None = None) -> dict[str, int]:
        """Return how many jobs stand in each state, of those queued since then."""
        rows = self._file.rows(
            "SELECT state, count(*) FROM jobs WHERE ?1 IS NULL OR queued_at >= ?1 GROUP BY state",
            (since and written(since),),
        )
        return dict(rows)

    def first_queued(self) -> Job | None:
        """Return the job whose turn it is."""
        row = self._file.row(
            "SELECT * FROM job_facts WHERE state = 'queued' ORDER BY sequence LIMIT 1"
        )
        return None if row is None else _job(row)

    def paper(self, job_id: str) -> bytes:
        """Return the bytes to print. Raises WrongTransition for a job not known, PaperDamaged."""
        row = self._file.row("SELECT data FROM jobs WHERE job_id = ?", (job_id,))
        if row is None:
            raise WrongTransition(job_id, None, "printed")
        try:
            return zlib.decompress(row[0])
        except zlib.error as error:
            raise PaperDamaged(job_id) from error

    def move(
        self,
        job_id: str,
        to: JobState,
        *,
        accepted_bytes: int | None = None,
        confirmed_by: Confirmation | None = None,
    ) -> None:
        """Take a job to its next state, on disk when this returns. Raises WrongTransition.

        `accepted_bytes` defaults to what is recorded; going to `sending` counts an attempt.
        """
        job = self.get(job_id)
        if job is None or to not in TRANSITIONS[job.state]:
            raise WrongTransition(job_id, job.state if job else None, to)
        with self._file.writing() as database:
            changed = database.execute(
                "UPDATE jobs SET state = ?, accepted_bytes = coalesce(?, accepted_bytes),"
                " confirmed_by = ?, attempts = attempts + ?, changed_at = ?"
                " WHERE job_id = ? AND state = ?",
                (
                    to,
                    accepted_bytes,
                    confirmed_by,
                    to == "sending",
                    written(self._clock.now()),
                    job_id,
                    job.state,
                ),
            ).rowcount
        if changed != 1:
            raise WrongTransition(job_id, job.state, to)

    def purge(self, before: datetime) -> int:
        """Forget finished jobs unchanged since then; return how many. Their ids are free again."""
        with self._file.writing() as database:
            return database.execute(
                "DELETE FROM jobs WHERE changed_at < ? AND state IN (?, ?, ?)",
                (written(before), *_FINISHED),
            ).rowcount

    def _own_id(self) -> str:
        with self._file.writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO journal (only_row, journal_id) VALUES (1, ?)",
                (str(uuid.uuid4()),),
            )
        return str(self._file.row("SELECT journal_id FROM journal")[0])

    def _insert(self, job_id: str, data: bytes, copy: bytes, *, is_copy: bool) -> bool:
        now = written(self._clock.now())
        with self._file.writing() as database:
            return (
                database.execute(
                    "INSERT INTO jobs (job_id, state, data, copy, is_copy, queued_at, changed_at)"
                    " VALUES (?, 'queued', ?, ?, ?, ?, ?) ON CONFLICT (job_id) DO NOTHING",
                    (job_id, data, copy, is_copy, now, now),
                ).rowcount
                == 1
            )


def _job(row: tuple[Any, ...]) -> Job:
    sequence, job_id, state, is_copy, attempts, accepted, confirmed_by, queued_at, changed_at = row
    return Job(
        sequence=sequence,
        job_id=job_id,
        state=state,
        is_copy=bool(is_copy),
        attempts=attempts,
        accepted_bytes=accepted,
        confirmed_by=confirmed_by,
        queued_at=datetime.fromisoformat(queued_at),
        changed_at=datetime.fromisoformat(changed_at),
    )
