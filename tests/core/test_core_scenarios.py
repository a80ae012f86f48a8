"""Each folder of ``scenarios`` holds journeys and a scenario whose expectations hold, every time the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.model.journey_file import read
from engine.simulation.outcome import check_expectations
from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import simulate

SCENARIOS = sorted((Path(__file__).parent / "scenarios").iterdir())


@pytest.mark.parametrize("folder", SCENARIOS, ids=lambda folder: folder.name)
def test_expectations_hold_and_outcome_is_same_again(folder: Path) -> None:
    files = [read(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.journey.json"))]
    scenario = read_scenario((folder / "scenario.json").read_text(encoding="utf-8"))
    assert scenario.expect
    outcome = simulate(files, scenario)
    assert check_expectations(scenario.expect, outcome) == ()
    assert json.dumps(simulate(files, scenario)) == json.dumps(outcome)
