"""What can go wrong with a device.

DeviceError
├── UnknownScheme      no driver speaks this kind of address
├── OpenFailed         the device is not there, busy, or forbidden
├── LinkLost           the device was there and went away, or stopped answering
├── NoReply            a question was not answered in time
├── ImageTooWide       a picture is wider than the paper
└── JournalError
    ├── PaperDamaged       one job's bytes cannot be read back
    ├── JournalInUse       another process owns this journal
    └── WrongTransition    a job can't go from this state to that one
"""

import os


class DeviceError(Exception):
    """The root of the tree."""


class UnknownScheme(DeviceError):
    """No transport opens this kind of address."""

    def __init__(self, url: str, known: tuple[str, ...]) -> None:
        super().__init__(url, known)
        self.url = url
        self.known = known

    def __str__(self) -> str:
        return f"cannot open {self.url!r}: a device's address starts with " + ", ".join(
            f"{scheme}://" for scheme in self.known
        )


class OpenFailed(DeviceError):
    """The device could not be opened; nothing was sent."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot open {self.url}: {self.reason}"


class LinkLost(DeviceError):
    """An open link is gone; bytes accepted before may or may not have reached the device."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"lost {self.url}: {self.reason}"


class NoReply(DeviceError):
    """The device did not answer a question within `waited_s`."""

    def __init__(self, question: str, waited_s: float) -> None:
        super().__init__(question, waited_s)
        self.question = question
        self.waited_s = waited_s

    def __str__(self) -> str:
        return f"no answer to {self.question} within {self.waited_s:g} s"


class ImageTooWide(DeviceError):
    """A picture does not fit the paper's width."""

    def __init__(self, width_dots: int, paper_dots: int) -> None:
        super().__init__(width_dots, paper_dots)
        self.width_dots = width_dots
        self.paper_dots = paper_dots

    def __str__(self) -> str:
        return f"a picture of {self.width_dots} dots does not fit paper of {self.paper_dots}"


class JournalError(DeviceError):
    """The journal of print jobs could not be read or written."""


class PaperDamaged(JournalError):
    """The bytes of one job cannot be read back from the journal; the others can."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return f"the paper of job {self.job_id} is damaged in the journal"


class JournalInUse(JournalError):
    """Another process owns this journal; two owners would print twice."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is in use by another process: one printer has one owner"


class WrongTransition(JournalError):
    """A job was asked to go where its state does not lead."""

    def __init__(self, job_id: str, state: str | None, to: str) -> None:
        super().__init__(job_id, state, to)
        self.job_id = job_id
        self.state = state
        self.to = to

    def __str__(self) -> str:
        if self.state is None:
            return f"there is no job {self.job_id}"
        return f"job {self.job_id} is {self.state} and cannot become {self.to}"


def reason_of(error: OSError) -> str:
    """Return the operating system's words; asyncio replaces them with its own."""
    return os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
