"""Event: an entry of the journey, or a wait for an event on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.activities.timeouts import ONE_SECOND, check_patience, longest_wait, timeout_due
from engine.catalogue import Phrase
from engine.core.handlers import WaitHandler
from engine.core.inspection import Inspection
from engine.core.instance import Instance
from engine.core.program import JourneyCompiler, ProgramNode, to_milliseconds
from engine.core.stimulus import EventArrived, Occurrence
from engine.expression import Scope, check
from engine.expression.types import BOOLEAN, Type
from engine.model.activity import ActivityBase, ActivityKind
from engine.model.base import Duration
from engine.model.event import EventDefinition


class EventActivity(ActivityBase):
    """Waits for an event, or is the entry. ``timeout`` ends the waiting; ``timeout_path`` gives that its own way."""

    type: Literal["event"]
    event: str | None = None
    timeout: Duration | None = None
    timeout_path: bool = False


@dataclass(frozen=True, slots=True)
class EventSettings:
    """The name of the event, and how long it is awaited."""

    event: str
    timeout_ms: int | None


def _compile(activity: EventActivity, _compiler: JourneyCompiler) -> EventSettings:
    return EventSettings(activity.event or "", None if activity.timeout is None else to_milliseconds(activity.timeout))


def _matches(node: ProgramNode, occurrence: Occurrence, _instance: Instance) -> bool:
    return type(occurrence) is EventArrived and occurrence.name == node.settings.event


def _check(inspection: Inspection, activity: EventActivity) -> None:
    """Require a finished event of the journey's namespace and a sensible timeout."""
    if activity.event is None:
        inspection.report("ERR_EVENT_001", activity, ".event")
    elif (event := inspection.definitions.event.get(activity.event)) is None:
        inspection.report("ERR_EVENT_002", activity, ".event", name=activity.event)
    else:
        _check_definition(inspection, activity, event)
    longest = longest_wait(inspection)
    if activity.timeout is not None and not ONE_SECOND <= activity.timeout <= longest:
        inspection.report("ERR_EVENT_004", activity, ".timeout", days=longest.days)
    if activity.timeout_path and activity.timeout is None:
        inspection.report("ERR_EVENT_005", activity, ".timeout_path")
    check_patience(inspection, activity)


def _check_definition(inspection: Inspection, activity: EventActivity, event: EventDefinition) -> None:
    namespace = inspection.journey.namespace
    if None not in (namespace, event.namespace) and event.namespace != namespace:
        other, namespace = event.namespace or "", namespace or ""
        inspection.report("ERR_EVENT_003", activity, ".event", name=event.name, other=other, namespace=namespace)
    reason = incompleteness(event)
    if reason is not None:
        inspection.report("ERR_EVENT_006", activity, ".event", name=event.name, reason=reason)


def incompleteness(event: EventDefinition) -> Phrase | None:
    """Return a clause on what is missing or wrong in an event definition; None if nothing is."""
    scope = Scope({event.name: event.payload_type})
    texts: list[tuple[str, str, Type | None]] = [("key", event.key, None)]
    if event.type == "rule":
        texts.append(("rule", event.rule, BOOLEAN))
    for name, text, expected in texts:
        if not text.strip():
            return Phrase(f"incomplete.no_{name}")
        errors = check(text, scope, expected).errors
        if errors:
            return Phrase(f"incomplete.{name}", {"reason": errors[0].phrase})
    return None


EVENT = ActivityKind(
    key="event",
    settings=EventActivity,
    handler=WaitHandler(
        due=timeout_due,
        matches=_matches,
        compile=_compile,
        check=_check,
        events=lambda settings: (settings.event,),
    ),
    noun="event",
    category="event",
    definition="event",
    starts_journey=True,
    readable=lambda activity: activity.event,
)
