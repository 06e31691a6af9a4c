"""The scanner's eSCL over HTTP: strict with what it is asked."""

from typing import Literal
from xml.etree import ElementTree

from aiohttp import web

from drivers.virtual.escl.machine import FeederIsEmpty, Job, Machine, Order

_PWG = "{http://www.pwg.org/schemas/2010/12/sm}"
_SCAN = "{http://schemas.hp.com/imaging/escl/2011/05/03}"
_RESOLUTIONS = (75, 100, 200, 300, 600)
_MAX_WIDTH, _MAX_HEIGHT = 2481, 3507
"""A4 in three hundredths of an inch."""
_MODES: dict[str, Literal["RGB", "L"]] = {"RGB24": "RGB", "Grayscale8": "L"}
_FORMATS = ("image/jpeg", "application/pdf")

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<scan:{name} '
    'xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm" '
    'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03">{body}</scan:{name}>'
)


def escl_routes(machine: Machine) -> list[web.RouteDef]:
    """Return the routes below `/eSCL`."""
    service = _Service(machine)
    return [
        web.get("/eSCL/ScannerCapabilities", service.capabilities),
        web.get("/eSCL/ScannerStatus", service.status),
        web.post("/eSCL/ScanJobs", service.begin),
        web.get("/eSCL/ScanJobs/{job}/NextDocument", service.next_document),
        web.delete("/eSCL/ScanJobs/{job}", service.cancel),
    ]


class _Service:
    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def capabilities(self, request: web.Request) -> web.Response:
        self._has_power(request)
        platen = f"<scan:PlatenInputCaps>{_source_caps()}</scan:PlatenInputCaps>"
        feeder = f"<scan:AdfSimplexInputCaps>{_source_caps()}</scan:AdfSimplexInputCaps>"
        return _xml(
            "ScannerCapabilities",
            "<pwg:Version>2.6</pwg:Version><pwg:MakeAndModel>Shubbak Virtual</pwg:MakeAndModel>"
            f"<scan:Platen>{platen}</scan:Platen><scan:Adf>{feeder}</scan:Adf>",
        )

    async def status(self, request: web.Request) -> web.Response:
        self._has_power(request)
        jobs = "".join(
            f"<scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/{job.id}</pwg:JobUri>"
            f"<pwg:ImagesCompleted>{job.given}</pwg:ImagesCompleted>"
            f"<pwg:JobState>{job.state}</pwg:JobState></scan:JobInfo>"
            for job in self._machine.jobs.values()
        )
        state = "Processing" if self._machine.is_scanning else "Idle"
        return _xml(
            "ScannerStatus",
            f"<pwg:Version>2.6</pwg:Version><pwg:State>{state}</pwg:State>"
            f"<scan:AdfState>{self._machine.adf_state}</scan:AdfState><scan:Jobs>{jobs}</scan:Jobs>",
        )

    async def begin(self, request: web.Request) -> web.Response:
        self._has_power(request)
        if self._machine.is_busy_now() or self._machine.is_scanning:
            return web.Response(status=503, headers={"Retry-After": "1"})
        try:
            order = _order(await request.read())
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        try:
            job = self._machine.begin(order)
        except FeederIsEmpty:
            return web.Response(status=409)
        return web.Response(status=201, headers={"Location": self._location(request, job)})

    async def next_document(self, request: web.Request) -> web.StreamResponse:
        self._has_power(request)
        job = self._machine.jobs.get(request.match_info["job"])
        if job is None:
            return web.Response(status=404)
        if self._machine.is_busy_now():
            return web.Response(status=503, headers={"Retry-After": "1"})
        if self._machine.faults.forgets == job.given + 1:
            self._machine.restart()
            return web.Response(status=404)
        data = self._machine.next_page(job)
        if data is None:
            return web.Response(status=404)
        if self._machine.faults.cut == job.given:
            return await _half(request, data, job.order.media_type)
        return web.Response(body=data, content_type=job.order.media_type)

    async def cancel(self, request: web.Request) -> web.Response:
        self._has_power(request)
        job = self._machine.jobs.get(request.match_info["job"])
        if job is None:
            return web.Response(status=404)
        self._machine.cancel(job)
        return web.Response(status=200)

    def _location(self, request: web.Request, job: Job) -> str:
        path = f"/eSCL/ScanJobs/{job.id}"
        match self._machine.faults.location:
            case "relative":
                return path
            case "absolute":
                return f"http://{request.host}{path}"
            case "foreign":
                return f"http://scanner-of-the-first-floor.local:8080{path}"

    def _has_power(self, request: web.Request) -> None:
        if self._machine.faults.power == "off" and request.transport is not None:
            request.transport.abort()


