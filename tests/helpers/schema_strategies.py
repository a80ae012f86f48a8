"""Hypothesis strategies for bodies: what a JSON Schema allows, and what it nearly allows.

Only the keywords that the API's own schemas use are known; another one is an error, so that none is passed over.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "\x00", "²", "9" * 40, "../x", "prod"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
"""Any JSON value, with some that are known for making trouble."""

_SAID_ONLY = {"description", "title", "default", "contentMediaType", "examples"}


def valid_bodies(schema: Mapping[str, Any], named: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values that the schema allows; ``named`` are the schemas that ``$ref`` may name."""
    keys = set(schema) - _SAID_ONLY
    if "$ref" in schema:
        return valid_bodies(named[schema["$ref"].rpartition("/")[2]], named)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of(*(valid_bodies(one, named) for one in schema["anyOf"]))
    kinds = {
        "object": (_object, {"type", "properties", "required", "additionalProperties", "minProperties"}),
        "array": (_array, {"type", "items", "minItems", "maxItems"}),
        "string": (_string, {"type", "pattern", "minLength"}),
        "integer": (_integer, {"type", "minimum", "maximum"}),
        "boolean": (lambda schema, named: st.booleans(), {"type"}),
        "null": (lambda schema, named: st.none(), {"type"}),
    }
    make, known = kinds[schema["type"]]
    assert keys <= known, keys - known
    return make(schema, named)


def _object(schema: Mapping[str, Any], named: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    properties, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    required = {name: valid_bodies(properties[name], named) for name in schema.get("required", ())}
    optional = {name: valid_bodies(inner, named) for name, inner in properties.items() if name not in required}
    least = schema.get("minProperties", 0)
    fixed = st.fixed_dictionaries(required, optional=optional)
    if more is False:
        return fixed.filter(lambda value: len(value) >= least)
    others = st.dictionaries(
        st.text(min_size=1, max_size=5).filter(lambda name: name not in properties),
        st.text(max_size=5) if more is True else valid_bodies(more, named),
        min_size=max(0, least - len(required)),
        max_size=3,
    )
    return st.builds(lambda theirs, ours: {**theirs, **ours}, others, fixed)


def _array(schema: Mapping[str, Any], named: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    return st.lists(valid_bodies(schema["items"], named), min_size=schema.get("minItems", 0), max_size=3)


def _string(schema: Mapping[str, Any], named: Mapping[str, Any]) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    return st.text(min_size=schema.get("minLength", 0), max_size=12)


def _integer(schema: Mapping[str, Any], named: Mapping[str, Any]) -> st.SearchStrategy[int]:
    return st.integers(schema.get("minimum"), schema.get("maximum", 10_000))


def _places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _places(inner, (*here, key))


@st.composite
def invalid_bodies(draw: st.DrawFn, whole: st.SearchStrategy[Any]) -> Any:
    """A value in which one place holds something else, or is gone."""
    value = copy.deepcopy(draw(whole))
    *way, last = draw(st.sampled_from(sorted(_places(value), key=repr))) or (None,)
    if last is None:
        return draw(JSON_VALUES)
    parent = value
    for key in way:
        parent = parent[key]
    if draw(st.booleans()):
        parent[last] = draw(JSON_VALUES)
    elif isinstance(parent, dict):
        del parent[last]
    else:
        parent.insert(last, draw(JSON_VALUES))
    return value
