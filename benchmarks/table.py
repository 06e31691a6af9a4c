"""Says findings to a person, as a table, and to a program, as JSON."""

import os
import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.findings import Finding, Target
from core_services.database.programs import wheel_programs


def show(findings: Sequence[Finding], console: Console) -> None:
    """Print every finding: the ratio, its target, and whether it is met."""
    table = Table(title="Shubbak beside its limits (medians of interleaved rounds)")
    table.add_column("row", no_wrap=True)
    table.add_column("what")
    table.add_column("figure", justify="right", no_wrap=True)
    table.add_column("limit", justify="right", no_wrap=True)
    table.add_column("measured beside")
    table.add_column("ratio", justify="right", no_wrap=True)
    table.add_column("rounds", justify="right", no_wrap=True)
    table.add_column("target", no_wrap=True)
    table.add_column("", no_wrap=True)
    before = None
    for finding in findings:
        if before is not None and before != finding.row:
            table.add_section()
        table.add_row(
            "" if before == finding.row else finding.row,
            finding.what,
            f"{number(finding.figure)} {finding.unit}",
            f"{number(finding.limit)} {finding.unit}",
            finding.against,
            f"{number(finding.ratio)}×",
            f"{number(min(finding.ratios))}–{number(max(finding.ratios))}",
            "" if finding.target is None else target_text(finding.target, finding.unit),
            {True: "[green]met[/]", False: "[red]not met[/]", None: ""}[finding.is_met],
        )
        before = finding.row
    console.print(table)


def as_json(findings: Sequence[Finding], at: datetime) -> bytes:
    """Return the findings and the machine as JSON."""
    return orjson.dumps(
        {"at": at, "machine": machine(), "findings": [_plain(each) for each in findings]},
        option=orjson.OPT_INDENT_2,
    )


def as_markdown(findings: Sequence[Finding]) -> str:
    """Return the findings as the table of docs/performance.md."""
    lines = [
        "| row | what | figure | limit | measured beside | ratio | target | |",
        "|---|---|--:|--:|---|--:|---|---|",
    ]
    before = None
    for finding in findings:
        cells = (
            "" if before == finding.row else finding.row,
            finding.what,
            f"{number(finding.figure)} {finding.unit}",
            f"{number(finding.limit)} {finding.unit}",
            finding.against,
            f"{number(finding.ratio)}×",
            "" if finding.target is None else target_text(finding.target, finding.unit),
            {True: "met", False: "**not met**", None: ""}[finding.is_met],
        )
        lines.append(f"| {' | '.join(cells)} |")
        before = finding.row
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "processors": len(os.sched_getaffinity(0)),
        "model": model,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": wheel_programs().major,
        "load": [round(each, 2) for each in os.getloadavg()],
    }


def number(value: float) -> str:
    """Return a figure with three digits that mean something, or whole."""
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def target_text(target: Target, unit: str) -> str:
    """Return a target in the sign language of a table."""
    sign = {"at least": "≥", "at most": "≤", "below": "<"}[target.bound]
    return f"{sign} {target.value:g}{'×' if target.subject == 'ratio' else ' ' + unit}"


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "row": finding.row,
        "what": finding.what,
        "unit": finding.unit,
        "figure": finding.figure,
        "limit": finding.limit,
        "against": finding.against,
        "ratio": finding.ratio,
        "ratios": finding.ratios,
        "target": None if finding.target is None else target_text(finding.target, finding.unit),
        "is_met": finding.is_met,
    }
