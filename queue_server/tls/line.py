"""How the server is reached: over TLS until when, or plain, and who could read it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core_services.settings import SettingsError
from queue_server.settings import ServerSettings
from queue_server.tls.serving import SOON, read_leaf


@dataclass(frozen=True, slots=True)
class Line:
    """The server's line as those who look after it should know it."""

    is_tls: bool
    is_plain_lan: bool
    """Plain HTTP beyond this machine: `allow_plain_lan`."""
    ends_at: datetime | None = None
    """When the certificate ends; None without one, or with one that can't be read."""
    days_left: int | None = None
    ends_soon: bool = False


def look_at_line(settings: ServerSettings, *, at: datetime) -> Line:
    """Return how the server is reached now; reads the certificate's file, blocking."""
    files = settings.tls_files
    if files is None:
        return Line(is_tls=False, is_plain_lan=settings.is_plain_lan)
    try:
        ends_at = read_leaf(files[0]).not_valid_after_utc
    except SettingsError:
        return Line(is_tls=True, is_plain_lan=False, ends_soon=True)
    left = ends_at - at
    return Line(
        is_tls=True,
        is_plain_lan=False,
        ends_at=ends_at,
        days_left=left // timedelta(days=1),
        ends_soon=left <= SOON,
    )
