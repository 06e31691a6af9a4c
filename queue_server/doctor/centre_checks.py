"""Looks at the centre: is it there, does its chain end well, its keys, its machines."""

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from core_services.audit.store import read_head, read_links
from core_services.clock import Clock
from core_services.database.pool import Pool
from core_services.devices.model import DeviceState
from core_services.devices.register import list_devices
from core_services.doctor.examination import VERSION
from core_services.doctor.model import (
    N_,
    Check,
    Finding,
    Words,
    broken,
    quoted,
    skipped,
    warning,
    well,
)
from core_services.doctor.timekeeping import zone_findings
from core_services.doctor.wheels import from_wheels
from core_services.owner import name_of, user_of
from core_services.people.sealing import read_keys
from core_services.settings import SettingsError
from queue_server.doctor.store import has_sealed, list_zones
from queue_server.settings import ServerSettings
from queue_server.signing_keys import key_path
from queue_server.store_centre import KnownCentre, list_centres, signing_key_in_use

_KINDS: Final = {
    "kiosk": N_("kiosk"),
    "display": N_("hall screen"),
    "workstation": N_("workstation"),
}

_LOADED_AGAIN: Final = (
    "shubbak centre show > /tmp/centre.toml  # as it is now",
    "shubbak centre load /tmp/centre.toml",
)


def _brought_back(path: Path) -> str:
    """Return how a key comes back from the copy of the folder `keys`, for its program's user."""
    user = name_of(path.parent.stat().st_uid) if path.parent.is_dir() else user_of("server")
    return f"install -o {user} -m 600 /media/usb/keys/{path.name} {path}"


def centre_checks(settings: ServerSettings, pool: Pool, clock: Clock) -> list[Check]:
    """Return the looks that need a database of this program's schema."""
    return [
        Check("centre", N_("Centre"), partial(_centre, pool)),
        Check("chain", N_("Chain of events"), partial(_chain, pool)),
        Check("signing-key", N_("Signing key"), partial(_signing_keys, settings, pool)),
        Check("person-keys", N_("Keys of personal data"), partial(_person_keys, settings, pool)),
        Check("devices", N_("Kiosks and screens"), partial(_devices, pool, clock)),
    ]


async def _centre(pool: Pool) -> Sequence[Finding]:
    centres = await list_centres(pool)
    if not centres:
        return [
            broken(
                N_("there is no centre yet"),
                N_(
                    "Start the server and open its set-up page: address and one-time code stand "
                    "on its console. Or describe the centre in a file and load it."
                ),
                "systemctl enable --now shubbak-server",
                "journalctl -u shubbak-server -n 20 --no-pager",
                "shubbak centre load /etc/shubbak/centre.toml",
            )
        ]
    unknown = [
        finding
        for zone in await list_zones(pool)
        for finding in zone_findings(zone)
        if finding.verdict != "ok"
    ]
    codes = ", ".join(centre.code for centre in centres)
    return unknown or [well(quoted(codes))]


async def _chain(pool: Pool) -> Sequence[Finding]:
    findings = [each for centre in await list_centres(pool) for each in await _end(pool, centre)]
    return findings or [skipped(N_("there is no centre yet"))]


async def _end(pool: Pool, centre: KnownCentre) -> Sequence[Finding]:
    """Look at the end of a chain alone; to walk it whole takes minutes after a year."""
    try:
        head = await read_head(pool, centre.id)
    except LookupError:
        return [_broken_chain(centre, N_("the centre has no event head"))]
    links = await read_links(
        pool, centre.id, after=head.links_end - 1, up_to=head.links_end, limit=1
    )
    digest = links[0].digest if links else b""
    if not head.revision == head.links_end == head.events_end:
        return [_broken_chain(centre, N_("head, links and events do not end together"))]
    if digest != head.digest:
        return [_broken_chain(centre, N_("the head's digest is not the last link's"))]
    return [
        well(
            N_("ends well at event {revision} of {code}", revision=head.revision, code=centre.code)
        )
    ]


def _broken_chain(centre: KnownCentre, why: Words) -> Finding:
    return broken(
        N_("{code}: {why}", code=centre.code, why=why),
        N_(
            "Somebody or something changed the tables past the program. Stop, keep a copy of the "
            "database as it is, walk the chain, and return to the last good backup."
        ),
        f"shubbak audit verify --centre {centre.code}",
        "systemctl stop shubbak-server",
    )


