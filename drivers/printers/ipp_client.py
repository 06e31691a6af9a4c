"""Asks one IPP printer or CUPS queue questions, and hands it documents; one request at a time.

pyipp writes and reads the messages (RFC 8010); the session is ours, since it must be known of each
request whether a byte of it left, and no wait may be endless.
"""

from collections.abc import Collection
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from pyipp import IPP
from pyipp.enums import IppJobState, IppOperation, IppPrinterState
from pyipp.exceptions import (
    IPPConnectionError,
    IPPError,
    IPPResponseError,
    IPPVersionNotSupportedError,
)

from drivers.clock import Clock, within
from drivers.errors import LinkLost, NoReply, OpenFailed, Refused, UnknownScheme, Unwilling
from drivers.printers.ipp_model import Look, PrinterState, RemoteJob, RemoteState

SCHEMES = ("ipp", "ipps")

_USER = "shubbak"
"""CUPS shows a job's name to whoever names the user that the job came from."""
_NEVER_S = 86_400
"""pyipp's own patience, never reached: ours runs on the driver's clock."""
_LOOKED_AT = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
)
_ASKED_OF_JOBS = ("job-id", "job-name", "job-state", "job-state-reasons")
_JOB_STATES: dict[int, RemoteState] = {
    IppJobState.PENDING: "pending",
    IppJobState.HELD: "held",
    IppJobState.PROCESSING: "processing",
    IppJobState.STOPPED: "stopped",
    IppJobState.CANCELED: "canceled",
    IppJobState.ABORTED: "aborted",
    IppJobState.COMPLETED: "completed",
}
_PRINTER_STATES: dict[int, PrinterState] = {
    IppPrinterState.IDLE: "idle",
    IppPrinterState.PROCESSING: "processing",
    IppPrinterState.STOPPED: "stopped",
}
_NOT_FOUND, _GONE = 0x0406, 0x0407
_NOT_NOW = frozenset({0x0405, 0x0502, 0x0505, 0x0506, 0x0507, 0x050B})
"""Timed out, unavailable, temporary, not accepting, busy, too many: true now, not for ever."""
_NOT_SURE = frozenset({0x0410, 0x041A})
"""Format error, document unprintable: found while reading, when pages may be out already."""
_SERVER_ERRORS = 0x0500
_SERVER_NO = frozenset({0x0501, 0x0503, 0x0509})
"""Operation, version, several documents not supported: nothing was begun."""
_HTTP_NOT_NOW = frozenset({429, 503})
_HTTP_NO = frozenset({400, 401, 403, 404, 405, 411, 413, 415, 426})


