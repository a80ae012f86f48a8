"""What senders post, as texts that can be kept."""

from __future__ import annotations

import orjson
import pytest

from engine.ingress import event_documents


def nested(levels: int) -> object:
    """Nest lists within lists."""
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [nested(event_documents.MAX_DEPTH), [[]] * 1_000, {"a": [{"b": "{[{["}] * 300}, "[" * 1_000]
)
def test_nesting_within_limit_is_written(value: object) -> None:
    text = event_documents.encode(value)
    assert text is not None
    assert orjson.loads(text) == value


@pytest.mark.parametrize("levels", [event_documents.MAX_DEPTH + 1, 1_000])
def test_excessive_nesting_is_not_written(levels: int) -> None:
    assert event_documents.encode({"a": 1, "deep": nested(levels - 1)}) is None


def test_unencodable_value_is_not_a_depth_error() -> None:
    with pytest.raises(TypeError):
        event_documents.encode([1 << 70])
