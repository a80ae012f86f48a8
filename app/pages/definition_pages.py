"""The pages of definitions: titles, editor and list columns of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.activity_views import type_title
from app.editors.action import ActionEditor
from app.editors.data_source import DataSourceEditor
from app.editors.definition_editor import DefinitionEditor
from app.editors.event import EventEditor
from app.editors.namespace import NamespaceEditor
from app.editors.segment import SegmentEditor
from app.editors.template import TemplateEditor, template_summary
from app.translation import mark, tr, tr_n
from engine.model.event import PREDEFINED_NAMESPACES
from engine.services.views import DefinitionKind

PREDEFINED = frozenset(namespace.code for namespace in PREDEFINED_NAMESPACES)
"""Built-in namespaces."""


@dataclass(frozen=True, slots=True)
class DefinitionPageSpec:
    """The page of one kind of definition: texts, icon, editor and two columns."""

    kind: DefinitionKind
    title: str
    new: str
    icon: str
    tint: str
    editor: type[DefinitionEditor]
    items: str
    type_of: Callable[[Any], str]
    tells: Callable[[Any], str]
    nothing: str
    named_by: str = "name"


def _fields(count: int) -> str:
    return tr_n("1 field", "{count} fields", count)


def _event_tells(event: Any) -> str:
    return " · ".join(part for part in (_fields(len(event.fields)), event.description) if part)


def _source_tells(source: Any) -> str:
    groups = ", ".join(group.name for group in source.field_groups)
    return " · ".join(part for part in (groups, source.description or source.url) if part)


def _action_tells(action: Any) -> str:
    names = ", ".join(variable.label or variable.name for variable in action.variables)
    return " · ".join(part for part in (names, action.description or action.url) if part)


DEFINITION_PAGES: Mapping[str, DefinitionPageSpec] = {
    "events": DefinitionPageSpec(
        "event", mark("Events"), mark("New event"), "broadcast", "event", EventEditor, "events",
        lambda event: tr("System") if event.type == "system" else tr("Rule"), _event_tells,
        mark("An event says that something happened to a person. Journeys start with one."),
    ),
    "data_sources": DefinitionPageSpec(
        "data_source", mark("Data sources"), mark("New data source"), "database", "action", DataSourceEditor,
        "data_sources", lambda source: tr("Built in") if source.built_in else tr("External"), _source_tells,
        mark("A data source is a system that a journey can ask about a person."),
    ),
    "actions": DefinitionPageSpec(
        "action", mark("Actions"), mark("New action"), "paper-plane-tilt", "action", ActionEditor, "actions",
        lambda action: action.method, _action_tells,
        mark("An action calls the system that sends a message, with what the journey fills in."),
    ),
    "segments": DefinitionPageSpec(
        "segment", mark("Segments"), mark("New segment"), "users-three", "event", SegmentEditor, "segments",
        lambda segment: tr("Streaming") if segment.evaluation == "streaming" else tr("Batch"),
        lambda segment: segment.description or segment.expression,
        mark("A segment is a group of people chosen by their profiles and actions."),
    ),
    "templates": DefinitionPageSpec(
        "template", mark("Templates"), mark("New template"), "article", "action", TemplateEditor, "templates",
        lambda template: type_title(template.channel), template_summary,
        mark("A template is the text of an email, SMS or push notification, with placeholders that a "
             "journey fills in."),
    ),
}  # fmt: skip
"""Pages of definitions by key."""

NAMESPACES = DefinitionPageSpec(
    "namespace", mark("Namespaces"), mark("New namespace"), "fingerprint", "event", NamespaceEditor, "namespaces",
    lambda namespace: tr("Built in") if namespace.code in PREDEFINED else tr("Own"),
    lambda namespace: namespace.label,
    mark("A namespace says what kind of key identifies a person: a customer number, an email address."),
    named_by="code",
)  # fmt: skip
"""The namespaces, a section of the admin page."""
