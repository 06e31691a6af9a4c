"""Why a training centre cannot be made, or put back to its start.

TrainingError
├── SettingsOfTraining   the real centre's settings are asked for, a training server's were given
├── SettingsOfCentre     a training server's settings are asked for, the real centre's were given
├── TrainingThere        there is one already
├── NotEmpty             the database or folder holds something else
├── CentresFolder        it would lie in the real centre's folder, or around it
└── StillUsed            the server, or somebody else, is connected
"""

from pathlib import Path


class TrainingError(Exception):
    """The root of what this package refuses."""


class SettingsOfTraining(TrainingError):
    def __str__(self) -> str:
        return (
            'these are the settings of a training server ("training = true"); give those of the '
            "real centre, whose set-up is copied"
        )


class SettingsOfCentre(TrainingError):
    def __init__(self, likely: Path) -> None:
        super().__init__(likely)
        self.likely = likely
        """Where the training server's settings would lie."""

    def __str__(self) -> str:
        return (
            'these settings do not say "training = true", so they may be the real centre\'s; '
            f"nothing was touched. Give the training server's: --config {self.likely}"
        )


class TrainingThere(TrainingError):
    def __init__(self, settings: Path) -> None:
        super().__init__(settings)
        self.settings = settings

    def __str__(self) -> str:
        return (
            f"there is a training centre already; to put it back to its start: shubbak training "
            f"reset --config {self.settings}. To make it anew from the centre as it is now, stop "
            f"its server and remove {self.settings.parent} (and its own database, where it has "
            "one) first"
        )


class NotEmpty(TrainingError):
    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what}, and it is not marked for training; nothing was touched"


class CentresFolder(TrainingError):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return (
            f"{self.folder} is the real centre's folder, or in it or around it; a training centre "
            "has a folder of its own (--folder). Nothing was touched"
        )


class StillUsed(TrainingError):
    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        return (
            f"{' and '.join(self.names)} are connected to the training database; stop its server "
            "first"
        )
