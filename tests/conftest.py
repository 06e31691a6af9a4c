"""Fixtures that every test may ask for."""

import pytest

pytest_plugins = [
    "tests.support.database",
    "tests.support.pages",
    "tests.support.people",
]


@pytest.fixture(scope="session")
def base_url() -> None:
    """Stand before pytest-playwright's own fixture, a method, which pytest 9 warns of."""
    return
