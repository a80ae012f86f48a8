"""The deployed journeys in memory: definitions of each sandbox, compiled versions, and the journeys that use an event.

Values only: ``deployment_loader`` builds them from the database, the simulation from its files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.core import routing as states
from engine.core.profiles import SegmentEvaluator
from engine.core.program import Program
from engine.core.stimulus import Arrival, EventArrived
from engine.effects.providers import find_provider
from engine.ingress.matching import Fault, Matcher, faults
from engine.json_types import JsonObject
from engine.model.channel import CHANNELS
from engine.model.definitions import Definitions, EventDefinition, FieldGroup
from engine.ports import Suspension, VirtualClock

_ENTRANCE = {"live": states.LIVE, "test": states.TEST, "closed": states.CLOSED, "finished": states.CLOSED}


class CompiledVersion(NamedTuple):
    """A compiled version: the sandbox's ``current`` definitions, and the version's own with their access of today."""

    current: Definitions
    definitions: Definitions
    program: Program


Programs = dict[tuple[int, str], CompiledVersion]
"""Compiled versions by id and text."""


@dataclass(slots=True, eq=False)
class DeployedVersion:
    """A version that runs or ran. ``starts_at`` and ``ends_at`` are epoch ms, the end exclusive.

    ``definitions`` are those that it was published with. ``clock`` is the virtual clock of a test session; None: the
    real one.
    """

    id: int
    journey_id: int
    sandbox: str
    name: str
    number: int
    state: str
    program: Program
    definitions: Definitions
    starts_at: int | None
    ends_at: int | None
    test_wait_ms: int
    clock: VirtualClock | None = None

    def group(self, source: str, name: str) -> FieldGroup:
        """Return a field group that the version reads."""
        return next(group for group in self.definitions.data_source[source].field_groups if group.name == name)

    @property
    def entrance(self) -> str:
        """The state as ``core.routing`` knows it."""
        return _ENTRANCE.get(self.state, states.STOPPED)


@dataclass(slots=True, eq=False)
class DeployedJourney:
    """A journey over all its versions. ``newest`` takes entrances; ``versions`` may still have instances."""

    journey_id: int
    sandbox: str
    name: str
    newest: DeployedVersion
    test: DeployedVersion | None = None
    versions: dict[int, DeployedVersion] = field(default_factory=dict)

    def entry_version(self, *, is_test_profile: bool) -> DeployedVersion:
        """Choose the version that takes entrances: a tested one for test profiles, or for all when none is live."""
        if self.test is not None and (is_test_profile or self.newest.state != states.LIVE):
            return self.test
        return self.newest


@dataclass(frozen=True, slots=True)
class SuspendedVersion:
    """A version that cannot be compiled. ``texts`` are all texts of its design; None: it cannot be read."""

    id: int
    journey_id: int
    name: str
    number: int
    state: str
    namespace: str | None = None
    texts: frozenset[str] | None = None

    def may_use(self, arrival: Arrival) -> bool:
        """Tell whether the design names the event or the segment; nothing more is known of it."""
        name = arrival.name if isinstance(arrival, EventArrived) else arrival.segment
        return self.texts is None or name in self.texts


@dataclass(frozen=True, slots=True)
class SuspendedJourney:
    """The suspended versions of a journey by id; ``newest`` is that of them which takes entrances, if one does."""

    journey_id: int
    name: str
    versions: Mapping[int, SuspendedVersion]
    newest: SuspendedVersion | None

    @property
    def namespace(self) -> str | None:
        """The namespace of the keys, as far as it is known."""
        return next((version.namespace for version in self.versions.values() if version.namespace), None)


class DeployedSandbox:
    """The definitions, settings and deployed journeys of one sandbox.

    What ``before``, the sandbox of the deployment before, compiled is kept where the definitions are the same.
    """

    def __init__(
        self,
        definitions: Definitions,
        settings: Mapping[str, Any],
        rules: tuple[JsonObject, ...] = (),
        before: DeployedSandbox | None = None,
    ) -> None:
        same = before if before is not None and before.definitions is definitions else None
        self.definitions: Definitions = definitions
        self.settings = settings
        self.guardrails = rules
        self.matcher: Matcher = same.matcher if same is not None else Matcher(definitions)
        self.varying: frozenset[str] = frozenset()
        """The events of which versions still use an older definition."""
        self.segments: SegmentEvaluator = same.segments if same is not None else SegmentEvaluator(definitions)
        self.local_channels = frozenset(channel for channel in CHANNELS if find_provider(channel, settings.get) is None)
        """The channels whose messages stay in the local outbox, since no provider is set for them."""
        self.journeys: dict[str, DeployedJourney] = {}
        """Journeys by name, in the order they were created."""
        self.suspended: dict[int, SuspendedJourney] = {}
        """Journeys with suspended versions, by id."""
        self._by_event: dict[str, list[DeployedJourney]] = {}
        self._by_segment: dict[str, list[DeployedJourney]] = {}

    def journeys_for(self, arrival: Arrival) -> list[DeployedJourney]:
        """List the journeys that use such an arrival, in the order they were created."""
        if isinstance(arrival, EventArrived):
            return self._by_event.get(arrival.name, [])
        return self._by_segment.get(arrival.segment, [])

    def add_older_events(self) -> None:
        """Have the matcher accept what the deployed versions accept, once all journeys are added."""
        older: dict[str, dict[EventDefinition, None]] = {}
        for journey in self.journeys.values():
            for version in journey.versions.values():
                for name in version.program.awaited_events:
                    event = version.definitions.event.get(name)
                    if event is not None and event != self.definitions.event.get(name):
                        older.setdefault(name, {})[event] = None
        if older or self.varying or self.matcher.older:
            self.matcher = Matcher(self.definitions, {name: tuple(events) for name, events in older.items()})
        self.varying = frozenset(older)

    def misfit(self, version: DeployedVersion, arrival: Arrival, way: states.Route) -> Fault | None:
        """Return why an event that another version accepts is none for this one, which would take it."""
        taken = way in (states.Route.ADVANCE, states.Route.ENTER)
        if not isinstance(arrival, EventArrived) or arrival.name not in self.varying or not taken:
            return None
        event = version.definitions.event.get(arrival.name)
        return next(faults(event.fields, arrival.payload), None) if event is not None else None

    def add(self, journey: DeployedJourney) -> None:
        """Add a journey under the events and segments that its versions use."""
        self.journeys[journey.name] = journey
        programs = [version.program for version in journey.versions.values()]
        for event in sorted({name for program in programs for name in program.awaited_events}):
            self._by_event.setdefault(event, []).append(journey)
        for segment in sorted({name for program in programs for name, _ in program.awaited_segments}):
            self._by_segment.setdefault(segment, []).append(journey)


@dataclass(eq=False)
class Deployment:
    """Every sandbox by name and every version by id; replaced as a whole when the workspace changes."""

    sandboxes: dict[str, DeployedSandbox] = field(default_factory=dict)
    versions: dict[int, DeployedVersion] = field(default_factory=dict)
    programs: Programs = field(default_factory=dict)
    tested: tuple[DeployedVersion, ...] = ()
    """The versions in test mode."""
    suspended_versions: list[Suspension] = field(default_factory=list)
    """The versions that cannot be compiled."""
    suspended_ids: frozenset[int] = frozenset()
    """The ids of all versions that cannot be compiled, ended ones too: nobody inside is woken."""

    @property
    def suspensions(self) -> tuple[Suspension, ...]:
        """What is suspended, by sandbox, kind and name."""
        segments = [
            Suspension(sandbox, "segment", name, reason)
            for sandbox, found in self.sandboxes.items()
            for name, reason in found.segments.suspended.items()
        ]
        found = (*self.suspended_versions, *segments)
        return tuple(sorted(found, key=lambda one: (one.sandbox, one.kind, one.name)))

    def journey_of(self, version: DeployedVersion) -> DeployedJourney:
        """Find the journey that a version belongs to."""
        return self.sandboxes[version.sandbox].journeys[version.name]
