"""`/metrics`: OpenMetrics from the rollups in the database, never from this process's memory.

Open to this machine itself, else with a key that has the scope `metrics`. What a proxy here passes
on, and what a browser asks for under a foreign name, does not come from this machine.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from aiohttp import web
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import exposition
from prometheus_client.registry import CollectorRegistry

from core_services.devices.model import DeviceState
from core_services.devices.store_presence import list_devices
from queue_server.backup.age import BackupAge
from queue_server.estimate.truth import Tally, Truth
from queue_server.tickets.model import Hall
from queue_server.tickets.store_metrics import (
    BUCKETS_S,
    SCREEN_BUCKETS_MS,
    Histogram,
    event_counts,
    histograms,
    paper_counts,
    screen_delays,
)
from queue_server.tickets.store_person_care import erased_in_all
from queue_server.web.keys import BACKUPS, CALLERS, QUEUE, TRUTH
from queue_server.web.security import is_loopback, is_loopback_host

_NAMES = {
    "wait": "shubbak_wait_seconds",
    "walk": "shubbak_walk_seconds",
    "service": "shubbak_service_seconds",
    "estimate_error": "shubbak_estimate_error_seconds",
}
TRUTH_DAYS = 7
"""Business days over which it is told how often ranges held."""
_PASSED_ON = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
"""What a proxy adds to a request."""
_WORDS = {
    "wait": "From issue to call.",
    "walk": "From call to start.",
    "service": "From start to finish.",
    "estimate_error": "Between the wait told at issue and the wait that came, either way.",
}


def install_metrics(app: web.Application) -> None:
    """Give the application `/metrics`."""
    app.router.add_get("/metrics", _metrics)


async def _metrics(request: web.Request) -> web.Response:
    if "Authorization" in request.headers or not _is_local(request):
        caller = await request.app[CALLERS].caller(request)
        caller.require("see_metrics")
    queue = request.app[QUEUE]
    centre_id = queue.centre.id
    families = [
        _training(is_training=queue.centre.is_training),
        *_tickets(await event_counts(queue.pool, centre_id)),
        *_durations(await histograms(queue.pool, centre_id)),
        _screens(await screen_delays(queue.pool, centre_id)),
        _paper(await paper_counts(queue.pool, centre_id)),
        _erased(await erased_in_all(queue.pool, centre_id)),
        *_truth(await request.app[TRUTH].now()),
        *_backups(await request.app[BACKUPS].now(), queue.clock.now()),
        *_hall(await queue.hall()),
        *_devices(await list_devices(queue.pool, centre_id=centre_id, at=queue.clock.now())),
    ]
    body: bytes = _openmetrics(_registry(families))
    return web.Response(body=body, headers={"Content-Type": exposition.CONTENT_TYPE_LATEST})


_openmetrics: Callable[[CollectorRegistry], bytes] = exposition.generate_latest
"""The library's function, which carries no types of its own."""


class _Families:
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def _registry(families: list[Metric]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Families(families))
    return registry


def _training(*, is_training: bool) -> Metric:
    family = GaugeMetricFamily(
        "shubbak_training", "1: the centre is one to learn on, and no figure here is real."
    )
    family.add_metric([], float(is_training))
    return family


def _tickets(counts: dict[tuple[str, str], int]) -> Iterator[Metric]:
    family = CounterMetricFamily("shubbak_tickets", "Acts on tickets.", labels=["queue", "event"])
    for (queue, event), count in counts.items():
        family.add_metric([queue, event], count)
    yield family


def _durations(measured: tuple[Histogram, ...]) -> Iterator[Metric]:
    for measure, name in _NAMES.items():
        family = HistogramMetricFamily(name, _WORDS[measure], labels=["queue", "priority"])
        for histogram in measured:
            if histogram.measure != measure:
                continue
            reached = 0
            buckets: list[tuple[str, float]] = []
            for end in BUCKETS_S:
                reached += histogram.counts.get(end, 0)
                buckets.append((str(float(end)), reached))
            buckets.append(("+Inf", histogram.total))
            family.add_metric(
                [histogram.queue, histogram.priority],
                buckets,
                sum_value=histogram.sum_us / 1_000_000,
            )
        yield family


