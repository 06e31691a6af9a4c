"""The typed keys under which the web frame keeps its parts in the application."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from core_services.catalogue.model import Catalogue
from queue_server.alarms.book import AlarmBook
from queue_server.appointments.acts import Appointments
from queue_server.backup.watch import BackupWatch
from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.configuration import Configuration
from queue_server.errands import Errands
from queue_server.estimate.truth import TruthReader
from queue_server.faults.faults import Faults
from queue_server.feedback.answers import Answers
from queue_server.figures.reading import FiguresReading
from queue_server.maintenance.availability import Availability
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.planning import Plans
from queue_server.planning.watch import MoveWatch
from queue_server.service_states.states import ServiceStates
from queue_server.tickets.acts import Queue
from queue_server.tickets.pattern_watch import PatternWatch
from queue_server.tickets.persons import Persons
from queue_server.web.callers import Callers
from queue_server.web.render import Pages
from queue_server.web.sessions import Sessions

ALARM_BOOK = web.AppKey("alarm_book", AlarmBook)
"""What is wrong in the hall, and was."""
ANSWERS = web.AppKey("answers", Answers)
APPOINTMENTS = web.AppKey("appointments", Appointments)
BROADCASTS = web.AppKey("broadcasts", Broadcasts)
"""Messages to the whole hall."""
CATALOGUE = web.AppKey("catalogue", Catalogue)
CALLERS = web.AppKey("callers", Callers)
CONFIGURATION: web.AppKey[Callable[[], Configuration]] = web.AppKey("configuration")
"""The centre as it is set up and ruled now."""
ERRANDS = web.AppKey("errands", Errands)
"""What single machines are told to do for their own care."""
FAULTS = web.AppKey("faults", Faults)
"""What staff report that does not work."""
FIGURES = web.AppKey("figures", FiguresReading)
"""Figures of past days and of today."""
MAINTENANCE = web.AppKey("maintenance", Maintenance)
"""The care of equipment."""
AVAILABILITY = web.AppKey("availability", Availability)
"""How much of its hours each machine and window could work."""
MAINTENANCE_PLANS = web.AppKey("maintenance_plans", Plans)
"""What comes round for its care."""
MOVES = web.AppKey("moves", MoveWatch)
"""What would help in the hall now."""
PAGES = web.AppKey("pages", Pages)
PATTERNS = web.AppKey("patterns", PatternWatch)
"""The signs that one hand takes many numbers."""
PERSONS = web.AppKey("persons", Persons)
"""The people behind its numbers."""
PUBLIC_URL: web.AppKey[str | None] = web.AppKey("public_url")
QUEUE = web.AppKey("queue", Queue)
"""The centre's queue, for operations and pages."""
REREAD: web.AppKey[Callable[[], Awaitable[None]]] = web.AppKey("reread")
"""Reads the configuration again, so that this process obeys at once what was decided."""
SERVICE_STATES = web.AppKey("service_states", ServiceStates)
SESSIONS = web.AppKey("sessions", Sessions)
BACKUPS = web.AppKey("backups", BackupWatch)
TRUTH = web.AppKey("truth", TruthReader)
"""How true the times were that people were told."""
