"""Fixtures that every test may ask for."""

import gc
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog
from aiohttp import web_app
from hypothesis import settings

from tests.support.features import FeaturesRan

pytest_plugins = [
    "tests.support.ram_disk",
    "tests.support.database",
    "tests.support.pages",
    "tests.support.people",
]

settings.register_profile("shubbak", deadline=None)
settings.load_profile("shubbak")
"""What an example takes says how busy the machine is: only tests that measure time judge it."""


def pytest_configure(config: pytest.Config) -> None:
    """Hold a run of everything to docs/features.md, where its results come together."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FeaturesRan(config))


@pytest.fixture(scope="module", autouse=True)
def what_stays_is_not_walked_again() -> None:
    """Leave what is there before a module's tests out of every later collection of garbage.

    A server collects when it begins, which would walk in every test through all that thousands of
    collected tests hold.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def base_url() -> None:
    """Stand before pytest-playwright's own fixture, a method, which pytest 9 warns of."""
    return


@pytest.fixture(autouse=True)
def forgotten_applications() -> Iterator[None]:
    """Let aiohttp forget the servers of a test: it keeps the last thousand handlers of all.

    Each holds its whole application, so that a worker would grow by two gigabytes in a run.
    """
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest.fixture(autouse=True)
def background_work_holds() -> Iterator[None]:
    """Fail the test in which a server's background work met a defect: a hall goes on without it,
    and only its log tells.
    """
    failed: list[str] = []

    def watch(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if event.get("event") == "background_work_failed":
            failed.append(event["work"])
        return event

    processors = structlog.get_config()["processors"]
    processors.insert(0, watch)
    yield
    if watch in processors:
        processors.remove(watch)
    assert not failed
