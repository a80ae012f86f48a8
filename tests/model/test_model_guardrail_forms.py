"""A capping rule may be written with its rating in place or, as the original does, in an object of its own."""

from __future__ import annotations

from typing import Any

import pytest

from engine.model.guardrail import GuardrailError, read_capping


def _rule(limit: Any) -> dict[str, Any]:
    return {"url": "https://api.example.com/*", "methods": ["POST"], "services": {"action": limit}}


def test_flat_rating_means_same_as_nested_one() -> None:
    flat, _ = read_capping(_rule({"maxCallsCount": 2, "periodInMs": 1000, "maxHttpConnections": 3}))
    nested, _ = read_capping(_rule({"maxHttpConnections": 3, "rating": {"maxCallsCount": 2, "periodInMs": 1000}}))
    assert flat == nested


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"maxCallsCount": 2}, "ERR_ENDPOINTCONFIG_108"),
        ({"periodInMs": 2}, "ERR_ENDPOINTCONFIG_107"),
        ({}, "ERR_ENDPOINTCONFIG_104"),
    ],
)
def test_half_rating_is_refused_with_original_code(limit: Any, code: str) -> None:
    with pytest.raises(GuardrailError) as caught:
        read_capping(_rule(limit))
    assert code in {issue.code for issue in caught.value.issues}
