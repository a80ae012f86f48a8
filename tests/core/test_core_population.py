"""A generated population lives through any journey, the same with the same seed (interfaces.md, Commands)."""

from __future__ import annotations

import json

from engine.model import journey_file
from engine.simulation.population import generate
from engine.simulation.simulation import simulate
from tests.helpers.journey_builders import activity, arrival, entry, journey, scenario
from tools.record_histories import SAMPLES


def test_sample_population_is_generated() -> None:
    files = [journey_file.read(path.read_text(encoding="utf-8")) for path in sorted(SAMPLES.glob("*.journey.json"))]
    outcome = simulate(files, generate(files, 60, 7))
    assert outcome["metrics"]["entered"] >= 100
    assert outcome["metrics"]["current"] == 0
    edges = outcome["journeys"]["Lobby and restaurant"]["edges"]
    assert edges["stay:booked"] > 0
    assert edges["member:not_loyal"] > 0
    again = simulate(files, generate(files, 60, 7))
    assert json.dumps(again) == json.dumps(outcome)
    assert json.dumps(simulate(files, generate(files, 60, 8))) != json.dumps(outcome)


def test_every_field_kind_is_generated() -> None:
    kinds = ["integer", "decimal", "boolean", "dateOnly", "dateTimeOnly", "dateTime", "duration"]
    fields = {
        "id": "string",
        **{f"f{kind}": kind for kind in kinds},
        "tags": "listDateTime",
        "lines": [{"sku": "string"}],
        "map": {"*": "integer"},
        "where": {"city": "string"},
        "channel": {"type": "string", "enum": ["app", "web"]},
    }
    event = {
        "name": "All",
        "type": "system",
        "event_id": "x",
        "fields": fields,
        "namespace": "CRMID",
        "key": "@{All.id}",
    }
    sms = activity("m", "sms", template="Code", address='"+1"', parameters={"code": "1"})
    reaction = activity("r", "reaction", to="m", on="sent", timeout="P1D")
    first = journey([entry("All"), sms, reaction], ["in>m", "m>r"], definitions={"events": [event]})
    second = journey(
        [activity("q", "segment_qualification", segment="silver", behaviour="exit"), notify_plain()],
        ["q>n"],
        name="K",
        definitions={"events": [event]},
    )
    outcome = simulate([first, second], generate([first, second], 30, 1, scenario(arrival("PT0S", event="Nothing"))))
    assert outcome["journeys"]["J"]["metrics"]["entered"] == 30
    assert outcome["journeys"]["K"]["metrics"]["entered"] == 30
    assert {one["reason"] for one in outcome["discarded"]} == {"no_match"}


def notify_plain() -> dict[str, object]:
    return activity("n", "action", action="Notify", parameters={"To": '"x"', "Text": '"y"'})
