"""Fixtures of tests that compare documents with a running server."""

from tests.support.centre_server import centre_server as centre_server
from tests.support.centre_server import server_data as server_data
from tests.support.centre_server import shared_server as shared_server
