"""The words of a power cut."""

from typing import Final

ON_BATTERY: Final = "on-battery"
"""The kind of its alarm: entered and ended by `shubbak power`, watched by nobody else."""
ALL: Final = "hall"
"""What that alarm is about."""
EMPTYING: Final = 1
"""Its level once the battery is nearly empty."""
PHRASE: Final = "power-down"
"""The ready message that the hall reads meanwhile."""
KEY: Final = "power (UPS)"
"""The name of the key in whose name messages are sent; its text is told to nobody."""
