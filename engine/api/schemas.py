"""The JSON Schemas of what the API takes and answers (draft 2020-12, as OpenAPI 3.1 has it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.ingress.event_documents import MAX_MESSAGES
from engine.model.guardrail import MAX_CONNECTIONS, MAX_THROUGHPUT, METHODS, MIN_THROUGHPUT
from engine.model.schema import journey_schema
from engine.services.events import FEEDBACK_KINDS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_OBJECT: Schema = {"type": "object"}


def reference(name: str) -> Schema:
    """Refer to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _record(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None, closed: bool = True) -> Schema:
    """Describe an object with these keys; ``closed`` ones have no others."""
    shown: Schema = {"type": "object", "properties": {**required, **(optional or {})}, "required": [*required]}
    return shown | ({"additionalProperties": False} if closed else {})


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _nullable(kind: Schema) -> Schema:
    return {"anyOf": [kind, {"type": "null"}]}


_ERROR = {"code": {"type": ["string", "integer"]}, "family": _TEXT, "message": _TEXT, "service": _TEXT}
_ISSUES = _list(_record({"errorCode": _TEXT, "error": _TEXT}))
_POSITIVE: Schema = {"type": "integer", "minimum": 1}
_RATING = _record({"maxCallsCount": _POSITIVE, "periodInMs": _POSITIVE})
_CALLS = _record(
    {"rating": _RATING}, {"maxHttpConnections": {"type": "integer", "minimum": 1, "maximum": MAX_CONNECTIONS}}
)
_METHODS: Schema = {"type": "array", "items": {"enum": list(METHODS)}, "minItems": 1}
_URL: Schema = {"type": "string", "pattern": r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*/[A-Za-z0-9/*._-]*$"}
_STORED = {
    "uid": _TEXT,
    "state": {"enum": ["created", "updated", "deployed"]},
    "sandboxName": _TEXT,
    "metadata": _OBJECT,
    "authoringFormatVersion": _TEXT,
    "hasBeenDeployed": _FLAG,
}
_VERSION = _record(
    {
        "uid": _TEXT, "journeyUid": _TEXT, "name": _TEXT, "description": _TEXT,
        "version": {"type": "integer", "minimum": 1}, "state": _TEXT,
        "metadata": _record({
            "createdBy": _TEXT, "createdAt": _WHOLE, "lastModifiedBy": _TEXT, "lastModifiedAt": _WHOLE,
            "publishedBy": _nullable(_TEXT), "publishedAt": _nullable(_WHOLE)}),
    }
)  # fmt: skip


def _configurations(name: str, config: Schema) -> dict[str, Schema]:
    """Describe requests and answers of one kind of configuration."""
    elements = ("createdElement", "updatedElement", "deployedElement", "undeployedElement")
    stored = _record(_STORED, {"deployedConfig": _OBJECT}, closed=False)
    changed = {"uid": _TEXT, "uri": _TEXT, "resStatus": _TEXT, "canDeploy": reference("CanDeploy")}
    return {
        f"{name}Config": config,
        f"{name}Stored": stored,
        f"{name}List": _record({"results": _list(reference(f"{name}Stored")), "totalCount": _WHOLE}),
        f"{name}Found": _record({"result": reference(f"{name}Stored")}),
        f"{name}Changed": _record(changed, {element: reference(f"{name}Stored") for element in elements}),
    }


def _authoring() -> dict[str, Schema]:
    words = {"name": _TEXT, "description": _TEXT}
    capping = _record(
        {
            "url": _URL,
            "methods": _METHODS,
            "services": {
                "type": "object",
                "properties": {"action": _CALLS, "dataSource": _CALLS},
                "additionalProperties": False,
                "minProperties": 1,
            },
        },
        words,
    )
    throughput = {"type": "integer", "minimum": MIN_THROUGHPUT, "maximum": MAX_THROUGHPUT}
    throttling = _record({"urlPattern": _URL, "methods": _METHODS, "maxThroughput": throughput}, words)
    refusal = {"status": {"type": "integer"}, "requestId": _TEXT}
    return {
        **_configurations("Capping", capping),
        **_configurations("Throttling", throttling),
        "CanDeploy": _record(
            {"validationStatus": {"enum": ["ok", "error"]}}, {"errors": _ISSUES, "warnings": _ISSUES}
        ),
        "Refusal": _record({**refusal, "error": _record(_ERROR)}),
        "RefusalAsText": _record({**refusal, "error": {**_TEXT, "contentMediaType": "application/json"}}),
        "Nothing": {"type": "object", "additionalProperties": False},
        "Version": _VERSION,
        "VersionFound": _record({"result": reference("Version")}),
        "JourneyList": _record({"results": _list(_record({
            "uid": _TEXT, "name": _TEXT, "description": _TEXT, "journeyVersions": _list(reference("Version"))})),
            "totalCount": _WHOLE}),
        "Imported": _record({"uid": _TEXT, "resStatus": _TEXT, "result": reference("Version")}),
    }  # fmt: skip


def _inlet() -> dict[str, Schema]:
    feedback = _record(
        {"message": _TEXT, "kind": {"enum": list(FEEDBACK_KINDS)}}, {"at": _TEXT, "address": _TEXT}, False
    )
    profile = _record(
        {"identities": {"type": "object", "additionalProperties": _TEXT, "minProperties": 1}},
        {"attributes": _OBJECT, "testProfile": _FLAG, "events": _list(_OBJECT), "segments": _list(_TEXT)},
    )
    messages = {"type": "array", "items": _OBJECT, "maxItems": MAX_MESSAGES}
    fault = _record({"index": _WHOLE, "code": _TEXT, "field": _TEXT, "message": _TEXT})
    return {
        "Event": {"description": "An entity, or the original's envelope around one.", "type": "object"},
        "Events": {"anyOf": [_record({"messages": messages}), reference("Event")]},
        "Profiles": {"description": "One profile, or one a line.", **profile},
        "Feedback": {"anyOf": [feedback, _list(feedback)]},
        "Sent": _record({"accepted": _list(_TEXT), "errors": _list(fault)}),
        "Counted": _record({"accepted": _WHOLE}),
        "InletRefusal": _record({"code": _TEXT, "message": _TEXT, "where": _TEXT}),
        "Busy": _record({"code": _TEXT, "message": _TEXT}),
        "Health": _record({
            "status": {"enum": ["ok", "degraded"]}, "reason": _nullable(_TEXT), "waiting": _WHOLE, "calls": _WHOLE,
            "overdue": _WHOLE}),
        "Text": _TEXT,
        "Anything": _OBJECT,
    }  # fmt: skip


def components() -> dict[str, Schema]:
    """All schemas by name."""
    journey = journey_schema()
    parts = {name: _moved(schema) for name, schema in journey.pop("$defs").items()}
    journey.pop("$schema")
    return {**_inlet(), **_authoring(), "JourneyFile": _moved(journey), **parts}


def _moved(schema: Any) -> Any:
    """Move the references of a part of the journey file's schema to their places in this document."""
    if isinstance(schema, list):
        return [_moved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.replace("#/$defs/", "#/components/schemas/")
        if key == "$ref" and isinstance(value, str)
        else _moved(value)
        for key, value in schema.items()
    }
