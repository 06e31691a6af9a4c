"""The machines in front of people, as the server meets them: who they are, what they are sent."""

from uuid import UUID

import structlog

from core_services.database.pool import Pool
from core_services.devices.model import Attached, Beat, Device
from core_services.devices.offline import range_from
from core_services.devices.register import verify_token
from core_services.devices.store_offline import series_of
from core_services.devices.store_presence import (
    devices_with_orders,
    note_beat,
    note_gone,
    nudge_pages,
    release_commands,
    revoked_among,
)
from core_services.link.greeting_frames import Hello, OfflineSeries, Welcome
from core_services.link.status_frames import Status
from queue_server.agent_commands import DeviceCommands
from queue_server.appointments.acts import Appointments
from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.current import Current
from queue_server.deliveries import Deliveries
from queue_server.errands import Errands
from queue_server.live.agents import Agents
from queue_server.live.hub import Hub
from queue_server.scans import Scans
from queue_server.tickets.numbering import SERIES_LETTERS
from queue_server.web.problems import Problems
from queue_server.work import WorkOrders

logger = structlog.get_logger()


def meet_agents(
    hub: Hub,
    appointments: Appointments,
    problems: Problems,
    current: Current,
    deliveries: Deliveries,
    work: WorkOrders,
    broadcasts: Broadcasts,
    errands: Errands,
    process_id: UUID,
) -> Agents:
    """Return the socket of kiosks, displays and workstations; their presence is rows."""
    queue = appointments.queue
    pool, clock = queue.pool, queue.clock

    async def nudge() -> None:
        await nudge_pages(pool, centre_id=queue.centre.id)

    async def offline_of(device: Device, hello: Hello) -> OfflineSeries | None:
        if device.kind != "kiosk":
            return None
        said = hello.series
        held = await series_of(
            pool,
            device,
            journal_id=hello.journal_id,
            held=None if said is None else range_from(said.letter, said.first),
            at=clock.now(),
        )
        if held is None:
            logger.warning("no_offline_letter_left", device=device.name)
            return None
        return OfflineSeries(
            letter=held.letter,
            display_letter=SERIES_LETTERS[held.letter],
            first=held.first,
            last=held.last,
        )

    async def make_welcome(device: Device, hello: Hello, protocol: int) -> Welcome:
        hall_now = hub.hall or await queue.hall()
        configuration = current.configuration
        return Welcome(
            protocol=protocol,
            epoch=hall_now.epoch,
            revision=hall_now.revision,
            server_time=clock.now(),
            config_version=str(configuration.centre.config_version),
            centre=configuration.names,
            public_url=configuration.public_url,
            zone=str(configuration.centre.zone),
            cut_over=configuration.centre.cut_over,
            offline=await offline_of(device, hello),
            out_of_service=await errands.duty_of(device),
        )

    async def on_connected(device: Device, hello: Hello) -> None:
        beat = Beat(version=hello.version, journal_id=hello.journal_id)
        await note_beat(pool, device, beat, process_id=process_id, at=clock.now())
        await release_commands(pool, device, process_id=None)
        await deliveries.deliver(agents, device)
        await nudge()

    async def on_status(device: Device, status: Status) -> None:
        beat = Beat(
            version=status.version,
            printer=status.printer,
            paper=status.paper,
            cover=status.cover,
            detail=status.detail,
            jobs=status.jobs,
            roll=None if status.roll is None else status.roll.model_dump(mode="json"),
            attached=attached_of(status),
            undelivered=status.undelivered,
        )
        await note_beat(pool, device, beat, process_id=process_id, at=clock.now())

    async def on_gone(device: Device) -> None:
        await note_gone(pool, device, process_id=process_id, lost_at=clock.now())
        await release_commands(pool, device, process_id=process_id)
        await nudge()

    commands = DeviceCommands(
        queue,
        problems,
        appointments=appointments,
        slip=lambda ticket: current.configuration.slip(ticket),
        on_news=nudge,
        work=work,
        scans=Scans(appointments),
        broadcasts=broadcasts,
        errands=errands,
    )
    agents = Agents(
        hub,
        verify_device=lambda token: verify_token(pool, token),
        make_welcome=make_welcome,
        commands=commands,
        on_status=on_status,
        on_connected=on_connected,
        on_gone=on_gone,
    )
    return agents


async def deliver_orders(
    agents: Agents, pool: Pool, deliveries: Deliveries, centre_id: int
) -> None:
    """Send the orders that wait for machines which are connected to this process."""
    if not agents.connected:
        return
    for device in await devices_with_orders(pool, centre_id=centre_id):
        if device.id in agents.connected:
            await deliveries.deliver(agents, device)


async def send_away_revoked(agents: Agents, pool: Pool, centre_id: int) -> None:
    """End the connections of devices that were revoked since they connected."""
    connected = agents.connected
    if connected:
        for device_id in await revoked_among(pool, centre_id=centre_id, device_ids=connected):
            agents.disconnect(device_id)


def attached_of(status: Status) -> tuple[Attached, ...] | None:
    """Return the devices that a machine tells of; its glass is one, once it was lit."""
    attached = _devices(status)
    if status.glass is None:
        return attached
    glass = Attached("glass", "glass", "ready" if status.glass == "lit" else "not_ready")
    return (*(attached or ()), glass)


def _devices(status: Status) -> tuple[Attached, ...] | None:
    """Return its other devices; a kiosk's scanner is one, if it has one."""
    if status.devices is not None:
        return tuple(Attached(**each.model_dump()) for each in status.devices)
    if status.scanner is None:
        return None
    if status.scanner == "absent":
        return ()
    return (Attached("scanner", "scanner", status.scanner, reason=status.scanner_detail),)
