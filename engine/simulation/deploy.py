"""Deploys the journeys of a simulation from their files: all at the start, the lowest version of each first."""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.calendar import bound_instant
from engine.core.program import to_milliseconds
from engine.core.program_compiler import compile_program
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.model.journey_file import JourneyFile
from engine.runtime.deployment import DeployedJourney, DeployedSandbox, DeployedVersion, Deployment
from engine.simulation.memory_store import SANDBOX
from engine.simulation.publication import publishable, used_segments
from engine.simulation.scenario import Scenario

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
        version.starts_at = bound_instant(properties.starts_at, zone) if properties.starts_at else now
        version.ends_at = bound_instant(properties.ends_at, zone) if properties.ends_at else None
