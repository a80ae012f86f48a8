"""Definitions to which journeys refer, those of one file or sandbox together, and the profiles that they are about.

Namespaces, events, data sources with their field groups, segments and profiles are described here (product.md);
actions and message templates in modules of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import ConfigDict, StringConstraints
from pydantic import Field as Setting

from engine.expression.types import DATE_TIME, STRING, FieldGroupSchema, ObjectType, Scope
from engine.json_types import JsonObject
from engine.model.action import CustomAction
from engine.model.authentication import Authentication, NoAuthentication
from engine.model.base import Expression, FreeName, Model, Name
from engine.model.channel import MessageTemplate
from engine.model.fields import Fields, object_type


class Namespace(Model):
    """An identity namespace: what kind of identifier a key is."""

    code: Name
    label: str = ""


PREDEFINED_NAMESPACES = (
    Namespace(code="ECID", label="Experience Cloud id"),
    Namespace(code="Email", label="Email address"),
    Namespace(code="Phone", label="Phone number"),
    Namespace(code="CRMID", label="CRM id"),
    Namespace(code="LoyaltyID", label="Loyalty id"),
)


class EventDefinition(Model):
    """One kind of event. ``system`` events are recognised by ``event_id``, ``rule`` events by ``rule``.

    ``key`` is an expression over the payload that identifies the person; ``namespace`` is the kind of that key and
    is needed to use the profile store.
    """

    name: Name
    description: str = ""
    type: Literal["system", "rule"]
    event_id: str | None = None
    rule: Expression = ""
    fields: Fields = ()
    namespace: str | None = None
    key: Expression = ""

    @property
    def payload_type(self) -> ObjectType:
        """The payload as the expression language sees it."""
        return object_type(self.fields)


PROFILE_STORE = "ExperiencePlatform"
"""The name of the built-in data source: the profile store."""


class FieldGroup(Model):
    """Fields that are fetched together.

    Of the profile store: ``schema`` says whether they are attributes of the profile or its experience events. Of an
    external source: a call by ``method`` with ``parameters``; ``body`` is a POST template in which
    ``{"param": "name"}`` stands for a parameter.
    """

    name: Name
    description: str = ""
    source_schema: Literal["profile", "experience_event"] | None = Setting(None, alias="schema")
    method: Literal["GET", "POST"] = "GET"
    parameters: tuple[str, ...] = ()
    body: object = None
    fields: Fields = ()

    @property
    def scope(self) -> FieldGroupSchema:
        """Return the schema of this group for expressions."""
        return FieldGroupSchema(object_type(self.fields), self.parameters)


class DataSource(Model):
    """A system that can be asked for data, or the profile store."""

    name: Name
    description: str = ""
    url: str = ""
    headers: Mapping[str, str] = {}
    auth: Authentication = NoAuthentication()
    field_groups: tuple[FieldGroup, ...] = ()

    @property
    def built_in(self) -> bool:
        """Whether this is the profile store, which is read without a call."""
        return self.name == PROFILE_STORE


QUALIFICATION = "SegmentQualification"
"""The name under which expressions read the latest qualification that the person took; an event of this name wins."""
QUALIFICATION_TYPE = ObjectType({"status": STRING, "lastQualificationTime": DATE_TIME, "segment": STRING})


class Segment(Model):
    """People for whom ``expression`` holds; evaluated as data arrives (``streaming``) or on a schedule (``batch``)."""

    name: FreeName
    description: str = ""
    expression: Expression = ""
    evaluation: Literal["streaming", "batch"] = "streaming"


MAX_KEY = 500
"""Characters of a person's key or identity: as long as every store can look up."""

Identity = Annotated[str, StringConstraints(max_length=MAX_KEY)]


class Profile(Model):
    """A person: identities by namespace code, attributes as JSON, experience events newest first.

    ``attributes`` may hold ``timeZone``. ``segments`` are memberships given by hand (scenarios and imports).
    """

    identities: Mapping[str, Identity]
    attributes: Mapping[str, object] = {}
    test_profile: bool = Setting(False, alias="testProfile")
    events: tuple[JsonObject, ...] = ()
    segments: tuple[str, ...] = ()


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
