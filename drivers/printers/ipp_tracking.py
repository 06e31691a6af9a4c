"""Which jobs an IPP printer is known to have, by which numbers, and how long each is waited for."""

from drivers.clock import Clock


class Tracking:
    """What is known of jobs whose bytes may have left; forgotten when we end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers: dict[str, int] = {}
        self._since: dict[str, float] = {}
        self._missing_since: dict[str, float] = {}

    def number(self, job_id: str) -> int | None:
        """Return the printer's own number of a job; None where it is not known."""
        return self._numbers.get(job_id)

    def have(self, job_id: str, number: int) -> None:
        """Note that the printer has a job: all waiting for it begins anew."""
        self.forget(job_id)
        self._numbers[job_id] = number

    def lose_sight(self, job_id: str) -> None:
        """Forget a number that can't be relied on any more."""
        self._numbers.pop(job_id, None)

    def forget(self, job_id: str) -> None:
        """Forget all about a job that is over."""
        self._numbers.pop(job_id, None)
        self._since.pop(job_id, None)
        self._missing_since.pop(job_id, None)

    def waits_no_more(self, job_id: str) -> None:
        """Note that the printer goes on, or waits for a hand: the time until now does not count."""
        self._since.pop(job_id, None)

    def waited_s(self, job_id: str) -> float:
        """Return since when a printer that has the job is away, or well and does not complete it.

        In seconds; 0 at the first call.
        """
        now = self._clock.monotonic()
        return now - self._since.setdefault(job_id, now)

    def missed_s(self, job_id: str) -> float:
        """Return for how many seconds the printer, asked, has not listed a job."""
        now = self._clock.monotonic()
        return now - self._missing_since.setdefault(job_id, now)
