"""Random journeys, people, events, clock jumps, errors, stops and versions against a small, obviously right model."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.simulation.outcome import InstanceEntry
from engine.simulation.scenario import ScriptedCommand, ScriptedEvent, print_instant, read_scenario
from engine.simulation.simulation import Simulation
from engine.simulation.timeline import COMMANDS, EVENTS
from tests.helpers.journey_builders import START, journey
from tests.helpers.journey_model import Model
from tests.helpers.random_journeys import ANSWERS, KEYS, QUIET, Drawing
from tests.helpers.replay import replay


class Moving(RuleBasedStateMachine):
    """The engine and the model, side by side."""

    @initialize(data=st.data(), limit=st.sampled_from([4, 60, 3_600, 2_000_000]))
    def draw_journeys(self, data: Any, limit: int) -> None:
        versions = [Drawing(data, depth) for depth in (4, 3)]
        files = [
            journey(one.activities, one.edges, version=number + 1, global_timeout=f"PT{limit}S")
            for number, one in enumerate(versions)
        ]
        self.model = Model([one.nodes for one in versions], [one.ways for one in versions], limit * 1_000)
        scenario = read_scenario(json.dumps({"start": START, "answers": {"Notify": ANSWERS}}))
        self.simulation = Simulation(files, scenario)
        self.versions = 2

    def _at(self, seconds: float, order: int, deed: Any) -> int:
        now = self.simulation.timeline.now + round(seconds * 1_000)
        self.simulation.timeline.schedule(now, order, deed)
        self.simulation.timeline.run(now)
        self.model.settle(now, order)
        return now

    @rule(key=st.sampled_from(KEYS), n=st.integers(0, 6), name=st.sampled_from(["Enter", "Enter", "Visit"]),
          seconds=st.sampled_from([0, 0, 0.5, 1, 4, 5, 60, 300, 3_600, 90_000]))  # fmt: skip
    def event_arrives(self, key: str, n: int, name: str, seconds: float) -> None:
        payload = {"id": key, "n": n} if name == "Enter" else {"id": key}
        event = ScriptedEvent(at="", event=name, payload=payload)
        now = self._at(seconds, EVENTS, lambda: self.simulation.apply_event(event))
        self.model.event(name, key, n, now)
        self.model.settle(now, 9)

    @rule(seconds=st.sampled_from([1, 59, 86_400, 2_600_000]))
    def time_passes(self, seconds: float) -> None:
        now = self._at(seconds, COMMANDS, lambda: None)
        self.model.settle(now, 9)

    def _command(self, **what: Any) -> int:
        return self._at(1, COMMANDS, self.simulation.command_callback(ScriptedCommand(at="", **what)))

    @precondition(lambda self: self.simulation.timeline.now % 7_000 == 0)
    @rule()
    def journey_closes(self) -> None:
        now = self._command(close="J")
        self.model.state = "closed" if self.model.state == "live" else self.model.state
        self.model.settle(now, 9)

    @precondition(lambda self: self.simulation.timeline.now % 5_000 == 0)
    @rule()
    def journey_stops(self) -> None:
        now = self._command(stop="J")
        self.model.stop(now)
        self.model.settle(now, 9)

    @precondition(lambda self: self.versions == 2)
    @rule()
    def second_version_is_published(self) -> None:
        self.versions = 1
        now = self._command(publish="J", version=2)
        self.model.newest, self.model.state = 1, "live"
        self.model.settle(now, 9)

    @invariant()
    def engine_and_model_agree(self) -> None:
        outcome = self.simulation.outcome()
        found = sorted((_seen(one) for one in outcome["instances"]), key=repr)
        expected = sorted((_modelled(one) for one in self.model.visitors), key=repr)
        assert found == expected
        discarded = sorted((one["event"], one["key"], one["reason"], one["at"]) for one in outcome["discarded"])
        modelled = [(event, key, reason, print_instant(at)) for event, key, reason, at in self.model.discards]
        assert discarded == sorted(modelled)

    @invariant()
    def laws_hold(self) -> None:
        store = self.simulation.store
        for name, deployed in self.simulation.journeys.items():
            metrics = store.records.metrics[name]
            assert metrics.entered == metrics.current + metrics.completed + metrics.failed + metrics.stopped
            people = [one for one in store.instances if one.version.name == name]
            assert metrics.current == sum(person.instance.status == "running" for person in people)
            for key in {person.instance.key for person in people}:
                running = [one.row for one in people if (one.instance.key, one.instance.status) == (key, "running")]
                known = store.entry(deployed.journey_id, key)
                assert known is not None
                assert running == ([known.instance] if known.instance is not None else [])
            for person in people:
                assert person.instance.waiting is None or person.instance.status == "running"
                assert replay(person.version.program, person.entry, person.stimuli, 0) == person.steps


def _seen(instance: InstanceEntry) -> Any:
    history = [(one["activity"], one["at"], one.get("path", ""), one.get("error", "")) for one in instance["history"]]
    return instance["key"], instance["version"], instance["status"], history


def _modelled(visitor: Any) -> Any:
    history = [(name, print_instant(at), path, error) for name, at, path, error in visitor.history]
    if visitor.calling:
        arrived = visitor.answer_at - {"slow": 5_000, "bad": 1_000}.get(visitor.key, 0)
        history.append((visitor.calling, print_instant(arrived), "", ""))
    return visitor.key, visitor.version + 1, visitor.status, history


def run_steps(examples: int, steps: int) -> None:
    """Let engine and model move side by side: so many random journeys, at most so many steps in each."""
    bounds = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=QUIET,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    run_state_machine_as_test(Moving, settings=bounds)


def test_five_thousand_steps() -> None:
    run_steps(125, 40)