def _screens(delays: Histogram) -> Metric:
    family = HistogramMetricFamily(
        "shubbak_call_to_screen_seconds", "From a call to its standing on a glass."
    )
    reached = 0
    buckets: list[tuple[str, float]] = []
    for end in SCREEN_BUCKETS_MS:
        reached += delays.counts.get(end, 0)
        buckets.append((str(end / 1000), reached))
    buckets.append(("+Inf", delays.total))
    family.add_metric([], buckets, sum_value=delays.sum_us / 1_000_000)
    return family


def _paper(counts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(
        "shubbak_print_jobs", "What became of slips, by their marks.", labels=["state"]
    )
    for state, count in counts.items():
        family.add_metric([state], count)
    return family


def _erased(tickets: int) -> Metric:
    family = CounterMetricFamily(
        "shubbak_personal_erased", "Tickets whose phone and national ID were erased in time."
    )
    family.add_metric([], tickets)
    return family


def _truth(truth: Truth) -> Iterator[Metric]:
    """Say how often the told ranges held on the last days of work, today's until now."""
    tally = sum((each for _, each in truth.by_day[:TRUTH_DAYS]), Tally())
    judged = GaugeMetricFamily(
        "shubbak_estimate_judged", "Waits that were told and came, of late.", labels=["range"]
    )
    held = GaugeMetricFamily(
        "shubbak_estimate_held", "How many of those lay in the range.", labels=["range"]
    )
    for name, n, of_them in (
        ("shown", tally.n, tally.held),
        ("unrounded", tally.raw_n, tally.raw_held),
    ):
        judged.add_metric([name], n)
        held.add_metric([name], of_them)
    yield judged
    yield held


def _backups(backups: BackupAge, at: datetime) -> Iterator[Metric]:
    """Say how old the last good backup is, once one was tried."""
    age = GaugeMetricFamily("shubbak_backup_age_seconds", "Age of the last good backup.")
    size = GaugeMetricFamily("shubbak_backup_bytes", "Size of the last good backup.")
    failed = GaugeMetricFamily(
        "shubbak_backup_last_failed", "1 when the backup that was tried last failed."
    )
    known = backups.known
    if known.good_at is not None:
        age.add_metric([], (at - known.good_at).total_seconds())
        size.add_metric([], known.good_bytes or 0)
    if known.last is not None:
        failed.add_metric([], float(backups.has_failed))
    yield age
    yield size
    yield failed


def _hall(hall: Hall) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("shubbak_waiting", "People in line.", labels=["queue"])
    for queue in hall.queues:
        waiting.add_metric([queue.code], queue.waiting)
    yield waiting
    windows = GaugeMetricFamily("shubbak_windows", "Windows by state.", labels=["state"])
    states = Counter(window.state for window in hall.windows)
    for state in ("open", "paused", "closed"):
        windows.add_metric([state], states[state])
    yield windows


def _devices(devices: tuple[DeviceState, ...]) -> Iterator[Metric]:
    up = GaugeMetricFamily(
        "shubbak_device_up", "Whether a device was seen in time.", labels=["device", "kind"]
    )
    jobs = GaugeMetricFamily(
        "shubbak_device_print_jobs", "Print jobs in the devices' journals.", labels=["state"]
    )
    total: Counter[str] = Counter()
    for each in devices:
        up.add_metric([each.device.name, each.device.kind], float(each.is_up))
        if each.presence is not None and each.presence.beat.jobs:
            total.update(each.presence.beat.jobs)
    yield up
    for state, count in sorted(total.items()):
        jobs.add_metric([state], count)
    yield jobs


def _is_local(request: web.Request) -> bool:
    if request.remote is None or any(name in request.headers for name in _PASSED_ON):
        return False
    return is_loopback(request.remote.partition("%")[0]) and is_loopback_host(request.host)
