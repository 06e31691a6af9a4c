"""Fixtures of tests that speak HTTP to a server."""

from tests.support.site import make_site as make_site
