"""The composition root: what the centre's server is made of, in the order in which it starts.

`open_server` builds everything over a database and runs its work; `serve` is the program.
"""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import structlog
from aiohttp import web
from pydantic import ValidationError

from core_services.catalogue.load import load_catalogue
from core_services.clock import Clock, SystemClock
from core_services.database.errors import DatabaseError
from core_services.database.listen import listen
from core_services.database.pool import Pool, connect, open_pool
from core_services.devices.model import Beat, Device
from core_services.devices.register import verify_token
from core_services.devices.store_presence import (
    devices_with_orders,
    note_beat,
    note_gone,
    nudge_pages,
    release_commands,
    revoked_among,
)
from core_services.link.frames import Hello, Status, Welcome
from core_services.look.font import web_font
from core_services.people.api_keys import ApiKeys
from core_services.people.passwords import Passwords
from core_services.people.sessions import SessionLimits
from queue_server.agent_commands import DeviceCommands
from queue_server.appointments.acts import Appointments, SealPhone
from queue_server.configuration import Configuration, read_configuration
from queue_server.database import reach_database, require_migrated
from queue_server.feedback.answers import Answers
from queue_server.live.agents import Agents
from queue_server.live.board import HallFacts
from queue_server.live.feed import CHANNEL, Feed
from queue_server.live.hub import Hub
from queue_server.live.pages import PublicChanges, StaffPages
from queue_server.person_keys import open_person_keys
from queue_server.reprints import Reprints
from queue_server.service_states.model import States
from queue_server.service_states.shown import with_states
from queue_server.service_states.states import ServiceStates
from queue_server.settings import ServerSettings
from queue_server.tickets import pattern_watch
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import Issuer
from queue_server.tickets.model import Centre
from queue_server.tickets.pattern_watch import PatternWatch
from queue_server.tickets.person_care import PersonCare
from queue_server.tickets.persons import Persons
from queue_server.tickets.reception import doubt_silent_slips
from queue_server.tickets.windows import forget_texts
from queue_server.web.admin.appointments import PlanPages
from queue_server.web.admin.install import install_policy
from queue_server.web.api import appointments as appointments_api
from queue_server.web.api import (
    hall,
    journeys,
    persons,
    policy,
    satisfaction,
    service_states,
    tickets,
    windows,
)
from queue_server.web.api.refusals import register_refusals
from queue_server.web.callers import Callers
from queue_server.web.citizen.face import install_face
from queue_server.web.citizen.install import install_bookings
from queue_server.web.citizen.pages import install_citizen
from queue_server.web.desk.my_day import install_my_day
from queue_server.web.desk.pages import install_desk
from queue_server.web.frame import install, web_frame
from queue_server.web.health import install_health
from queue_server.web.keys import (
    ANSWERS,
    APPOINTMENTS,
    CATALOGUE,
    CONFIGURATION,
    PATTERNS,
    PERSONS,
    QUEUE,
    REREAD,
    SERVICE_STATES,
)
from queue_server.web.metrics import install_metrics
from queue_server.web.operations import Operation, operations_of
from queue_server.web.own_problems import register_own_problems
from queue_server.web.problems import Problems
from queue_server.web.reception.install import install_reception
from queue_server.web.rules.pages import install_rules
from queue_server.web.security import REQUEST_LIMIT_BYTES
from queue_server.web.sessions import Sessions
from queue_server.web.supervisor.appointments import install_appointment_lists
from queue_server.web.supervisor.install import install_supervisor
from queue_server.web.supervisor.satisfaction import install_satisfaction
from queue_server.web.supervisor.service_pages import install_service_pages
from queue_server.web.supervisor.watch import LOOK_EVERY_S, DeviceWatch
from queue_server.web.words import Words

logger = structlog.get_logger()

POOL_SIZE = 6
"""4–8 write connections; 32 are slower (docs/performance.md)."""

OPERATIONS: tuple[Operation, ...] = operations_of(
    tickets,
    journeys,
    persons,
    windows,
    hall,
    policy,
    service_states,
    satisfaction,
    appointments_api,
)
"""The whole API, in the order of its document."""


