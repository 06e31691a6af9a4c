"""How a person opens the database by hand on the server's machine, to type what a remedy says."""

from urllib.parse import parse_qs, urlsplit

from core_services.database.programs import wheel_programs
from core_services.owner import user_of
from queue_server.database import Addresses
from queue_server.settings import ServerSettings


def as_owner(settings: ServerSettings, addresses: Addresses) -> str:
    """Return the command that opens it as `shubbak_owner`; no password is in it."""
    return _psql(settings, addresses, "shubbak_owner", "shubbak_owner")


def as_superuser(settings: ServerSettings, addresses: Addresses) -> str:
    """Return the command that opens it as one who may do everything."""
    return _psql(settings, addresses, "postgres", None)


def _psql(settings: ServerSettings, addresses: Addresses, role: str, own_role: str | None) -> str:
    """`own_role` is the role in a PostgreSQL of one's own; None: that of its own user."""
    user = user_of("server")
    if settings.is_embedded:
        socket = parse_qs(urlsplit(addresses.app).query)["host"][0]
        psql = wheel_programs().path("psql")
        return f"runuser -u {user} -- {psql} -h {socket} -U {role} shubbak"
    if own_role is None:  # not in ours: the page's own map lets no superuser into that
        return "runuser -u postgres -- psql"
    database = urlsplit(addresses.app).path.lstrip("/") or "shubbak"
    return f"runuser -u {user} -- psql -U {own_role} {database}"
