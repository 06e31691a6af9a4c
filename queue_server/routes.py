"""What the server answers: the API's operations, and every page and socket beside them."""

from aiohttp import web

from core_services.devices.register import verify_token
from queue_server.live.documents import Documents
from queue_server.live.pages import PublicChanges, StaffPages
from queue_server.live.pairing import PairingDesk
from queue_server.maintenance.availability import Availability
from queue_server.parts import Parts
from queue_server.policy.preview import Previews
from queue_server.tls.folder import TlsFolder
from queue_server.web.admin.appointments import PlanPages
from queue_server.web.admin.devices import DevicePages
from queue_server.web.admin.first_steps_pages import FirstStepsPages
from queue_server.web.admin.install import install_policy
from queue_server.web.api import (
    alarms,
    broadcasts,
    desks,
    devices,
    equipment,
    faults,
    figures,
    hall,
    journeys,
    maintenance,
    maintenance_plans,
    messages,
    moves,
    persons,
    policy,
    satisfaction,
    service_states,
    tickets,
    waits,
    windows,
)
from queue_server.web.api import appointments as appointments_api
from queue_server.web.ca_file import install_ca_file
from queue_server.web.citizen.face import install_face
from queue_server.web.citizen.install import install_bookings
from queue_server.web.citizen.pages import install_citizen
from queue_server.web.desk.my_day import install_my_day
from queue_server.web.desk.pages import install_desk
from queue_server.web.faults.pages import FaultForms
from queue_server.web.frame import install
from queue_server.web.health import install_health
from queue_server.web.keys import (
    ALARM_BOOK,
    ANSWERS,
    APPOINTMENTS,
    AVAILABILITY,
    BACKUPS,
    BROADCASTS,
    CATALOGUE,
    CONFIGURATION,
    ERRANDS,
    FAULTS,
    FIGURES,
    MAINTENANCE,
    MAINTENANCE_PLANS,
    MOVES,
    PATTERNS,
    PERSONS,
    QUEUE,
    REREAD,
    SERVICE_STATES,
    TRUTH,
)
from queue_server.web.leaving import install_leaving
from queue_server.web.metrics import install_metrics
from queue_server.web.operations import Operation, operations_of
from queue_server.web.reception.install import install_reception
from queue_server.web.rules.pages import install_rules
from queue_server.web.security import REQUEST_LIMIT_BYTES
from queue_server.web.setup.already import install_already
from queue_server.web.supervisor.appointments import install_appointment_lists
from queue_server.web.supervisor.availability import install_availability
from queue_server.web.supervisor.broadcast_pages import install_broadcast
from queue_server.web.supervisor.chart_pages import install_charts
from queue_server.web.supervisor.chart_reading import ChartReading
from queue_server.web.supervisor.daily import install_daily
from queue_server.web.supervisor.install import install_supervisor
from queue_server.web.supervisor.maintenance_pages import MaintenancePages
from queue_server.web.supervisor.planning import install_planning
from queue_server.web.supervisor.reports import install_reports
from queue_server.web.supervisor.satisfaction import install_satisfaction
from queue_server.web.supervisor.service_pages import install_service_pages
from queue_server.web.supervisor.sheet_files import SheetFiles
from queue_server.web.waits_truth import install_waits_truth

OPERATIONS: tuple[Operation, ...] = operations_of(
    tickets,
    journeys,
    persons,
    windows,
    desks,
    alarms,
    messages,
    broadcasts,
    devices,
    equipment,
    maintenance,
    maintenance_plans,
    faults,
    hall,
    waits,
    moves,
    policy,
    service_states,
    satisfaction,
    figures,
    appointments_api,
)
"""The whole API, in the order of its document."""


