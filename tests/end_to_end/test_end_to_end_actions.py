"""What an action sends and what comes back, through a running engine to a real socket and on in the journey."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.host import WorkspaceHost, host_workspace
from engine.services.views import Caller
from tests.helpers.engine_process import until
from tests.helpers.raw_server import RawServer, Received, Reply, served

pytestmark = pytest.mark.end_to_end

CALLER = Caller()
CART = {
    "kind": "cart", "id": "p 1/2", "tags": ["new", "web"], "at": "2026-03-10T08:00:00Z", "rates": [1.5, 2],
    "lines": [{"sku": "a", "qty": 2, "price": {"net": 9.5}}, {"sku": "b", "qty": 1, "price": None}],
}  # fmt: skip
FILE: dict[str, Any] = {
    "format": "sojourn/1",
    "events": [{
        "name": "Cart", "type": "rule", "rule": '@{Cart.kind} == "cart"', "key": "@{Cart.id}",
        "fields": {"kind": "string", "id": "string", "tags": "listString", "at": "dateTime", "rates": "listDecimal",
                   "lines": [{"sku": "string", "qty": "integer", "price": {"net": "decimal"}}]}}],
    "actions": [
        {"name": "Order", "url": "SERVER/orders?v=1", "method": "PUT", "dynamic_path": True,
         "content_type": "application/vnd.shop+json",
         "headers": [{"name": "X-App", "value": "shop"}, {"name": "X-Time", "variable": "Time"}],
         "query": [{"name": "lang", "variable": "Lang"}, {"name": "source", "value": "journey"}],
         "body": {
             "items": {"variable": "Items", "type": "listObject",
                       "fields": {"code": "string", "count": "integer", "net": "decimal"}},
             "tags": {"variable": "Tags", "type": "listString"}, "rates": {"variable": "Rates", "type": "listDecimal"},
             "note": {"variable": "Note", "type": "string"},
             "nested": {"fixed": {"value": {"a": [1, None]}}, "at": {"variable": "At", "type": "dateTime"}}},
         "response": {"number": "integer", "total": "decimal", "parts": [{"code": "string"}], "labels": "listString"}},
        {"name": "Tell", "url": "SERVER/tell", "body": {"text": {"variable": "Text", "type": "string"}}}],
    "journey": {
        "name": "Carts", "version": 1, "properties": {"time_zone": "UTC", "timeout_and_error": "PT5S"},
        "activities": [
            {"id": "in", "type": "event", "event": "Cart"},
            {"id": "order", "type": "action", "action": "Order", "on_error": True,
             "url_path": '@{Cart.id} + "/place"', "headers": {"Time": "toString(@{Cart.at})"},
             "query": {"Lang": '"en & fr"'},
             "parameters": {
                 "Items": {"items": "@{Cart.lines}", "fields": {"code": "sku", "count": "qty", "net": "price.net"}},
                 "Tags": "@{Cart.tags}", "Rates": "@{Cart.rates}", "Note": "@{Cart.missing}", "At": "@{Cart.at}"}},
            {"id": "big", "type": "condition", "kind": "data_source", "others": True, "paths": [
                {"id": "yes", "expression": "@{Order.response.total} > 20"}]},
            {"id": "tell", "type": "action", "action": "Tell", "parameters": {
                "Text": '"No. " + toString(@{Order.response.number}) + ": "'
                        ' + serializeList(@{Order.response.parts.all().code}, ",", false)'}},
            {"id": "small", "type": "end"}, {"id": "failed", "type": "end"}],
        "edges": [
            {"from": "in", "to": "order"}, {"from": "order", "to": "big"},
            {"from": "order", "path": "error", "to": "failed"}, {"from": "big", "path": "yes", "to": "tell"},
            {"from": "big", "path": "others", "to": "small"}]},
}  # fmt: skip


class Shop:
    """Answers orders with what it is told to."""

    def __init__(self) -> None:
        self.answer: Any = {"number": 7, "total": 21, "parts": [{"code": "x"}, {"code": "y"}], "other": 1}

    async def order(self, received: Received, reply: Reply) -> None:
        await reply.json(self.answer)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def server(shop: Shop) -> Iterator[RawServer]:
    with served({"/orders/p%201/2/place": shop.order, "/tell": shop.order}) as found:
        yield found


@pytest.fixture
def owner(tmp_path: Path, server: RawServer) -> Iterator[WorkspaceHost]:
    found = host_workspace(tmp_path / "workspace")
    assert found is not None
    found.start()
    found.engine.settings.set(CALLER, "allow_local_endpoints", True)
    file = json.loads(json.dumps(FILE).replace("SERVER", server.url))
    file["events"][0]["fields"]["missing"] = "string"
    found.engine.journeys.import_file(CALLER, json.dumps(file), publish=True)
    yield found
    found.close()


def completed(owner: WorkspaceHost) -> dict[str, Any]:
    """The journey's metrics, once somebody is through."""

    def look() -> dict[str, Any]:
        metrics: dict[str, Any] = owner.engine.reports.summary(CALLER, "Carts")["Carts"]["metrics"]
        return metrics

    return until(look, lambda seen: seen["completed"] == 1, "one person is through")


def test_request_parts_are_sent_and_response_is_used(owner: WorkspaceHost, server: RawServer) -> None:
    owner.engine.events.accept(CALLER, [CART])
    assert completed(owner)["errors"] == 0
    order, tell = server.received
    assert (order.method, order.path) == ("PUT", "/orders/p%201/2/place")
    assert order.query == {"v": "1", "source": "journey", "lang": "en & fr"}
    assert (order.headers["x-app"], order.headers["x-time"]) == ("shop", "2026-03-10T08:00:00Z")
    assert order.headers["content-type"] == "application/vnd.shop+json; charset=utf-8"
    assert order.json == {
        "items": [{"code": "a", "count": 2, "net": 9.5}, {"code": "b", "count": 1, "net": None}],
        "tags": ["new", "web"],
        "rates": [1.5, 2],
        "note": None,
        "nested": {"fixed": {"a": [1, None]}, "at": "2026-03-10T08:00:00Z"},
    }
    assert tell.json == {"text": "No. 7: x,y"}
    assert order.headers["idempotency-key"] != tell.headers["idempotency-key"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"number": "seven"}, "$.number"),
        ({"parts": [{"code": "x"}, {"code": 2}]}, "$.parts[1].code"),
        ({"labels": ["a", 1]}, "$.labels[1]"),
        ([], "$ "),
    ],
)
def test_wrong_response_type_reports_path(
    owner: WorkspaceHost, server: RawServer, shop: Shop, answer: Any, said: str
) -> None:
    shop.answer = answer
    owner.engine.events.accept(CALLER, [CART])
    assert completed(owner)["errors"] == 1
    (row,) = owner.engine.journeys.list(CALLER)
    (step,) = [one for one in owner.engine.reports.steps(CALLER, row.id) if one.activity == "order"]
    assert (step.status, step.transition) == ("error", "order:error")
    assert (step.fields["error"], step.fields["action_error_code"]) == ("malformed", "malformed")
    assert said in str(step.fields["action_error"])
    assert len(server.received) == 1
