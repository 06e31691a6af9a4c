"""The lives are told in modules of their own: what they assert is told in full as well."""

import pytest

pytest.register_assert_rewrite("tests.stateful.life", "tests.stateful.journeys")
