"""Scenarios derived from the runtime's specification sentence by sentence, one a line, worked out by hand.

The first line holds the definitions that many of them use; edges are ``from:path>to``; what is not said is as usual.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.model.journey_file import JourneyFile, read
from engine.simulation.outcome import check_expectations
from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import simulate

HEAD, *CASES = (
    json.loads(line) for line in Path(__file__).with_name("derived_scenarios.jsonl").read_text("utf-8").splitlines()
)
KINDS = ("events", "data_sources", "actions", "templates", "segments")


def edge(text: str) -> dict[str, str]:
    start, _, target = text.partition(">")
    source, _, path = start.partition(":")
    return {"from": source, "to": target} | ({"path": path} if path else {})


def journey_file(body: dict[str, Any]) -> JourneyFile:
    pool = [HEAD["pool"][name] for name in body["uses"]]
    shared = {kind: [one["is"] for one in pool if one["kind"] == kind] for kind in KINDS}
    defaults = {"name": "J", "version": 1, "namespace": "CRMID", "properties": {"time_zone": "UTC"}}
    settings = {key: value for key, value in body.items() if key not in (*KINDS, "uses")}
    journey = {
        **defaults,
        **settings,
        "activities": [{"position": [160 * index, 0], **one} for index, one in enumerate(body["activities"])],
        "edges": [edge(text) for text in body["edges"]],
    }
    return read(
        json.dumps(
            {
                "format": "sojourn/1",
                "namespaces": [{"code": "CRMID", "label": "CRM id"}],
                **{kind: shared[kind] + body.get(kind, []) for kind in KINDS},
                "journey": {key: value for key, value in journey.items() if value is not None},
            }
        )
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_derived_scenarios(case: dict[str, Any]) -> None:
    start = {"seed": 1, "start": "2026-03-10T08:00:00Z", "until": "P40D"}
    scenario = read_scenario(json.dumps({**start, **case["scenario"]}))
    files = [journey_file(body) for body in case["journeys"]]
    assert check_expectations(scenario.expect, simulate(files, scenario)) == ()
