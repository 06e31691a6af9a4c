"""Hypothesis lives days in the queue against PostgreSQL and the pure rule: they never differ."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.journeys import QueueJourneys
from tests.support.database import Database


@pytest.fixture
def machine(database: Database) -> type[QueueJourneys]:
    return type(
        "Machine", (QueueJourneys,), {"dsn": database.app_dsn, "owner_dsn": database.owner_dsn}
    )


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


@pytest.mark.timeout(300)
def test_the_database_and_the_pure_rule_never_differ(machine: type[QueueJourneys]) -> None:
    run_state_machine_as_test(machine, settings=_settings(14, 40))


@pytest.mark.timeout(300)
def test_two_server_processes_act_as_one(machine: type[QueueJourneys]) -> None:
    machine.processes = 2
    run_state_machine_as_test(machine, settings=_settings(6, 30))


@pytest.mark.soak
def test_the_database_and_the_pure_rule_never_differ_over_long_days(
    machine: type[QueueJourneys],
) -> None:
    machine.processes = 3
    run_state_machine_as_test(machine, settings=_settings(400, 150))
