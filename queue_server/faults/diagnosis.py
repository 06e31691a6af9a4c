"""What the server knows at the moment of a report: attached to it by itself, nothing personal.

Machines speak of themselves, the server of itself; no name, no number in line, no text that a
person wrote is in it. Times are RFC 3339, UTC; ages are whole seconds.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core_services.database.migrations import newest_number
from core_services.devices.errands import Errand
from core_services.devices.model import DeviceState
from core_services.devices.register import list_devices
from core_services.devices.store_presence import open_commands
from core_services.release import release
from queue_server.alarms.book import AlarmBook
from queue_server.alarms.model import Episode
from queue_server.backup.age import BackupAge
from queue_server.backup.watch import BackupWatch
from queue_server.errands import Errands
from queue_server.faults.browser import Browser
from queue_server.faults.model import Place
from queue_server.power.model import ON_BATTERY
from queue_server.service_states.states import ServiceStates
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Window

VERSION: Final = release()
SCHEMA: Final = f"{newest_number():04}"
CHANGES_SHOWN: Final = 12
ALARMS_SHOWN: Final = 20
ERRANDS_SHOWN: Final = 5
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Diagnosing:
    """Reads the diagnosis of one moment from what the centre knows anyhow."""

    queue: Queue
    book: AlarmBook
    backups: BackupWatch
    errands: Errands
    states: ServiceStates

    async def workstation_of(self, window: int) -> UUID | None:
        """Return the one workstation that has something at a window; None: none, or several."""
        return workstation_at(await self._machines(), window)

    async def now(self, place: Place, browser: Browser | None) -> dict[str, Any]:
        """Return what is known of a place and of the server. Raises DatabaseError."""
        began = time.perf_counter()
        await self.queue.pool.fetchval("SELECT 1")
        answer_ms = round((time.perf_counter() - began) * 1000, 1)
        day, at = self.queue.today()
        machines = await self._machines()
        machine = next((each for each in machines if each.device.id == place.device_id), None)
        hall = await self.queue.hall()
        window = next((each for each in hall.windows if each.number == place.window), None)
        opened = await self.book.open()
        outages = (await self.states.now()).outages
        known: dict[str, Any] = {
            "at": at.isoformat(),
            "server": server_facts(
                answer_ms, await self.backups.now(), at, is_on_battery=_is_on_battery(opened)
            ),
            "down": [each.device.name for each in machines if not each.is_up],
            "services_down": sorted(f"{each.kind}/{each.code}" for each in outages),
            "alarms": [_alarm(each) for each in opened[:ALARMS_SHOWN]],
            "changes": changes(
                await self.book.of_day(day, limit=500), machine, place.window, at=at
            ),
        }
        if machine is not None:
            commands = await open_commands(self.queue.pool, centre_id=self.queue.centre.id)
            known["machine"] = machine_facts(machine, at=at) | {
                "unanswered": sum(each.device_id == machine.device.id for each in commands),
                "errands": [
                    _errand(each)
                    for each in await self.errands.of_device(machine.device.id, limit=ERRANDS_SHOWN)
                ],
            }
        if window is not None:
            known["window"] = window_facts(window)
        if browser is not None:
            known["browser"] = browser.facts
        return known

    async def _machines(self) -> tuple[DeviceState, ...]:
        return await list_devices(
            self.queue.pool, centre_id=self.queue.centre.id, at=self.queue.clock.now()
        )


def workstation_at(machines: Iterable[DeviceState], window: int) -> UUID | None:
    """Return the one workstation that has something at a window; None: none, or several."""
    found = [
        each.device.id
        for each in machines
        if each.device.kind == "workstation"
        and each.presence is not None
        and any(one.window == window for one in each.presence.beat.attached or ())
    ]
    return found[0] if len(found) == 1 else None


def server_facts(
    answer_ms: float, backups: BackupAge, at: datetime, *, is_on_battery: bool
) -> dict[str, Any]:
    """Return how the server, its database, its backup and its power stand."""
    return {
        "version": VERSION,
        "schema": SCHEMA,
        "database_ms": answer_ms,
        "backup_hours": backups.hours(at) if backups.known.good_at is not None else None,
        "backup_trouble": backups.trouble(at),
        "power": "battery" if is_on_battery else "mains",
    }


def machine_facts(state: DeviceState, *, at: datetime) -> dict[str, Any]:
    """Return how a machine stands by its own last word."""
    device, presence = state.device, state.presence
    facts: dict[str, Any] = {
        "name": device.name,
        "kind": device.kind,
        "is_up": state.is_up,
        "out_of_service": device.out_of_service is not None,
    }
    if presence is None:
        return facts
    beat = presence.beat
    roll = beat.roll or {}
    return facts | {
        "heard_s": max(0, int((at - presence.seen_at).total_seconds())),
        "version": beat.version,
        "printer": beat.printer,
        "paper": beat.paper,
        "cover": beat.cover,
        "detail": None if beat.detail is None else beat.detail[:200],
        "jobs": {name: number for name, number in (beat.jobs or {}).items() if number},
        "roll_left_m": roll.get("left_m"),
        "roll_slips": roll.get("slips_left"),
        "roll_check": roll.get("check"),
        "undelivered": beat.undelivered,
        "attached": [
            {
                "name": each.name,
                "kind": each.kind,
                "state": each.state,
                "reason": None if each.reason is None else each.reason[:200],
                "paper": each.paper,
                "cover": each.cover,
            }
            for each in (beat.attached or ())[:16]
        ],
    }


def window_facts(window: Window) -> dict[str, Any]:
    """Return how a window stands: never who has it or what is in hand."""
    return {
        "number": window.number,
        "state": window.state,
        "since": None if window.state_since is None else window.state_since.isoformat(),
        "reason": window.reason,
        "profile": window.profile,
        "has_number": window.ticket is not None,
    }


def changes(
    episodes: Sequence[Episode], machine: DeviceState | None, window: int | None, *, at: datetime
) -> list[dict[str, Any]]:
    """Return what was last wrong with a machine and a window, the latest first, or in the hall."""
    name = None if machine is None else machine.device.name
    found = [
        each
        for each in episodes
        if at - each.raised_at <= _DAY
        and (
            (name is None and window is None)
            or (name is not None and each.facts.get("device") == name)
            or (window is not None and each.facts.get("window") == window)
        )
    ]
    return [_alarm(each) for each in found[:CHANGES_SHOWN]]


def _alarm(episode: Episode) -> dict[str, Any]:
    facts = episode.facts
    return {
        "kind": episode.kind,
        "device": facts.get("device"),
        "window": facts.get("window"),
        "raised_at": episode.raised_at.isoformat(),
        "cleared_at": None if episode.cleared_at is None else episode.cleared_at.isoformat(),
    }


def _errand(errand: Errand) -> dict[str, Any]:
    return {
        "kind": errand.kind,
        "ends": errand.kind in ("duty", "notice") and not errand.payload,
        "ordered_at": errand.ordered_at.isoformat(),
        "state": errand.outcome or ("waiting" if errand.delivered_at is None else "told"),
        "reason": errand.reason,
    }


def _is_on_battery(opened: Iterable[Episode]) -> bool:
    return any(each.kind == ON_BATTERY for each in opened)
