"""Puts the supervisor's pages into the application."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from queue_server.configuration import Configuration
from queue_server.errands import Errands
from queue_server.reprints import Reprints
from queue_server.roll_answers import RollAnswers
from queue_server.tickets.acts import Queue
from queue_server.web.keys import ALARM_BOOK
from queue_server.web.staff_pages import staff_page
from queue_server.web.supervisor.acts import SupervisorActs
from queue_server.web.supervisor.alarm_pages import AlarmPages
from queue_server.web.supervisor.fault_pages import FaultPages
from queue_server.web.supervisor.machine_pages import MachinePages
from queue_server.web.supervisor.pages import ROOT, SUPERVISE, SupervisorPages
from queue_server.web.supervisor.reading import Reading
from queue_server.web.supervisor.sheet_files import SheetFiles
from queue_server.web.supervisor.window_acts import WindowActs
from queue_server.web.supervisor.work_pages import WorkPages
from queue_server.work import WorkOrders


def install_supervisor(
    app: web.Application,
    queue: Queue,
    *,
    reprints: Reprints,
    configuration: Callable[[], Configuration],
    reread: Callable[[], Awaitable[None]],
    work: WorkOrders,
    cache_dir: Path,
    rolls: RollAnswers,
    errands: Errands,
    reading: Reading,
    files: SheetFiles,
) -> None:
    """Serve `/supervisor`; the web frame is installed already."""
    pages = SupervisorPages(reading)
    acts = SupervisorActs(queue, reprints, reading, reread, rolls)
    shown, renewed = staff_page(SUPERVISE), staff_page(SUPERVISE, renews=True)
    app.router.add_get(ROOT, shown(pages.hall))
    app.router.add_get(ROOT + "/now", renewed(pages.now))
    app.router.add_get(ROOT + "/today", renewed(pages.today))
    app.router.add_get(ROOT + "/patterns", shown(pages.patterns))
    app.router.add_get(ROOT + "/windows", shown(pages.windows))
    app.router.add_get(ROOT + "/windows/seats", renewed(pages.seats))
    app.router.add_get(ROOT + "/windows/messages", renewed(pages.messages))
    app.router.add_get(ROOT + "/windows/counts", renewed(pages.counts))
    app.router.add_get(ROOT + "/tickets", shown(pages.tickets))
    app.router.add_get(ROOT + "/tickets/{ticket}", shown(pages.ticket))
    WorkPages(queue, reading, work, configuration, cache_dir).install(app)
    MachinePages(queue, reading, errands, reading.care).install(app)
    FaultPages(reading.faults).install(app)
    alarms = AlarmPages(queue, reading, app[ALARM_BOOK], files)
    app.router.add_get(ROOT + "/alarms", shown(alarms.page))
    app.router.add_get(ROOT + "/alarms.{form:csv|xlsx}", shown(alarms.file))
    for path, permission, act in (
        *acts.routes(),
        *WindowActs(queue, reading.suggested).routes(),
        *alarms.routes(),
    ):
        app.router.add_post(ROOT + path, staff_page(permission)(act))
