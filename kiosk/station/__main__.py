"""Runs `shubbak-workstation` as `python -m kiosk.station`."""

from kiosk.station.cli import main

main()
