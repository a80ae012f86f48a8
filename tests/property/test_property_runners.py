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

from engine.core.metrics import Metrics
from engine.model.journey_file import JourneyFile
from engine.services.views import VersionRow
from engine.simulation.scenario import ScriptedCommand, ScriptedEvent, print_instant, read_scenario
from engine.simulation.simulation import Simulation
from engine.simulation.timeline import COMMANDS, EVENTS
from tests.helpers.embedded_engine import CALLER
from tests.helpers.journey_builders import activity, entry, journey
from tests.helpers.lockstep_engine import Lockstep, lockstep
from tests.helpers.random_journeys import ANSWERS, KEYS, PEOPLE, QUIET, STAYS, WideDrawing

PAUSES = st.sampled_from([0.0, 0.5, 1.0, 4.0, 5.0, 60.0, 300.0, 3_600.0, 86_400.0, 2_600_000.0])
EVENT_DEEDS = st.tuples(st.sampled_from(["Enter", "Enter", "Visit"]), st.sampled_from(KEYS), st.integers(0, 6))
FEEDBACK = ("opened", "clicked")
FEEDBACK_DEEDS = st.tuples(st.sampled_from(FEEDBACK), st.sampled_from(("ann", "slow")), st.just(0))
DEEDS = st.one_of(
    EVENT_DEEDS, EVENT_DEEDS, EVENT_DEEDS, FEEDBACK_DEEDS, st.sampled_from(["pass", "pass", "close", "stop", "publish"])
)
SCRIPTS = st.lists(st.tuples(PAUSES, DEEDS), min_size=4, max_size=16)
LIMITS = st.sampled_from(["PT4.7S", "PT5S", "PT60S", "PT60.7S", "PT3600S", "PT3600.7S", "P20D"])
"""Global timeouts: some fall on an instant at which something else happens, and come behind it."""

DIFFERENT = ("instance", "person", "journey", "type", "message_id")
"""What stands for someone or something, and is random or another in each workspace."""

Steps = dict[str, list[dict[str, Any]]]


class Both:
    """The two runners, with the same journey, side by side."""

    def __init__(self, embedded: Lockstep, files: list[JourneyFile], target: JourneyFile) -> None:
        self.embedded = embedded
        self.name = files[0].journey.name
        self.started = embedded.clock.time
        embedded.know(PEOPLE)
        self.target = embedded.add(target, publish=True)
        self.versions = [embedded.add(files[0], publish=True)]
        self._second = files[1]
        answers = {"Notify": ANSWERS, "Hotel.Stay": STAYS}
        seed = embedded.writer._runner.seed
        scenario = {"seed": seed, "start": print_instant(self.started), "answers": answers, "profiles": PEOPLE}
        self.simulation = Simulation([target, *files], read_scenario(json.dumps(scenario)))
        self._events = 0
        self.seen: dict[tuple[str, str, int], dict[str, dict[str, Any]]] = {}
        """Step events by journey, key and the number of the instance, as the embedded runner recorded them."""
        self.refused: dict[int, list[tuple[str | None, str | None, str]]] = {}

    def do(self, pause: float, deed: Any) -> None:
        """Let both live through the pause and the deed."""
        at = self.embedded.clock.time + round(pause * 1_000)
        self.embedded.move_to(at)
        if isinstance(deed, tuple) and deed[0] in FEEDBACK:
            self._feedback(at, *deed)
        elif isinstance(deed, tuple):
            self._event(at, *deed)
        elif deed == "pass":
            self._simulated(at, COMMANDS, lambda: None)
        else:
            self._command(at, deed)
        self.embedded.settle()
        for version in (self.target, *self.versions):
            self._note(version)
        noted: dict[int, list[tuple[str | None, str | None, str]]] = {}
        for moment, event, key, reason in self.embedded.discards(self.name):
            noted.setdefault(moment, []).append((event, key, reason))
        self.refused |= noted

    def _simulated(self, at: int, order: int, deed: Callable[[], None]) -> None:
        self.simulation.timeline.schedule(at, order, deed)
        self.simulation.timeline.run(at)

    def _event(self, at: int, name: str, key: str, n: int) -> None:
        self._events += 1
        payload = {"id": key, "n": n, "_id": f"{self.name}-{self._events}"}
        self.embedded.engine.events.accept(CALLER, [payload], name)
        event = ScriptedEvent(at="", event=name, payload=payload)
        self._simulated(at, EVENTS, lambda: self.simulation.apply_event(event))

    def _command(self, at: int, what: str) -> None:
        version = self._done(what)
        if version is None:
            self._simulated(at, COMMANDS, lambda: None)
        else:
            command = ScriptedCommand(at="", version=version, **{what: self.name})
            self._simulated(at, COMMANDS, self.simulation.command_callback(command))

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
                kept = self.seen.setdefault((version.name, keys[number], int(number)), {})
                kept.update((row["id"], row) for row in rows)

    def recorded(self, journey: str) -> Steps:
        """What the embedded runner recorded of a journey."""
        found = sorted(
            (number, key, list(rows.values())) for (name, key, number), rows in self.seen.items() if name == journey
        )
        return _told_apart([(key, [_at_the_instant(row) for row in rows]) for _, key, rows in found])

    def all_refused(self) -> list[tuple[str, str | None, str | None, str]]:
        """What the embedded runner refused; an event that was held until a global timeout at the timeout's instant."""
        timeouts = {
            row["timestamp"] for rows in self.seen.values() for row in rows.values() if row.get("end") == "timed_out"
        }
        return [(print_instant(at - (at in timeouts)), *row) for at, rows in self.refused.items() for row in rows]

    def simulated(self, journey: str) -> Steps:
        """What the simulation recorded of it."""
        people = [one for one in self.simulation.store.instances if one.version.name == journey]
        return _told_apart([(one.instance.key, [msgspec.to_builtins(step) for step in one.steps]) for one in people])

    def counted(self) -> dict[str, int]:
        """What the embedded runner has counted of all versions together."""
        parts = [self.embedded.engine.reports.live(CALLER, version.id).metrics for version in self.versions]
        return {name: sum(part[name] for part in parts) for name in Metrics().main_json()}

    def _feedback(self, at: int, kind: str, key: str, _n: int) -> None:
        """The latest message to somebody is opened or clicked."""
        sent = [
            (number, row["node"], row["message_id"])
            for (name, whose, number), rows in self.seen.items()
            for row in rows.values()
            if (name, whose) == (self.name, key) and "message_id" in row
        ]
        if not sent:
            self._simulated(at, COMMANDS, lambda: None)
            return
        _, node, message = max(sent, key=lambda one: one[0])
        self.embedded.engine.events.feedback(CALLER, [{"message": message, "kind": kind}])
        event = ScriptedEvent(at="", message=kind, of=node, key=key)
        self._simulated(at, EVENTS, lambda: self.simulation.apply_event(event))


