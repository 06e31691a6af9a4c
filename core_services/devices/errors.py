"""What can be wrong with the register of devices.

DevicesError
├── DeviceNameTakenError  a device in use has the name
├── BadDeviceNameError    not 1 to 32 Latin letters, digits, hyphens, underscores
├── UnknownDeviceError    no device in use has the name or id
└── UnknownCentreError    the database holds no such centre
"""


class DevicesError(Exception):
    """Anything wrong with the register of devices."""


class DeviceNameTakenError(DevicesError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f'A device named "{self.name}" is in use; revoke it first or choose another name.'


class BadDeviceNameError(DevicesError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return (
            f'"{self.name}" is no device name: it takes 1 to 32 Latin letters, digits, hyphens or '
            "underscores, such as K1."
        )


class UnknownDeviceError(DevicesError):
    def __init__(self, device: object) -> None:
        super().__init__(device)
        self.device = device

    def __str__(self) -> str:
        return f'No device in use is known as "{self.device}".'


class UnknownCentreError(DevicesError):
    def __init__(self, centre_id: int) -> None:
        super().__init__(centre_id)
        self.centre_id = centre_id

    def __str__(self) -> str:
        return f"The database holds no centre {self.centre_id}."