@dataclass(slots=True)
class _Current:
    """The configuration and the services' states as last read: what is replaced while we run."""

    configuration: Configuration
    states: States = field(default_factory=States)
    facts: HallFacts = field(init=False)
    """What screens show of both: made once a change, since it is shown at each act."""

    def __post_init__(self) -> None:
        self._compose()

    def configure(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._compose()

    def show(self, states: States) -> None:
        self.states = states
        self._compose()

    def _compose(self) -> None:
        configuration = self.configuration
        self.facts = with_states(configuration.facts, self.states, configuration.catalogue)

    def centre(self) -> Centre:
        return self.configuration.centre

    def centre_name(self) -> Words:
        return Words(self.centre().name_ar, self.centre().name_en)


@asynccontextmanager
async def open_server(
    settings: ServerSettings,
    dsn: str,
    *,
    clock: Clock | None = None,
    seal_phone: SealPhone | None = None,
) -> AsyncIterator[web.Application]:
    """Build the server over a migrated database with a centre, and run its background work.

    `seal_phone` makes of a citizen's phone what is kept of it; without it no phone is asked for.

    Raises NoCentre, DatabaseError. The application is for one event loop.
    """
    clock = clock or SystemClock()
    pool = await open_pool(dsn, size=POOL_SIZE, application_name="shubbak server")
    passwords = Passwords()
    try:
        catalogue = await asyncio.to_thread(load_catalogue)
        current = _Current(
            await read_configuration(pool, catalogue, public_url=settings.public_url)
        )
        centre_id = current.configuration.centre.id
        issuer = Issuer(
            centre_now=current.centre,
            clock=clock,
            connect=lambda: connect(dsn, application_name="shubbak issue"),
        )
        queue = Queue(
            pool=pool,
            clock=clock,
            centre_now=current.centre,
            issuer=issuer,
            gate=lambda at, service: current.configuration.gate(at, service, hub.hall),
        )
        people = Persons(queue, await asyncio.to_thread(open_person_keys, settings, at=clock.now()))
        care = PersonCare(people, keep_days=settings.personal_data_days)
        appointments = Appointments(queue, seal_phone)
        problems = Problems()
        register_own_problems(problems)
        register_refusals(problems)
        sessions = Sessions(
            pool=pool,
            passwords=passwords,
            clock=clock,
            centre_id=centre_id,
            limits=SessionLimits(
                idle=timedelta(minutes=settings.session_idle_minutes),
                absolute=timedelta(hours=settings.session_hours),
            ),
        )
        callers = Callers(
            ApiKeys(pool, clock), sessions, centre_id=centre_id, public_url=settings.public_url
        )
        app = web.Application(client_max_size=REQUEST_LIMIT_BYTES)
        app[QUEUE] = queue
        app[PERSONS] = people
        app[APPOINTMENTS] = appointments
        app[CATALOGUE] = catalogue
        app[SERVICE_STATES] = states = ServiceStates(
            queue, catalogue, on_change=lambda now: _show(current, hub, now)
        )
        app[ANSWERS] = answers = Answers(queue)
        app[CONFIGURATION] = lambda: current.configuration
        frame = web_frame(
            font=await asyncio.to_thread(web_font, _cache(settings)),
            centre_name=current.centre_name,
            zone=lambda: current.centre().zone,
            problems=problems,
            sessions=sessions,
            callers=callers,
            public_url=settings.public_url,
            cache_dir=_cache(settings),
        )
        install(app, frame, OPERATIONS)
        install_metrics(app)
        install_desk(app, services=lambda: current.configuration.services)
        install_my_day(app, queue)

        hub = Hub(queue.hall, clock, facts=lambda: current.facts)
        feed = Feed(lambda: listen(dsn, CHANNEL), hub, clock, centre_id=centre_id)
        install_health(app, feed)
        process_id = uuid4()
        reprints = Reprints(
            appointments,
            slip=lambda ticket: current.configuration.slip(ticket),
            process_id=process_id,
        )
        agents = _agents(hub, appointments, problems, current, reprints, process_id)
        app.router.add_get("/ws/agent", agents.endpoint)

        async def is_signed_in(request: web.Request) -> bool:
            return await sessions.of(request, is_use=False) is not None

        staff_pages = StaffPages(hub, is_signed_in=is_signed_in, public_url=settings.public_url)
        app.router.add_get("/ws/live", staff_pages.endpoint)
        patterns = PatternWatch(queue, settings.pattern_limits, on_change=hub.nudge)
        app[PATTERNS] = patterns
        reread = _refresh(pool, current, hub, agents)
        app[REREAD] = reread
        install_supervisor(
            app,
            queue,
            reprints=reprints,
            configuration=lambda: current.configuration,
            patterns=patterns,
            persons=people,
            reread=reread,
        )
        install_service_pages(app, states, lambda: current.configuration)
        install_satisfaction(app, answers, lambda: current.configuration)
        install_policy(app, queue, configuration=lambda: current.configuration, reread=reread)
        install_rules(app, queue, configuration=lambda: current.configuration)
        install_citizen(app, queue, PublicChanges(hub), answers)
        install_reception(
            app,
            queue,
            configuration=lambda: current.configuration,
            cache_dir=_cache(settings),
        )
        # A tablet at its window must not wait for the pace that is right for hundreds of phones.
        install_face(app, queue, PublicChanges(hub, in_all=200, pace_s=0.2))
        install_bookings(app, appointments, networks=settings.check_in_from)
        install_appointment_lists(app, appointments)
        PlanPages(appointments).install(app)
        watch = DeviceWatch(pool, clock, centre_id=centre_id, on_change=hub.nudge)

        async def close_hub(_: web.Application) -> None:
            hub.close()

        app.on_shutdown.append(close_hub)

        async with asyncio.TaskGroup() as background:
            running = [
                background.create_task(work)
                for work in (
                    issuer.run(),
                    hub.run(),
                    feed.run(),
                    _every(clock, 1.0, "housekeeping", queue.keep_house),
                    _every(clock, LOOK_EVERY_S, "devices", watch.look),
                    _every(clock, 5.0, "appointments", appointments.keep_house),
                    _every(clock, 3600.0, "bookings", appointments.forget),
                    _every(clock, pattern_watch.LOOK_EVERY_S, "patterns", patterns.look),
                    _every(clock, 3600.0, "claims", queue.forget_claims),
                    _every(clock, 3600.0, "feedback texts", answers.forget_texts),
                    _every(clock, 1.0, "service states", states.look),
                    _every(clock, 3600.0, "personal-data", care.look),
                    _every(clock, 3600.0, "texts", lambda: forget_texts(queue)),
                    _every(clock, 5.0, "configuration", reread),
                    _every(clock, 5.0, "slips", lambda: doubt_silent_slips(queue)),
                    _every(clock, 1.0, "reprints", _deliver(agents, pool, reprints, centre_id)),
                    _every(clock, 1.0, "revoked", _send_away(agents, pool, centre_id)),
                )
            ]
            yield app
            for task in running:
                task.cancel()
    finally:
        passwords.close()
        await pool.close()


async def serve(settings: ServerSettings) -> None:
    """Run the server until SIGTERM or SIGINT; agents come back by themselves afterwards.

    Raises DatabaseError, NoCentre, OSError (the port is taken).
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with reach_database(settings, takes_over=True) as addresses:
        await require_migrated(addresses.app)
        async with open_server(settings, addresses.app) as app:
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0)
            await runner.setup()
            try:
                site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
                await site.start()
                gc.collect()
                gc.freeze()  # what stays for good is no longer walked at each collection
                logger.info("serving", listen=settings.listen)
                await stop.wait()
                logger.info("stopping")
            finally:
                await runner.cleanup()


def _cache(settings: ServerSettings) -> Path:
    return settings.data_dir / "cache"


def _agents(
    hub: Hub,
    appointments: Appointments,
    problems: Problems,
    current: _Current,
    reprints: Reprints,
    process_id: UUID,
) -> Agents:
    queue = appointments.queue
    pool, clock = queue.pool, queue.clock

    async def nudge() -> None:
        await nudge_pages(pool, centre_id=queue.centre.id)

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
        )

    async def on_connected(device: Device, hello: Hello) -> None:
        beat = Beat(version=hello.version, journal_id=hello.journal_id)
        await note_beat(pool, device, beat, process_id=process_id, at=clock.now())
        await reprints.deliver(agents, device)
        await nudge()

    async def on_status(device: Device, status: Status) -> None:
        beat = Beat(
            version=status.version,
            printer=status.printer,
            paper=status.paper,
            cover=status.cover,
            detail=status.detail,
            jobs=status.jobs,
        )
        await note_beat(pool, device, beat, process_id=process_id, at=clock.now())

    async def on_gone(device: Device) -> None:
        await note_gone(pool, device, process_id=process_id)
        await release_commands(pool, device, process_id=process_id)
        await nudge()

    commands = DeviceCommands(
        queue,
        problems,
        appointments=appointments,
        slip=lambda ticket: current.configuration.slip(ticket),
        on_news=nudge,
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


def _show(current: _Current, hub: Hub, states: States) -> None:
    current.show(states)
    hub.mark()


def _refresh(
    pool: Pool, current: _Current, hub: Hub, agents: Agents
) -> Callable[[], Awaitable[None]]:
    is_unreadable = False

    async def refresh() -> None:
        """Read the centre anew; what cannot be read leaves what was read before, told once."""
        nonlocal is_unreadable
        was = current.configuration
        try:
            now = await read_configuration(
                pool, was.catalogue, public_url=was.public_url, centre_id=was.centre.id
            )
        except ValidationError as error:
            if not is_unreadable:
                logger.error("configuration_unreadable", why=str(error))
            is_unreadable = True
            return
        is_unreadable = False
        if now == was:
            return
        current.configure(now)
        hub.mark()
        if now.greeting != was.greeting:
            agents.greet_anew()

    return refresh


def _deliver(
    agents: Agents, pool: Pool, reprints: Reprints, centre_id: int
) -> Callable[[], Awaitable[None]]:
    async def deliver() -> None:
        if not agents.connected:
            return
        for device in await devices_with_orders(pool, centre_id=centre_id):
            if device.id in agents.connected:
                await reprints.deliver(agents, device)

    return deliver


def _send_away(agents: Agents, pool: Pool, centre_id: int) -> Callable[[], Awaitable[None]]:
    async def send_away() -> None:
        """End the connections of devices that were revoked since they connected."""
        connected = agents.connected
        if connected:
            for device_id in await revoked_among(pool, centre_id=centre_id, device_ids=connected):
                agents.disconnect(device_id)

    return send_away


async def _every(
    clock: Clock, seconds: float, name: str, work: Callable[[], Awaitable[None]]
) -> None:
    """Do some work again and again; a database that is away is waited for, told once each way."""
    is_failing = False
    while True:
        try:
            await work()
            if is_failing:
                logger.info("background_work_goes_on", work=name)
            is_failing = False
        except DatabaseError as error:
            if not is_failing:
                logger.warning("background_work_waits", work=name, why=str(error))
            is_failing = True
        await clock.sleep(seconds)
