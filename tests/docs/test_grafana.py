"""The dashboard and the alert rules speak of metrics that are exposed, by labels that they have."""

import json
import re
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]

FOLDER: Final = Path(__file__).parents[2] / "docs" / "grafana"
ROW: Final = re.compile(r"^\| `(shubbak_\w+)` \| (counter|gauge|histogram) \|([^|]*)\|", re.M)
_FUNCTIONS: Final = {"and", "or", "by", "on", "for", "sum", "count", "rate", "increase"} | {
    "histogram_quantile",
    "vector",
}


def exposed() -> dict[str, frozenset[str]]:
    """The names that a query may use, each with its labels, by docs/metrics.md."""
    page = (FOLDER.parent / "metrics.md").read_text(encoding="utf-8")
    names: dict[str, frozenset[str]] = {}
    for name, kind, labels in ROW.findall(page):
        known = frozenset(re.findall(r"`(\w+)`", labels))
        if kind == "histogram":
            names |= {
                f"{name}_bucket": known | {"le"},
                f"{name}_sum": known,
                f"{name}_count": known,
            }
        else:
            names[name] = known
    return names


def expressions() -> list[str]:
    board = json.loads((FOLDER / "shubbak.json").read_text(encoding="utf-8"))
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    return [
        *(target["expr"] for panel in board["panels"] for target in panel.get("targets", ())),
        *(rule["expr"] for group in rules["groups"] for rule in group["rules"]),
    ]


def test_every_query_names_what_the_server_exposes() -> None:
    known = exposed()
    for expression in expressions():
        plain = re.sub(r'"[^"]*"', '""', expression)
        names = set(re.findall(r"\bshubbak_\w+", plain)) | set(re.findall(r"\bup\b", plain))
        assert names, expression
        assert names <= known.keys() | {"up"}, expression
        for name, selector in re.findall(r"\b(shubbak_\w+)\{([^}]*)\}", plain):
            assert set(re.findall(r"(\w+)\s*[=!]", selector)) <= known[name], expression
        labels = {
            each.strip() for by in re.findall(r"by \(([^)]*)\)", plain) for each in by.split(",")
        }
        allowed = frozenset[str]().union(*(known[name] for name in names if name in known))
        assert labels <= allowed, expression
        words = set(re.findall(r"\b[a-z_]+\b", re.sub(r"\{[^}]*\}|\[[^]]*\]", "", plain)))
        assert words - names - allowed - {"and"} <= _FUNCTIONS, expression
        assert plain.count("(") == plain.count(")"), expression


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    board = json.loads((FOLDER / "shubbak.json").read_text(encoding="utf-8"))
    assert isinstance(board["schemaVersion"], int)
    assert board["uid"]
    assert board["title"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert place["x"] + place["w"] <= 24, panel["title"]
        assert not cells & taken, f"{panel['title']} lies on another panel"
        taken |= cells
        if panel["type"] != "row":
            assert panel["targets"], panel["title"]
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    rules: dict[str, Any] = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    names = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    assert len(names) == len(set(names))
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
            assert rule["labels"]["severity"] in ("info", "warning", "critical")
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["description"][-1] in ".?"
            assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
