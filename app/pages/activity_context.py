"""Determine what an activity's settings may refer to: earlier events and responses, all data sources."""

from __future__ import annotations

from collections.abc import Mapping

from app.activities.activity_form import FormContext
from app.document import rules
from app.document.naming import full_name
from engine.expression.types import ObjectType
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.model.segment import QUALIFICATION, QUALIFICATION_TYPE


def build_form_context(
    journey: JourneyVersion, definitions: Definitions, activity: str, others: Mapping[str, str]
) -> FormContext:
    """Return the context of an activity's form; ``others`` are the journeys to jump to with their entry events."""
    readable: dict[str, ObjectType] = {}
    messages: list[tuple[str, str, str]] = []
    for earlier in list(rules.predecessors(journey, activity))[1:]:
        event = definitions.event.get(getattr(earlier, "event", None) or "")
        action = definitions.action.get(getattr(earlier, "action", None) or "")
        if event is not None:
            readable.setdefault(event.name, event.payload_type)
        if action is not None and action.response:
            readable.setdefault(action.name, action.response_type)
        if earlier.type == "segment_qualification":
            readable.setdefault(QUALIFICATION, QUALIFICATION_TYPE)
        if rules.is_message(earlier):
            messages.append((earlier.id, full_name(earlier), earlier.type))
    begins = activity not in journey.incoming
    return FormContext(definitions, definitions.scope(readable), tuple(messages), others, journey.namespace, begins)
