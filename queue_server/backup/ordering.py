"""Makes the order of a backup of what the settings say."""

from pathlib import Path

from core_services.settings import read_secret, settings_file
from queue_server.backup.create import LONGEST_S, Order
from queue_server.backup.keeping import Keep
from queue_server.backup.key_text import recipient_from
from queue_server.backup.sealing import SealWith
from queue_server.settings import PROGRAM, ServerSettings


def order_of(
    settings: ServerSettings, config: Path | None, *, within_s: float = LONGEST_S
) -> Order:
    """Return the order; blocks for a file or two. Raises SettingsError."""
    phrase_file, recipient = settings.backup_passphrase_file, settings.backup_recipient
    return Order(
        settings=settings,
        config=settings_file(PROGRAM, config),
        folder=settings.backups,
        seal=SealWith(
            passphrase=None if phrase_file is None else read_secret(phrase_file),
            recipient=None if recipient is None else recipient_from(recipient),
        ),
        with_secrets=settings.backup_with_secrets,
        keep=Keep(settings.backup_keep_daily, settings.backup_keep_weekly),
        within_s=within_s,
    )
