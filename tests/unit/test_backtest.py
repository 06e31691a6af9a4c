"""A history walked forward: nothing of the future is used, and errors are counted as they are."""

import heapq
import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from queue_server.cli import app
from queue_server.estimate.backtest import (
    BacktestReport,
    Predicted,
    TooFewDays,
    backtest,
    predictions,
    report_on,
)
from queue_server.estimate.baselines import NAMES
from queue_server.estimate.history import write_staffed, write_visits
from queue_server.estimate.model import Outcome, Range, Staffed, Visit

OPENS = datetime(2026, 11, 22, 6, 30, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
U = frozenset({"U"})
LANES = frozenset({"plain", "priority"})


def history(days: int, *, seed: int = 1, people: int = 90) -> tuple[list[Visit], list[Staffed]]:
    """A small hall lived through: four windows, one of them slow, priority by credit."""
    chance = random.Random(seed)
    visits: list[Visit] = []
    staffed: list[Staffed] = []
    means = {"a": 150.0, "b": 300.0, "c": 600.0}
    for day in range(days):
        opens = OPENS + day * DAY_S
        free = [(opens, window) for window in (1, 2, 3, 4)]
        coming = sorted(opens - 600 + chance.uniform(0, 2 * 3600) for _ in range(people))
        line: list[tuple[float, int]] = []
        people_of: dict[int, tuple[float, str, str]] = {}
        place = 0
        while place < len(coming) or line:
            at, window = heapq.heappop(free)
            while place < len(coming) and (coming[place] <= at or not line):
                priority = "age65" if chance.random() < 0.15 else "none"
                came = coming[place]
                rank = came - (900 if priority == "age65" else 0)
                people_of[place] = came, chance.choice("aabbc"), priority
                heapq.heappush(line, (rank, place))
                at = max(at, came)
                place += 1
            _, number = heapq.heappop(line)
            came, service, priority = people_of[number]
            absent = chance.random() < 0.05
            hold = 45.0 if absent else means[service] * chance.lognormvariate(-0.18, 0.6)
            hold *= 1.6 if window == 4 else 1.0
            visits.append(
                Visit(
                    ticket=str(101 + number),
                    queue="U",
                    service=service,
                    priority=priority,  # type: ignore[arg-type]
                    issued_at=came,
                    called_at=at,
                    started_at=None if absent else at + 10,
                    finished_at=at + max(hold, 10.0),
                    window=window,
                    outcome="no_show" if absent else "finished",
                )
            )
            heapq.heappush(free, (at + max(hold, 10.0), window))
        staffed += [Staffed(n, opens, opens + 6 * 3600, U, LANES) for n in (1, 2, 3, 4)]
    return visits, staffed


VISITS, STAFFED = history(4)


@pytest.fixture(scope="module")
def report() -> BacktestReport:
    return backtest(VISITS, STAFFED, train_days=2)


def test_the_product_is_truer_than_each_closed_formula_on_a_hall_with_priorities(
    report: BacktestReport,
) -> None:
    assert set(report.baselines) == set(NAMES)
    for name in set(NAMES) - {"queue_length_shared"}:
        assert report.product.mae_s < 0.9 * report.baselines[name].mae_s, name
    assert 0.65 <= report.product.coverage_80 <= 0.92
    assert abs(report.product.bias_s) < report.product.mae_s


def test_days_and_services_are_parts_of_the_whole(report: BacktestReport) -> None:
    assert (report.days, report.train_days, len(report.per_day)) == (4, 2, 2)
    assert sum(score.n for _, score, _ in report.per_day) == report.product.n
    assert sum(score.n for score in report.per_service.values()) == report.product.n
    whole = sum(score.mae_s * score.n for _, score, _ in report.per_day) / report.product.n
    assert whole == pytest.approx(report.product.mae_s)


def test_the_order_of_the_rows_changes_nothing(report: BacktestReport) -> None:
    shuffled = list(VISITS)
    random.Random(2).shuffle(shuffled)
    assert backtest(shuffled, STAFFED, train_days=2) == report


def test_windows_are_inferred_from_calls_almost_as_well_as_read_from_a_log(
    report: BacktestReport,
) -> None:
    inferred = backtest(VISITS, None, train_days=2)
    assert inferred.product.mae_s < 1.35 * report.product.mae_s
    assert any("inferred" in note for note in inferred.notes)


def test_what_comes_after_a_moment_changes_no_prediction_before_it() -> None:
    cut = OPENS + DAY_S + 5400
    known = [visit for visit in VISITS if visit.issued_at < OPENS + 2 * DAY_S - 3600]
    assert sum(visit.issued_at <= cut for visit in known) > 100
    rest = [
        replace(
            visit,
            finished_at=None if visit.finished_at is None else visit.finished_at + 1234,
            service="c",
        )
        if visit.issued_at > cut
        else visit
        for visit in known
    ]
    # Whoever is in hand or in line at the cut ends otherwise: later, elsewhere, or not at all.
    rest = [
        replace(visit, finished_at=visit.finished_at + 900)
        if visit.issued_at <= cut and visit.finished_at is not None and visit.finished_at > cut
        else visit
        for visit in rest
    ]
    rest = [
        replace(visit, called_at=None, started_at=None, finished_at=None, window=None,
                outcome="left")
        if visit.issued_at <= cut and visit.called_at is not None and visit.called_at > cut
        else visit
        for visit in rest
    ]  # fmt: skip

    def before_cut(visits: list[Visit]) -> list[tuple[float, Range | None, object]]:
        return [
            (each.visit.issued_at, each.range, each.baselines)
            for each in predictions(visits, STAFFED)
            if each.visit.issued_at <= cut
        ]

    assert before_cut(rest) == before_cut(known)


def test_who_left_counts_in_no_error_and_is_told_of() -> None:
    left = [
        Visit(f"left {n}", "U", "a", "none", OPENS + 3 * DAY_S + 900 * n, None, None, None, None,
              "left")
        for n in range(5)
    ]  # fmt: skip
    told = backtest([*VISITS, *left], STAFFED, train_days=3)
    whole = sum(v.issued_at > OPENS + 3 * DAY_S - 3600 for v in VISITS)
    assert told.product.n == whole
    assert any(note.startswith("5 numbers were never called") for note in told.notes)


def test_who_came_into_line_again_is_told_a_wait_once_and_stands_there_both_times() -> None:
    back = [
        replace(visit, ticket=f"{visit.ticket}/2", issued_at=visit.called_at + 600,
                called_at=visit.called_at + 700, started_at=None,
                finished_at=visit.called_at + 760, window=9)
        for visit in VISITS
        if visit.outcome == "no_show" and visit.called_at is not None
    ]  # fmt: skip
    assert len(back) > 10
    told = list(predictions([*VISITS, *back], STAFFED))
    assert sorted(each.visit.ticket for each in told) == sorted(each.ticket for each in VISITS)
    ranges = [each.range for each in predictions(VISITS, STAFFED)]
    assert [each.range for each in told] != ranges


def test_a_service_told_at_the_window_is_not_known_at_the_issue() -> None:
    unsaid = [
        replace(visit, service_known_at=visit.started_at)
        for visit in VISITS
        if visit.started_at is not None
    ]
    cut = OPENS + 3 * DAY_S + 5400
    other = [
        replace(visit, service="c")
        if visit.service_known_at is not None and visit.service_known_at > cut
        else visit
        for visit in unsaid
    ]
    assert any(each.issued_at <= cut for each in other if each not in unsaid)

    def before_cut(visits: list[Visit]) -> list[Range | None]:
        return [each.range for each in predictions(visits, STAFFED) if each.visit.issued_at <= cut]

    assert before_cut(other) == before_cut(unsaid)
    assert before_cut(unsaid) != before_cut([replace(v, service_known_at=None) for v in unsaid])


def test_what_may_still_be_undone_is_not_learned_yet() -> None:
    at = OPENS + 3 * DAY_S + 1800
    asked = Visit("last", "U", "a", "none", at, None, None, None, None, "left")

    def told(outcome: Outcome, before_s: float) -> Range | None:
        ended = Visit("just", "Y", "b", "none", at - 900, at - 800, None, at - before_s, 8, outcome)
        judged = predictions([*VISITS, ended, asked], STAFFED)
        return next(each.range for each in judged if each.visit.ticket == "last")

    assert told("finished", 20) == told("no_show", 20)
    assert told("finished", 200) != told("no_show", 200)


def test_scores_are_what_they_are_called() -> None:
    visit = VISITS[0]
    day = datetime(2026, 11, 22).date()

    def predicted(likely: float, wait: float) -> Predicted:
        said = Range(likely - 60, likely, likely + 60)
        return Predicted(visit, day, said, dict.fromkeys(NAMES, said), wait)

    judged = [predicted(100, 200), predicted(300, 300), predicted(500, 440), predicted(100, 80)]
    score = report_on(judged, days=1, train_days=0, is_inferred=False).product
    assert (score.n, score.mae_s, score.bias_s) == (4, 45, -5)
    assert score.rmse_s == pytest.approx(59.16, abs=0.01)
    assert (score.coverage_80, score.mean_width_80_s) == (0.75, 120)


def test_a_history_without_a_day_to_judge_is_refused() -> None:
    with pytest.raises(TooFewDays, match="has 4 days; with 4 of them"):
        backtest(VISITS, STAFFED, train_days=4)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("history")
    events, windows = folder / "events.csv", folder / "windows.csv"
    with events.open("w", encoding="utf-8", newline="") as file:
        write_visits(file, VISITS)
    with windows.open("w", encoding="utf-8", newline="") as file:
        write_staffed(file, STAFFED)
    return events, windows


def test_the_command_prints_the_same_figures_as_json(
    files: tuple[Path, Path], report: BacktestReport
) -> None:
    events, windows = files
    done = CliRunner().invoke(
        app,
        [
            "estimate-backtest",
            str(events),
            "--train-days",
            "2",
            "--windows",
            str(windows),
            "--json",
        ],
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads(json.dumps(report.as_json()))


def test_the_command_prints_tables_for_people(files: tuple[Path, Path]) -> None:
    done = CliRunner().invoke(app, ["estimate-backtest", str(files[0]), "--train-days", "3"])
    assert done.exit_code == 0, done.output
    assert "the product" in done.stdout
    assert "queue length position abandonment" in done.stdout
    assert "inferred from calls" in done.stdout


def test_the_command_refuses_in_clear_words_what_it_cannot_read(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    def refused(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["estimate-backtest", *arguments])
        return done.exit_code, done.output

    events = files[0]
    strange = tmp_path / "strange.csv"
    strange.write_text(events.read_text(encoding="utf-8").replace("age65", "vip"), "utf-8")
    code, told = refused(str(strange), "--train-days", "2")
    assert code == 2
    assert "column priority: 'vip' has no known credit" in told
    code, told = refused(str(strange), "--train-days", "9", "--credit", "vip=900")
    assert code == 1
    assert "the history has 4 days" in told
    assert refused(str(tmp_path / "nowhere.csv"), "--train-days", "2")[0] == 2
    for option, value in (
        ("--zone", "Africa"),
        ("--zone", "Cairo"),
        ("--cut-over", "03:00+02:00"),
        ("--cut-over", "3"),
    ):
        code, told = refused(str(events), "--train-days", "2", option, value)
        assert code == 2
        assert value in told
    assert refused(str(events), "--train-days", "2", "--credit", "age65")[0] == 2
    assert refused(str(events), "--train-days", "2", "--zone", "Cairo")[0] == 2
