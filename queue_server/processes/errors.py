"""What can go wrong with several server processes.

ProcessesError
├── NotReady         one process did not come to serve
├── ProcessesFailed  the server cannot begin
└── ReloadFailed     the processes were not renewed
"""


class ProcessesError(Exception):
    """Something about server processes that cannot be done; its text says why."""


class NotReady(ProcessesError):
    """A server process did not come to serve; its text says what it did instead."""


class ProcessesFailed(ProcessesError):
    """The server cannot begin; its processes have said why."""


class ReloadFailed(ProcessesError):
    """The processes were not renewed, and those that were there serve on."""
