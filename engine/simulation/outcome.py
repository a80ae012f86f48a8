"""What a simulation prints with ``--json`` (interfaces.md, Scenario files): derived from step events and records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.core.effect import SendMessage
from engine.core.instance import RUNNING, STOPPED, TIMED_OUT
from engine.core.metrics import is_awaited, journey_json, total
from engine.core.step_event import StepEvent
from engine.model.journey import JourneyVersion
from engine.model.template_rendering import RenderedMessage
from engine.simulation.memory_store import SimulatedInstance, SimulatedJourney
from engine.simulation.scenario import print_instant


def history_of(person: SimulatedInstance) -> list[dict[str, Any]]:
    """An entry for each activity: when the person arrived; for events and waits, when taken or due."""
    entries = [_entry(event) for event in person.steps if not event.resumed and not _lost(event)]
    step = person.instance.step
    if step is not None and not step.group:
        entries.append({"activity": step.node, "at": print_instant(step.arrived)})
    return entries


def _lost(event: StepEvent) -> bool:
    """Whether the person was cut off while waiting: nothing occurred there."""
    return is_awaited(event.node_type) and event.end in (STOPPED, TIMED_OUT)


def _entry(event: StepEvent) -> dict[str, Any]:
    awaited = is_awaited(event.node_type)
    entry: dict[str, Any] = {
        "activity": event.node,
        "at": print_instant(event.timestamp if awaited else event.arrived),
    }
    if event.path:
        entry["path"] = event.path
    if event.error:
        entry["error"] = event.error
    return entry


def instance_json(run: SimulatedJourney, person: SimulatedInstance) -> dict[str, Any]:
    """One instance with its history; a running one says what it is waiting for."""
    instance = person.instance
    entry: dict[str, Any] = {
        "journey": run.name,
        "version": instance.version,
        "key": instance.key,
        "status": instance.status,
        "history": history_of(person),
    }
    if instance.status == RUNNING:
        entry["waiting"] = _waiting(person)
    return entry


def _waiting(person: SimulatedInstance) -> list[str]:
    waiting, step = person.instance.waiting, person.instance.step
    if waiting is not None:
        return list(waiting.members)
    return list(step.group) if step is not None else []


def message_json(effect: SendMessage, texts: RenderedMessage, now: int) -> dict[str, Any]:
    """Return a message as the outcome lists it, without the person; empty texts but the address are left out."""
    entry = {
        "at": print_instant(now),
        "activity": effect.activity,
        "channel": effect.channel,
        "to": effect.address,
        "subject": texts.subject,
        "body": texts.body,
        "html": texts.html,
        "template": effect.template,
    }
    return {name: text for name, text in entry.items() if text != "" or name == "to"}


def by_time(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records by time, key and the order in which they came."""
    return sorted(records, key=lambda record: (_sortable(record["at"]), record.get("key") or ""))


def _sortable(at: str) -> str:
    """A printed time that sorts: with milliseconds."""
    return at if "." in at else f"{at[:-1]}.000Z"


def merged_journey(run: SimulatedJourney) -> JourneyVersion:
    """The activities and edges of all versions, each once, the newest version's first."""
    versions = sorted(run.versions.values(), key=lambda program: -program.version)
    activities = {activity.id: activity for program in versions for activity in program.source.activities}
    edges = {(e.source, e.path, e.target): e for program in versions for e in program.source.edges}
    return run.newest.source.model_copy(
        update={"activities": tuple(activities.values()), "edges": tuple(edges.values())}
    )


def outcome_json(
    runs: Iterable[SimulatedJourney],
    calls: list[dict[str, Any]],
    messages: list[dict[str, Any]],
    discarded: list[dict[str, Any]],
) -> dict[str, Any]:
    """The whole outcome, in the order of the interface."""
    journeys = list(runs)
    people = [(run, person) for run in journeys for known in run.keys.values() for person in known.people]
    people.sort(key=lambda pair: (pair[1].instance.entered_at, pair[1].instance.key, pair[0].name))
    return {
        "metrics": total(run.metrics for run in journeys),
        "journeys": {run.name: journey_json(merged_journey(run), run.metrics) for run in journeys},
        "instances": [instance_json(run, person) for run, person in people],
        "calls": by_time(calls),
        "messages": by_time(messages),
        "discarded": by_time(discarded),
    }
