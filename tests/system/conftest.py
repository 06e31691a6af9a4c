"""Fixtures of tests that run whole programs."""

from tests.support.centre_server import server_data as server_data