def check_ipp_url(url: str) -> None:
    """Raise UnknownScheme unless this is an `ipp://` or `ipps://` address, OpenFailed if it names
    no host or no queue; nothing is opened.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise OpenFailed(url, str(error)) from error
    if parts.scheme not in SCHEMES:
        raise UnknownScheme(url, SCHEMES)
    if not parts.hostname:
        raise OpenFailed(url, "the address names no host")
    if parts.path in ("", "/"):
        raise OpenFailed(
            url, "the address names no queue: /printers/NAME for CUPS, /ipp/print for a printer"
        )


class IppClient:
    """An open session with one printer; close it, or use it as a context.

    Raises OpenFailed when nothing was sent, LinkLost when something may have been, NoReply when the
    answer does not come in time, Refused or Unwilling when the printer says no.
    """

    def __init__(self, url: str, clock: Clock, *, reply_s: float, send_s: float) -> None:
        """`reply_s` for a question, `send_s` for a document; an `ipps://` certificate is not
        checked, since printers sign their own.
        """
        self.url = url
        self._clock = clock
        self._reply_s = reply_s
        self._send_s = send_s
        self._has_sent = False
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=1),
            timeout=aiohttp.ClientTimeout(total=None),
            trace_configs=[self._trace()],
        )
        self._ipp = IPP(url, session=self._session, request_timeout=_NEVER_S)

    async def close(self) -> None:
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def look(self) -> Look:
        """Ask how the printer is (Get-Printer-Attributes)."""
        answer = await self._ask(
            IppOperation.GET_PRINTER_ATTRIBUTES, {"requested-attributes": list(_LOOKED_AT)}
        )
        printer: dict[str, Any] = next(iter(answer["printers"]), {})
        state = _PRINTER_STATES.get(printer.get("printer-state", 0))
        if state is None:
            raise LinkLost(self.url, "the answer names no printer-state")
        return Look(
            state=state,
            reasons=_strings(printer.get("printer-state-reasons")),
            accepts=bool(printer.get("printer-is-accepting-jobs", True)),
            model=str(printer.get("printer-make-and-model", "")),
        )

    async def print_job(self, name: str, document: bytes, *, copies: int, media: str) -> RemoteJob:
        """Hand over a PDF under this job-name (Print-Job); returns once the printer has it all."""
        answer = await self._ask(
            IppOperation.PRINT_JOB,
            {
                "job-name": name,
                "document-name": name,
                "document-format": "application/pdf",
                # What was asked or nothing: no paper of another size, no single copy of two.
                "ipp-attribute-fidelity": True,
            },
            job={"copies": copies, "media": media},
            document=document,
            seconds=self._send_s,
        )
        told: dict[str, Any] = next(iter(answer["jobs"]), {})
        # An answer without a job-name is about the job that was just handed over.
        found = _remote_job({"job-name": name} | told)
        if found is None:
            raise LinkLost(self.url, "the answer names no job")
        return found

    async def job(self, number: int) -> RemoteJob | None:
        """Ask after a job (Get-Job-Attributes); None: the printer does not know it any more."""
        try:
            answer = await self._ask(
                IppOperation.GET_JOB_ATTRIBUTES,
                {"job-id": number, "requested-attributes": list(_ASKED_OF_JOBS)},
            )
        except Refused as refused:
            if refused.code in (_NOT_FOUND, _GONE):
                return None
            raise
        return _remote_job(next(iter(answer["jobs"]), {}))

    async def find(self, names: Collection[str]) -> dict[str, RemoteJob]:
        """Look for jobs by their job-names among the printer's present and past (Get-Jobs).

        Of several of one name the latest counts.
        """
        found: dict[str, RemoteJob] = {}
        for which in ("completed", "not-completed"):
            answer = await self._ask(
                IppOperation.GET_JOBS,
                {
                    "which-jobs": which,
                    "my-jobs": False,
                    "requested-attributes": list(_ASKED_OF_JOBS),
                },
            )
            jobs = [job for job in map(_remote_job, answer["jobs"]) if job is not None]
            for job in sorted(jobs, key=lambda job: job.number):
                if job.name in names:
                    found[job.name] = job
        return found

    async def _ask(
        self,
        operation: IppOperation,
        attributes: dict[str, Any],
        *,
        job: dict[str, Any] | None = None,
        document: bytes | None = None,
        seconds: float | None = None,
    ) -> dict[str, Any]:
        message: dict[str, Any] = {
            "operation-attributes-tag": {"requesting-user-name": _USER, **attributes}
        }
        if job is not None:
            message["job-attributes-tag"] = job
        if document is not None:
            message["data"] = document
        patience_s = self._reply_s if seconds is None else seconds
        self._has_sent = False
        try:
            async with within(self._clock, patience_s):
                try:
                    return await self._ipp.execute(operation, message)
                except IPPVersionNotSupportedError:  # it kept nothing; older printers speak 1.1
                    self._ipp.ipp_version = (1, 1)
                    return await self._ipp.execute(operation, message)
        except TimeoutError:
            if not self._has_sent:
                raise OpenFailed(self.url, f"no answer within {patience_s:g} s") from None
            raise NoReply(operation.name, patience_s) from None
        except (IPPError, aiohttp.ClientError, OSError, ValueError) as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> Exception:
        """Say in our words what pyipp, or what it lets through, says."""
        facts = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
        code = facts.get("status-code")
        if isinstance(error, IPPResponseError) and isinstance(code, int):
            if code in _HTTP_NOT_NOW:
                return Unwilling(self.url, code, f"HTTP {code}")
            if code in _HTTP_NO:
                return Refused(self.url, code, f"HTTP {code}")
            return LinkLost(self.url, f"HTTP {code}")
        if isinstance(error, IPPConnectionError):
            cause = error.__cause__
            words = str(cause) or type(cause).__name__
            return LinkLost(self.url, words) if self._has_sent else OpenFailed(self.url, words)
        if isinstance(code, int):
            words = f"IPP status 0x{code:04x}"
            if code in _NOT_NOW:
                return Unwilling(self.url, code, words)
            # An internal error may come after the job was made.
            is_no = code in _SERVER_NO or (code < _SERVER_ERRORS and code not in _NOT_SURE)
            return Refused(self.url, code, words) if is_no else LinkLost(self.url, words)
        words = str(error) or type(error).__name__
        return LinkLost(self.url, words) if self._has_sent else OpenFailed(self.url, words)

    def _trace(self) -> aiohttp.TraceConfig:
        trace = aiohttp.TraceConfig()

        async def note(*_: object) -> None:
            self._has_sent = True

        trace.on_request_chunk_sent.append(note)
        return trace


def _remote_job(job: dict[str, Any]) -> RemoteJob | None:
    """Read a job's attributes; None where number or state is missing."""
    number, state = job.get("job-id"), _JOB_STATES.get(job.get("job-state", 0))
    if not isinstance(number, int) or state is None:
        return None
    return RemoteJob(
        number=number,
        name=str(job.get("job-name", "")),
        state=state,
        reasons=_strings(job.get("job-state-reasons")),
    )


def _strings(value: object) -> tuple[str, ...]:
    """pyipp gives one value bare and several in a list."""
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
