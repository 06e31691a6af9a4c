"""Opens codes by which machines are paired, and gives a machine that proved one its token."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from core_services.credentials import hash_token, new_token
from core_services.database.pool import Pool
from core_services.devices import store_pairing
from core_services.devices.model import DeviceKind, NewDevice
from core_services.devices.register import TOKEN_BITS, TOKEN_PREFIX
from core_services.devices.store import Acting
from core_services.devices.store_pairing import Pairing
from core_services.link.code_proof import new_code, new_salt, stretch

open_pairings = store_pairing.open_pairings
count_attempt = store_pairing.count_attempt
take_attempt = store_pairing.take_attempt
end_pairing = store_pairing.end_pairing
keep_pairings = store_pairing.keep_pairings


@dataclass(frozen=True, slots=True)
class NewPairing:
    """A code just opened; it is in this answer and nowhere else."""

    code: str
    pairing: Pairing


async def open_pairing(
    pool: Pool, *, centre_id: int, kind: DeviceKind, name: str, actor: Acting, at: datetime
) -> NewPairing:
    """Open a code for a machine, new or known by that name.

    Raises BadDeviceNameError, DeviceNameTakenError (of another kind) or UnknownCentreError.
    """
    code, salt = new_code(), new_salt()
    pairing = await store_pairing.insert_pairing(
        pool,
        centre_id=centre_id,
        kind=kind,
        name=name,
        salt=salt,
        secret=await asyncio.to_thread(stretch, code, salt),
        actor=actor,
        at=at,
    )
    return NewPairing(code, pairing)


async def complete_pairing(
    pool: Pool, pairing: Pairing, *, actor: Acting, at: datetime
) -> NewDevice | None:
    """Give the machine that proved a code its token, once; None: the code is over."""
    token = new_token(TOKEN_BITS, prefix=TOKEN_PREFIX)
    device = await store_pairing.complete_pairing(
        pool, pairing, token_hash=hash_token(token), actor=actor, at=at
    )
    return None if device is None else NewDevice(token, device)
