"""What an input device of Linux sends: `struct input_event` of linux/input.h."""

import struct

EVENT = struct.Struct("@llHHi")
"""Seconds, microseconds, type, code, value; 24 bytes on 64-bit machines."""

EV_SYN, EV_KEY, EV_LED = 0x00, 0x01, 0x11
SYN_REPORT, SYN_DROPPED = 0, 3
LED_CAPS = 1
