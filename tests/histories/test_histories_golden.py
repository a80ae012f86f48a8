"""Golden histories of the samples, and the law that recorded stimuli give the same history again."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from engine.core.effect import StepEvent
from engine.core.program_compiler import compile_program
from engine.core.routing import EntryRecord
from engine.core.stimulus import Stimulus
from engine.model import journey_file
from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import Simulation
from tests.helpers.replay import replay
from tools.record_histories import HISTORIES, SAMPLES, record, text_of

SCENARIOS = sorted(HISTORIES.glob("*.scenario.json"))
FOLDERS = sorted((Path(__file__).resolve().parents[1] / "core" / "scenarios").iterdir())


def _history(path: Path) -> Path:
    return path.with_name(path.name.replace(".scenario.", ".history."))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_sample_histories_are_unchanged(path: Path) -> None:
    assert text_of(record(path)) == _history(path).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_recorded_history_is_replayed_by_core_alone(path: Path) -> None:
    history = json.loads(_history(path).read_text(encoding="utf-8"))
    file = journey_file.read((SAMPLES / f"{history['sample']}.journey.json").read_text(encoding="utf-8"))
    program = compile_program(file.journey, file)
    assert history["people"]
    for person in history["people"]:
        entry = msgspec.convert(person["entry"], EntryRecord)
        stimuli = [(now, msgspec.convert(stimulus, Stimulus)) for now, stimulus in person["stimuli"]]
        steps = replay(program, entry, stimuli, history["seed"])
        assert steps == [msgspec.convert(step, StepEvent) for step in person["steps"]]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_replay_of_recorded_stimuli_is_run(folder: Path) -> None:
    files = [journey_file.read(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.journey.json"))]
    simulation = Simulation(files, read_scenario((folder / "scenario.json").read_text(encoding="utf-8")))
    simulation.run()
    for person in simulation.store.instances:
        steps = replay(person.version.program, person.entry, person.stimuli, simulation.scenario.seed)
        assert steps == person.steps
