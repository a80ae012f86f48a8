"""What calls send: any JSON value that a body can hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.effects.requests import action_request, json_content, source_request
from engine.model.action import CustomAction
from engine.model.definitions import DataSource


@pytest.mark.parametrize(
    "body", [None, {"a": [1, 2.5, "é"]}, {"wide": 2**70}, {"half": "\ud800"}, {"least": -(2**63) - 1}]
)
def test_every_json_value_can_be_sent(body: Any) -> None:
    assert json.loads(json_content(body)) == body


def test_secret_constant_is_not_in_bare_request() -> None:
    headers = [{"name": "X-App", "value": "hotel"}, {"name": "X-Api-Key", "value": "hush"}]
    query = [{"name": "access_token", "value": "hush"}, {"name": "v", "value": "1"}]
    action = CustomAction.model_validate_json(
        json.dumps({"name": "A", "url": "https://example.com/a", "headers": headers, "query": query})
    )
    request = action_request(action, "", {"X-Api-Key": "hush"}, {}, None, "k")
    assert request.url == "https://example.com/a?access_token=INSERT_SECRET_HERE&v=1"
    assert dict(request.headers)["X-Api-Key"] == "INSERT_SECRET_HERE"
    assert {(one.place, one.name, one.literal) for one in request.secret_slots} == {
        ("headers", "X-Api-Key", "hush"),
        ("query", "access_token", "hush"),
    }
    filled = action_request(action, "", {"X-Api-Key": "by hand"}, {}, None, "k")
    assert dict(filled.headers)["X-Api-Key"] == "by hand"
    source = DataSource.model_validate_json(
        json.dumps(
            {
                "name": "S",
                "url": "https://example.com/s",
                "headers": {"Odd": "Bearer hush"},
                "field_groups": [{"name": "G", "fields": {"a": "string"}}],
            }
        )
    )
    asked = source_request(source, source.field_groups[0], {}, "k")
    assert "hush" not in str(asked.headers)
