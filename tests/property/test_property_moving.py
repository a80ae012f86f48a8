"""Random journeys, people, events, clock jumps, errors, stops and versions against a small, obviously right model."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.runner.clock import COMMANDS, EVENTS
from engine.runner.replay import replay
from engine.runner.scenario import ScriptedCommand, ScriptedEvent, print_instant, read_scenario
from engine.runner.simulation import Simulation
from tests.helpers.journey_kit import START, activity, entry, journey, notify
from tests.helpers.journey_model import Model

KEYS = ("ann", "bob", "slow", "bad")
SECONDS = st.sampled_from([1, 5, 60, 300, 301, 3_600, 86_400])


class Drawing:
    """One random journey: activities and edges for the engine, tables for the model."""

    def __init__(self, data: Any, depth: int) -> None:
        self.data = data
        self.activities: list[dict[str, Any]] = [entry()]
        self.edges: list[str] = []
        self.nodes: dict[str, dict[str, Any]] = {"in": {"type": "event", "event": "Enter"}}
        self.ways: dict[tuple[str, str], list[str]] = {}
        self.grow("in", "", depth)

    def draw(self, strategy: Any) -> Any:
        return self.data.draw(strategy)

    def add(self, made: dict[str, Any], **node: Any) -> str:
        name: str = made["id"]
        self.activities.append(made)
        self.nodes[name] = {"type": made["type"], **node}
        return name

    def name(self) -> str:
        return f"a{len(self.nodes)}"

    def grow(self, source: str, path: str, depth: int) -> None:
        kind = self.draw(st.sampled_from(["nothing", "end", "action", "condition", "group", "group"]))
        if depth == 0 or kind == "nothing" or len(self.nodes) > 20:
            return
        targets = getattr(self, f"grow_{kind}")(depth - 1)
        self.ways[source, path] = targets
        self.edges += [f"{source}:{path}>{target}" if path else f"{source}>{target}" for target in targets]

    def grow_end(self, _depth: int) -> list[str]:
        return [self.add(activity(self.name(), "end"))]

    def grow_action(self, depth: int) -> list[str]:
        on_error = self.draw(st.booleans())
        name = self.add(notify(self.name(), on_error=on_error), on_error=on_error)
        self.grow(name, "", depth)
        if on_error:
            self.grow(name, "error", depth)
        return [name]

    def grow_condition(self, depth: int) -> list[str]:
        over, others = self.draw(st.integers(0, 5)), self.draw(st.booleans())
        paths = [{"id": "big", "expression": f"@{{Enter.n}} > {over}"}]
        made = activity(self.name(), "condition.data_source", paths=paths, others=others)
        name = self.add(made, over=over, others=others)
        self.grow(name, "big", depth)
        if others:
            self.grow(name, "others", depth)
        return [name]

    def grow_group(self, depth: int) -> list[str]:
        kinds = self.draw(st.lists(st.sampled_from(["wait", "event", "timed", "path"]), min_size=1, max_size=3))
        names = [self.member(kind, height) for height, kind in enumerate(kinds)]
        for name, kind in zip(names, kinds, strict=True):
            self.grow(name, "", depth)
            if kind == "path":
                self.grow(name, "timeout", depth)
        return names

    def member(self, kind: str, y: int) -> str:
        seconds = self.draw(SECONDS)
        length = {"length": seconds * 1_000}
        if kind == "wait":
            return self.add(activity(self.name(), "wait.duration", 0, y, duration=f"PT{seconds}S"), **length)
        event = self.draw(st.sampled_from(["Visit", "Visit", "Enter"]))
        timeout: dict[str, Any] = {} if kind == "event" else {"timeout": f"PT{seconds}S"}
        path = {"timeout_path": True} if kind == "path" else {}
        made = activity(self.name(), "event", 0, y, event=event, **timeout, **path)
        return self.add(made, event=event, **(length if timeout else {}), **path)


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
        answers: list[dict[str, Any]] = [
            {"when": {"to": "slow"}, "after": "PT5S"},
            {"when": {"to": "bad"}, "status": 400, "after": "PT1S"},
        ]
        text = read_scenario(f'{{"start": "{START}"}}').model_dump_json(by_alias=True)
        scenario = read_scenario(text).model_copy(update={"answers": _answers(answers)})
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
        now = self._at(seconds, EVENTS, lambda: self.simulation.happen(event))
        self.model.event(name, key, n, now)
        self.model.settle(now, 9)

    @rule(seconds=st.sampled_from([1, 59, 86_400, 2_600_000]))
    def time_passes(self, seconds: float) -> None:
        now = self._at(seconds, COMMANDS, lambda: None)
        self.model.settle(now, 9)

    def _command(self, **what: Any) -> int:
        return self._at(1, COMMANDS, self.simulation.deed_of(ScriptedCommand(at="", **what)))

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
        for run in self.simulation.runs.values():
            metrics = run.metrics
            assert metrics.entered == metrics.current + metrics.completed + metrics.failed + metrics.stopped
            people = [person for known in run.keys.values() for person in known.people]
            assert metrics.current == sum(person.instance.status == "running" for person in people)
            for known in run.keys.values():
                running = [person for person in known.people if person.instance.status == "running"]
                assert running == ([known.present] if known.present is not None else [])
                for person in known.people:
                    assert person.instance.waiting is None or person.instance.status == "running"
                    assert replay(person.program, person.entry, person.stimuli, 0) == person.steps


def _answers(rows: list[dict[str, Any]]) -> Any:

    return read_scenario(json.dumps({"answers": {"Notify": rows}})).answers


def _seen(instance: dict[str, Any]) -> Any:
    history = [(one["activity"], one["at"], one.get("path", ""), one.get("error", "")) for one in instance["history"]]
    return instance["key"], instance["version"], instance["status"], history


def _modelled(visitor: Any) -> Any:
    history = [(name, print_instant(at), path, error) for name, at, path, error in visitor.history]
    if visitor.calling:
        arrived = visitor.answer_at - {"slow": 5_000, "bad": 1_000}.get(visitor.key, 0)
        history.append((visitor.calling, print_instant(arrived), "", ""))
    return visitor.key, visitor.version + 1, visitor.status, history


QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


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
