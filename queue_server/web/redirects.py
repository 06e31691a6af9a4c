"""Sends a browser on to another page of this server."""

from aiohttp import web


def see_other(location: str) -> web.Response:
    """Answer 303: the browser fetches `location` next."""
    return web.Response(status=303, headers={"Location": location})


def local_path(text: str) -> str:
    """Return a path of this server as it is, and nothing for every other address."""
    is_local = text.startswith("/") and not text.startswith("//")
    return text if is_local and text.isprintable() and "\\" not in text else ""
