"""Writes the settings of a training server: of its own where it could touch the real one."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from core_services.files import write_durably
from queue_server.settings import ServerSettings, is_loopback

if TYPE_CHECKING:
    from queue_server.training.start import Wish

SETTINGS: Final = "server.toml"
PORTS_APART: Final = 100
_HEAD: Final = """\
# The training server of this centre; shubbak training init made this file.
# Every page and paper of it says that it is for training.
"""


def training_folder(real: ServerSettings) -> Path:
    """Return where a training centre lies unless told: beside the real one's folder."""
    return real.data_dir.with_name(f"{real.data_dir.name}-training")


def training_listen(real: ServerSettings) -> str:
    """Return where its server listens unless told: on the same address, another port."""
    port = real.port + PORTS_APART
    if port > 65535:
        port = real.port - PORTS_APART
    host = f"[{real.host}]" if ":" in real.host else real.host
    return f"{host}:{port}"


def write_settings(path: Path, real: ServerSettings, wish: "Wish") -> None:
    """Write the file, mode 0600. Blocks.

    The certificate is the real server's, since the machine is. No address for phones, no folder of
    the real centre's backups: nothing of it leads outside.
    """
    values: dict[str, str | bool] = {
        "training": True,
        "listen": wish.listen,
        "data_dir": str(path.parent),
        "database": wish.database,
    }
    if wish.database_owner is not None:
        values["database_owner"] = wish.database_owner
    host = wish.listen.rpartition(":")[0].removeprefix("[").removesuffix("]")
    if real.tls_files is not None:
        certificate, key = real.tls_files
        values["tls_certificate"] = str(certificate.resolve())
        values["tls_key"] = str(key.resolve())
    elif not is_loopback(host):
        values["allow_plain_lan"] = real.allow_plain_lan
    if real.embedded_user is not None:
        values["embedded_user"] = real.embedded_user
    lines = [f"{name} = {_toml(value)}" for name, value in values.items()]
    write_durably(path, (_HEAD + "\n".join(lines) + "\n").encode())


def _toml(value: str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
