"""A generated population lives through any journey, the same with the same seed (interfaces.md, Commands)."""

from __future__ import annotations

import json
from itertools import pairwise

from engine.model import journey_file
from engine.simulation.population import generate
from engine.simulation.scenario import ScriptedAnswer
from engine.simulation.scripted_performer import AnswerScript
from engine.simulation.simulation import simulate
from tests.helpers.journey_builders import activity, arrival, entry, journey, notify, scenario
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
    assert outcome["journeys"]["J"]["metrics"]["entered"] >= 30
    assert outcome["journeys"]["K"]["metrics"]["entered"] >= 30
    assert {one["reason"] for one in outcome["discarded"]} == {"no_match", "already_in_journey"}


ASKING = journey([entry(), notify("n", on_error=True), activity("no", "end", 1)], ["in>n", "n:error>no"])


def test_failures_are_spread_over_the_whole_time() -> None:
    outcome = simulate([ASKING], generate([ASKING], 1_000, 3))
    statuses = [call["status"] for call in outcome["calls"]]
    failed = [index for index, status in enumerate(statuses) if status == 400]
    assert 0.01 * len(statuses) < len(failed) < 0.04 * len(statuses)
    assert sum(index < len(statuses) / 2 for index in failed) > len(failed) / 4
    assert sum(index >= len(statuses) / 2 for index in failed) > len(failed) / 4
    assert max(after - before for before, after in pairwise(failed)) > 2, "not in one block"


def test_people_have_gaps_and_come_again() -> None:
    some, more = generate([ASKING], 100, 3), generate([ASKING], 300, 3)
    assert some.profiles == more.profiles[:100]
    assert some.events == more.events[: len(some.events)]
    assert some.answers == more.answers
    payloads = [event.payload for event in some.events if isinstance(event.payload, dict)]
    assert any(payload.get("amount", 0) is None for payload in payloads)
    assert any("amount" not in payload for payload in payloads)
    assert 110 < len(payloads) < 200


def test_share_is_drawn_for_each_request() -> None:
    answers = {"A": (ScriptedAnswer(share=0.5, status=400), ScriptedAnswer(status=200))}
    script = AnswerScript(answers)
    drawn = [script.answer("A", {}, answers["A"][1], f"request {number}").status for number in range(200)]
    assert 60 < drawn.count(400) < 140
    again = AnswerScript(answers)
    backwards = [again.answer("A", {}, answers["A"][1], f"request {number}").status for number in reversed(range(200))]
    assert backwards[::-1] == drawn


def notify_plain() -> dict[str, object]:
    return activity("n", "action", action="Notify", parameters={"To": '"x"', "Text": '"y"'})
