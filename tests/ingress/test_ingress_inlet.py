"""What senders post, as texts that can be kept."""

from __future__ import annotations

import orjson
import pytest

from engine.ingress import inlet


def nested(levels: int) -> object:
    """Lists within lists."""
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [nested(inlet.MAX_DEPTH), [[]] * 1_000, {"a": [{"b": "{[{["}] * 300}, "[" * 1_000])
def test_what_is_not_too_deep_is_written_however_many_brackets_it_has(value: object) -> None:
    text = inlet.written(value)
    assert text is not None
    assert orjson.loads(text) == value


@pytest.mark.parametrize("levels", [inlet.MAX_DEPTH + 1, 1_000])
def test_what_nests_too_deep_is_not_written(levels: int) -> None:
    assert inlet.written({"a": 1, "deep": nested(levels - 1)}) is None


def test_what_no_json_can_hold_is_no_matter_of_depth() -> None:
    with pytest.raises(TypeError):
        inlet.written([1 << 70])
