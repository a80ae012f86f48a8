"""The definitions of one file or of one sandbox, to which journeys refer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from pydantic import ConfigDict

from engine.expression.types import ObjectType, Scope
from engine.model.action import CustomAction, MessageTemplate
from engine.model.base import Model
from engine.model.data_source import DataSource
from engine.model.event import PREDEFINED_NAMESPACES, EventDefinition, Namespace
from engine.model.segment import QUALIFICATION, QUALIFICATION_TYPE, Segment


class Definitions(Model):
    """Definitions by kind, each kind in the order it was given."""

    model_config = ConfigDict(defer_build=True)

    namespaces: tuple[Namespace, ...] = ()
    events: tuple[EventDefinition, ...] = ()
    data_sources: tuple[DataSource, ...] = ()
    actions: tuple[CustomAction, ...] = ()
    templates: tuple[MessageTemplate, ...] = ()
    segments: tuple[Segment, ...] = ()

    @cached_property
    def event(self) -> Mapping[str, EventDefinition]:
        """Event definitions by name."""
        return {event.name: event for event in self.events}

    @cached_property
    def data_source(self) -> Mapping[str, DataSource]:
        """Data sources by name."""
        return {source.name: source for source in self.data_sources}

    @cached_property
    def action(self) -> Mapping[str, CustomAction]:
        """Custom actions by name."""
        return {action.name: action for action in self.actions}

    @cached_property
    def template(self) -> Mapping[str, MessageTemplate]:
        """Message templates by name."""
        return {template.name: template for template in self.templates}

    @cached_property
    def segment(self) -> Mapping[str, Segment]:
        """Segments by name."""
        return {segment.name: segment for segment in self.segments}

    @cached_property
    def namespace_codes(self) -> tuple[str, ...]:
        """The codes of the predefined namespaces and of those that were added."""
        return tuple(dict.fromkeys(one.code for one in (*PREDEFINED_NAMESPACES, *self.namespaces)))

    def scope(self, readable: Mapping[str, ObjectType] | None = None) -> Scope:
        """Return the scope of expressions: ``readable`` after ``@{`` (else every event and action), all sources."""
        if readable is None:
            readable = {QUALIFICATION: QUALIFICATION_TYPE} if self.segments else {}
            readable |= {event.name: event.payload_type for event in self.events}
            readable |= {action.name: action.response_type for action in self.actions if action.response}
        sources = {
            source.name: {group.name: group.scope for group in source.field_groups if group.fields}
            for source in self.data_sources
        }
        return Scope(readable, sources, tuple(segment.name for segment in self.segments))