def application_of(parts: Parts) -> web.Application:
    """Return the application that serves the parts. It is for one event loop."""
    app = web.Application(client_max_size=REQUEST_LIMIT_BYTES)
    app[QUEUE] = parts.queue
    app[PERSONS] = parts.persons
    app[APPOINTMENTS] = parts.appointments
    app[CATALOGUE] = parts.catalogue
    app[SERVICE_STATES] = parts.states
    app[BROADCASTS] = parts.broadcasts
    app[ALARM_BOOK] = parts.book
    app[ANSWERS] = parts.answers
    app[CONFIGURATION] = lambda: parts.current.configuration
    app[MAINTENANCE] = parts.maintenance
    app[AVAILABILITY] = Availability(parts.queue)
    app[MAINTENANCE_PLANS] = parts.maintenance_plans
    app[MOVES] = parts.moves
    app[PATTERNS] = parts.patterns
    app[TRUTH] = parts.truth
    app[BACKUPS] = parts.backups
    app[ERRANDS] = parts.errands
    app[FAULTS] = parts.faults
    app[FIGURES] = parts.figures
    app[REREAD] = parts.reread
    install(app, parts.frame, OPERATIONS)
    install_already(app)
    install_leaving(app)
    install_metrics(app)
    install_health(app, parts.feed)
    install_ca_file(app, TlsFolder(parts.settings.tls_folder).public)
    _install_sockets(app, parts)
    _install_staff_pages(app, parts)
    _install_public_pages(app, parts)

    async def close_hub(_: web.Application) -> None:
        parts.hub.close()

    app.on_shutdown.append(close_hub)
    return app


def _install_sockets(app: web.Application, parts: Parts) -> None:
    async def is_signed_in(request: web.Request) -> bool:
        return await parts.sessions.of(request, is_use=False) is not None

    staff_pages = StaffPages(
        parts.hub, is_signed_in=is_signed_in, public_url=parts.settings.public_url
    )
    app.router.add_get("/ws/agent", parts.agents.endpoint)
    desk = PairingDesk(
        parts.pool,
        parts.clock,
        centre_id=parts.centre_id,
        own_ca=parts.settings.own_ca,
        on_paired=parts.agents.disconnect,
    )
    app.router.add_get("/ws/pair", desk.endpoint)
    documents = Documents(lambda token: verify_token(parts.pool, token), parts.work)
    app.router.add_get("/agent/work/{job}/document", documents.endpoint)
    app.router.add_get("/ws/live", staff_pages.endpoint)


def _install_staff_pages(app: web.Application, parts: Parts) -> None:
    queue, configuration = parts.queue, app[CONFIGURATION]
    files = SheetFiles(queue, configuration, parts.cache_dir)
    install_desk(app, services=lambda: configuration().services)
    install_my_day(app, queue)
    FaultForms(parts.faults).install(app)
    install_supervisor(
        app,
        queue,
        reprints=parts.reprints,
        configuration=configuration,
        reread=parts.reread,
        work=parts.work,
        cache_dir=parts.cache_dir,
        rolls=parts.rolls,
        errands=parts.errands,
        reading=parts.reading,
        files=files,
    )
    install_charts(
        app,
        ChartReading(queue, configuration, seats=lambda: configuration().policy.body.hall.seats),
        files,
    )
    MaintenancePages(
        queue,
        parts.maintenance,
        parts.maintenance_plans,
        parts.faults,
        parts.cache_dir,
        app[CONFIGURATION],
    ).install(app)
    install_service_pages(app, parts.states, configuration)
    install_broadcast(app, parts.broadcasts)
    install_satisfaction(app, parts.answers, configuration, files)
    install_planning(app, parts.planner, parts.moves)
    install_appointment_lists(app, parts.appointments)
    install_daily(app, queue, parts.daily)
    install_reports(app, parts.figures, parts.exports, configuration, files)
    install_availability(app, app[AVAILABILITY], files)
    install_reception(app, queue, configuration=configuration, cache_dir=parts.cache_dir)
    install_policy(
        app,
        queue,
        configuration=configuration,
        reread=parts.reread,
        previews=Previews(queue, parts.figures.made),
    )
    PlanPages(parts.appointments).install(app)
    DevicePages(queue, parts.agents.disconnect, parts.settings).install(app)
    FirstStepsPages(queue, parts.reading, parts.errands, parts.settings).install(app)


def _install_public_pages(app: web.Application, parts: Parts) -> None:
    queue, configuration = parts.queue, app[CONFIGURATION]
    install_rules(app, queue, configuration=configuration)
    install_waits_truth(app, queue, parts.truth, configuration=configuration)
    install_citizen(app, queue, PublicChanges(parts.hub), parts.answers)
    # A tablet at its window must not wait for the pace that is right for hundreds of phones.
    install_face(app, queue, PublicChanges(parts.hub, in_all=200, pace_s=0.2), parts.broadcasts)
    install_bookings(app, parts.appointments, networks=parts.settings.check_in_from)
