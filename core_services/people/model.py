"""The values of people and programs that may act: staff, their sign-ins, API keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

Role = Literal["receptionist", "clerk", "supervisor", "admin"]
Language = Literal["ar", "en"]
Scope = Literal["read", "issue", "act", "stand_in", "supervise", "personal", "metrics", "admin"]
"""What an API key may do; `permissions.py` says what each one means."""


class Acting(Protocol):
    """Whoever does something that becomes an event: an id, never a name."""

    @property
    def kind(self) -> str:
        """`staff`, `key` or `system`."""
        ...

    @property
    def id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of the centre's staff."""

    id: UUID
    centre_id: int
    username: str
    name_ar: str
    name_en: str
    role: Role
    default_window: int | None
    """The window that opens with a sign-in unless another is chosen."""
    created_at: datetime
    disabled_at: datetime | None
    last_sign_in_at: datetime | None
    is_woman: bool = False
    """She serves citizens who ask for a woman."""

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    def name(self, language: Language) -> str:
        """Return the display name in that language, or in the other one where it is missing."""
        if language == "ar":
            return self.name_ar or self.name_en or self.username
        return self.name_en or self.name_ar or self.username


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that still holds."""

    staff: Staff
    csrf: str
    """Every form of the session carries it back."""
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    """The absolute end, used or not."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session and its token, which is kept nowhere but in the browser's cookie."""

    token: str
    session: Session


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key with which a program uses the API."""

    id: UUID
    centre_id: int
    name: str
    prefix: str
    """The key's first characters, by which people tell keys apart."""
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None
    """Rounded down to the hour."""
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key just made, and its text, which is shown once and stored nowhere."""

    text: str
    key: ApiKey
