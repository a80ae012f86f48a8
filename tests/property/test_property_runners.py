"""The runner over SQLite and the simulation in memory drive one core: random journeys give the same step events."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.journey_file import JourneyFile
from engine.runner.clock import COMMANDS, EVENTS
from engine.runner.scenario import ScriptedCommand, ScriptedEvent, print_instant, read_scenario
from engine.runner.simulation import Simulation
from engine.services.views import VersionRow
from tests.helpers.embedded import CALLER
from tests.helpers.journey_kit import journey
from tests.helpers.lockstep import Lockstep, lockstep
from tests.helpers.random_journeys import ANSWERS, KEYS, PEOPLE, QUIET, STAYS, WideDrawing

PAUSES = st.sampled_from([0.0, 0.5, 1.0, 4.0, 5.0, 60.0, 300.0, 3_600.0, 86_400.0, 2_600_000.0])
EVENT_DEEDS = st.tuples(st.sampled_from(["Enter", "Enter", "Visit"]), st.sampled_from(KEYS), st.integers(0, 6))
DEEDS = st.one_of(EVENT_DEEDS, EVENT_DEEDS, EVENT_DEEDS, st.sampled_from(["pass", "pass", "close", "stop", "publish"]))
SCRIPTS = st.lists(st.tuples(PAUSES, DEEDS), min_size=4, max_size=16)
LIMITS = st.sampled_from(["PT4.7S", "PT60.7S", "PT3600.7S", "P20D"])
"""Global timeouts: none falls on an instant at which something else arrives, since which comes first is then chance."""

DIFFERENT = ("instance", "person", "journey", "type", "message_id")
"""What stands for someone or something, and is random or another in each workspace."""

Steps = dict[str, list[dict[str, Any]]]


class Both:
    """The two runners, with the same journey, side by side."""

    def __init__(self, embedded: Lockstep, files: list[JourneyFile]) -> None:
        self.embedded = embedded
        self.name = files[0].journey.name
        self.started = embedded.clock.time
        embedded.know(PEOPLE)
        self.versions = [embedded.add(files[0], publish=True)]
        self._second = files[1]
        answers = {"Notify": ANSWERS, "Hotel.Stay": STAYS}
        scenario = {"start": print_instant(self.started), "answers": answers, "profiles": PEOPLE}
        self.simulation = Simulation(files, read_scenario(json.dumps(scenario)))
        self._events = 0
        self.seen: dict[str, dict[str, dict[str, Any]]] = {}
        self.refused: dict[int, list[tuple[str, str | None, str | None, str]]] = {}

    def do(self, pause: float, deed: Any) -> None:
        """Let both live through the pause and the deed."""
        at = self.embedded.clock.time + round(pause * 1_000)
        self.embedded.move_to(at)
        if isinstance(deed, tuple):
            self._event(at, *deed)
        elif deed == "pass":
            self._simulated(at, COMMANDS, lambda: None)
        else:
            self._command(at, deed)
        self.embedded.settle()
        for version in self.versions:
            self._note(version)
        noted: dict[int, list[tuple[str, str | None, str | None, str]]] = {}
        for moment, event, key, reason in self.embedded.discards(self.name):
            noted.setdefault(moment, []).append((print_instant(moment), event, key, reason))
        self.refused |= noted

    def _simulated(self, at: int, order: int, deed: Callable[[], None]) -> None:
        self.simulation.timeline.schedule(at, order, deed)
        self.simulation.timeline.run(at)

    def _event(self, at: int, name: str, key: str, n: int) -> None:
        self._events += 1
        payload = {"id": key, "n": n, "_id": f"{self.name}-{self._events}"}
        self.embedded.engine.events.accept(CALLER, [payload], name)
        event = ScriptedEvent(at="", event=name, payload=payload)
        self._simulated(at, EVENTS, lambda: self.simulation.happen(event))

    def _command(self, at: int, what: str) -> None:
        version = self._done(what)
        if version is None:
            self._simulated(at, COMMANDS, lambda: None)
        else:
            command = ScriptedCommand(at="", version=version, **{what: self.name})
            self._simulated(at, COMMANDS, self.simulation.deed_of(command))

    def _done(self, what: str) -> int | None:
        """The version that the embedded runner published, closed or stopped; None where there was nothing to do."""
        newest = self.versions[-1]
        if what == "publish" and len(self.versions) == 1:
            self.versions.append(self.embedded.add(self._second, publish=True))
        elif what == "close" and self.embedded.state(newest) == "live":
            self.embedded.engine.journeys.close(CALLER, newest.id)
        elif what == "stop":
            self.embedded.stop(self.versions)
        else:
            return None
        return len(self.versions)

    def _note(self, version: VersionRow) -> None:
        """Keep what the embedded runner has recorded: old rows go with time."""
        steps = self.embedded.steps(version)
        keys = self.embedded.keys(list(steps))
        for number, rows in steps.items():
            if number in keys:
                kept = self.seen.setdefault(f"{keys[number]} {number}", {})
                kept.update((row["id"], row) for row in rows)


def _told_apart(instances: list[tuple[str, list[dict[str, Any]]]]) -> Steps:
    """Step events by key and entrance; what stands for an instance, a person or a journey is different by design."""
    found: Steps = {}
    for key, rows in instances:
        entrance = sum(name.startswith(f"{key} ") for name in found) + 1
        found[f"{key} {entrance}"] = [_without_ids(row) for row in rows]
    return found


def _without_ids(row: dict[str, Any]) -> dict[str, Any]:
    instance = row["instance"]
    plain = {name: value for name, value in row.items() if name not in DIFFERENT}
    for name in ("id", "parent"):
        if name in plain:
            plain[name] = plain[name].removeprefix(instance)
    return plain


def compare(embedded: Lockstep, data: Any) -> None:
    """Draw a journey of two versions and what happens to it; both runners record the same."""
    versions = [WideDrawing(data, depth) for depth in (4, 3)]
    limit, name = data.draw(LIMITS), embedded.name()
    files = [
        journey(one.activities, one.edges, name=name, version=number, global_timeout=limit)
        for number, one in enumerate(versions, 1)
    ]
    both = Both(embedded, files)
    try:
        for pause, deed in data.draw(SCRIPTS):
            both.do(pause, deed)
        run = both.simulation.runs[name]
        people = [(key, person) for key, known in run.keys.items() for person in known.people]
        simulated = _told_apart([(key, [msgspec.to_builtins(step) for step in one.steps]) for key, one in people])
        recorded = sorted(both.seen.items(), key=lambda pair: int(pair[0].rpartition(" ")[2]))
        assert _told_apart([(key.partition(" ")[0], list(rows.values())) for key, rows in recorded]) == simulated
        refused = [row for rows in both.refused.values() for row in rows]
        assert refused == [(one["at"], one["event"], one["key"], one["reason"]) for one in both.simulation.discarded]
    finally:
        embedded.remove(both.versions)


def run_examples(examples: int) -> None:
    """So many random journeys, each through both runners."""
    with tempfile.TemporaryDirectory() as folder, lockstep(Path(folder) / "w") as embedded:

        @settings(max_examples=examples, deadline=None, suppress_health_check=QUIET, database=None)
        @given(data=st.data())
        def lived_through(data: Any) -> None:
            compare(embedded, data)

        lived_through()


def test_both_runners_record_the_same_step_events() -> None:
    run_examples(25)
