"""Sets up a program's log: one line a fact on standard error, JSON unless a person is watching.

What may be logged: route templates, internal ids, labels, counts, durations, device names. What may
not: request paths (they hold tokens), bodies, names, phones, national IDs, passwords, keys. Fields
whose name says that they hold such a thing are withheld whatever their value.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

WITHHELD = frozenset(
    {
        "authorization",
        "body",
        "cookie",
        "csrf",
        "dsn",
        "email",
        "national_id",
        "password",
        "path_qs",
        "phone",
        "secret",
        "token",
        "url",
    }
)
"""Names of fields that are never written out."""

_OF_BAD_REQUESTS = frozenset({"aiohttp.http_exceptions", "aiohttp.web_protocol"})
"""Where the HTTP library keeps the errors that it raises over a stranger's bytes."""

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure_logs(program: str, *, json: bool | None = None, level: str = "info") -> None:
    """Send this process's log (ours and the libraries') to standard error.

    `json` None means: JSON lines unless standard error is a terminal. Call once, at the start;
    calling again replaces the set-up. The HTTP library's access log is off, since it writes paths.
    """
    as_json = not sys.stderr.isatty() if json is None else json
    threshold = _LEVELS[level]

    def name_logger(
        _logger: object, _method: str, fields: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        fields["logger"] = program
        return fields

    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        name_logger,
        withhold,
    ]
    last: list[structlog.types.Processor]
    if as_json:
        last = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ]
    else:
        last = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # The default shows local variables, and these hold passwords, keys and tokens.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]

    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(threshold)
    logging.getLogger("aiohttp.access").disabled = True
    logging.getLogger("aiohttp.server").addFilter(_without_request)
    for chatty in ("asyncio", "websockets", "fontTools", "PIL"):
        logging.getLogger(chatty).setLevel(max(threshold, logging.WARNING))

    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def withhold(
    _logger: object, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the values of fields that must not be logged."""
    for name in fields:
        if name in WITHHELD:
            fields[name] = "[withheld]"
    return fields


def _without_request(record: logging.LogRecord) -> bool:
    """Tell of bytes that are no request in one line without them: they may hold a path or a key."""
    error = record.exc_info[1] if record.exc_info else None
    if type(error).__module__ in _OF_BAD_REQUESTS:
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "request_malformed", ()
        record.exc_info = record.exc_text = None
    return True


def _to_json(value: object, **_options: object) -> str:
    return orjson.dumps(value, default=str).decode()
