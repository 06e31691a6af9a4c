"""Opens the centre's keys of personal data where the settings say they lie."""

from datetime import datetime

import structlog

from core_services.people.sealing import PersonKeys, ensure_keys
from core_services.settings import SettingsError
from queue_server.settings import ServerSettings

logger = structlog.get_logger()


def open_person_keys(settings: ServerSettings, *, at: datetime) -> PersonKeys:
    """Return the keys; a missing file is made, and told of: it belongs into the backup.

    Blocks for a few milliseconds. Raises SettingsError.
    """
    path = settings.person_keys
    try:
        keys, is_new = ensure_keys(path, at=at)
    except OSError as error:
        raise SettingsError(
            [
                f"the keys of personal data cannot be written to {path}: {error.strerror}; "
                'set "person_keys_file" to a place that can be written.'
            ]
        ) from error
    if is_new:
        logger.warning("person_keys_made", file=str(path), advice="keep a copy in a safe place")
    return keys
