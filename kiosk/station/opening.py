"""Makes a workstation's devices of its settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core_services.clock import Clock
from core_services.pulse import Pulse
from core_services.settings import SettingsError, did_you_mean
from drivers.errors import DeviceError, PinUnreadable
from drivers.modems.looking import SimPin
from drivers.modems.model import Patience
from drivers.modems.pin import read_pin
from drivers.printers.ipp_client import check_ipp_url
from drivers.printers.profiles import PROFILES, with_baud
from drivers.scanners.framing import Framing
from drivers.scanners.options import read_framing
from drivers.transports.opening import check_url
from kiosk.station.documents import DocumentScanner
from kiosk.station.messages import MessageModem
from kiosk.station.model import Attached, OnNews, OnOpen, OnScan, OnState, OnUnreadable, Worker
from kiosk.station.pages import PagePrinter
from kiosk.station.receipts import ReceiptPrinter
from kiosk.station.scanning import WindowScanner
from kiosk.station.settings import ModemTable, PrinterTable, ScannerTable, WorkstationSettings

USUAL_PROFILE = "clone-576"
MODEM = "modem"
"""The name of the one modem."""
MOST_DEVICES = 16
"""As many as the link tells of."""
_OUR_FOLDER = "cache"


@dataclass(frozen=True, slots=True)
class Devices:
    """What stands at a workstation. Nothing is opened yet."""

    workers: list[Worker]
    """Those that do orders, in the settings' order."""
    others: list[Attached]


def open_devices(
    settings: WorkstationSettings,
    clock: Clock,
    pulse: Pulse,
    *,
    on_news: OnNews,
    on_state: OnState,
    on_open: OnOpen,
    on_scan: OnScan,
    on_unreadable: OnUnreadable,
) -> Devices:
    """Return the devices. Raises SettingsError that names everything wrong."""
    problems = [
        *_shared(settings),
        *(each for name, table in settings.printers.items() for each in _wrong(name, table)),
    ]
    framings: dict[str, Framing] = {}
    for name, scanner in settings.scanners.items():
        try:
            framings[name] = _framing(scanner)
        except (DeviceError, ValueError) as error:
            problems.append(f'"scanners.{name}": {error}')
    pin: SimPin | None = None
    if settings.modem is not None:
        try:
            check_url(settings.modem.url)
            pin = _pin(settings.modem)
        except DeviceError as error:
            key = "pin_file" if isinstance(error, PinUnreadable) else "url"
            problems.append(f'"modem.{key}": {error}')
    if problems:
        raise SettingsError(problems)

    workers: list[Worker] = []
    for name, table in settings.printers.items():
        if table.is_for_pages:
            workers.append(
                PagePrinter(
                    name,
                    table.url,
                    data_dir=_folder(settings, name),
                    clock=clock,
                    on_news=on_news,
                    on_state=on_state,
                    on_open=on_open,
                )
            )
            continue
        profile = PROFILES[table.profile or USUAL_PROFILE]
        workers.append(
            ReceiptPrinter(
                name,
                with_baud(table.url, profile),
                profile,
                width_dots=table.width_dots,
                data_dir=_folder(settings, name),
                cache_dir=settings.data_dir / _OUR_FOLDER,
                clock=clock,
                on_news=on_news,
                on_state=on_state,
                on_open=on_open,
                pulse=pulse,
            )
        )
    if settings.modem is not None:
        workers.append(
            MessageModem(
                MODEM,
                settings.modem.url,
                data_dir=_folder(settings, MODEM),
                clock=clock,
                on_news=on_news,
                on_state=on_state,
                on_open=on_open,
                pin=pin,
                service_centre=settings.modem.service_centre,
                patience=Patience(per_minute=settings.modem.per_minute),
                pulse=pulse,
            )
        )
    scanners = [
        WindowScanner(
            name,
            each.url,
            window=each.window,
            framing=framings[name],
            clock=clock,
            on_scan=on_scan,
            on_unreadable=on_unreadable,
            on_state=on_state,
            pulse=pulse,
        )
        for name, each in settings.scanners.items()
    ]
    documents = [
        DocumentScanner(name, each.url, clock=clock, on_state=on_state)
        for name, each in settings.document_scanners.items()
    ]
    return Devices(workers, [*scanners, *documents])


def _folder(settings: WorkstationSettings, name: str) -> Path:
    """Each device keeps its journal in a folder of its own."""
    return settings.data_dir / name


def _shared(settings: WorkstationSettings) -> Iterator[str]:
    """Say which devices are one device twice, by name or by address, and whether they are many."""
    named = {
        **{f"printers.{name}": (name, each.url) for name, each in settings.printers.items()},
        **({} if settings.modem is None else {MODEM: (MODEM, settings.modem.url)}),
        **{f"scanners.{name}": (name, each.url) for name, each in settings.scanners.items()},
        **{
            f"document_scanners.{name}": (name, each.url)
            for name, each in settings.document_scanners.items()
        },
    }
    names: dict[str, str] = {}
    urls: dict[str, str] = {}
    for key, (name, url) in named.items():
        if name == _OUR_FOLDER:
            yield f'"{key}": a folder of the program has this name; choose another'
        if name in names:
            yield f'"{key}": "{names[name]}" has the same name; give each device a name of its own'
        if url in urls:
            yield f'"{key}": "{urls[url]}" is at the same address; one device has one owner'
        names.setdefault(name, key)
        urls.setdefault(url, key)
    if len(named) > MOST_DEVICES:
        yield (
            f"{len(named)} devices are more than the {MOST_DEVICES} that one workstation looks "
            "after; give some to another one"
        )


def _framing(table: ScannerTable) -> Framing:
    check_url(table.url)
    return read_framing(
        table.url,
        prefix=table.prefix,
        suffix=table.suffix,
        gap_ms=table.gap_ms,
        trigger_on=table.trigger_on,
        trigger_off=table.trigger_off,
        encodings=table.encodings,
    )


def _pin(table: ModemTable) -> SimPin | None:
    return None if table.pin_file is None else read_pin(table.pin_file)


def _wrong(name: str, table: PrinterTable) -> Iterator[str]:
    where = f'"printers.{name}'
    try:
        if table.is_for_pages:
            check_ipp_url(table.url)
        else:
            check_url(table.url)
    except DeviceError as error:
        yield f'{where}.url": {error}'
    if table.is_for_pages:
        for key in ("profile", "width_dots"):
            if getattr(table, key) is not None:
                yield f'{where}.{key}": an A4 printer has none; leave it out'
        return
    wanted = table.profile or USUAL_PROFILE
    profile = PROFILES.get(wanted)
    if profile is None:
        yield f'{where}.profile": {wanted!r} is not known{did_you_mean(wanted, list(PROFILES))}'
    elif table.width_dots is not None and table.width_dots > profile.width_dots:
        yield (
            f'{where}.width_dots": {table.width_dots} is more than the {profile.width_dots} dots '
            f"that {profile.name} can print; leave it out or give a smaller number"
        )
