"""Who unsubscribed is written to no more, in the channel where it was said: the same in both runners."""

from __future__ import annotations

import json
from pathlib import Path

from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import simulate
from tests.helpers.embedded_engine import CALLER, running
from tests.helpers.journey_builders import activity, entry, journey

PHONE = '"+82 10 5555 0142"'
FILE = journey(
    [
        entry(),
        activity("code", "sms", template="Code", address=PHONE, parameters={"code": "1"}, on_error=True),
        activity("ping", "push", 1, template="Ping", address=PHONE),
        activity("instead", "push", 1, 1, template="Ping", address=PHONE),
    ],
    ["in>code", "code>ping", "code:error>instead"],
)
COUNTED = ("sent", "unsubscribed", "opened", "errors", "errors_in_action", "completed")


def simulated() -> dict[str, float]:
    told = ("unsubscribed", "unsubscribed", "opened", "opened")
    events = [
        {"at": "PT0S", "event": "Enter", "payload": {"id": "p1"}},
        *({"at": "PT1S", "message": kind, "of": "code", "key": "p1"} for kind in told),
        {"at": "PT2S", "event": "Enter", "payload": {"id": "p2"}},
    ]
    outcome = simulate([FILE], read_scenario(json.dumps({"start": "2026-03-10T08:00:00Z", "events": events})))
    metrics: dict[str, float] = outcome["journeys"]["J"]["metrics"]
    return metrics


def embedded(folder: Path) -> dict[str, float]:
    with running(folder) as place:
        version = place.publish(FILE)
        place.send("p1")
        place.settle(version, completed=1)
        (message,) = [one.id for one in place.engine.reports.messages(CALLER) if one.activity == "code"]
        for kind in ("unsubscribed", "unsubscribed", "opened", "opened"):
            place.engine.events.feedback(CALLER, [{"message": message, "kind": kind}])
        place.send("p2")
        place.settle(version, completed=2)
        metrics: dict[str, float] = place.engine.reports.summary(CALLER)["J"]["metrics"]
        return metrics


def test_unsubscribed_channel_is_skipped_by_both_runners(tmp_path: Path) -> None:
    here, there = simulated(), embedded(tmp_path / "w")
    assert [here[name] for name in COUNTED] == [3, 1, 1, 1, 1, 2]
    assert here == there
