"""What can go wrong with a device.

DeviceError
├── UnknownScheme      no driver speaks this kind of address
├── OpenFailed         the device is not there, busy, or forbidden
├── LinkLost           the device was there and went away, or stopped answering
├── NoReply            a question was not answered in time
├── ModemRestarted     the modem began anew amid a command
├── Refused            the device said no: it keeps nothing of what it was given
│   └── Unwilling          … for now; it may say yes later
├── ImageTooWide       a picture is wider than the paper
├── MessageError
│   ├── BadNumber          no phone number that a message could go to
│   ├── BadText            nothing to say, or too much
│   └── PduUnreadable      the octets of a message make no sense, or are no text
├── PinUnreadable      the file with the SIM's PIN can't be used
├── TemplateMistake    a panel's template cannot be read
├── ScanError
│   ├── ScannerRefused     a scanner answered that it will not
│   ├── ScannerBusy        it stayed busy for as long as we waited
│   ├── FeederEmpty        there is no paper in the feeder
│   ├── ScanLost           a scan was begun and its pages will not come
│   └── PageDamaged        a page came and is not whole, or is none
├── VoiceError
│   ├── VoiceFailed        a speech program is not there, fails, or takes too long
│   ├── ClipsMissing       words of a sentence have no recording
│   └── SoundUnusable      bytes are no sound that can be played or joined
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


class ModemRestarted(DeviceError):
    """The modem began anew amid a command; it has forgotten all that it was told."""

    def __str__(self) -> str:
        return "the modem began anew"


class Refused(DeviceError):
    """The device answered that it will not; nothing of what it was given is kept there."""

    def __init__(self, url: str, code: int, reason: str) -> None:
        super().__init__(url, code, reason)
        self.url = url
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url} refuses: {self.reason}"


class Unwilling(Refused):
    """The device will not now, and may later: it is busy, or takes no jobs at present."""


class ImageTooWide(DeviceError):
    """A picture does not fit the paper's width."""

    def __init__(self, width_dots: int, paper_dots: int) -> None:
        super().__init__(width_dots, paper_dots)
        self.width_dots = width_dots
        self.paper_dots = paper_dots

    def __str__(self) -> str:
        return f"a picture of {self.width_dots} dots does not fit paper of {self.paper_dots}"


class VoiceError(DeviceError):
    """A sentence could not be made into sound."""


class VoiceFailed(VoiceError):
    """The speech program is not there, ended badly, or took too long."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(program, reason)
        self.program = program
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.program}: {self.reason}"


class ClipsMissing(VoiceError):
    """Words of a sentence have no recording that can be used."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        return "no recording of " + ", ".join(self.names)


class SoundUnusable(VoiceError):
    """Bytes are not the WAV that is wanted, or hold too little, too much or broken sound."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class MessageError(DeviceError):
    """A short message can't be written or read."""


class BadNumber(MessageError):
    """This is no phone number; `masked` is what of it may be logged."""

    def __init__(self, masked: str) -> None:
        super().__init__(masked)
        self.masked = masked

    def __str__(self) -> str:
        return f"{self.masked} is no phone number"


class BadText(MessageError):
    """A text can't be sent; the text itself is not told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot send this text: {self.reason}"


class PduUnreadable(MessageError):
    """The octets of a message can't be read; neither they nor the number are told."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot read a message: {self.reason}"


class PinUnreadable(DeviceError):
    """The file with the SIM's PIN is missing, open to others, or holds no PIN."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class TemplateMistake(DeviceError):
    """A panel's template has a mistake at a place, `at`, counted from 0; `mend` says what to do."""

    def __init__(self, template: str, at: int, mend: str) -> None:
        super().__init__(template, at, mend)
        self.template = template
        self.at = at
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.template!r}, at its sign {self.at + 1}: {self.mend}"


class ScanError(DeviceError):
    """A document could not be scanned; no page of it is to be used."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url = url
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"


class ScannerRefused(ScanError):
    """The scanner answered that it will not do what was asked."""


class ScannerBusy(ScanError):
    """Another job, or a cover, kept the scanner for as long as we were ready to wait."""


class FeederEmpty(ScanError):
    """There is no paper in the feeder: a person has to put some in."""


class ScanLost(ScanError):
    """A scan was begun, and the scanner lost it, jammed, or fell silent."""


class PageDamaged(ScanError):
    """A page came that is cut off, too large, or no page at all."""


class JournalError(DeviceError):
    """A journal of what was given to a device could not be read or written."""


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
        return f"{self.path} is in use by another process: one device has one owner"


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