async def _half(request: web.Request, data: bytes, media_type: str) -> web.StreamResponse:
    """Break the connection amid a page."""
    answer = web.StreamResponse(headers={"Content-Type": media_type})
    answer.content_length = len(data)
    await answer.prepare(request)
    await answer.write(data[: len(data) // 2])
    if request.transport is not None:
        request.transport.close()
    return answer


def _order(document: bytes) -> Order:
    """Read ScanSettings. Raises ValueError for what this scanner cannot do."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from error
    if root.tag != f"{_SCAN}ScanSettings":
        raise ValueError("not ScanSettings")
    region = root.find(f"{_PWG}ScanRegions/{_PWG}ScanRegion")
    if region is None:
        raise ValueError("no region")
    left, top, width, height = (
        int(region.findtext(f"{_PWG}{name}", "-1"))
        for name in ("XOffset", "YOffset", "Width", "Height")
    )
    source = root.findtext(f"{_PWG}InputSource", "")
    mode = _MODES.get(root.findtext(f"{_SCAN}ColorMode", ""))
    dpi = int(root.findtext(f"{_SCAN}XResolution", "0"))
    wanted = root.findtext(f"{_PWG}DocumentFormat", "")
    media_type = root.findtext(f"{_SCAN}DocumentFormatExt", wanted)
    if left < 0 or top < 0 or not (0 < left + width <= _MAX_WIDTH) or height <= 0:
        raise ValueError("a region outside the glass")
    if top + height > _MAX_HEIGHT or dpi not in _RESOLUTIONS or media_type not in _FORMATS:
        raise ValueError("a region, resolution or format that it does not have")
    if mode is None or dpi != int(root.findtext(f"{_SCAN}YResolution", "0")):
        raise ValueError("a colour mode or resolution that it does not have")
    if source == "Platen":
        return Order("Platen", dpi, mode, media_type, (left, top, width, height))
    if source == "Feeder":
        return Order("Feeder", dpi, mode, media_type, (left, top, width, height))
    raise ValueError(f"no source {source!r}")


def _source_caps() -> str:
    resolutions = "".join(
        f"<scan:DiscreteResolution><scan:XResolution>{dpi}</scan:XResolution>"
        f"<scan:YResolution>{dpi}</scan:YResolution></scan:DiscreteResolution>"
        for dpi in _RESOLUTIONS
    )
    modes = "".join(f"<scan:ColorMode>{mode}</scan:ColorMode>" for mode in _MODES)
    formats = "".join(
        f"<pwg:DocumentFormat>{each}</pwg:DocumentFormat>"
        f"<scan:DocumentFormatExt>{each}</scan:DocumentFormatExt>"
        for each in _FORMATS
    )
    return (
        "<scan:MinWidth>16</scan:MinWidth>"
        f"<scan:MaxWidth>{_MAX_WIDTH}</scan:MaxWidth><scan:MinHeight>16</scan:MinHeight>"
        f"<scan:MaxHeight>{_MAX_HEIGHT}</scan:MaxHeight><scan:SettingProfiles><scan:SettingProfile>"
        f"<scan:ColorModes>{modes}</scan:ColorModes>"
        f"<scan:DocumentFormats>{formats}</scan:DocumentFormats>"
        f"<scan:SupportedResolutions><scan:DiscreteResolutions>{resolutions}"
        "</scan:DiscreteResolutions></scan:SupportedResolutions>"
        "</scan:SettingProfile></scan:SettingProfiles>"
    )


def _xml(name: str, body: str) -> web.Response:
    return web.Response(text=_HEAD.format(name=name, body=body), content_type="text/xml")
