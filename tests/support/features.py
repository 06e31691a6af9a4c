"""Reads which tests `docs/features.md` names, and holds a run of everything to them."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "features.md"
_NAMED: Final = re.compile(r"`(tests/[\w/]+\.py(?:::\w+)*)`")


def named_tests(page: str) -> list[str]:
    """Return the tests that a page names, in its order: files, classes or functions."""
    return _NAMED.findall(page)


def offered_tests(path: Path) -> set[str]:
    """Return the names that a file of tests offers: itself, its classes, and their functions."""
    place = path.relative_to(ROOT).as_posix()
    found = {place}
    tree = ast.parse(path.read_bytes())
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            found.add(f"{place}::{node.name}")
            found |= {f"{place}::{node.name}::{name}" for name in _functions(node.body)}
    return found | {f"{place}::{name}" for name in _functions(tree.body)}


def _functions(body: list[ast.stmt]) -> list[str]:
    return [
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]


class FeaturesRan:
    """Notes which tests passed; a run of everything fails when a named one is not among them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._passed: set[str] = set()
        self.missing: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            name = report.nodeid.partition("[")[0]
            self._passed.update((name, name.partition("::")[0]))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if not self._is_everything() or exitstatus != pytest.ExitCode.OK:
            return
        named = named_tests(PAGE.read_text(encoding="utf-8"))
        self.missing = sorted(set(named) - self._passed)
        if self.missing:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in self.missing:
            terminalreporter.write_line(
                f"docs/features.md names {name}, which did not pass", red=True
            )

    def _is_everything(self) -> bool:
        """Say whether nobody narrowed the run, by a path, a keyword or a marker of their own."""
        option = self._config.option
        whole = self._config.args == self._config.getini("testpaths")
        return (
            whole
            and not option.keyword
            and option.markexpr == "not soak"
            and not getattr(option, "lf", False)
        )
