"""What may be done with the queue, at the present moment: the acts that programs call.

Each act is one command (one transaction under the centre's lock). Who may do it is decided by the
caller; `own_only` and `any_window` carry that decision here.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from core_services.calendar import business_day
from core_services.clock import Clock
from core_services.database.pool import Pool
from core_services.ids import fold_token
from queue_server.tickets import (
    store,
    store_day,
    store_gate,
    store_given,
    store_hall,
    store_journeys,
    store_reading,
    store_reprint,
    store_take_back,
    store_windows,
)
from queue_server.tickets.errors import Refused, UnknownTicket
from queue_server.tickets.foresight import Foresight, NoForesight
from queue_server.tickets.gate import NEWCOMERS, Gate, always_open
from queue_server.tickets.issuing import Issuer, IssueRequest
from queue_server.tickets.late import Given
from queue_server.tickets.model import (
    Actor,
    Centre,
    Claim,
    Hall,
    PaperMark,
    PlainAct,
    Ticket,
    TicketEvent,
    Window,
    WindowAct,
)
from queue_server.tickets.opening import Hours, at_all_hours
from queue_server.tickets.so_far import SoFar

SILENCE_S = 60
"""A kiosk's ticket that nobody spoke of for so long waits, marked for a person."""
CLAIMS_KEPT = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Queue:
    """A centre's queue over its database."""

    pool: Pool
    clock: Clock
    centre_now: Callable[[], Centre]
    """Return the centre as it was last read from the database; its id never changes."""
    issuer: Issuer
    gate: Callable[[datetime, str | None], Gate] = always_open
    """Say whether newcomers get numbers at a moment, for a service or for none in particular."""
    hours: Callable[[], Hours | None] = at_all_hours
    """Return when the centre is open, as is published now; None: at all hours."""
    hours_then: Callable[[date], Awaitable[Hours | None]] | None = None
    """Return when it was open on a business day that is over; None: as it is now."""
    foresight: Foresight = field(default_factory=NoForesight)
    """Foresees waits; what it does not know the closed formula says."""
    so_far: SoFar = field(default_factory=SoFar, repr=False, compare=False)
    """What this process has read of today."""

    @property
    def centre(self) -> Centre:
        """The centre as it is set up now."""
        return self.centre_now()

    def today(self) -> tuple[date, datetime]:
        """Return the business day and the moment, read from the clock once."""
        at, centre = self.clock.now(), self.centre
        return business_day(at, centre.zone, centre.cut_over), at

    async def hours_on(self, day: date) -> Hours | None:
        """Return when the centre is open on a business day, or was. Raises DatabaseError."""
        if self.hours_then is None or day >= self.today()[0]:
            return self.hours()
        return await self.hours_then(day)

    async def issue(self, request: IssueRequest) -> Ticket:
        """Give a number; see `Issuer.issue` for what it raises.

        Raises NotIssuing for newcomers while the gate is closed, unless their key has its answer.
        """
        if request.channel in NEWCOMERS:
            at = self.clock.now()
            gate = self.gate(at, request.service)
            if not gate.is_open:
                await store_gate.refuse_newcomer(
                    self.pool, self.centre.id, claim=request.claim, gate=gate, at=at
                )
        return await self.issuer.issue(request)

    async def call_next(
        self,
        window: int,
        *,
        actor: Actor,
        own_only: bool,
        finish: bool = False,
        outcome: str | None = None,
        claim: Claim | None = None,
    ) -> Ticket | None:
        """Call the next ticket to a window, or return None; `finish` ends the one in hand first."""
        day, at = self.today()
        return await store.call_next(
            self.pool,
            self.centre.id,
            day=day,
            at=at,
            window=window,
            actor=actor,
            own_only=own_only,
            finish=finish,
            outcome=outcome,
            claim=claim,
        )

    async def act(
        self,
        ticket_id: UUID,
        event: PlainAct,
        *,
        actor: Actor,
        any_window: bool,
        window: int | None = None,
        own_device_only: bool = False,
        reason: str | None = None,
        outcome: str | None = None,
        service: str | None = None,
        claim: Claim | None = None,
    ) -> Ticket:
        """Do one act of the life table; see `store.act_on_ticket` for what it raises."""
        day, at = self.today()
        if event == "no_show":
            reason = reason or "absent"
        return await store.act_on_ticket(
            self.pool,
            self.centre.id,
            day=day,
            at=at,
            ticket_id=ticket_id,
            event=event,
            actor=actor,
            window=window,
            any_window=any_window,
            own_device_only=own_device_only,
            reason=reason,
            outcome=outcome,
            service=service,
            claim=claim,
        )

    async def act_on_window(
        self,
        window: int,
        act: WindowAct,
        *,
        actor: Actor,
        actor_name: str,
        any_window: bool,
        alone: bool = False,
        beyond_rota: bool = False,
        reason: str | None = None,
        claim: Claim | None = None,
    ) -> Window:
        """Open, pause or close a window and return it; see `store_windows.act_on_window`.

        With `beyond_rota` or `any_window` it may pause although many windows are away.
        """
        day, at = self.today()
        free = any_window or beyond_rota
        return await store_windows.act_on_window(
            self.pool,
            self.centre.id,
            day=day,
            at=at,
            wall_time=None if free else at.astimezone(self.centre.zone).time(),
            window=window,
            act=act,
            actor=actor,
            actor_name=actor_name,
            any_window=any_window,
            alone=alone,
            reason=reason,
            claim=claim,
        )

    async def mark_paper(
        self,
        ticket_id: UUID,
        mark: PaperMark,
        *,
        actor: Actor,
        own_device_only: bool = False,
        confirmed_by: str | None = None,
        withdraws_orders: bool = False,
    ) -> Ticket:
        """Note what became of a slip; anything but `failed` lets an unconfirmed ticket wait."""
        return await store.mark_paper(
            self.pool,
            self.centre.id,
            at=self.clock.now(),
            ticket_id=ticket_id,
            mark=mark,
            confirms=mark != "failed",
            actor=actor,
            own_device_only=own_device_only,
            confirmed_by=confirmed_by,
            withdraws_orders=withdraws_orders,
        )

    async def abandon(self, claim: Claim, *, actor: Actor) -> Ticket | None:
        """Void what a given-up key made, or refuse that key for ever."""
        return await store_take_back.abandon(
            self.pool, self.centre.id, at=self.clock.now(), claim=claim, actor=actor
        )

    async def give(self, given: Given) -> Ticket:
        """Make the ticket of a number that a kiosk delivers, once; see `store_given.give`."""
        return await store_given.give(self.pool, self.centre, at=self.clock.now(), given=given)

    async def order_reprint(self, ticket_id: UUID, device_id: UUID, *, actor: Actor) -> bool:
        """Order a marked slip of a ticket from a kiosk's printer, once.

        False while an earlier order for it is open there. Raises UnknownTicket, ActNotAllowed.
        """
        day, at = self.today()
        return await store_reprint.order_reprint(
            self.pool,
            self.centre.id,
            day=day,
            at=at,
            ticket_id=ticket_id,
            device_id=device_id,
            actor=actor,
        )

    async def hall(self) -> Hall:
        """Return the state of the hall in one snapshot."""
        day, at = self.today()
        hall = await store_hall.read_hall(self.pool, self.centre.id, day=day, at=at)
        return self.foresight.over(hall)

    async def hall_foreseen(self) -> Hall:
        """Return the state of the hall with the waits that are foreseen for that very state."""
        hall = await self.hall()
        await self.foresight.catch_up(hall.revision)
        return self.foresight.over(hall)

    async def ticket(self, ticket_id: UUID) -> Ticket:
        """Return a ticket. Raises UnknownTicket."""
        return await store_reading.read_ticket(self.pool, self.centre.id, ticket_id)

    async def ticket_by_token(self, token: str) -> Ticket:
        """Return the ticket behind a public address, in any case. Raises UnknownTicket."""
        ticket = await store_reading.read_ticket_by_token(self.pool, fold_token(token))
        if ticket is None:
            raise UnknownTicket("of this address")
        return ticket

    async def events(self, ticket_id: UUID) -> tuple[TicketEvent, ...]:
        """Return all acts on a ticket, oldest first."""
        return await store_reading.read_events(self.pool, self.centre.id, ticket_id)

    async def tickets(
        self,
        *,
        day: date | None = None,
        states: Sequence[str] | None = None,
        queue: str | None = None,
        label: str | None = None,
        paper: Sequence[str] | None = None,
        after: UUID | None = None,
        limit: int = 100,
    ) -> tuple[Ticket, ...]:
        """Return tickets of a business day (today's by default) in the order of their issue."""
        return await store_reading.list_tickets(
            self.pool,
            self.centre.id,
            day=day or self.today()[0],
            states=states,
            queue=queue,
            label=label,
            paper=paper,
            after=after,
            limit=limit,
        )

    async def line_for(self, window: int, *, limit: int = 8) -> tuple[str, ...]:
        """Return the labels that a window would be handed next."""
        day, _ = self.today()
        return await store_reading.read_line(
            self.pool, self.centre.id, window=window, day=day, limit=limit
        )

    async def position(self, ticket: Ticket) -> int | None:
        """Return the people ahead of a ticket plus one, now; None when it is not in line."""
        return await store_reading.position(self.pool, self.centre.id, ticket)

    async def keep_house(self) -> None:
        """Resume what was parked for so long, let silent kiosks' tickets wait, end earlier days."""
        day, at = self.today()
        for ticket_id in await store_journeys.due_to_resume(
            self.pool, self.centre.id, day=day, at=at
        ):
            with suppress(Refused):  # somebody was faster
                await store_journeys.resume(
                    self.pool,
                    self.centre.id,
                    day=day,
                    at=at,
                    ticket_id=ticket_id,
                    actor=Actor("system"),
                )
        for ticket_id in await store_day.silent_tickets(
            self.pool, self.centre.id, issued_before=at - timedelta(seconds=SILENCE_S)
        ):
            await self.mark_paper(ticket_id, "unknown", actor=Actor("system"))
        while await store_day.lapse_before(self.pool, self.centre.id, day=day, at=at):
            pass

    async def forget_claims(self) -> None:
        """Drop idempotent answers older than 72 hours."""
        await store_day.forget_claims(
            self.pool, self.centre.id, before=self.clock.now() - CLAIMS_KEPT
        )
