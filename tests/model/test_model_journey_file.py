"""Journey files: byte-stable writing, located faults, the JSON Schema, differences in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.action import BodyNode, BodyObject, Constant, CustomAction, Variable, read_body, write_body
from engine.model.activity import exit_paths
from engine.model.document_errors import DocumentError
from engine.model.journey_file import differences, read, write
from engine.model.schema import SCHEMA_FILE, schema_text

SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "lobby-and-restaurant.journey.json"


@pytest.fixture
def sample() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return document


def test_written_file_is_reproduced_byte_for_byte(sample: dict[str, Any]) -> None:
    once = write(read(json.dumps(sample)))
    assert write(read(once)) == once
    assert once.endswith("}\n")
    assert "\\u" not in once


def test_only_defaults_are_left_out(sample: dict[str, Any]) -> None:
    written = json.loads(write(read(json.dumps(sample))))
    assert written["journey"] == sample["journey"]
    assert written["events"] == sample["events"]
    assert written["journey"]["properties"]["time_zone"] == "Europe/Paris"
    assert written["data_sources"][1]["auth"]["password"] == "INSERT_SECRET_HERE"


def test_time_zone_is_always_written(sample: dict[str, Any]) -> None:
    sample["journey"]["properties"] = {}
    assert json.loads(write(read(json.dumps(sample))))["journey"]["properties"] == {"time_zone": "UTC"}


def test_keys_are_written_in_schema_order(sample: dict[str, Any]) -> None:
    shuffled = dict(reversed(sample.items()))
    shuffled["journey"] = dict(reversed(sample["journey"].items()))
    assert write(read(json.dumps(shuffled))) == write(read(json.dumps(sample)))


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    *parents, key, value = path

    def change(document: dict[str, Any]) -> None:
        here: Any = document
        for parent in parents:
            here = here[parent]
        here[key] = value

    return change


FAULTS: list[tuple[Callable[[dict[str, Any]], Any], str, str]] = [
    (_set("journey", "activities", 0, "timeout", 5), "file_wrong_type", "$.journey.activities[0].timeout"),
    (_set("journey", "activities", 0, "timeout", "P1M"), "file_wrong_type", "$.journey.activities[0].timeout"),
    (_set("journey", "activities", 0, "colour", 5), "file_unknown_key", "$.journey.activities[0].colour"),
    (_set("journey", "activities", 0, "type", "foo"), "file_wrong_type", "$.journey.activities[0].type"),
    (_set("journey", "activities", 1, "kind", "foo"), "file_wrong_type", "$.journey.activities[1].kind"),
    (lambda d: d["journey"]["activities"][1].pop("kind"), "file_missing_key", "$.journey.activities[1].kind"),
    (lambda d: d["data_sources"][1]["auth"].pop("type"), "file_missing_key", "$.data_sources[1].auth.type"),
    (_set("journey", "activities", 1, 7), "file_wrong_type", "$.journey.activities[1]"),
    (_set("journey", "activities", 3, "position", [1]), "file_wrong_type", "$.journey.activities[3].position"),
    (_set("journey", "activities", 3, "position", [1, 2, 3]), "file_wrong_type", "$.journey.activities[3].position"),
    (_set("journey", "activities", 3, "label", "a\ud800"), "file_not_json", "$.journey.activities[3].label"),
    (lambda d: d["journey"]["activities"][0].pop("id"), "file_missing_key", "$.journey.activities[0].id"),
    (lambda d: d["journey"]["edges"][3].pop("to"), "file_missing_key", "$.journey.edges[3].to"),
    (lambda d: d.pop("journey"), "file_missing_key", "$.journey"),
    (_set("journey", "version", 0), "file_wrong_type", "$.journey.version"),
    (_set("journey", "version", 10**30), "file_wrong_type", "$.journey.version"),
    (_set("journey", "version", "1"), "file_wrong_type", "$.journey.version"),
    (_set("journey", "activities", 3, "position", ["a", 1]), "file_wrong_type", "$.journey.activities[3].position[0]"),
    (_set("events", 0, "name", "3x"), "file_wrong_type", "$.events[0].name"),
    (_set("events", 0, "fields", "ab", [{"x": "strin"}]), "file_wrong_type", "$.events[0].fields.ab[0].x"),
    (_set("data_sources", 1, "auth", "realm", 1), "file_unknown_key", "$.data_sources[1].auth.realm"),
    (_set("data_sources", 1, "auth", "type", "bsic"), "file_wrong_type", "$.data_sources[1].auth.type"),
    (_set("actions", 0, "body", "x", 3), "file_wrong_type", "$.actions[0].body.x"),
    (_set("actions", 0, "body", "x", {"variable": "a", "type": "y"}), "file_wrong_type", "$.actions[0].body.x.type"),
    (_set("actions", 0, "type", "campaign_classic"), "file_wrong_type", "$.actions[0]"),
    (_set("format", "sojourn/1.2"), "file_newer", "$.format"),
    (_set("format", "sojourn/2"), "file_newer", "$.format"),
    (_set("format", "other"), "file_format", "$.format"),
    (lambda d: d.pop("format"), "file_format", "$.format"),
]


@pytest.mark.parametrize(("change", "code", "where"), FAULTS)
def test_error_has_code_and_json_path(
    sample: dict[str, Any], change: Callable[[dict[str, Any]], Any], code: str, where: str
) -> None:
    change(sample)
    with pytest.raises(DocumentError) as caught:
        read(json.dumps(sample))
    assert (caught.value.code, caught.value.where) == (code, where)


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("", "file_not_json", "line 1, column 1"),
        ('{"a": 1,\n]', "file_not_json", "line 2, column 1"),
        ('{"format": "sojourn/1", "format": "sojourn/1"}', "file_duplicate_key", "$.format"),
        ('{"a": [0, {"b": 1, "b": 2}]}', "file_duplicate_key", "$.a[1].b"),
        ('{"a": [0, NaN]}', "file_not_json", "$.a[1]"),
        ('{"a": ' + "9" * 5000 + "}", "file_not_json", "$"),
        ("[]", "file_wrong_type", "$"),
        ("[" * 100_000, "file_not_json", "$"),
    ],
)
def test_non_object_is_refused(text: str, code: str, where: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(text)
    assert (caught.value.code, caught.value.where) == (code, where)


def test_newer_file_names_format_it_needs(sample: dict[str, Any]) -> None:
    sample["format"] = "sojourn/1.4"
    with pytest.raises(DocumentError, match=r"sojourn/1\.4"):
        read(json.dumps(sample))


def test_schema_in_resources_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_schema_agrees_with_reader(sample: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    validator.validate(json.loads(write(read(json.dumps(sample)))))
    sample["journey"]["activities"][0]["colour"] = "red"
    assert not validator.is_valid(sample)


def test_campaign_classic_action_is_its_payload_alone(sample: dict[str, Any]) -> None:
    payload = {
        "channel": {"value": "email"},
        "eventType": {"value": "welcome"},
        "email": {"variable": "To", "type": "string"},
    }
    sample["actions"].append({"name": "Welcome", "type": "campaign_classic", "body": payload})
    written = json.loads(write(read(json.dumps(sample))))
    assert written["actions"][-1] == sample["actions"][-1]
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    validator.validate(written)
    written["actions"][-1]["url"] = "https://mc.example.com"
    assert not validator.is_valid(written)
    with pytest.raises(DocumentError, match="only a name, a description and a body; remove url"):
        read(json.dumps(written))


def test_outputs_are_ordered_from_top(sample: dict[str, Any]) -> None:
    sample["journey"]["activities"][2]["on_error"] = True
    sample["journey"]["activities"][4] |= {"timeout": "PT1H", "timeout_path": True}
    journey = read(json.dumps(sample)).journey
    assert exit_paths(journey.by_id["stay"]) == ("booked", "others", "error")
    assert exit_paths(journey.by_id["restaurant"]) == ("", "timeout")
    assert exit_paths(journey.by_id["ate"]) == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
names = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=6)
variable_names = names.filter(lambda name: name[0] not in ".$")
body_leaves: st.SearchStrategy[BodyNode] = st.builds(Constant, json_values) | st.builds(
    Variable, variable_names, st.sampled_from(["string", "integer", "listString"]), st.just("")
)
bodies: st.SearchStrategy[BodyNode] = st.recursive(
    body_leaves,
    lambda inner: st.dictionaries(st.sampled_from(["value", "variable", "type", "object", "a"]), inner, max_size=3).map(
        BodyObject
    ),
    max_leaves=10,
)


@given(bodies)
def test_body_survives_its_file_form(body: BodyNode) -> None:
    assert read_body(json.loads(json.dumps(write_body(body)))) == body


def test_object_that_looks_like_leaf_is_escaped() -> None:
    body = BodyObject({"value": Variable("V")})
    assert write_body(body) == {"object": {"value": {"variable": "V", "type": "string"}}}


def test_variables_are_listed_once_in_reading_order() -> None:
    action = CustomAction(
        name="A",
        body=BodyObject({"x": BodyObject({"b": Variable("B")}), "a": Variable("A"), "again": Variable("B")}),
    )
    assert [variable.name for variable in action.variables] == ["B", "A"]


def test_differences_are_described(sample: dict[str, Any]) -> None:
    old = read(json.dumps(sample))
    assert differences(old, old) == ()
    sample["journey"]["activities"][7]["duration"] = "PT2H"
    sample["journey"]["activities"][3]["position"] = [1, 2]
    sample["journey"]["edges"].pop()
    sample["journey"]["properties"]["reentrance"] = False
    sample["events"].pop()
    assert differences(old, read(json.dumps(sample))) == (
        "Event RestaurantBeacon was removed.",
        "Journey: properties.reentrance is now false.",
        'Activity six_hours: duration changed from "PT6H" to "PT2H".',
        "The edge from membership to invited was removed.",
    )
