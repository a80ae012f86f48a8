"""Uses of definitions by journey versions and by one another, the changes that they rule out, and frozen copies."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.expression import check
from engine.expression.types import BOOLEAN
from engine.model.action import CustomAction
from engine.model.channel import MessageTemplate
from engine.model.definitions import (
    PREDEFINED_NAMESPACES,
    PROFILE_STORE,
    DataSource,
    Definitions,
    EventDefinition,
    Segment,
)
from engine.model.dependencies import SECTIONS, Dependencies, Use, journey_uses, name_in, overlay, part_of, with_access
from engine.model.fields import Field
from engine.model.journey import JourneyVersion
from engine.services.views import DefinitionUse
from engine.store import definition_queries, journey_queries
from engine.store.journey_queries import StoredVersion
from engine.store.results import Connection

RUNNING_STATES = ("live", "test", "closed")
"""The states in which people may be in a version: what it uses keeps its meaning."""


def complete(definitions: Definitions) -> Definitions:
    """Add what every sandbox has: predefined namespaces and the profile store."""
    known = {namespace.code for namespace in definitions.namespaces}
    missing = tuple(namespace for namespace in PREDEFINED_NAMESPACES if namespace.code not in known)
    sources = definitions.data_sources
    if PROFILE_STORE not in definitions.data_source:
        sources = (DataSource(name=PROFILE_STORE), *sources)
    return definitions.model_copy(update={"namespaces": (*missing, *definitions.namespaces), "data_sources": sources})


# Frozen copies -------------------------------------------------------------------------------------------------------


def freeze(connection: Connection, sandbox: str, version: JourneyVersion) -> str:
    """Return a copy of all definitions that a version uses, as it is stored with the version."""
    definitions = definition_queries.load(connection, sandbox)
    used = part_of(definitions, Dependencies(definitions).of_journey(version))
    return used.model_dump_json(exclude_defaults=True)


def definitions_for(connection: Connection, row: StoredVersion) -> Definitions:
    """Return the definitions that hold for a version: of a published one its own, of a draft those of today."""
    current = definition_queries.load(connection, row.sandbox)
    frozen = None if row.state == "draft" else journey_queries.frozen_definitions(connection, (row.id,)).get(row.id)
    if frozen is None:
        return current
    return overlay(current, with_access(definition_queries.read_frozen(frozen), current))


# Uses ----------------------------------------------------------------------------------------------------------------


def version_uses(connection: Connection, sandbox: str, kind: str, name: str) -> Iterator[DefinitionUse]:
    """Yield the versions that use a definition, by themselves or by what they use."""
    dependencies = Dependencies(complete(definition_queries.load(connection, sandbox)))
    for row in journey_queries.version_rows(connection, sandbox):
        if (kind, name) in dependencies.of_journey(journey_queries.version_model(row)):
            yield DefinitionUse(str(row.id), row.name, row.version, row.state)


def use_counts(connection: Connection, sandbox: str, kind: str) -> dict[str, int]:
    """Count the journeys that use each definition of a kind."""
    dependencies = Dependencies(complete(definition_queries.load(connection, sandbox)))
    journeys: dict[str, set[str]] = {}
    for row in journey_queries.version_rows(connection, sandbox):
        for used_kind, name in dependencies.of_journey(journey_queries.version_model(row)):
            if used_kind == kind:
                journeys.setdefault(name, set()).add(row.name)
    return {name: len(found) for name, found in journeys.items()}


def refuse_jumped(connection: Connection, sandbox: str, name: str) -> None:
    """Raise SojournError if a running version of another journey jumps to the one of this name."""
    rows = journey_queries.version_rows(connection, sandbox)
    uses = [
        DefinitionUse(str(row.id), row.name, row.version, row.state)
        for row in rows
        if row.state in RUNNING_STATES
        and row.name != name
        and ("journey", name) in set(journey_uses(journey_queries.version_model(row)))
    ]
    if uses:
        raise SojournError("journey_used", name=name, users=_names(uses))


def _names(uses: list[DefinitionUse]) -> tuple[str, ...]:
    return tuple(str(Phrase("version_named", {"name": use.journey, "version": use.version})) for use in uses)


def refuse_used(connection: Connection, sandbox: str, kind: str, name: str) -> None:
    """Raise SojournError if a version or another definition uses one that is to be deleted."""
    uses = list(version_uses(connection, sandbox, kind, name))
    if uses:
        raise SojournError("definition_used", name=name, users=_names(uses))
    _refuse_used_by_definitions(connection, sandbox, kind, name)


def refuse_renaming(connection: Connection, sandbox: str, kind: str, name: str) -> None:
    """Raise SojournError if a version or another definition knows one by its name."""
    if next(version_uses(connection, sandbox, kind, name), None) is not None:
        raise SojournError("definition_used.name", name=name)
    _refuse_used_by_definitions(connection, sandbox, kind, name)


def _refuse_used_by_definitions(connection: Connection, sandbox: str, kind: str, name: str) -> None:
    definitions = definition_queries.load(connection, sandbox)
    dependencies = Dependencies(definitions)
    users: dict[Use, None] = dict.fromkeys(dependencies.users((kind, name)))
    for source in definitions.data_sources if kind == "data_source" else ():
        for group in source.field_groups if source.name == name else ():
            users |= dict.fromkeys(dependencies.users(("field_group", f"{name}.{group.name}")))
    circle = dependencies.circle((kind, name))
    if users and circle:
        raise SojournError("definition_used.circle", name=name, way=" → ".join(circle))
    if users:
        raise SojournError("definition_used.definition", name=name, users=tuple(user for _, user in users))


# Changes -------------------------------------------------------------------------------------------------------------


def refuse_breaking_change(connection: Connection, sandbox: str, kind: str, name: str, model: BaseModel) -> None:
    """Raise SojournError if a definition would change in what a running version relies on (product.md).

    A definition that nothing else is known of may change as it likes; drafts are checked when they are published.
    """
    definitions = definition_queries.load(connection, sandbox)
    before = next((one for one in getattr(definitions, SECTIONS[kind]) if name_in(kind, one) == name), None)
    if before is None or before == model:
        return
    for part, key in _changes(before, model):
        uses = version_uses(connection, sandbox, "field_group" if kind == "data_source" else kind, part)
        if running := [use for use in uses if use.state in RUNNING_STATES]:
            raise SojournError(key, name=part, users=_names(running))
    if isinstance(model, DataSource):
        _refuse_broken_segments(definitions, model)


def _refuse_broken_segments(definitions: Definitions, model: DataSource) -> None:
    """Raise SojournError if a rule that can be read could not be read any more."""
    others = tuple(source for source in definitions.data_sources if source.name != model.name)
    scope = definitions.scope()
    after = definitions.model_copy(update={"data_sources": (*others, model)}).scope()
    for segment in definitions.segments:
        was, now = (check(segment.expression, one, BOOLEAN).errors for one in (scope, after))
        if now and not was:
            raise SojournError("definition_used.definition", name=model.name, users=(segment.name,))


def _changes(before: BaseModel, after: BaseModel) -> Iterator[tuple[str, str]]:
    """Yield what changes for those who use a definition: the name of the part, and the key of the sentence."""
    match before, after:
        case EventDefinition(), EventDefinition():
            yield from _event_changes(before, after)
        case DataSource(), DataSource():
            yield from _source_changes(before, after)
        case CustomAction(), CustomAction():
            free = {"description", "url", "auth"}
            if before.model_dump(exclude=free) != after.model_dump(exclude=free):
                yield before.name, "definition_used.action"
        case MessageTemplate(), MessageTemplate():
            if before.channel != after.channel or loses(before.variables, after.variables):
                yield before.name, "definition_used.template"
        case Segment(), Segment():
            if (before.expression, before.evaluation) != (after.expression, after.evaluation):
                yield before.name, "definition_used.segment"
        case _:
            return


def _event_changes(before: EventDefinition, after: EventDefinition) -> Iterator[tuple[str, str]]:
    names = ("type", "event_id", "rule", "namespace", "key")
    if any(getattr(before, name) != getattr(after, name) for name in names):
        yield before.name, "definition_used.settings"
    elif loses(before.fields, after.fields):
        yield before.name, "definition_used.fields"
    elif demands(before.fields, after.fields):
        yield before.name, "definition_used.required"


def _source_changes(before: DataSource, after: DataSource) -> Iterator[tuple[str, str]]:
    groups = {group.name: group for group in after.field_groups}
    for group in before.field_groups:
        name, now = f"{before.name}.{group.name}", groups.get(group.name)
        if now is None or loses(group.fields, now.fields):
            yield name, "definition_used.fields"
        elif (
            group.model_copy(update={"fields": (), "description": ""})
            != now.model_copy(update={"fields": (), "description": ""})
            or before.headers != after.headers
        ):
            yield name, "definition_used.group"


def loses(before: tuple[Field, ...], after: tuple[Field, ...]) -> bool:
    """Whether a field is missing, has another type, or takes fewer values than before."""
    now = {field.name: field for field in after}
    for field in before:
        found = now.get(field.name)
        if found is None or found.kind != field.kind or loses(field.fields, found.fields):
            return True
        if found.enum and not (field.enum and set(field.enum) <= set(found.enum)):
            return True
    return False


def demands(before: tuple[Field, ...], after: tuple[Field, ...]) -> bool:
    """Whether a field must be there that could be missing before; below a new optional object nothing is new."""
    known = {field.name: field for field in before}
    for field in after:
        was = known.get(field.name)
        if field.required and (was is None or not was.required):
            return True
        if was is not None and demands(was.fields, field.fields):
            return True
    return False
