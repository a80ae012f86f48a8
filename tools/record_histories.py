"""Writes the golden histories of the samples: ``python -m tools.record_histories``.

Run it when behaviour is meant to change; the difference of the files shows what did.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from engine.model import journey_file
from engine.simulation.memory_store import SimulatedInstance
from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import Simulation

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "resources" / "samples"
HISTORIES = ROOT / "tests" / "histories"


def record(scenario_path: Path) -> dict[str, Any]:
    """All people of a scenario: how they entered, what happened to them, their step events."""
    scenario = read_scenario(scenario_path.read_text(encoding="utf-8"))
    sample = scenario_path.name.removesuffix(".scenario.json")
    file = journey_file.read((SAMPLES / f"{sample}.journey.json").read_text(encoding="utf-8"))
    simulation = Simulation([file], scenario)
    simulation.run()
    people = [
        {
            "entry": msgspec.to_builtins(person.entry),
            "stimuli": [[now, msgspec.to_builtins(stimulus)] for now, stimulus in person.stimuli],
            "steps": [msgspec.to_builtins(step) for step in person.steps],
        }
        for person in _by_key(simulation)
    ]
    return {"sample": sample, "seed": scenario.seed, "people": people}


def _by_key(simulation: Simulation) -> list[SimulatedInstance]:
    """List the instances by journey and key, both in the order of their first entrance."""
    return [
        one for name in simulation.journeys for people in simulation.store.by_key.values() for one in people
        if one.version.name == name
    ]  # fmt: skip


def text_of(history: dict[str, object]) -> str:
    """Format a history as its file holds it."""
    return json.dumps(history, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path in sorted(HISTORIES.glob("*.scenario.json")):
        target = path.with_name(path.name.replace(".scenario.", ".history."))
        target.write_text(text_of(record(path)), encoding="utf-8")
