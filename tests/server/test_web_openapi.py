"""The API's document says what the operations do, and can be read by people."""

from typing import Any, Literal
from uuid import UUID

import pytest
from openapi_spec_validator import validate

from queue_server.web.openapi import openapi_document
from queue_server.web.operations import (
    Answer,
    ApiModel,
    ApiRequest,
    Link,
    QueryModel,
    operation,
)
from tests.support.site import MakeSite


class Body(ApiModel):
    """What is wanted."""

    priority: Literal["none", "age65"] = "none"


class Made(ApiModel):
    id: UUID
    body: Body


class Filter(QueryModel):
    state: Literal["waiting", "called"] | None = None
    limit: int = 50


@operation(
    "POST",
    "/tickets",
    tag="tickets",
    summary="Issue a ticket",
    scope="issue",
    body=Body,
    answers={201: Made},
    problems=(409,),
    links=(Link("read", "read_ticket", {"ticket_id": "$response.body#/id"}, status=201),),
)
async def issue_ticket(request: ApiRequest[Body]) -> Answer:
    """Give a number."""
    return Answer(201)


@operation(
    "GET",
    "/tickets/{ticket_id}",
    tag="tickets",
    summary="Read a ticket",
    scope="see_tickets",
    answers={200: Made},
    problems=(404,),
)
async def read_ticket(request: ApiRequest[None], ticket_id: UUID) -> Answer:
    return Answer()


@operation(
    "GET", "/tickets", tag="tickets", summary="List", scope=None, query=Filter, answers={200: None}
)
async def list_tickets(request: ApiRequest[None], query: Filter) -> Answer:
    return Answer()


OPERATIONS = (issue_ticket, read_ticket, list_tickets)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document(OPERATIONS)


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_the_same_operations_give_the_same_document(document: dict[str, Any]) -> None:
    assert openapi_document(OPERATIONS) == document


def test_every_operation_tells_how_it_may_refuse(document: dict[str, Any]) -> None:
    post = document["paths"]["/tickets"]["post"]["responses"]
    assert set(post) == {
        *("201", "400", "401", "403", "405", "409", "413", "415", "422", "500", "503")
    }
    get = document["paths"]["/tickets/{ticket_id}"]["get"]["responses"]
    assert set(get) == {"200", "400", "401", "403", "404", "405", "422", "500", "503"}
    opened = document["paths"]["/tickets"]["get"]["responses"]
    assert not {"401", "403"} & set(opened)
    refused = document["components"]["responses"]["Problem503"]
    assert "Retry-After" in refused["headers"]
    assert list(refused["content"]) == ["application/problem+json"]


def test_commands_take_an_idempotency_key_and_readings_do_not(document: dict[str, Any]) -> None:
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    assert key in document["paths"]["/tickets"]["post"]["parameters"]
    assert key not in document["paths"]["/tickets"]["get"]["parameters"]


def test_unknown_fields_are_forbidden_in_the_schemas_too(document: dict[str, Any]) -> None:
    assert document["components"]["schemas"]["Body"]["additionalProperties"] is False


def test_a_parameter_that_may_be_left_out_is_never_null(document: dict[str, Any]) -> None:
    [state, limit] = document["paths"]["/tickets"]["get"]["parameters"]
    assert state["schema"]["enum"] == ["waiting", "called"]
    assert not state["required"]
    assert limit["schema"]["default"] == 50


def test_a_link_leads_from_one_answer_to_the_next_operation(document: dict[str, Any]) -> None:
    answer = document["paths"]["/tickets"]["post"]["responses"]["201"]
    assert answer["links"]["read"]["operationId"] == "read_ticket"


def test_the_permission_and_the_key_are_told(document: dict[str, Any]) -> None:
    post = document["paths"]["/tickets"]["post"]
    assert (post["x-permission"], post["security"]) == ("issue", [{"key": []}])
    assert document["paths"]["/tickets"]["get"]["security"] == []


async def test_the_document_and_its_page_are_served(
    make_site: MakeSite, document: dict[str, Any]
) -> None:
    site = await make_site(OPERATIONS)
    response = await site.client.get("/api/v1/openapi.json")
    assert await response.json() == document
    page = await site.visitor().get("/api")
    assert page.status == 200
    card = page.words("section", id="issue_ticket")
    assert card.startswith("POST /api/v1/tickets Issue a ticket Give a number.")
    assert "none | age65" in card
    assert page.find("section", id="model-Made") is not None
