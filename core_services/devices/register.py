"""Adds and revokes devices, gives them their tokens and recognises these."""

from datetime import datetime
from typing import Final
from uuid import UUID

from core_services.credentials import hash_token, new_token
from core_services.database.pool import Pool
from core_services.devices import store, store_presence
from core_services.devices.model import Device, DeviceKind, NewDevice
from core_services.devices.store import Acting

TOKEN_PREFIX: Final = "device_"
TOKEN_BITS: Final = 160

find_device = store.fetch_device
revoke_device = store.set_revoked
list_devices = store_presence.list_devices
note_beat = store_presence.note_beat
note_gone = store_presence.note_gone
insert_command = store_presence.insert_command
claim_commands = store_presence.claim_commands
release_commands = store_presence.release_commands
settle_command = store_presence.settle_command
open_commands = store_presence.open_commands
note_shown = store_presence.note_shown


async def add_device(
    pool: Pool, *, centre_id: int, kind: DeviceKind, name: str, actor: Acting, at: datetime
) -> NewDevice:
    """Add a device; its token is in the answer and nowhere else.

    Raises DeviceNameTakenError, BadDeviceNameError or UnknownCentreError.
    """
    token = new_token(TOKEN_BITS, prefix=TOKEN_PREFIX)
    device = await store.insert_device(
        pool,
        centre_id=centre_id,
        kind=kind,
        name=name,
        token_hash=hash_token(token),
        actor=actor,
        at=at,
    )
    return NewDevice(token, device)


async def renew_token(
    pool: Pool, *, centre_id: int, device_id: UUID, actor: Acting, at: datetime
) -> NewDevice:
    """Give a device another token; the old one is refused from now on."""
    token = new_token(TOKEN_BITS, prefix=TOKEN_PREFIX)
    device = await store.set_token_hash(
        pool,
        centre_id=centre_id,
        device_id=device_id,
        token_hash=hash_token(token),
        actor=actor,
        at=at,
    )
    return NewDevice(token, device)


async def verify_token(pool: Pool, token: str) -> Device | None:
    """Return the device whose token this is; None for any other text and for a revoked one."""
    if not token.startswith(TOKEN_PREFIX):
        return None
    return await store.fetch_by_token(pool, token_hash=hash_token(token))
