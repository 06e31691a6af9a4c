"""`python -m benchmarks [ROW …]`: measures the product beside its limits."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from rich.console import Console

from benchmarks import (
    backup,
    call_next,
    estimate,
    forecast,
    hall,
    idle,
    issue,
    memory,
    moves,
    pages,
    paper,
    past,
    screens,
    starting,
)
from benchmarks.effort import Effort, full, quick
from benchmarks.findings import Finding
from benchmarks.processes import BenchmarkError
from benchmarks.table import as_json, as_markdown, show
from core_services.clock import SystemClock
from core_services.logs import configure_logs

Measure = Callable[[Effort], Coroutine[Any, Any, list[Finding]]]

_PAGE_WIDTH = 160
"""Of the table where it goes to no terminal."""

ROWS: Mapping[str, Measure] = {
    each.ROW: each.measure
    for each in (
        issue,
        call_next,
        screens,
        paper,
        hall,
        forecast,
        estimate,
        moves,
        pages,
        past,
        backup,
        memory,
        idle,
        starting,
    )
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the rows that are named, or all; return 1 when a row could not be measured.

    A target that is missed is told in the table and is no failure: figures are no test.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="short rounds; to see that it works")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="JSON on standard output, no table")
    form.add_argument("--markdown", action="store_true", help="the table of docs/performance.md")
    given = parser.parse_args(arguments)
    unknown = set(given.rows) - set(ROWS)
    if unknown:
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    configure_logs("benchmarks", level="error")
    told = Console(stderr=True)
    effort = (quick if given.quick else full)(lambda text: told.print(text, style="dim"))
    findings: list[Finding] = []
    failures = 0
    for name, measure in ROWS.items():
        if given.rows and name not in given.rows:
            continue
        try:
            findings += asyncio.run(measure(effort))
        except BenchmarkError as error:
            failures += 1
            told.print(f"{name}: {error}", style="red", markup=False)
    if given.json:
        sys.stdout.buffer.write(as_json(findings, SystemClock().now()) + b"\n")
    elif given.markdown:
        sys.stdout.write(as_markdown(findings) + "\n")
    else:
        show(findings, Console(width=None if sys.stdout.isatty() else _PAGE_WIDTH))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