async def _signing_keys(settings: ServerSettings, pool: Pool) -> Sequence[Finding]:
    findings = []
    for centre in await list_centres(pool):
        key = await signing_key_in_use(pool, centre_id=centre.id)
        if key is None:
            findings.append(
                broken(
                    N_("{code} has no signing key", code=centre.code),
                    N_("Load the centre's file: that makes one."),
                    *_LOADED_AGAIN,
                )
            )
            continue
        path = key_path(settings.data_dir, centre.code, key)
        why = _wrong_with_key(path.read_bytes(), key) if path.is_file() else N_("it is not there")
        if why is not None:
            findings.append(
                broken(
                    N_("{path}: {why}", path=path, why=why),
                    N_("Bring it back from the backup. If it is lost, make another key."),
                    _brought_back(path),
                    *_LOADED_AGAIN[:-1],
                    f"{_LOADED_AGAIN[-1]} --renew-key",
                )
            )
        else:
            findings.append(well(N_("{code}: both halves are there", code=centre.code)))
    return findings or [skipped(N_("there is no centre yet"))]


def _wrong_with_key(pem: bytes, key_id: str) -> Words | None:
    try:
        private = load_pem_private_key(pem, None)
    except ValueError:
        return N_("it is no key")
    if not isinstance(private, Ed25519PrivateKey):
        return N_("it is no key")
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    if hashlib.sha256(public).hexdigest()[:16] != key_id:
        return N_("it is the half of another key")
    return None


async def _person_keys(settings: ServerSettings, pool: Pool) -> Sequence[Finding]:
    path = settings.person_keys
    if not path.exists():
        if not await has_sealed(pool):
            return [well(N_("the server's next start makes them"))]
        return [
            broken(
                N_("{path} is not there: no phone and no ID can be read", path=path),
                N_(
                    "Bring it back from the backup before the server starts again: it would begin "
                    "with new keys."
                ),
                _brought_back(path),
            )
        ]
    try:
        keys = read_keys(path)
    except SettingsError as error:
        return [
            broken(
                quoted(error),
                N_("Bring it back from the backup, for its own user alone."),
                _brought_back(path),
            )
        ]
    return [well(N_("keys that can be used: {count}", count=len(keys)))]


async def _devices(pool: Pool, clock: Clock) -> Sequence[Finding]:
    centres = await list_centres(pool)
    if not centres:
        return [skipped(N_("there is no centre yet"))]
    states = [
        state
        for centre in centres
        for state in await list_devices(pool, centre_id=centre.id, at=clock.now())
    ]
    if not states:
        return [
            warning(
                N_("no machine may connect yet"),
                N_("Add the kiosk and the hall screen."),
                "shubbak device pair --kind kiosk --name K1",
                "shubbak device pair --kind display --name D1",
            )
        ]
    return [_device(state) for state in states]


def _device(state: DeviceState) -> Finding:
    kind, name = state.device.kind, state.device.name
    who = N_("{kind} {name}", kind=_KINDS[kind], name=name)
    on_it = f"shubbak-{kind} doctor  # {name}"
    presence = state.presence
    if presence is None:
        return warning(
            N_("{who} was never heard", who=who),
            N_("Put its token onto its machine and start it, or revoke it."),
            on_it,
            f"shubbak device revoke --name {name}",
        )
    if not state.is_up:
        return broken(
            N_(
                "{who} is silent since {when}",
                who=who,
                when=presence.seen_at.isoformat(timespec="seconds"),
            ),
            N_("See on its machine whether it has power and network, and what it says."),
            on_it,
            f"systemctl restart shubbak-{kind}  # {name}",
        )
    beat = presence.beat
    if beat.printer == "not_ready":
        return broken(
            N_(
                "{who}: its printer is not ready: {why}",
                who=who,
                why=beat.detail or beat.paper or "-",
            ),
            N_("See on its machine what the printer needs."),
            on_it,
        )
    if beat.version != VERSION:
        return warning(
            N_("{who} runs {its}, the server {ours}", who=who, its=beat.version, ours=VERSION),
            N_("Install the same release there."),
            f"{from_wheels('--upgrade', 'shubbak')}  # {name}",
            f"systemctl restart shubbak-{kind}  # {name}",
        )
    return well(N_("{who} is heard", who=who))