def _told_apart(instances: list[tuple[str, list[dict[str, Any]]]]) -> Steps:
    """Step events by key and entrance; what stands for an instance, a person or a journey is different by design."""
    found: Steps = {}
    for key, rows in instances:
        entrance = sum(name.startswith(f"{key} ") for name in found) + 1
        found[f"{key} {entrance}"] = [_without_ids(row) for row in rows]
    return found


def _at_the_instant(row: dict[str, Any]) -> dict[str, Any]:
    """On the real clock a global timeout is recorded as soon as its instant is over."""
    return row | {"timestamp": row["timestamp"] - 1} if row.get("end") == "timed_out" else row


def _without_ids(row: dict[str, Any]) -> dict[str, Any]:
    instance = row["instance"]
    plain = {name: value for name, value in row.items() if name not in DIFFERENT}
    for name in ("id", "parent"):
        if name in plain:
            plain[name] = plain[name].removeprefix(instance)
    if "event_id" in plain:
        plain["event_id"] = plain["event_id"].rpartition("-")[2]
    return plain


def compare(embedded: Lockstep, data: Any) -> None:
    """Draw a journey of two versions and what happens to it; both runners record the same."""
    name = embedded.name()
    target = journey(
        [entry("Visit"), activity("w", "wait.duration", duration="PT60S")], ["in>w"], name=f"{name} target"
    )
    versions = [WideDrawing(data, depth, target.journey.name) for depth in (4, 3)]
    limit = data.draw(LIMITS)
    files = [
        journey(one.activities, one.edges, name=name, version=number, global_timeout=limit)
        for number, one in enumerate(versions, 1)
    ]
    both = Both(embedded, files, target)
    try:
        for pause, deed in data.draw(SCRIPTS):
            both.do(pause, deed)
        both.do(0.001, "pass")  # on the real clock a global timeout comes when its instant is over
        assert both.recorded(name) == both.simulated(name)
        assert both.recorded(target.journey.name) == both.simulated(target.journey.name)
        assert both.counted() == both.simulation.store.records.metrics[name].main_json()
        refused = both.all_refused()
        discarded = [one for one in both.simulation.store.records.discards if one["journey"] == name]
        assert refused == [(one["at"], one["event"], one["key"], one["reason"]) for one in discarded]
    finally:
        embedded.remove([*both.versions, both.target])


def run_examples(examples: int) -> None:
    """So many random journeys, each through both runners."""
    with tempfile.TemporaryDirectory() as folder, lockstep(Path(folder) / "w") as embedded:

        @settings(max_examples=examples, deadline=None, suppress_health_check=QUIET, database=None)
        @given(data=st.data())
        def lived_through(data: Any) -> None:
            compare(embedded, data)

        lived_through()


def test_both_runners_record_same_step_events() -> None:
    run_examples(15)


class WrittenData:
    """Draws what is written, instead of random values."""

    def __init__(self, *values: Any) -> None:
        self._values = iter(values)

    def draw(self, _strategy: Any) -> Any:
        return next(self._values)


def test_event_held_until_global_timeout_is_refused(tmp_path: Path) -> None:
    script = [(0.0, ("Enter", "slow", 0)), (4.0, ("Enter", "slow", 0)), (3_600.0, "pass")]
    notifying = ("action", False, "nothing")
    with lockstep(tmp_path / "w") as embedded:
        compare(embedded, WrittenData(*notifying, *notifying, "PT4.7S", script))
