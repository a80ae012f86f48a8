"""Scenarios on the live runner: the writer over a database, moved from one due instant to the next.

Calls leave the writer as they do in production; the scripted performer of the simulation answers them, on the same
timeline, so the outcome is comparable with the simulation's. Test mode on a virtual clock runs the same way.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from heapq import heappop
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp
from typing import Any

import msgspec
from sqlalchemy import select

from engine.core.effect import StepEvent
from engine.core.instance import Instance
from engine.core.metrics import Metrics
from engine.core.stimulus import ActionDone, FetchDone
from engine.errors import SojournError
from engine.host import WorkspaceHost, host_workspace
from engine.model import journey_file
from engine.model.authentication import SECRET_PLACEHOLDER
from engine.model.journey_file import JourneyFile
from engine.ports import Call, OutboxMessage
from engine.runtime.deployment import DeployedJourney, DeployedVersion
from engine.runtime.jobs import CallResultJob, WriterJob
from engine.runtime.store_protocol import row_of
from engine.services.views import VersionRow
from engine.simulation.outcome import Outcome, discard_json, message_json, outcome_json
from engine.simulation.publication import merge_definitions
from engine.simulation.scenario import Scenario, ScriptedCommand, ScriptedEvent
from engine.simulation.scripted_performer import ScriptedPerformer
from engine.simulation.timeline import COMMANDS, EVENTS, RESULTS, Timeline
from engine.store.profile_queries import import_profiles
from engine.store.tables import discards, instances, messages, profile_changes, segment_rounds, step_events
from tests.helpers.embedded_engine import CALLER, DAY, ManualClock

EVERYTHING = 100_000
COUNTERS = [name for name in Metrics.__dataclass_fields__ if name not in ("feedback", "activities", "edges")]
PROVIDER = "https://campaign.example.com"
"""A provider for every channel, so that messages leave the writer as calls."""


@dataclass(slots=True)
class Look(WriterJob):
    """Has the writer look at the time, and changes nothing."""

    seen: Future[None]

    def run(self, processor: Any, unit: Any) -> None:
        """Do nothing."""

    def succeed(self) -> None:
        """Tell who waits."""
        self.seen.set_result(None)


@dataclass
class History:
    """An instance with its step events, as the outcome reads it."""

    version: DeployedVersion
    instance: Instance
    steps: list[StepEvent]


class LiveScenario:
    """A workspace that one scenario runs in; see the module."""

    def __init__(self, host: WorkspaceHost, clock: ManualClock, files: Sequence[JourneyFile], scenario: Scenario):
        self.engine = host.engine
        self.writer = host.writer
        self.clock = clock
        self.scenario = scenario
        self.timeline = Timeline(scenario.start_ms)
        self.versions: dict[tuple[str, int], VersionRow] = {}
        self._later: dict[tuple[str, int], JourneyFile] = {}
        self._performer = ScriptedPerformer(
            merge_definitions(files), scenario.answers, scenario.guardrails, self.timeline
        )
        self._calls: list[Call] = []
        self.writer._perform = self._calls.extend  # instead of the dispatcher's event loop
        now = self.writer.clock.now()
        self.writer.write(lambda connection: import_profiles(connection, CALLER.sandbox, scenario.profiles, now))
        self._publish_all(files)
        self._schedule_script()

    # The beginning

    def _publish_all(self, files: Sequence[JourneyFile]) -> None:
        """Publish the lowest version of each journey; the others wait for their command."""
        found: dict[str, dict[int, JourneyFile]] = {}
        for file in files:
            found.setdefault(file.journey.name, {})[file.journey.version] = file
        first = {name: versions.pop(min(versions)) for name, versions in found.items()}
        for name, file in first.items():
            self.versions[name, file.journey.version] = self._add(file, publish=False)
        self._later = {(name, number): file for name, versions in found.items() for number, file in versions.items()}
        self._compute_segments()
        for name, file in first.items():
            version = self.versions[name, file.journey.version]
            if self.scenario.mode == "test":
                wait = self.scenario.test_wait.total_seconds()
                self.engine.testing.switch_on(CALLER, version.id, wait, virtual=True)
            else:
                self.engine.journeys.publish(CALLER, version.id)

    def _add(self, file: JourneyFile, *, publish: bool) -> VersionRow:
        text = journey_file.write(file).replace(SECRET_PLACEHOLDER, "secret")
        added = self.engine.journeys.import_file(CALLER, text, publish=publish, differing="replace").version
        assert added.version == file.journey.version
        return added

    def _compute_segments(self) -> None:
        """Wait for the first round over all profiles: members at the start enter nowhere."""
        while self._segments_wait():
            self.look()

    def _segments_wait(self) -> bool:
        with self.writer.read() as connection:
            rounds = connection.execute(select(segment_rounds.c.cursor).where(segment_rounds.c.cursor.isnot(None)))
            waiting = connection.execute(select(profile_changes.c.n).limit(1)).first()
            return rounds.first() is not None or waiting is not None or self.writer._segments._wait() == 0

    def _schedule_script(self) -> None:
        for index, event in enumerate(self.scenario.events):
            at = self.scenario.moment(event.at, f"$.events[{index}].at")
            self.timeline.schedule(at, EVENTS, lambda event=event: self._event(event))  # type: ignore[misc]
        for index, command in enumerate(self.scenario.commands):
            at = self.scenario.moment(command.at, f"$.commands[{index}].at")
            self.timeline.schedule(at, COMMANDS, lambda command=command: self._command(command))  # type: ignore[misc]

    # Running

    def run(self) -> None:
        """Run everything up to the scenario's end."""
        until = self.scenario.moment(self.scenario.until, "$.until")
        self.settle()
        while (now := self._next()) <= until:
            self.clock.time = self.timeline.now = now
            while self._scripted(now) == RESULTS:
                self._step()
            self.settle()
            if self._scripted(now) is not None:
                self._step()
                self.settle()
        self.clock.time = until
        self.timeline.run(until)

    def run_test(self) -> None:
        """Run a test session on its virtual clock: step it to each event, and to the scenario's end."""
        (version,) = self.versions.values()
        until = self.scenario.moment(self.scenario.until, "$.until")
        while self._scripted_at() <= until:
            self._go_to(version, self._scripted_at())
            self._step()
            self.settle()
        self._go_to(version, until)

    def _go_to(self, version: VersionRow, at: int) -> None:
        """Step the virtual clock to a time, with the calls that are made on the way."""
        while (now := self._virtual_time(version)) < at:
            self.engine.testing.step(CALLER, version.id, min(at - now, 90 * DAY) / 1_000)
            while self.engine.testing.state(CALLER, version.id).running:
                self.timeline.now = self._virtual_time(version)
                self.settle()
                assert self._scripted(self.timeline.now) == RESULTS or not self._is_calling(version), (
                    "a call takes time"
                )
                while self._scripted(self.timeline.now) == RESULTS:
                    self._step()
        self.timeline.now = at
        self.settle()

    def _is_calling(self, version: VersionRow) -> bool:
        return self.engine.testing.state(CALLER, version.id).under_way > 0

    def _virtual_time(self, version: VersionRow) -> int:
        return self.engine.testing.state(CALLER, version.id).time or 0

    def _scripted_at(self) -> int:
        return self.timeline._entries[0][0] if self.timeline._entries else 1 << 62

    def _next(self) -> int:
        """The next instant at which something is due: by the script or a call, by a timer, or for the segments."""
        with self.writer.read() as connection:
            due = connection.execute(select(instances.c.due).order_by(instances.c.due.nulls_last()).limit(1)).scalar()
            look = connection.execute(
                select(segment_rounds.c.next_at).order_by(segment_rounds.c.next_at.nulls_last()).limit(1)
            ).scalar()
        scripted = self.timeline._entries[0][0] if self.timeline._entries else None
        return min(at for at in (due, look, scripted, 1 << 62) if at is not None)

    def _scripted(self, now: int) -> int | None:
        """Return the order of what the timeline has for this instant: results of calls come first."""
        entries = self.timeline._entries
        return entries[0][1] if entries and entries[0][0] == now else None

    def _step(self) -> None:
        """Run the next entry of the timeline."""
        self.timeline.now, *_, callback = heappop(self.timeline._entries)
        callback()

    def settle(self) -> None:
        """Let everything happen that is due now, and start the calls that it makes."""
        while True:
            self.look()
            calls, self._calls[:] = list(self._calls), []
            for call in calls:
                self._start(call)
            if not calls and not self._is_behind():
                return

    def _is_behind(self) -> bool:
        with self.writer.read() as connection:
            due = connection.execute(select(instances.c.id).where(instances.c.due <= self.clock.time).limit(1)).first()
        return due is not None or self._segments_wait()

    def look(self) -> None:
        """Have the writer look at the time."""
        seen: Future[None] = Future()
        self.writer.put(Look(seen))
        seen.result()

    def _start(self, call: Call) -> None:
        row, effect = row_of(call.instance), call.effect

        def finish(result: FetchDone | ActionDone, message: OutboxMessage | None) -> None:
            sent = None if message is None else (effect.activity, message)
            self.writer.put(CallResultJob(row, result, sent))

        with self.writer.read() as connection:
            key = connection.execute(select(instances.c.key).where(instances.c.id == row)).scalar_one()
        self._performer.perform(effect, {"key": key, "journey": call.journey}, finish)

    # The script

    def _event(self, event: ScriptedEvent) -> None:
        if event.message is not None:
            self._feedback(event)
        else:
            assert event.segment is None, "a scripted change of a segment has no counterpart in the live runner"
            payload = dict(event.payload or {}) | ({"_id": event.id} if event.id else {})
            with suppress(SojournError):  # what is refused is compared by its discard
                self.engine.events.accept(CALLER, [payload], event.event)

    def _feedback(self, event: ScriptedEvent) -> None:
        query = (
            select(messages.c.id, instances.c.entered_at, messages.c.at)
            .join(instances, instances.c.id == messages.c.instance)
            .where(messages.c.activity == event.of, instances.c.key == event.key)
            .add_columns(messages.c.version_id)
        )
        with self.writer.read() as connection:
            found = connection.execute(query).all()
        versions = self.writer.deployment.versions
        found = [row for row in found if event.journey in (None, versions[row.version_id].name)]
        if found:
            message = max(found, key=lambda row: row[1:])[0]
            self.engine.events.feedback(CALLER, [{"message": message, "kind": event.message}])

    def _command(self, command: ScriptedCommand) -> None:
        name = command.stop or command.close or command.publish or ""
        known = [version for (journey, _), version in self.versions.items() if journey == name]
        live = [one for one in known if self.engine.journeys.row(CALLER, one.id).state in ("live", "closed")]
        if command.stop:
            for version in live:
                self.engine.journeys.stop(CALLER, version.id)
        elif command.close:
            for version in live:
                if self.engine.journeys.row(CALLER, version.id).state == "live":
                    self.engine.journeys.close(CALLER, version.id)
        else:
            number = command.version or min(one for journey, one in self._later if journey == name)
            self.versions[name, number] = self._add(self._later.pop((name, number)), publish=True)

    # The outcome

    def outcome(self) -> Outcome:
        """Return the outcome as the simulation prints it."""
        deployment = self.writer.deployment
        journeys: dict[str, DeployedJourney] = {}
        for (name, _), row in self.versions.items():
            journeys[name] = deployment.journey_of(deployment.versions[int(row.id)])
            journeys[name].versions |= {
                version.id: version for version in deployment.versions.values() if version.name == name
            }
        metrics = {name: self._metrics(name) for name in journeys}
        with self.writer.read() as connection:
            sent = [self._message(row) for row in connection.execute(select(messages).order_by(messages.c.at))]
            refused = [
                discard_json(row.at, row.event, row.key, row.journey, row.reason, row.field)
                for row in connection.execute(select(discards).order_by(discards.c.n))
            ]
        return outcome_json(journeys.values(), metrics, self.histories(), self._performer.calls, sent, refused)

    def histories(self) -> list[History]:
        """List the instances with their step events, in the order of their entrances."""
        deployment = self.writer.deployment
        found: dict[int, History] = {}
        with self.writer.read() as connection:
            for row in connection.execute(select(instances).order_by(instances.c.id)):
                found[row.id] = History(deployment.versions[row.version_id], Instance.load(row.state), [])
            for row in connection.execute(select(step_events).order_by(step_events.c.n)):
                found[row.instance].steps.append(msgspec.json.decode(row.fields, type=StepEvent))
        return list(found.values())

    def _metrics(self, journey: str) -> Metrics:
        """Sum the live counters of all versions."""
        metrics = Metrics()
        for (name, _), row in self.versions.items():
            counts = self.engine.reports.live(CALLER, row.id) if name == journey else None
            if counts is None:
                continue
            for field in COUNTERS:
                setattr(metrics, field, getattr(metrics, field) + counts.metrics[field])
            for kind in metrics.feedback:
                metrics.feedback[kind] += counts.metrics[kind]
            for activity, one in counts.activities.items():
                total = metrics._at(activity)
                total.entered += one.entered
                total.errors += one.errors
            for edge, number in counts.edges.items():
                metrics.edges[edge] = metrics.edges.get(edge, 0) + number
        return metrics

    def _message(self, row: Any) -> dict[str, Any]:
        version = self.writer.deployment.versions[row.version_id]
        template = version.program.nodes[row.activity].settings.action
        with self.writer.read() as connection:
            key = connection.execute(select(instances.c.key).where(instances.c.id == row.instance)).scalar_one()
        message = OutboxMessage(row.id, row.channel, row.address, row.subject, row.body, row.html)
        return message_json(row.at, row.activity, template, message) | {"key": key, "journey": version.name}


