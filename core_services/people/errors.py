"""What can be wrong with staff, sign-ins and keys.

PeopleError
├── UsernameTakenError        another member of staff has the username
├── BadUsernameError          not 2 to 32 of a–z, 0–9, dot, hyphen, underscore
├── UnknownStaffError         nobody has the username or id
├── WeakPasswordError         the password is too short or too long, or is the username
├── LastAdminError            the centre would be left without an administrator
├── KeyNameTakenError         a key that still holds has the name
├── UnknownKeyError           no key that still holds has the name or id
├── UnknownCentreError        the database holds no such centre
└── SignInError
    ├── WrongCredentialsError username and password do not belong together
    └── TooManyAttemptsError  try again later, at `retry_at`
"""

from datetime import datetime


class PeopleError(Exception):
    """Anything wrong with staff, sign-ins and keys."""


class UsernameTakenError(PeopleError):
    def __init__(self, username: str) -> None:
        super().__init__(username)
        self.username = username

    def __str__(self) -> str:
        return f'The username "{self.username}" is taken.'


class BadUsernameError(PeopleError):
    def __init__(self, username: str) -> None:
        super().__init__(username)
        self.username = username

    def __str__(self) -> str:
        return (
            f'"{self.username}" is no username: it takes 2 to 32 small Latin letters, digits, '
            "dots, hyphens or underscores, beginning with a letter."
        )


class UnknownStaffError(PeopleError):
    def __init__(self, who: object) -> None:
        super().__init__(who)
        self.who = who

    def __str__(self) -> str:
        return f'No member of staff is known as "{self.who}".'


class WeakPasswordError(PeopleError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"This password cannot be used: {self.reason}."


class LastAdminError(PeopleError):
    def __str__(self) -> str:
        return "This is the centre's last administrator; make another one first."


class KeyNameTakenError(PeopleError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f'A key named "{self.name}" is in use; revoke it first or choose another name.'


class UnknownKeyError(PeopleError):
    def __init__(self, key: object) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f'No key in use is known as "{self.key}".'


class UnknownCentreError(PeopleError):
    def __init__(self, centre_id: int) -> None:
        super().__init__(centre_id)
        self.centre_id = centre_id

    def __str__(self) -> str:
        return f"The database holds no centre {self.centre_id}."


class SignInError(PeopleError):
    """A sign-in that did not succeed."""


class WrongCredentialsError(SignInError):
    def __str__(self) -> str:
        return "The username or the password is wrong."


class TooManyAttemptsError(SignInError):
    def __init__(self, retry_at: datetime, wait_s: int) -> None:
        super().__init__(retry_at, wait_s)
        self.retry_at = retry_at
        self.wait_s = wait_s

    def __str__(self) -> str:
        return f"Too many attempts. Try again in {self.wait_s} seconds."
