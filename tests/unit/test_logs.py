"""What a program's log looks like, and what never gets into it."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage, InvalidURLError

from core_services.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("aiohttp.access").disabled = False
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_each_fact_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("kiosk")
    structlog.get_logger().info("slip printed", label="142", took_ms=31)
    (line,) = lines(capsys)
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "slip printed",
        "label": "142",
        "took_ms": 31,
        "level": "info",
        "logger": "kiosk",
    }


def test_libraries_log_through_the_same_place(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("kiosk")
    logging.getLogger("some.library").warning("lost %s", "it")
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["logger"]) == ("lost it", "warning", "kiosk")


def test_less_important_messages_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("kiosk", level="warning")
    structlog.get_logger().info("quiet")
    logging.getLogger("some.library").info("quiet")
    structlog.get_logger().error("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


@pytest.mark.parametrize("name", ["token", "password", "phone", "national_id", "url", "body"])
def test_what_must_not_be_logged_is_withheld(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logs("kiosk")
    structlog.get_logger().info("asked", **{name: "29001011234567"})
    (line,) = lines(capsys)
    assert line[name] == "[withheld]"


def test_request_paths_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("kiosk", level="debug")
    logging.getLogger("aiohttp.access").info("GET /t/abcdefgh HTTP/1.1")
    assert lines(capsys) == []


@pytest.mark.parametrize(
    "error",
    [
        InvalidURLError("Invalid char: b'GET /t/SECRET\\xff HTTP/1.1'"),
        BadHttpMessage("Invalid header value: b'Authorization: Bearer SECRET'"),
        web.RequestPayloadError("SECRET"),
    ],
)
def test_bytes_that_are_no_request_are_told_of_and_not_logged(
    capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    configure_logs("shubbak")
    logging.getLogger("aiohttp.server").error("Error from %s", "192.0.2.7", exc_info=error)
    (line,) = lines(capsys)
    assert (line["event"], line["level"]) == ("request_malformed", "warning")
    assert "SECRET" not in str(line)
    assert "192.0.2.7" not in str(line)


def test_an_exception_is_logged_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("kiosk")
    try:
        raise LookupError("gone")
    except LookupError:
        structlog.get_logger().exception("failed")
    (line,) = lines(capsys)
    assert "LookupError: gone" in line["exception"]


@pytest.mark.parametrize("json", [True, False])
@pytest.mark.parametrize("through", ["ours", "a library's"])
def test_a_traceback_shows_the_way_and_no_values(
    capsys: pytest.CaptureFixture[str], json: bool, through: str
) -> None:
    configure_logs("shubbak", json=json)

    def sign_in(typed: str) -> None:
        raise LookupError("gone")

    try:
        sign_in("-".join(["S3cret", "word"]))  # written like this it is in no line of source
    except LookupError:
        if through == "ours":
            structlog.get_logger().exception("failed")
        else:
            logging.getLogger("some.library").exception("failed")
    text = capsys.readouterr().err
    assert "LookupError: gone" in text
    assert "in sign_in" in text
    assert "S3cret-word" not in text


def test_a_person_at_a_terminal_reads_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("kiosk", json=False)
    structlog.get_logger().info("slip printed", label="142")
    text = capsys.readouterr().err
    assert "slip printed" in text
    assert "label=142" in text
