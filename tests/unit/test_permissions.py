"""Who may do what, as the centre's rules say it."""

from typing import get_args

import pytest

from core_services.people.model import Role, Scope
from core_services.people.permissions import (
    ALL_SCOPES,
    ROLE_PERMISSIONS,
    SCOPE_PERMISSIONS,
    Permission,
    permissions_of_role,
    permissions_of_scopes,
)


def test_each_role_may_do_what_the_one_below_it_may() -> None:
    assert permissions_of_role("receptionist") < permissions_of_role("clerk")
    assert permissions_of_role("clerk") < permissions_of_role("supervisor")
    assert permissions_of_role("supervisor") < permissions_of_role("admin")


def test_every_role_scope_and_permission_is_used() -> None:
    assert set(ROLE_PERMISSIONS) == set(get_args(Role))
    assert set(SCOPE_PERMISSIONS) == set(get_args(Scope)) == set(ALL_SCOPES)
    assert permissions_of_role("admin") == set(get_args(Permission))
    assert permissions_of_scopes(ALL_SCOPES) == set(get_args(Permission))


@pytest.mark.parametrize("permission", ["act_any_window", "cancel_any", "void", "reprint"])
def test_a_clerk_acts_at_the_own_window_only(permission: Permission) -> None:
    assert "act_own_window" in permissions_of_role("clerk")
    assert permission not in permissions_of_role("clerk")
    assert permission in permissions_of_role("supervisor")


def test_a_receptionist_receives_and_has_no_window() -> None:
    assert "receive" in permissions_of_role("receptionist")
    assert "act_own_window" not in permissions_of_role("receptionist")
    assert "void" not in permissions_of_role("receptionist")


@pytest.mark.parametrize(
    "permission", ["manage_staff", "manage_keys", "manage_devices", "manage_policy"]
)
def test_only_administrators_manage(permission: Permission) -> None:
    assert permission not in permissions_of_role("supervisor")
    assert permission in permissions_of_role("admin")


def test_a_key_without_scopes_may_do_nothing() -> None:
    assert permissions_of_scopes([]) == frozenset()


def test_a_key_that_issues_cannot_call() -> None:
    assert permissions_of_scopes(["issue"]) == {"issue"}
