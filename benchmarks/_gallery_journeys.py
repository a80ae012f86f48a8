"""Journeys for the pictures: one with an activity of each kind, one that begins with a segment."""

from __future__ import annotations

import json
from typing import Any

SUMMER = "Summer stay"
FREQUENT = "Frequent guests"
_EXTRAS = {"code": "string", "name": "string", "price": "decimal"}

DEFINITIONS: dict[str, Any] = {
    "namespaces": [{"code": "CRMID", "label": "CRM id"}],
    "events": [
        {
            "name": "Booking",
            "type": "system",
            "event_id": "0b7f2d3c-5f0a-4c61-9d0e-6a1d5e7c0011",
            "description": "a stay is booked",
            "fields": {
                "personID": {"type": "string", "required": True, "identity": "CRMID", "primary": True},
                "channel": {"type": "string", "enum": ["app", "web", "desk"], "required": True},
                "nights": "integer",
                "arrival": "dateTime",
                "extras": [_EXTRAS],
            },
            "namespace": "CRMID",
            "key": "@{Booking.personID}",
        },
        {
            "name": "Checkout",
            "type": "rule",
            "rule": "@{Checkout.total} > 100",
            "description": "a stay is paid",
            "fields": {"personID": {"type": "string", "required": True}, "total": "decimal"},
            "namespace": "CRMID",
            "key": "@{Checkout.personID}",
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
                        "firstName": "string", "lastName": "string", "email": "string", "loyaltyMember": "boolean"
                    },
                },
                {
                    "name": "Contacts",
                    "schema": "experience_event",
                    "fields": {"experienceevent": [{"timestamp": "dateTime", "sends": "integer"}]},
                },
            ],
        }
    ],
    "actions": [
        {
            "name": "OrderExtras",
            "url": "https://hotel.example.com/v1/orders",
            "headers": [{"name": "X-App", "value": "hotel"}, {"name": "X-Desk", "variable": "Desk"}],
            "body": {
                "kind": {"value": "extras"},
                "guest": {"variable": "Guest", "type": "string"},
                "items": {"variable": "Items", "type": "listObject", "fields": {"sku": "string", "price": "decimal"}},
            },
        }
    ],
    "templates": [
        {
            "name": "Summer greeting",
            "channel": "email",
            "subject": "Your summer stay, {{ firstName }}",
            "body": "Dear {{ firstName }},\n\nwe look forward to your {{ nights }} nights with us.",
            "variables": {"firstName": "string", "nights": "integer"},
        },
        {
            "name": "Room ready",
            "channel": "sms",
            "text": "Your room is ready, {{ firstName }}.",
            "variables": {"firstName": "string"},
        },
        {"name": "Spa offer", "channel": "push", "title": "A quiet hour", "text": "20 % off at the spa today."},
    ],
    "segments": [
        {
            "name": FREQUENT,
            "description": "stayed three times or more",
            "expression": "#{ExperiencePlatform.Profile.loyaltyMember} == true",
        }
    ],
}  # fmt: skip

_NAME = "#{ExperiencePlatform.Profile.firstName}"


def _at(kind: str, name: str, column: int, row: float, **settings: object) -> dict[str, Any]:
    what, _, sort = kind.partition(".")
    return {
        "id": name,
        "type": what,
        **({"kind": sort} if sort else {}),
        **settings,
        "position": [column * 190, round(row * 140)],
    }


ACTIVITIES: tuple[dict[str, Any], ...] = (
    _at("event", "booking", 0, 0, event="Booking"),
    _at(
        "action", "extras", 1, 0, action="OrderExtras", label="Extras", on_error=True,
        headers={"Desk": '"lobby"'},
        parameters={
            "Guest": "@{Booking.personID}",
            "Items": {"items": "@{Booking.extras}", "fields": {"sku": "code", "price": "price"}},
        },
    ),
    _at(
        "condition.percentage", "split", 2, 0, label="Three ways",
        paths=[
            {"id": "call", "label": "Text", "weight": 50},
            {"id": "write", "label": "Email", "weight": 30},
            {"id": "app", "label": "App", "weight": 20},
        ],
    ),
    _at(
        "condition.time", "hours", 3, 0, label="Desk hours", others=True,
        paths=[
            {
                "id": "open", "label": "Desk is open", "from": "09:00", "until": "18:00",
                "days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            }
        ],
    ),
    _at("sms", "text", 4, 0, template="Room ready", address='"+8210"', parameters={"firstName": _NAME}),
    _at("event", "checkout", 5, 0, event="Checkout", timeout="P14D", timeout_path=True),
    _at("end", "paid", 6, 0, label="Paid"),
    _at("end", "unpaid", 6, 0.8, label="Not paid"),
    _at("wait.custom", "morning", 4, 1.2, label="Until morning", until="@{Booking.arrival}"),
    _at(
        "condition.date", "season", 3, 2.2, label="Season", others=True,
        paths=[{"id": "summer", "label": "Summer", "from": "2026-06-01", "until": "2026-08-31"}],
    ),
    _at(
        "email", "greeting", 4, 2.2, template="Summer greeting", address="#{ExperiencePlatform.Profile.email}",
        parameters={"firstName": _NAME, "nights": "@{Booking.nights}"},
    ),
    _at("reaction", "opened", 5, 2.2, to="greeting", on="opened", timeout="P2D"),
    _at("update_profile", "member", 6, 2.2, field="Profile.loyaltyMember", value="true"),
    _at(
        "condition.profile_cap", "cap", 3, 3.2, label="First guests", limit=1000,
        paths=[{"id": "in", "label": "In time"}],
    ),
    _at("push", "offer", 4, 3.2, template="Spa offer", address='"device"'),
    _at("jump", "spa", 5, 3.2, journey="Welcome to the spa", parameters={"personID": "@{Booking.personID}"}),
)  # fmt: skip
EDGES = (
    "booking>extras", "extras>split", "split:call>hours", "hours:open>text", "text>checkout", "checkout>paid",
    "checkout:timeout>unpaid", "hours:others>morning", "split:write>season", "season:summer>greeting",
    "greeting>opened", "opened>member", "split:app>cap", "cap:in>offer", "offer>spa",
)  # fmt: skip


def _edge(text: str) -> dict[str, str]:
    source, _, target = text.partition(">")
    name, _, path = source.partition(":")
    return {"from": name, **({"path": path} if path else {}), "to": target}


def summer() -> str:
    """Return the file of the journey with an activity of each kind but the segment qualification."""
    return _file(SUMMER, ACTIVITIES, EDGES)


def frequent() -> str:
    """Return the file of the journey that begins with a segment."""
    activities = (
        _at("segment_qualification", "joined", 0, 0, segment=FREQUENT),
        _at("wait.duration", "day", 1, 0, duration="P1D"),
        _at("push", "offer", 2, 0, template="Spa offer", address='"device"'),
    )
    return _file("Frequent guests get an offer", activities, ("joined>day", "day>offer"))


def _file(name: str, activities: tuple[dict[str, object], ...], edges: tuple[str, ...]) -> str:
    journey = {
        "name": name,
        "version": 1,
        "namespace": "CRMID",
        "properties": {"time_zone": "Europe/Paris"},
        "activities": list(activities),
        "edges": [_edge(text) for text in edges],
    }
    return json.dumps({"format": "sojourn/1", **DEFINITIONS, "journey": journey})
