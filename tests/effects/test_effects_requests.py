"""What calls send: any JSON value that a body can hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.effects.requests import json_content


@pytest.mark.parametrize(
    "body", [None, {"a": [1, 2.5, "é"]}, {"wide": 2**70}, {"half": "\ud800"}, {"least": -(2**63) - 1}]
)
def test_every_json_value_can_be_sent(body: Any) -> None:
    assert json.loads(json_content(body)) == body
