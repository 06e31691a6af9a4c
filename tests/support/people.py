"""Passwords that are cheap to hash, for tests that hash many."""

from collections.abc import Iterator

import pytest

from core_services.people.passwords import Passwords


@pytest.fixture(scope="session")
def passwords() -> Iterator[Passwords]:
    """Argon2id with the smallest parameters."""
    cheap = Passwords(time_cost=1, memory_kib=64, parallelism=1)
    yield cheap
    cheap.close()
