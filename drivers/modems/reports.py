"""Tells messages what became of them, by the reports that come minutes or days later."""

from datetime import timedelta

import structlog

from drivers.modems.outbox import Outbox
from drivers.modems.pdu import StatusReport
from drivers.modems.sending import Sending

logger = structlog.get_logger()

_DELIVERED = 0x00
_FAILED_FOR_GOOD = range(0x40, 0x60)
_GIVEN_UP = range(0x60, 0x80)
"""TP-Status (3GPP TS 23.040, 9.2.3.15). 0x01: handed on, and nobody can tell whether it came; 0x02:
replaced; 0x20 to 0x3F: the network still tries. These leave a message `accepted`."""
_MOST_EARLY = 32
_CLOCKS_DIFFER = timedelta(minutes=10)
"""How far the network's clock and ours may be apart before a guess is not made."""


class Reports:
    """Matches reports with messages by reference and number."""

    def __init__(self, outbox: Outbox, sending: Sending) -> None:
        self._outbox = outbox
        self._sending = sending
        self._early: list[StatusReport] = []

    def hear(self, report: StatusReport) -> None:
        """Take one report. It may come before the answer that tells the part's reference."""
        if self._settle(report):
            return
        if self._sending.is_waiting_for_network and len(self._early) < _MOST_EARLY:
            self._early.append(report)
            return
        self._settle_unknown(report)

    def settle_early(self) -> None:
        """Look again at those that came too early: the part has its reference by now, or never."""
        early, self._early = self._early, []
        for report in early:
            if not self._settle(report):
                self._settle_unknown(report)

    def _settle(self, report: StatusReport) -> bool:
        number = report.recipient.number
        found = self._outbox.reports.part_of(number, report.reference, report.sent_at)
        if found is None:
            return False
        is_final, is_delivered = _meaning(report.status)
        if not is_final:
            return True
        message_id, part = found
        delivered, failed = self._outbox.reports.note(message_id, part, is_delivered=is_delivered)
        message = self._outbox.get(message_id)
        if message is None or message.state not in ("accepted", "unknown"):
            return True
        if failed:
            self._fail(message_id, report.status)
        elif delivered == message.parts:
            self._sending.tell(message_id, "delivered")
        return True

    def _settle_unknown(self, report: StatusReport) -> None:
        """A message whose answer was never heard did go out, if it is the only one it can be."""
        number, sent_at = report.recipient.number, report.sent_at
        message_id = None
        if sent_at is not None and not self._outbox.reports.was_reported(number, report.reference):
            message_id = self._outbox.reports.only_unknown_for(number, sent_at, _CLOCKS_DIFFER)
        is_final, is_delivered = _meaning(report.status)
        if message_id is None or not is_final:
            logger.info("report_without_message", reference=report.reference, status=report.status)
        elif is_delivered:
            self._sending.tell(message_id, "delivered")
        else:
            self._fail(message_id, report.status)

    def _fail(self, message_id: str, status: int) -> None:
        self._sending.tell(
            message_id,
            "failed",
            reason="not_delivered",
            is_permanent=status in _FAILED_FOR_GOOD,
            code=status or None,
        )


def _meaning(status: int) -> tuple[bool, bool]:
    """Return whether it is the last word, and whether the phone has it."""
    if status == _DELIVERED:
        return True, True
    return status in _FAILED_FOR_GOOD or status in _GIVEN_UP, False
