"""Tells which job each printed slip is, by its dots alone.

The journal holds the bytes that were to be printed. A decoder that shares no code with encoder or
printer turns them into dots again, and a slip belongs to the job whose dots it has. Nothing that a
printer or a kiosk says about a slip is believed.
"""

import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

from tests.support.escpos_decoder import decode

Whole = Literal["original", "copy"]
_FEWEST_ROWS = 8
"""Less than this of a slip says nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """What the kiosk's journal knows of one piece of paper."""

    id: str
    state: str
    is_copy: bool
    original: tuple[bytes, ...]
    copy: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """One PNG of the printer."""

    file: str
    job: str | None
    """None: the paper is that of no job, or of several (a cut-off head)."""
    whole: Whole | None
    """None: only a part of it was printed."""
    rows: int
    """From the first row with ink to the last."""


def read_jobs(kiosk_folder: Path) -> dict[str, Job]:
    """Return the jobs of a kiosk's print journal by id, while the kiosk may be running."""
    database = sqlite3.connect(f"file:{kiosk_folder}/print-journal.sqlite3?mode=ro", uri=True)
    try:
        rows = database.execute("SELECT job_id, state, is_copy, data, copy FROM jobs").fetchall()
    finally:
        database.close()
    return {
        job: Job(job, state, bool(is_copy), _dots_of_job(data), _dots_of_job(copy))
        for job, state, is_copy, data, copy in rows
    }


def read_own_numbers(kiosk_folder: Path) -> dict[str, str]:
    """Return the server's id of each number that a kiosk gave by itself and has delivered, by the
    id of its job, which is also the one on the glass."""
    outbox = sqlite3.connect(f"file:{kiosk_folder}/outbox.sqlite3?mode=ro", uri=True)
    try:
        rows = outbox.execute("SELECT job, ticket FROM number WHERE is_own = 1 AND ticket NOTNULL")
        return dict(rows.fetchall())
    finally:
        outbox.close()


def read_slips(folder: Path, jobs: dict[str, Job]) -> list[Printed]:
    """Return what was printed, in the order of printing, each with the job whose dots it has."""
    whole: dict[tuple[bytes, ...], tuple[str, Whole]] = {}
    for job in jobs.values():
        whole[job.copy] = (job.id, "copy")
        whole[job.original] = (job.id, "copy" if job.original == job.copy else "original")
    printed = []
    for path in sorted(folder.glob("slip-*.png")):
        with Image.open(path) as image:
            dots = dots_of(image)
        if dots in whole:
            printed.append(Printed(path.name, *whole[dots], len(dots)))
        else:
            printed.append(Printed(path.name, _job_that_begins_so(dots, jobs), None, len(dots)))
    return printed


def dots_of(image: Image.Image) -> tuple[bytes, ...]:
    """Return a picture's rows of ink without the blank ones above and below."""
    picture = image.convert("1", dither=Image.Dither.NONE)
    width = (picture.width + 7) // 8
    data = picture.tobytes()
    rows = [data[at : at + width] for at in range(0, len(data), width)]
    inked = [index for index, row in enumerate(rows) if row != b"\xff" * width]
    return tuple(rows[inked[0] : inked[-1] + 1]) if inked else ()


def _dots_of_job(packed: bytes) -> tuple[bytes, ...]:
    [paper] = decode(zlib.decompress(packed)).papers
    return dots_of(paper)


def _job_that_begins_so(dots: tuple[bytes, ...], jobs: dict[str, Job]) -> str | None:
    """Return the one job whose paper begins with these rows; the last may be cut within itself."""
    head = dots[:-1]
    if len(head) < _FEWEST_ROWS:
        return None
    found = {
        job.id
        for job in jobs.values()
        if head in (job.original[: len(head)], job.copy[: len(head)])
    }
    return found.pop() if len(found) == 1 else None