@cache
def _new_workspace() -> Path:
    """Make an empty workspace once; a copy is quicker than a new one."""
    folder = Path(mkdtemp(prefix="workspace-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    _keep_everything(folder / "w")
    return folder / "w"


def _keep_everything(folder: Path) -> None:
    """Open a workspace for the first time: a provider takes its messages, and no record is deleted."""
    host = host_workspace(folder, synchronous="OFF")
    assert host is not None
    host.engine.settings.set(CALLER, "campaign_standard_url", PROVIDER)
    for kept in ("payload", "instance", "step_event"):
        host.engine.settings.set(CALLER, f"retention_{kept}_days", 3_650)
    host.engine.close()


@contextmanager
def live_scenario(folder: Path, files: Sequence[JourneyFile], scenario: Scenario) -> Iterator[LiveScenario]:
    """Open a workspace with the seed of the scenario, at its start; a folder that is there names its database."""
    clock = ManualClock()
    clock.time = scenario.start_ms
    if folder.exists():
        _keep_everything(folder)
    else:
        copytree(_new_workspace(), folder)
    host = host_workspace(folder, make_clock=lambda floor: clock, synchronous="OFF")
    assert host is not None
    host.writer._runner.seed = scenario.seed
    host.writer.start()
    try:
        yield LiveScenario(host, clock, files, scenario)
    finally:
        host.engine.close()


_INSTANCE = re.compile(r"^[0-9a-f]+(?=-\d+-\d+$)")


def comparable(outcome: Outcome, *, timed_discards: bool = True) -> dict[str, Any]:
    """Leave out the ids of instances: random in a workspace, derived in a simulation.

    Discards of a test session on a virtual clock have the real time.
    """
    calls: list[dict[str, Any]] = [dict(call) for call in outcome["calls"]]
    for call in calls:
        call["headers"] = {name: _INSTANCE.sub("", value) for name, value in call["headers"].items()}
    discards = outcome["discarded"]
    if not timed_discards:
        discards = sorted(({**one, "at": ""} for one in discards), key=str)
    return {**outcome, "calls": calls, "discarded": discards}
