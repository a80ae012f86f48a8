"""Builds the deployment from the database, whenever definitions, journeys or settings change."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from engine.catalogue import Phrase
from engine.core.calendar import running_time
from engine.core.program_compiler import compile_program
from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.model.dependencies import with_access
from engine.ports import Suspension, read_clock
from engine.runtime.deployment import (
    CompiledVersion,
    DeployedJourney,
    DeployedSandbox,
    DeployedVersion,
    Deployment,
    SuspendedJourney,
    SuspendedVersion,
)
from engine.store import definition_queries, journey_queries, setting_queries
from engine.store.journey_queries import StoredVersion
from engine.store.results import Connection

_DEPLOYED = ("live", "test", "closed", "finished", "stopped")
_TERMINAL = ("finished", "stopped")


def load_deployment(connection: Connection, defaults: JsonObject, before: Deployment | None = None) -> Deployment:
    """Read all sandboxes and deployed versions. Programs that did not change are taken over from ``before``."""
    return _Loader(connection, defaults, before if before is not None else Deployment()).load()


def _suspension(row: StoredVersion, error: Exception) -> Suspension:
    reason = (
        error.phrase if isinstance(error, SojournError) else Phrase("version_fault", {"kind": type(error).__name__})
    )
    phrase = Phrase("version_suspended", {"name": row.name, "version": row.version, "reason": reason})
    return Suspension(row.sandbox, "journey", f"{row.name}@{row.version}", phrase)


def _precedence(version: DeployedVersion | SuspendedVersion) -> tuple[bool, bool, int]:
    """Order the versions of a journey; the last one takes entrances."""
    return version.state == "live", version.state != "test", version.number


def _suspended_version(row: StoredVersion) -> SuspendedVersion:
    known = (row.id, row.journey_id, row.name, row.version, row.state)
    try:
        body = json.loads(row.body)
    except ValueError:
        return SuspendedVersion(*known)
    namespace = body.get("namespace") if isinstance(body, dict) else None
    return SuspendedVersion(*known, namespace, frozenset(_texts(body)))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


class _Loader:
    def __init__(self, connection: Connection, defaults: JsonObject, before: Deployment) -> None:
        self._connection = connection
        self._defaults = defaults
        self._before = before
        self._deployment = Deployment()
        self._frozen: dict[int, str] = {}
        self._suspended: dict[int, list[tuple[str, SuspendedVersion]]] = {}

    def load(self) -> Deployment:
        found, connection = self._deployment, self._connection
        rows = journey_queries.in_states(connection, _DEPLOYED)
        added = (*setting_queries.sandbox_names(connection), *definition_queries.sandboxes(connection), "prod")
        self._frozen = journey_queries.frozen_definitions(connection, [row.id for row in rows])
        for name in {*added, *(row.sandbox for row in rows)}:
            found.sandboxes[name] = self._sandbox(name, self._before.sandboxes.get(name))
        for row in rows:
            try:
                found.versions[row.id] = self._version(row)
            except Exception as error:  # noqa: BLE001 - a version that cannot run must not stop the others
                found.suspended_ids |= {row.id}
                self._suspended.setdefault(row.journey_id, []).append((row.sandbox, _suspended_version(row)))
                if row.state not in _TERMINAL:
                    found.suspended_versions.append(_suspension(row, error))
        self._add_journeys()
        for sandbox in found.sandboxes.values():
            sandbox.add_older_events()
        found.tested = tuple(version for version in found.versions.values() if version.state == "test")
        return found

    def _sandbox(self, name: str, before: DeployedSandbox | None) -> DeployedSandbox:
        definitions = definition_queries.load(self._connection, name)
        if before is not None and before.definitions == definitions:
            definitions = before.definitions
        rules = tuple(
            {"uid": row.uid, **row.body["running"]}
            for row in setting_queries.guardrail_rows(self._connection, name)
            if row.deployed
        )
        settings = {**self._defaults, **setting_queries.load_settings(self._connection, name)}
        sandbox = DeployedSandbox(definitions, settings, rules, before)
        sandbox.segments.seconds = time.thread_time
        return sandbox

    def _add_journeys(self) -> None:
        grouped: dict[int, list[DeployedVersion]] = {}
        for version in self._deployment.versions.values():
            grouped.setdefault(version.journey_id, []).append(version)
        for journey_id, versions in sorted(grouped.items()):
            first = versions[0]
            newest = max(versions, key=_precedence)
            test = next((version for version in versions if version.state == "test"), None)
            used = {version.id: version for version in versions if version is newest or version.state not in _TERMINAL}
            journey = DeployedJourney(journey_id, first.sandbox, first.name, newest, test, used)
            self._deployment.sandboxes[first.sandbox].add(journey)
        for journey_id, suspended in self._suspended.items():
            sandbox, by_id = suspended[0][0], {version.id: version for _, version in suspended}
            last = max((*by_id.values(), *grouped.get(journey_id, ())), key=_precedence)
            named = next(iter(by_id.values())).name
            newest_id = last.id if last.state in ("live", "test") else 0
            known = SuspendedJourney(journey_id, named, by_id, by_id.get(newest_id))
            self._deployment.sandboxes[sandbox].suspended[journey_id] = known

    def _version(self, row: StoredVersion) -> DeployedVersion:
        compiled = self._compile(row)
        program = compiled.program
        properties = program.source.properties
        starts, ends = running_time(properties.starts_at, properties.ends_at, properties.time_zone)
        in_test = row.state == "test"
        return DeployedVersion(
            id=row.id,
            journey_id=row.journey_id,
            sandbox=row.sandbox,
            name=row.name,
            number=row.version,
            state=row.state,
            program=program,
            definitions=compiled.definitions,
            starts_at=None if in_test else starts,
            ends_at=None if in_test else ends,
            test_wait_ms=row.test_wait,
            clock=read_clock(row.test_clock) if in_test else None,
        )

    def _compile(self, row: StoredVersion) -> CompiledVersion:
        current = self._deployment.sandboxes[row.sandbox].definitions
        frozen = self._frozen.get(row.id, "")
        key = (row.id, f"{row.body}{row.name}{frozen}")
        known = self._before.programs.get(key)
        if known is None or known.current is not current:
            own = with_access(definition_queries.read_frozen(frozen), current) if frozen else current
            program = compile_program(
                journey_queries.version_model(row),
                own,
                uid=str(row.journey_id),
                version_uid=str(row.id),
                sandbox=row.sandbox,
            )
            known = CompiledVersion(current, own, program)
        self._deployment.programs[key] = known
        return known
