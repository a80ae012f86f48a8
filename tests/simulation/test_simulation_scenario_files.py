"""What is wrong with a scenario file is said in one sentence, with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import main as program
from engine.errors import SojournError
from engine.model.journey_file import read
from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import simulate

SCENARIO = Path(__file__).parents[1] / "core" / "scenarios" / "global_timeout"
JOURNEY = read(next(SCENARIO.glob("*.journey.json")).read_text("utf-8"))


def run(document: Any) -> Any:
    return simulate([JOURNEY], read_scenario(json.dumps(document)))


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "$"),
        ({"sead": 1}, "$.sead"),
        ({"seed": 10**30}, "$.seed"),
        ({"seed": "1"}, "$.seed"),
        ({"start": "tomorrow"}, "$.start"),
        ({"start": "9999-12-31T23:59:59Z"}, "$.start"),
        ({"until": "P3000000D"}, "$.until"),
        ({"until": "P1M"}, "$.until"),
        ({"mode": "dry"}, "$.mode"),
        ({"test_wait": 10}, "$.test_wait"),
        ({"events": [{"event": "E"}]}, "$.events[0].at"),
        ({"events": [{"at": "PT0S", "event": "E", "payload": []}]}, "$.events[0].payload"),
        ({"answers": {"A": [{"fault": "slow"}]}}, "$.answers.A[0].fault"),
        ({"answers": {"A": {}}}, "$.answers.A"),
        ({"commands": [{"at": "PT0S", "stop": "Nobody's"}]}, "$.commands[0].stop"),
        ({"profiles": [{"identities": {"CRMID": 7}}]}, "$.profiles[0].identities.CRMID"),
    ],
)
def test_invalid_scenario_is_located(document: Any, where: str) -> None:
    with pytest.raises(SojournError) as caught:
        run(document)
    assert caught.value.where == where
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "option", ["--seed=1e3", f"--seed={2**64}", "--profiles=0", "--profiles=-5", "--profiles=many"]
)
def test_number_that_cannot_be_is_wrong_use(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = next(SCENARIO.glob("*.journey.json"))
    assert program.main(["simulate", str(file), option]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "whole number" in said
