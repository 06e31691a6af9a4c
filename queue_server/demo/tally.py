"""Counts what the bots did and what went wrong, for their log and for tests."""

from collections import Counter
from collections.abc import Mapping

import structlog

logger = structlog.get_logger()


class Tally:
    """What happened so far, by a short name each."""

    def __init__(self) -> None:
        self._done: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._outages = 0
        self._is_out = False

    @property
    def done(self) -> Mapping[str, int]:
        return dict(self._done)

    @property
    def errors(self) -> Mapping[str, int]:
        """Answers that no program in order should get, as `POST /tickets 500`."""
        return dict(self._errors)

    @property
    def outages(self) -> int:
        """How often nobody answered for a while; restarts are no errors."""
        return self._outages

    def count(self, what: str) -> None:
        """Note that something was done."""
        self._done[what] += 1

    def error(self, route: str, status: int, title: str | None) -> None:
        """Note and log a wrong answer; `route` is the template, never the path."""
        self._errors[f"{route} {status}"] += 1
        logger.error("wrong_answer", route=route, status=status, title=title)

    def silence(self, detail: str) -> None:
        """Note that nobody answers, logged once until somebody does."""
        if not self._is_out:
            self._is_out = True
            self._outages += 1
            logger.warning("nobody_answers", detail=detail)

    def answered(self) -> None:
        """Note that somebody answers again."""
        if self._is_out:
            self._is_out = False
            logger.info("answers_again")

    def report(self, event: str = "bots_report") -> None:
        """Log the whole."""
        logger.info(event, done=self.done, errors=self.errors, outages=self._outages)
