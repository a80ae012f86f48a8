"""Small journeys and scenarios for tests: a fixed set of definitions, activities in short, edges as ``a:path>b``."""

from __future__ import annotations

import json
from typing import Any, cast

from engine.model import journey_file
from engine.model.journey_file import JourneyFile
from engine.simulation.scenario import Scenario, read_scenario
from engine.simulation.simulation import simulate

START = "2026-03-10T08:00:00Z"

DEFINITIONS: dict[str, Any] = {
    "events": [
        {
            "name": "Enter",
            "type": "system",
            "event_id": "00000000-0000-4000-8000-000000000001",
            "fields": {
                "id": {"type": "string", "required": True},
                "vip": "boolean",
                "n": "integer",
                "amount": "decimal",
                "when": "string",
                "tags": "listString",
                "lines": [{"sku": "string", "qty": "integer"}],
            },
            "namespace": "CRMID",
            "key": "@{Enter.id}",
        },
        {
            "name": "Visit",
            "type": "system",
            "event_id": "00000000-0000-4000-8000-000000000002",
            "fields": {"id": {"type": "string", "required": True}, "table": "integer"},
            "namespace": "CRMID",
            "key": "@{Visit.id}",
        },
        {
            "name": "BigCart",
            "type": "rule",
            "rule": "@{BigCart.total} > 100",
            "fields": {"id": "string", "total": "decimal"},
            "namespace": "CRMID",
            "key": "@{BigCart.id}",
        },
    ],
    "data_sources": [
        {
            "name": "ExperiencePlatform",
            "field_groups": [
                {
                    "name": "Profile",
                    "schema": "profile",
                    "fields": {
                        "email": "string",
                        "firstName": "string",
                        "loyaltyMember": "boolean",
                        "points": "integer",
                        "address": {"city": "string"},
                    },
                },
                {
                    "name": "Contacts",
                    "schema": "experience_event",
                    "fields": {"experienceevent": [{"timestamp": "dateTime", "sends": "integer"}]},
                },
            ],
        },
        {
            "name": "Hotel",
            "url": "https://hotel.example.com/stay",
            "field_groups": [
                {"name": "Stay", "parameters": ["id"], "fields": {"reservation": "boolean", "nights": "integer"}},
                {"name": "Bill", "parameters": ["id"], "fields": {"total": "decimal"}},
            ],
        },
    ],
    "actions": [
        {
            "name": "Notify",
            "url": "https://api.example.com/notify",
            "body": {
                "kind": {"value": "push"},
                "to": {"variable": "To", "type": "string"},
                "text": {"variable": "Text", "type": "string"},
            },
            "response": {"ticket": "string", "score": "integer"},
        },
        {
            "name": "Order",
            "url": "https://api.example.com/orders",
            "method": "PUT",
            "dynamic_path": True,
            "headers": [{"name": "X-App", "value": "shop"}, {"name": "X-Time", "variable": "Time"}],
            "query": [{"name": "lang", "variable": "Lang"}],
            "body": {
                "items": {
                    "variable": "Items",
                    "type": "listObject",
                    "fields": {"code": "string", "count": "integer"},
                },
                "tags": {"variable": "Tags", "type": "listString"},
                "nested": {"at": {"variable": "At", "type": "dateTime"}, "fixed": {"value": {"a": 1}}},
            },
        },
    ],
    "templates": [
        {
            "name": "Welcome",
            "channel": "email",
            "subject": "Hello {{ firstName }}",
            "body": "Welcome, {{ firstName }}.",
            "variables": {"firstName": "string"},
        },
        {"name": "Code", "channel": "sms", "text": "Code {{ code }}", "variables": {"code": "integer"}},
        {"name": "Ping", "channel": "push", "title": "Ping", "text": "Pong", "variables": {}},
    ],
    "segments": [
        {"name": "silver", "expression": "#{ExperiencePlatform.Profile.points} >= 100"},
        {"name": "recent", "expression": "count(#{ExperiencePlatform.Contacts.experienceevent.all("
         'currentDataPackField.timestamp > nowWithDelta(-2, "days")).timestamp}) > 0'},
        {"name": "gold", "expression": "#{ExperiencePlatform.Profile.points} >= 1000", "evaluation": "batch"},
    ],
}  # fmt: skip


def activity(name: str, kind: str, x: int = 0, y: int = 0, **settings: Any) -> dict[str, Any]:
    """One activity: ``kind`` is ``event``, ``condition.time``, ``wait.duration`` …"""
    what, _, sort = kind.partition(".")
    return {"id": name, "type": what, **({"kind": sort} if sort else {}), "position": [x, y], **settings}


def notify(name: str, x: int = 0, y: int = 0, text: str = '"hi"', **settings: Any) -> dict[str, Any]:
    """An action that tells the person of the entry event something."""
    return activity(name, "action", x, y, action="Notify", parameters={"To": "@{Enter.id}", "Text": text}, **settings)


def entry(event: str = "Enter", name: str = "in") -> dict[str, Any]:
    """The entry activity."""
    return activity(name, "event", event=event)


def edge(text: str) -> dict[str, Any]:
    """``a>b`` or ``a:path>b``."""
    source, _, target = text.partition(">")
    name, _, path = source.partition(":")
    return {"from": name, **({"path": path} if path else {}), "to": target}


def journey(
    activities: list[dict[str, Any]],
    edges: list[str],
    *,
    name: str = "J",
    version: int = 1,
    namespace: str | None = "CRMID",
    definitions: dict[str, Any] | None = None,
    **properties: Any,
) -> JourneyFile:
    """A journey file over the kit's definitions."""
    body = {
        "name": name,
        "version": version,
        **({"namespace": namespace} if namespace else {}),
        "properties": {"time_zone": "UTC", **properties},
        "activities": activities,
        "edges": [edge(text) for text in edges],
    }
    return journey_file.read(json.dumps({"format": "sojourn/1", **DEFINITIONS, **(definitions or {}), "journey": body}))


def arrival(at: str, key: str = "p1", event: str = "Enter", **payload: Any) -> dict[str, Any]:
    """An event of a scenario."""
    return {"at": at, "event": event, "payload": {"id": key, **payload}}


def profile(key: str = "p1", **settings: Any) -> dict[str, Any]:
    """A profile of a scenario; what is not a setting of profiles is an attribute."""
    own: dict[str, Any] = {
        name: settings.pop(name) for name in ("testProfile", "events", "segments") if name in settings
    }
    return {"identities": {"CRMID": key}, "attributes": settings, **own}


def scenario(*events: dict[str, Any], **settings: Any) -> Scenario:
    """A scenario from the kit's start."""
    return read_scenario(json.dumps({"seed": 1, "start": START, "events": list(events), **settings}))


def run(files: JourneyFile | list[JourneyFile], *events: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """The outcome of a scenario."""
    outcome = simulate(files if isinstance(files, list) else [files], scenario(*events, **settings))
    return cast("dict[str, Any]", outcome)


def path_of(outcome: dict[str, Any], index: int = 0) -> list[str]:
    """The activities of one instance's history."""
    return [entry["activity"] for entry in outcome["instances"][index]["history"]]


def at_of(outcome: dict[str, Any], name: str, index: int = 0) -> str:
    """When one instance came to an activity."""
    return str(next(e["at"] for e in outcome["instances"][index]["history"] if e["activity"] == name))
