"""The sockets' document is made from the code, committed, sound, and told in words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from core_services.link import frames, wire
from core_services.link.asyncapi import asyncapi_document, asyncapi_text

DOCS = Path(__file__).parents[2] / "docs"


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    committed = (DOCS / "asyncapi.json").read_text(encoding="utf-8")
    assert committed == asyncapi_text(), "run `make docs`"


def test_every_frame_of_both_directions_is_in_the_document() -> None:
    messages = asyncapi_document()["channels"]["agent"]["messages"]
    for union in (frames.AgentFrame, frames.ServerFrame):
        for model in get_args(get_args(union)[0]):
            assert model.model_fields["type"].default in messages


def test_every_frame_is_received_answered_or_sent() -> None:
    document = asyncapi_document()
    spoken = {
        message["$ref"].rpartition("/")[2]
        for operation in document["operations"].values()
        for message in operation["messages"] + operation.get("reply", {}).get("messages", [])
    }
    assert spoken == set(document["components"]["messages"])


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi_document()
    references = list(_references(document))
    assert len(references) > 50
    for reference in references:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_frame_says_what_it_is_for() -> None:
    for name, message in asyncapi_document()["components"]["messages"].items():
        assert message["summary"].endswith("."), name


def test_the_protocols_page_names_every_frame_and_every_close_code() -> None:
    page = (DOCS / "protocol.md").read_text(encoding="utf-8")
    document = asyncapi_document()
    for name in document["components"]["messages"]:
        assert f"`{name}`" in page or f'"{name}"' in page, name
    for code in document["channels"]["agent"]["x-close-codes"]:
        assert f"| {code} |" in page, code


def test_the_protocols_page_gives_the_limits_that_the_code_keeps() -> None:
    page = " ".join((DOCS / "protocol.md").read_text(encoding="utf-8").split())
    assert f"nothing heard for {wire.SILENCE_S:.0f} s" in page
    assert f"`ping` every {wire.PING_EVERY_S:.0f} s" in page
    assert f"longer than {wire.LARGEST_FROM_AGENT // 1024} KB" in page
    assert f"may have {wire.LARGEST_FROM_SERVER // 1024 // 1024} MB" in page


def test_the_document_holds_json_and_nothing_that_depends_on_the_run() -> None:
    assert json.loads(asyncapi_text()) == asyncapi_document()
    assert asyncapi_text() == asyncapi_text()


def _references(part: Any) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for value in part.values():
                yield from _references(value)
        case list():
            for value in part:
                yield from _references(value)
