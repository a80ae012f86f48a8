"""Publication of a simulation's journeys: they run together when each name has one meaning and none has errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from engine.catalogue import Phrase
from engine.core.calendar import running_time
from engine.core.program import to_milliseconds
from engine.core.program_compiler import compile_program
from engine.core.validate import changed_invariant, validate
from engine.errors import SojournError
from engine.json_types import JsonDict
from engine.model.definitions import Definitions
from engine.model.dependencies import Dependencies
from engine.model.journey import JourneyVersion
from engine.model.journey_file import JourneyFile
from engine.runtime.deployment import DeployedJourney, DeployedSandbox, DeployedVersion, Deployment
from engine.simulation.memory_store import SANDBOX
from engine.simulation.scenario import Scenario

NO_TARGET = "ERR_JUMP_002"
"""A journey that is not given is an error of the jump when it is made, not of the scenario."""

_KINDS = ("namespaces", "events", "data_sources", "actions", "templates", "segments")


def merge_definitions(files: Sequence[JourneyFile]) -> Definitions:
    """All definitions of the files; raises SojournError when one name means two things."""
    return Definitions.model_validate({kind: _merge(kind, files) for kind in _KINDS})


def _merge(kind: str, files: Sequence[JourneyFile]) -> tuple[object, ...]:
    found: JsonDict = {}
    for file in files:
        for one in getattr(file, kind):
            name = one.code if kind == "namespaces" else one.name
            if found.setdefault(name, one) != one:
                raise SojournError(
                    "definition_differs.files", name, kind=Phrase(f"definition.{kind.rstrip('s')}"), name=name
                )
    return tuple(found.values())


def used_segments(journeys: Iterable[JourneyVersion], definitions: Definitions) -> Definitions:
    """Keep only the segments that journeys use, or that the rules of those use."""
    dependencies = Dependencies(definitions)
    used = {use for journey in journeys for use in dependencies.of_journey(journey)}
    kept = tuple(segment for segment in definitions.segments if ("segment", segment.name) in used)
    return definitions.model_copy(update={"segments": kept})


def publishable(
    journeys: Mapping[str, Mapping[int, JourneyVersion]], definitions: Definitions, state: str
) -> Mapping[str, Mapping[int, JourneyVersion]]:
    """Return the journeys, by name and version; raises SojournError with the first error of one."""
    others = tuple(versions[max(versions)] for versions in journeys.values())
    for name, versions in journeys.items():
        for journey in versions.values():
            issues = validate(journey, definitions, journeys=others, for_test=state == "test")
            fault = next((issue for issue in issues if issue.severity == "error" and issue.code != NO_TARGET), None)
            if fault is not None:
                where = f"{name}: {fault.activity}" if fault.activity else name
                raise SojournError("journey_has_errors", where, issue=fault.phrase, code=fault.code)
        _refuse_changed_rules(name, [versions[number] for number in sorted(versions)])
    return journeys


def _refuse_changed_rules(name: str, versions: Sequence[JourneyVersion]) -> None:
    for before, after in pairwise(versions):
        what = changed_invariant(before, after)
        if what is not None:
            raise SojournError("version_differs.file", name, part=Phrase(f"rule.{what}"), version=after.version)


_SETTINGS = {"campaign_standard_url": "scripted"}
"""A provider for every channel: the scripted performer sends all messages."""


def deploy(files: Sequence[JourneyFile], definitions: Definitions, scenario: Scenario, now: int) -> Deployment:
    """Deploy all journeys; raises SojournError when one has errors."""
    state = "test" if scenario.mode == "test" else "live"
    grouped: dict[str, dict[int, JourneyVersion]] = {}
    for file in files:
        grouped.setdefault(file.journey.name, {})[file.journey.version] = file.journey
    journeys = publishable(grouped, definitions, state)
    sandbox = DeployedSandbox(used_segments((file.journey for file in files), definitions), _SETTINGS)
    deployment = Deployment({SANDBOX: sandbox})
    for name, versions in journeys.items():
        deployed = {
            number: DeployedVersion(
                id=len(deployment.versions) + index,
                journey_id=len(sandbox.journeys),
                sandbox=SANDBOX,
                name=name,
                number=number,
                state=state,
                program=compile_program(version, definitions),
                definitions=definitions,
                starts_at=None,
                ends_at=None,
                test_wait_ms=to_milliseconds(scenario.test_wait),
            )
            for index, (number, version) in enumerate(versions.items())
        }
        newest = deployed[min(deployed)]
        set_dates(newest, now)
        by_id = {version.id: version for version in deployed.values()}
        deployment.versions |= by_id
        test = newest if state == "test" else None
        sandbox.add(DeployedJourney(newest.journey_id, SANDBOX, name, newest, test, by_id))
    return deployment


def set_dates(version: DeployedVersion, now: int) -> None:
    """Set the dates of a version that is published now; a test has none."""
    properties = version.program.source.properties
    zone = properties.time_zone
    if version.state != "test":
        starts, version.ends_at = running_time(properties.starts_at, properties.ends_at, zone)
        version.starts_at = now if starts is None else starts
