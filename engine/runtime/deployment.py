"""What runs, kept in memory: the definitions of each sandbox and the compiled journeys that listen to events.

Built anew from the database whenever definitions, journeys or settings change; the writer alone replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core import entry as states
from engine.core.calendar import bound_instant
from engine.core.program import Program
from engine.core.program_compiler import compile_program
from engine.core.segments import SegmentEvaluator
from engine.core.stimulus import Arrival, EventArrived
from engine.ingress.matching import Matcher
from engine.model.definitions import Definitions
from engine.ports import Connection
from engine.store import definition_queries, journey_queries, setting_queries, testmode_queries
from engine.store.results import Row
from engine.store.testmode_queries import VirtualClock

_ENTRANCE = {"live": states.LIVE, "test": states.TEST, "closed": states.CLOSED, "finished": states.CLOSED}
_RUNNING = ("live", "test", "closed", "finished", "stopped")
_TERMINAL = ("finished", "stopped")

Programs = dict[tuple[int, str], tuple[Definitions, Program]]
"""Compiled versions by id and text, each with the definitions it was compiled against."""


@dataclass(slots=True, eq=False)
class DeployedVersion:
    """One version that runs or ran. ``starts_at`` and ``ends_at`` are epoch ms, the end exclusive.

    ``clock`` is the one its people follow in a test on a virtual clock; else None: the real one.
    """

    id: int
    journey_id: int
    sandbox: str
    name: str
    number: int
    state: str
    program: Program
    starts_at: int | None
    ends_at: int | None
    test_wait_ms: int
    clock: VirtualClock | None = None

    @property
    def entrance(self) -> str:
        """The state as entering sees it."""
        return _ENTRANCE.get(self.state, states.STOPPED)


@dataclass(slots=True, eq=False)
class DeployedJourney:
    """A journey over all its versions: which one takes entrances, and which may still have people."""

    journey_id: int
    sandbox: str
    name: str
    newest: DeployedVersion
    test: DeployedVersion | None = None
    versions: dict[int, DeployedVersion] = field(default_factory=dict)


class DeployedSandbox:
    """The definitions, settings and listening journeys of one sandbox."""

    def __init__(
        self,
        definitions: Definitions,
        settings: Mapping[str, Any],
        rules: tuple[Mapping[str, Any], ...],
        before: DeployedSandbox | None,
    ) -> None:
        same = before if before is not None and before.definitions is definitions else None
        self.definitions: Definitions = definitions
        self.settings = settings
        self.guardrails = rules
        self.groups = {
            (source.name, group.name): group for source in definitions.data_sources for group in source.field_groups
        }
        self.matcher: Matcher = same.matcher if same is not None else Matcher(definitions)
        self.segments: SegmentEvaluator = same.segments if same is not None else SegmentEvaluator(definitions)
        self.by_event: dict[str, list[DeployedJourney]] = {}
        self.by_segment: dict[str, list[DeployedJourney]] = {}
        self.by_name: dict[str, DeployedJourney] = {}

    def listeners(self, arrival: Arrival) -> list[DeployedJourney]:
        """The journeys that use such an arrival, in the order they were created."""
        if isinstance(arrival, EventArrived):
            return self.by_event.get(arrival.name, [])
        return self.by_segment.get(arrival.segment, [])

    def listen(self, listener: DeployedJourney) -> None:
        """Let a journey hear what its versions use."""
        self.by_name[listener.name] = listener
        programs = [version.program for version in listener.versions.values()]
        for event in sorted({name for program in programs for name in program.awaited_events}):
            self.by_event.setdefault(event, []).append(listener)
        for segment in sorted({name for program in programs for name, _ in program.awaited_segments}):
            self.by_segment.setdefault(segment, []).append(listener)


class Deployment:
    """Every sandbox and every version by id. Programs that did not change are taken over from ``before``."""

    def __init__(self, connection: Connection, defaults: Mapping[str, Any], before: Deployment | None = None) -> None:
        self._connection = connection
        self._defaults = defaults
        self._programs: Programs = {}
        self.sandboxes: dict[str, DeployedSandbox] = {}
        self.versions: dict[int, DeployedVersion] = {}
        known = before._programs if before is not None else {}
        rows = journey_queries.in_states(connection, _RUNNING)
        added = (*setting_queries.sandbox_names(connection), *definition_queries.sandboxes(connection), "prod")
        for name in {*added, *(row["sandbox"] for row in rows)}:
            self.sandboxes[name] = self._load_sandbox(name, before.sandboxes.get(name) if before else None)
        self._load_versions(rows, known)
        self.tested = tuple(version for version in self.versions.values() if version.state == "test")
        del self._connection

    def _load_sandbox(self, name: str, before: DeployedSandbox | None) -> DeployedSandbox:
        definitions = definition_queries.load(self._connection, name)
        if before is not None and before.definitions == definitions:
            definitions = before.definitions
        rules = tuple(
            {"uid": row["uid"], **row["body"]["running"]}
            for row in setting_queries.guardrail_rows(self._connection, name)
            if row["deployed"]
        )
        settings = {**self._defaults, **setting_queries.load_settings(self._connection, name)}
        return DeployedSandbox(definitions, settings, rules, before)

    def _load_versions(self, rows: tuple[Row, ...], known: Programs) -> None:
        grouped: dict[int, list[DeployedVersion]] = {}
        for row in rows:
            version = self._version(row, known)
            self.versions[version.id] = version
            grouped.setdefault(version.journey_id, []).append(version)
        for journey_id, versions in sorted(grouped.items()):
            first = versions[0]
            newest = max(
                versions, key=lambda version: (version.state == "live", version.state != "test", version.number)
            )
            test = next((version for version in versions if version.state == "test"), None)
            heard = {version.id: version for version in versions if version is newest or version.state not in _TERMINAL}
            listener = DeployedJourney(journey_id, first.sandbox, first.name, newest, test, heard)
            self.sandboxes[first.sandbox].listen(listener)

    def _version(self, row: Row, known: Programs) -> DeployedVersion:
        program = self._program(row, known)
        properties = program.source.properties
        starts = bound_instant(properties.starts_at, properties.time_zone) if properties.starts_at else None
        ends = bound_instant(properties.ends_at, properties.time_zone) if properties.ends_at else None
        return DeployedVersion(
            id=row["id"],
            journey_id=row["journey_id"],
            sandbox=row["sandbox"],
            name=row["name"],
            number=row["version"],
            state=row["state"],
            program=program,
            starts_at=None if row["state"] == "test" else starts,
            ends_at=None if row["state"] == "test" else ends,
            test_wait_ms=row["test_wait"],
            clock=testmode_queries.read_clock(row["test_clock"]) if row["state"] == "test" else None,
        )

    def _program(self, row: Row, before: Programs) -> Program:
        definitions = self.sandboxes[row["sandbox"]].definitions
        key = (row["id"], row["body"] + row["name"])
        known = before.get(key)
        if known is not None and known[0] is definitions:
            self._programs[key] = known
            return known[1]
        program = compile_program(
            journey_queries.version_model(row),
            definitions,
            uid=str(row["journey_id"]),
            version_uid=str(row["id"]),
            sandbox=row["sandbox"],
        )
        self._programs[key] = (definitions, program)
        return program

    def listener_of(self, version: DeployedVersion) -> DeployedJourney:
        """The journey that a version belongs to."""
        return self.sandboxes[version.sandbox].by_name[version.name]
