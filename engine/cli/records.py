"""``people``, ``segment``, ``definition``, ``discards`` and ``dead-letters``: single records of a workspace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.cli import GOOD, Arguments, print_line
from engine.cli.workspaces import workspace
from engine.errors import SojournError
from engine.facade import Engine
from engine.services.views import Caller, VersionRow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

INSIDE = {"in": True, "out": False, "rule": None}
"""Ways to decide a membership: by hand, or by the segment's rule."""


def list_people(arguments: Arguments) -> int:
    """Print the people of a journey's newest version, one JSON line each."""
    with workspace(arguments) as (engine, caller):
        version = _version(engine, caller, arguments.journey)
        rows = engine.reports.people(caller, version.id, arguments.activity, arguments.limit)
    _print_rows(rows)
    return GOOD


def show_person(arguments: Arguments) -> int:
    """Print a profile as JSON."""
    with workspace(arguments) as (engine, caller):
        profile = engine.profiles.get(caller, arguments.namespace, arguments.value)
    if profile is None:
        raise SojournError("profile_unknown.namespace", namespace=arguments.namespace)
    print_line(profile.model_dump_json(indent=2, exclude_defaults=True))
    return GOOD


def resume_person(arguments: Arguments) -> int:
    """Let a person of a journey go on from the step that failed."""
    with workspace(arguments) as (engine, caller):
        version = _version(engine, caller, arguments.journey)
        engine.journeys.resume(caller, version.id, arguments.instance)
    print_line(f"{arguments.instance} goes on in {version.name}, version {version.version}")
    return GOOD


def list_segments(arguments: Arguments) -> int:
    """Print the segments with the number of people inside, one JSON line each."""
    with workspace(arguments) as (engine, caller):
        _print_rows(engine.segments.list(caller))
    return GOOD


def set_segment(arguments: Arguments) -> int:
    """Put a person into a segment or out of it by hand, or let the segment's rule decide again."""
    inside = INSIDE[arguments.membership]
    with workspace(arguments) as (engine, caller):
        engine.segments.set_membership(caller, arguments.name, arguments.namespace, arguments.value, inside)
    print_line(f"{arguments.name}: {arguments.membership}")
    return GOOD


def show_definition(arguments: Arguments) -> int:
    """Print a definition in its file form, secrets as placeholders."""
    with workspace(arguments) as (engine, caller):
        body = engine.definitions.get(caller, arguments.kind, arguments.name)
    print_line(json.dumps(body, indent=2, ensure_ascii=False))
    return GOOD


def list_discards(arguments: Arguments) -> int:
    """Print the refused events, newest first, one JSON line each."""
    with workspace(arguments) as (engine, caller):
        _print_rows(engine.reports.discards(caller, arguments.limit))
    return GOOD


def list_dead_letters(arguments: Arguments) -> int:
    """Print the dead letters, one JSON line each."""
    with workspace(arguments) as (engine, caller):
        _print_rows(engine.reports.dead_letters(caller))
    return GOOD


def retry_dead_letters(arguments: Arguments) -> int:
    """Process dead letters again: the given rows, or all."""
    with workspace(arguments) as (engine, caller):
        ids = arguments.ids or [row.id for row in engine.reports.dead_letters(caller)]
        print_line(f"{engine.reports.retry(caller, ids)} processed again")
    return GOOD


def _version(engine: Engine, caller: Caller, name: str) -> VersionRow:
    """Return the newest version of a journey that people have entered, else the newest."""
    versions = engine.journeys.versions(caller, name)
    if not versions:
        raise SojournError("journey_unknown", name=name)
    return next((row for row in reversed(versions) if row.state not in ("draft", "test")), versions[-1])


def _print_rows(rows: Sequence[DataclassInstance]) -> None:
    for row in rows:
        print_line(json.dumps(asdict(row), ensure_ascii=False))
