"""Why server processes share one listening socket: what waits in its queue outlives them."""

import os
import select
import socket

import pytest

from queue_server.processes.supervisor import open_listener

CALLERS = 40


def _listener_of_its_own(port: int) -> socket.socket:
    """Return a listening socket as each process has it by SO_REUSEPORT."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(CALLERS)
    return listener


def _call(port: int) -> list[socket.socket]:
    """Connect so many; nobody has accepted any of them yet."""
    callers = [socket.create_connection(("127.0.0.1", port)) for _ in range(CALLERS)]
    for caller in callers:
        caller.send(b"GET / HTTP/1.1\r\n\r\n")
    return callers


def _answered(callers: list[socket.socket], listener: socket.socket) -> int:
    """Answer all who can still be accepted; return how many callers heard it."""
    listener.setblocking(True)
    listener.settimeout(0)
    while select.select([listener], [], [], 0.2)[0]:
        accepted, _ = listener.accept()
        with accepted:
            accepted.recv(100)
            accepted.send(b"HTTP/1.1 200 OK\r\n\r\n")
    heard = 0
    for caller in callers:
        caller.settimeout(1.0)
        try:
            heard += caller.recv(100).startswith(b"HTTP/1.1 200")
        except ConnectionResetError:
            continue
        finally:
            caller.close()
    return heard


def test_callers_that_wait_in_a_shared_queue_are_answered_when_one_process_goes() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        of_one_process = socket.socket(fileno=os.dup(listener.fileno()))
        callers = _call(port)
        of_one_process.close()
        assert _answered(callers, listener) == CALLERS


def test_callers_that_wait_in_a_queue_of_one_process_are_lost_with_it() -> None:
    with _listener_of_its_own(0) as stays:
        port = stays.getsockname()[1]
        goes = _listener_of_its_own(port)
        callers = _call(port)
        goes.close()
        assert _answered(callers, stays) < CALLERS


def test_a_port_that_is_taken_is_refused() -> None:
    with open_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            open_listener("127.0.0.1", port)


def test_localhost_and_the_newer_internet_protocol_can_be_listened_on() -> None:
    for host, name in (("localhost", "127.0.0.1"), ("::1", "::1")):
        with open_listener(host, 0) as listener:
            assert listener.getsockname()[0] == name
