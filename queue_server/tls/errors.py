"""What can be wrong with the centre's CA and its certificates.

TlsError
├── WrongClock        this machine's clock cannot be right
├── BadHost           no address and no name, or one that this CA may not vouch for
├── AuthorityMissing  there is no CA to issue from
├── CertificateMissing  there is a CA, and no certificate of it
├── AuthorityThere    there is a CA already, and nobody asked for another
└── AuthorityUnusable the file of the CA is damaged, or its time is over
"""

from datetime import datetime
from pathlib import Path


class TlsError(Exception):
    """Anything wrong with the centre's CA and its certificates."""


class WrongClock(TlsError):
    def __init__(self, now: datetime, earliest: datetime, why: str) -> None:
        super().__init__(now, earliest, why)
        self.now, self.earliest, self.why = now, earliest, why

    def __str__(self) -> str:
        return (
            f"this machine's clock says {self.now:%Y-%m-%d %H:%M} UTC, which is before "
            f"{self.earliest:%Y-%m-%d}, {self.why}; set the clock first (timedatectl set-ntp "
            "false, then timedatectl set-time), since a certificate holds only between its dates"
        )


class BadHost(TlsError):
    def __init__(self, host: str, why: str) -> None:
        super().__init__(host, why)
        self.host, self.why = host, why

    def __str__(self) -> str:
        return f'--host "{self.host}": {self.why}'


class AuthorityMissing(TlsError):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"there is no CA at {self.path}; run: shubbak tls init"


class CertificateMissing(TlsError):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"there is no certificate of this CA at {self.path}; run: shubbak tls renew"


class AuthorityThere(TlsError):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"there is a CA at {self.path} already, and a certificate from it; for another "
            "certificate run: shubbak tls renew. Another CA (--new-ca) is for one whose key was "
            "stolen or lost: every machine and browser has to be given it again"
        )


class AuthorityUnusable(TlsError):
    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, why)
        self.path, self.why = path, why

    def __str__(self) -> str:
        return (
            f"the CA at {self.path} cannot be used: {self.why}; bring it back from the backup, or "
            "make another with: shubbak tls init --new-ca"
        )
