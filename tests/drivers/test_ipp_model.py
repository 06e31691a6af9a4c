"""What an IPP printer says, and which addresses can be one."""

from pathlib import Path

import pytest

from drivers.errors import OpenFailed, UnknownScheme
from drivers.printers.ipp import IppPrinter
from drivers.printers.ipp_model import Look, RemoteJob, fate_of, status_of_look
from drivers.printers.journal import Journal
from tests.support.clock import ManualClock


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("http://host/ipp/print", UnknownScheme, "ipp://, ipps://"),
        ("ipp:///ipp/print", OpenFailed, "names no host"),
        ("ipp://host", OpenFailed, "names no queue"),
        ("ipp://host:port/ipp/print", OpenFailed, "port"),
    ],
)
def test_an_address_that_can_not_be_a_printer_is_refused_with_a_sentence(
    url: str, error: type[Exception], words: str, tmp_path: Path
) -> None:
    with Journal(tmp_path / "a4.sqlite") as journal, pytest.raises(error, match=words):
        IppPrinter(url, journal, ManualClock(), on_job=print, on_status=print)


@pytest.mark.parametrize(
    ("look", "ready", "paper", "reason"),
    [
        (Look("idle", ("none",), True), True, "ok", None),
        (Look("processing", (), True), True, "ok", None),
        (Look("idle", ("media-empty-warning",), True), True, "near_end", None),
        (Look("processing", ("media-empty-warning",), True), False, "out", "paper_out"),
        (Look("processing", ("media-empty-report",), True), True, "near_end", None),
        (Look("idle", ("media-low-report",), True), True, "near_end", None),
        (Look("idle", ("power-down",), True), True, "ok", None),
        (Look("idle", ("media-empty-error",), True), False, "out", "paper_out"),
        (Look("stopped", ("none",), True), False, "ok", "offline"),
        (Look("stopped", ("other-error",), True), False, "ok", "error"),
        (Look("idle", ("none",), False), False, "ok", "offline"),
    ],
)
def test_a_look_says_whether_the_printer_can_be_given_paper(
    look: Look, ready: bool, paper: str, reason: str | None
) -> None:
    status = status_of_look(look)
    assert (status.ready, status.paper, status.reason) == (ready, paper, reason)


def test_a_pending_job_is_held_while_its_printer_is_stopped() -> None:
    job = RemoteJob(1, "page", "pending")
    assert fate_of(job, status_of_look(Look("idle", (), True))) == "busy"
    assert fate_of(job, status_of_look(Look("stopped", ("media-empty",), True))) == "held"
