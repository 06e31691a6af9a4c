"""Fixtures of tests that speak HTTP to a server."""

from tests.support.centre_server import centre_server as centre_server
from tests.support.centre_server import server_data as server_data
from tests.support.centre_server import shared_server as shared_server
from tests.support.site import compiled_templates as compiled_templates
from tests.support.site import make_site as make_site
