"""What the centre's server is made of, put together over a pool: each part once, in its order."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

from core_services.catalogue.load import load_catalogue
from core_services.catalogue.model import Catalogue
from core_services.clock import Clock
from core_services.database.listen import listen
from core_services.database.pool import Pool, connect
from core_services.look.font import web_font
from core_services.people.api_keys import ApiKeys
from core_services.people.passwords import Passwords
from core_services.people.sessions import SessionLimits
from core_services.pulse import Pulse
from queue_server.alarms.book import AlarmBook
from queue_server.appointments.acts import KEPT_DAYS, Appointments
from queue_server.backup.watch import BackupWatch
from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.broadcasts.model import Broadcast
from queue_server.configuration import read_configuration
from queue_server.current import Current
from queue_server.deliveries import Deliveries
from queue_server.errands import Errands
from queue_server.estimate.live import LiveEstimate
from queue_server.estimate.nightly import NightlyBacktest
from queue_server.estimate.promises_kept import PromisesKept
from queue_server.estimate.truth import TruthReader
from queue_server.faults.diagnosis import Diagnosing
from queue_server.faults.faults import Faults
from queue_server.feedback.answers import Answers
from queue_server.figures.daily import DailyReports
from queue_server.figures.exports import Exports
from queue_server.figures.reading import FiguresReading
from queue_server.figures.rollup import Rollup
from queue_server.live.agents import Agents
from queue_server.live.feed import CHANNEL, Feed
from queue_server.live.hub import Hub
from queue_server.machines import meet_agents
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.planning import Plans
from queue_server.person_keys import open_person_keys
from queue_server.planning.planner import Planner
from queue_server.planning.watch import MoveWatch
from queue_server.policy.present import read_held
from queue_server.reprints import Reprints
from queue_server.roll_answers import RollAnswers
from queue_server.service_states.model import States
from queue_server.service_states.states import ServiceStates
from queue_server.settings import ServerSettings
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import Issuer
from queue_server.tickets.opening import Hours
from queue_server.tickets.pattern_watch import PatternWatch
from queue_server.tickets.patterns import PatternLimits
from queue_server.tickets.persons import Persons
from queue_server.web.api.refusals import register_refusals
from queue_server.web.callers import Callers
from queue_server.web.frame import WebFrame, web_frame
from queue_server.web.own_problems import register_own_problems
from queue_server.web.problems import Problems
from queue_server.web.sessions import COOKIE, TRAINING_COOKIE, Sessions
from queue_server.web.supervisor.reading import Reading
from queue_server.web.supervisor.report_names import ReportNames
from queue_server.work import WorkOrders


@dataclass(frozen=True, slots=True)
class Parts:
    """One of each; `routes` serves them, `background` keeps them going."""

    settings: ServerSettings
    catalogue: Catalogue
    current: Current
    queue: Queue
    estimate: LiveEstimate
    truth: TruthReader
    kept: PromisesKept
    nightly: NightlyBacktest
    persons: Persons
    appointments: Appointments
    states: ServiceStates
    broadcasts: Broadcasts
    book: AlarmBook
    answers: Answers
    patterns: PatternWatch
    planner: Planner
    moves: MoveWatch
    sessions: Sessions
    frame: WebFrame
    hub: Hub
    feed: Feed
    reprints: Reprints
    work: WorkOrders
    rolls: RollAnswers
    errands: Errands
    deliveries: Deliveries
    agents: Agents
    figures: FiguresReading
    rollup: Rollup
    exports: Exports
    daily: DailyReports
    backups: BackupWatch
    faults: Faults
    pulse: Pulse
    maintenance: Maintenance
    maintenance_plans: Plans

    @property
    def pool(self) -> Pool:
        return self.queue.pool

    @property
    def clock(self) -> Clock:
        return self.queue.clock

    @property
    def centre_id(self) -> int:
        return self.queue.centre.id

    @property
    def reading(self) -> Reading:
        """What supervisors see of the hall, for pages and for whoever watches without one."""
        return Reading(
            self.queue,
            lambda: self.current.configuration,
            self.states,
            self.patterns,
            self.persons,
            self.work,
            self.book,
            self.broadcasts,
            self.moves,
            self.kept,
            self.backups,
            self.maintenance,
            self.faults,
        )

    @property
    def cache_dir(self) -> Path:
        return cache_dir(self.settings)

    async def reread(self) -> None:
        """Read the configuration again, and show at once what is new. Raises DatabaseError."""
        await self.current.reread(
            self.pool, on_change=self.hub.mark, on_greeting=self.agents.greet_anew
        )


async def put_together(
    settings: ServerSettings,
    dsn: str,
    pool: Pool,
    passwords: Passwords,
    *,
    clock: Clock,
    pulse: Pulse,
) -> Parts:
    """Make every part over a migrated database with a centre. Raises NoCentre, DatabaseError."""
    catalogue = await asyncio.to_thread(load_catalogue)
    current = Current(await read_configuration(pool, catalogue, public_url=settings.public_url))
    estimate = LiveEstimate(
        pool,
        clock,
        configuration=lambda: current.configuration,
        today=lambda: queue.today(),
        hall=lambda: hub.hall,
        on_change=lambda: hub.refresh(),
    )

    async def hours_then(day: date) -> Hours | None:
        return (await read_held(pool, current.centre(), day)).opening_hours()

    async def target_then(day: date) -> int:
        return (await read_held(pool, current.centre(), day)).wait_target_s

    queue = Queue(
        pool=pool,
        clock=clock,
        centre_now=current.centre,
        issuer=Issuer(
            centre_now=current.centre,
            clock=clock,
            connect=lambda: connect(dsn, application_name="shubbak issue"),
            foresight=estimate,
            pulse=pulse,
        ),
        gate=lambda at, service: current.configuration.gate(at, service, hub.hall),
        hours=lambda: current.configuration.plan.hours,
        hours_then=hours_then,
        foresight=estimate,
    )
    hub = Hub(queue.hall, clock, facts=lambda: current.facts, pulse=pulse)
    centre_id = queue.centre.id

    def show(states: States) -> None:
        current.show(states)
        hub.mark()

    def tell(broadcasts: tuple[Broadcast, ...]) -> None:
        current.tell(broadcasts)
        hub.mark()

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
        cookie=TRAINING_COOKIE if current.centre().is_training else COOKIE,
    )
    frame = web_frame(
        font=await asyncio.to_thread(web_font, cache_dir(settings)),
        centre_name=current.centre_name,
        zone=lambda: current.centre().zone,
        problems=problems,
        sessions=sessions,
        callers=Callers(
            ApiKeys(pool, clock), sessions, centre_id=centre_id, public_url=settings.public_url
        ),
        public_url=settings.public_url,
        cache_dir=cache_dir(settings),
        is_plain_lan=settings.is_plain_lan,
        is_training=current.centre().is_training,
    )
    persons = Persons(queue, await asyncio.to_thread(open_person_keys, settings, at=clock.now()))
    appointments = Appointments(
        queue,
        persons,
        kept_days=max(KEPT_DAYS, settings.personal_data_days),
        hours=lambda: current.configuration.plan.hours,
    )
    planner = Planner(queue, estimate.still, configuration=lambda: current.configuration)
    process_id = uuid4()
    reprints = Reprints(
        appointments,
        slip=lambda ticket: current.configuration.slip(ticket),
    )
    work = WorkOrders(queue, persons.keys)
    rolls = RollAnswers(queue)

    def wait_target_s() -> int:
        return current.configuration.policy.body.wait_target_s

    rollup = Rollup(queue, wait_target_s, process_id=process_id, target_then=target_then)
    figures = FiguresReading(queue, wait_target_s, failed=lambda: rollup.failed)
    broadcasts = Broadcasts(queue, on_change=tell)
    errands = Errands(queue)
    deliveries = Deliveries(queue, reprints, work, rolls, errands, process_id=process_id)
    states = ServiceStates(queue, catalogue, on_change=show)
    book, backups = AlarmBook(queue), BackupWatch(queue, settings)
    return Parts(
        settings=settings,
        catalogue=catalogue,
        current=current,
        queue=queue,
        estimate=estimate,
        truth=TruthReader(queue),
        kept=PromisesKept(queue),
        nightly=NightlyBacktest(queue, folder=settings.data_dir / "backtest", process=process_id),
        persons=persons,
        appointments=appointments,
        states=states,
        broadcasts=broadcasts,
        book=book,
        answers=Answers(queue),
        patterns=PatternWatch(
            queue, lambda: pattern_limits(settings, current), on_change=hub.nudge
        ),
        planner=planner,
        moves=MoveWatch(
            queue,
            planner,
            estimate.still,
            configuration=lambda: current.configuration,
            on_change=hub.nudge,
        ),
        sessions=sessions,
        frame=frame,
        hub=hub,
        feed=Feed(lambda: listen(dsn, CHANNEL), hub, clock, centre_id=centre_id),
        reprints=reprints,
        work=work,
        rolls=rolls,
        errands=errands,
        deliveries=deliveries,
        figures=figures,
        daily=DailyReports(figures, rollup, lambda: current.configuration, cache_dir(settings)),
        rollup=rollup,
        backups=backups,
        faults=Faults(queue, Diagnosing(queue, book, backups, errands, states)),
        pulse=pulse,
        maintenance=Maintenance(queue),
        maintenance_plans=Plans(queue),
        exports=Exports(
            queue,
            settings.data_dir / "exports",
            ReportNames(queue, lambda: current.configuration).row_names,
            process_id=process_id,
        ),
        agents=meet_agents(
            hub, appointments, problems, current, deliveries, work, broadcasts, errands, process_id
        ),
    )


def pattern_limits(settings: ServerSettings, current: Current) -> PatternLimits:
    """Return those of the published policy, and of the settings until there is one."""
    policy = current.configuration.policy
    return settings.pattern_limits if policy.version is None else policy.body.pattern_limits()


def cache_dir(settings: ServerSettings) -> Path:
    return settings.data_dir / "cache"
