"""The OpenAPI document, made from the table of operations, the table of services and the JSON Schemas here."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from engine.api.operations import ANYONE, AUTHORING, INLET, OPERATIONS, UNSEEN, Operation
from engine.facade import SERVICES
from engine.ingress.event_documents import MAX_MESSAGES
from engine.json_types import JsonDict, JsonObject
from engine.model.guardrail import MAX_CONNECTIONS, MAX_THROUGHPUT, METHODS, MIN_THROUGHPUT
from engine.model.schema import journey_schema
from engine.remote import COMMAND_ENDPOINT, codec_of
from engine.services.events import FEEDBACK_KINDS
from engine.services.service_method import ServiceMethod

_TEXT: JsonDict = {"type": "string"}
_WHOLE: JsonDict = {"type": "integer", "minimum": 0}
_FLAG: JsonDict = {"type": "boolean"}
_OBJECT: JsonDict = {"type": "object"}


def reference(name: str) -> JsonDict:
    """Refer to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _record(required: JsonObject, optional: JsonObject | None = None, closed: bool = True) -> JsonDict:
    """Describe an object with these keys; ``closed`` ones have no others."""
    shown: JsonDict = {"type": "object", "properties": {**required, **(optional or {})}, "required": [*required]}
    return shown | ({"additionalProperties": False} if closed else {})


def _list(item: JsonDict) -> JsonDict:
    return {"type": "array", "items": item}


def _nullable(kind: JsonDict) -> JsonDict:
    return {"anyOf": [kind, {"type": "null"}]}


_ERROR = {"code": {"type": ["string", "integer"]}, "family": _TEXT, "message": _TEXT, "service": _TEXT}
_ISSUES = _list(_record({"errorCode": _TEXT, "error": _TEXT}))
_POSITIVE: JsonDict = {"type": "integer", "minimum": 1}
_RATING = _record({"maxCallsCount": _POSITIVE, "periodInMs": _POSITIVE})
_CALLS = _record(
    {"rating": _RATING}, {"maxHttpConnections": {"type": "integer", "minimum": 1, "maximum": MAX_CONNECTIONS}}
)
_METHODS: JsonDict = {"type": "array", "items": {"enum": list(METHODS)}, "minItems": 1}
_URL: JsonDict = {"type": "string", "pattern": r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*/[A-Za-z0-9/*._-]*$"}
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


def _configurations(name: str, config: JsonDict) -> dict[str, JsonDict]:
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


def _authoring() -> dict[str, JsonDict]:
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
        "Records": _record({"results": _list(_OBJECT), "totalCount": _WHOLE}),
        "Record": _record({"result": _OBJECT}),
        "Done": _record({"count": _WHOLE}),
        "Imported": _record({"uid": _TEXT, "resStatus": _TEXT, "result": reference("Version")}),
    }  # fmt: skip


def _inlet() -> dict[str, JsonDict]:
    feedback = _record(
        {"kind": {"enum": list(FEEDBACK_KINDS)}},
        {"message": _TEXT, "at": _TEXT, "address": _TEXT, "channel": _TEXT},
        False,
    )
    profile = _record(
        {"identities": {"type": "object", "additionalProperties": _TEXT, "minProperties": 1}},
        {"attributes": _OBJECT, "testProfile": _FLAG, "events": _list(_OBJECT), "segments": _list(_TEXT)},
    )
    messages = {"type": "array", "items": _OBJECT, "maxItems": MAX_MESSAGES}
    fault = _record({"index": _WHOLE, "code": _TEXT, "field": _TEXT, "message": _TEXT})
    conflict = _record({"index": _WHOLE, "namespace": _TEXT, "moved": _FLAG})
    read = {"encoding": _TEXT, "conflicts": _list(conflict)}
    check = _record({"status": {"enum": ["ok", "degraded"]}, "value": {"type": "integer"}, "reason": _TEXT})
    return {
        "Event": {"description": "An entity, or the original's envelope around one.", "type": "object"},
        "Events": {"anyOf": [_record({"messages": messages}), messages, reference("Event")]},
        "Profiles": {"description": "One profile, or one a line.", **profile},
        "Feedback": {"anyOf": [feedback, _list(feedback)]},
        "Sent": _record({"accepted": _list(_TEXT), "errors": _list(fault)}, {"id_from": _list(_TEXT)}),
        "Counted": _record({"accepted": _WHOLE}),
        "ProfilesSent": _record({"accepted": _WHOLE}, {"errors": _list(fault), **read}),
        "ProfilesRefused": _record({"code": _TEXT, "message": _TEXT, "where": _TEXT},
                                   {"accepted": _WHOLE, "errors": _list(fault), **read}),
        "InletRefusal": _record({"code": _TEXT, "message": _TEXT, "where": _TEXT}),
        "Busy": _record({"code": _TEXT, "message": _TEXT}),
        "Health": _record({
            "status": {"enum": ["ok", "degraded"]}, "reason": _nullable(_TEXT), "waiting": _WHOLE, "calls": _WHOLE,
            "overdue": _WHOLE, "checks": {"type": "object", "additionalProperties": check},
            "suspended": _list(_record({"kind": _TEXT, "sandbox": _TEXT, "name": _TEXT}))}, closed=False),
        "Status": _record({"status": {"enum": ["ok", "dead", "unavailable"]}, "reason": _TEXT}),
        "Text": _TEXT,
        "Anything": _OBJECT,
    }  # fmt: skip


def components() -> JsonDict:
    """All schemas by name."""
    journey = journey_schema()
    parts = {name: _moved(schema) for name, schema in journey.pop("$defs").items()}
    journey.pop("$schema")
    return {**_inlet(), **_authoring(), "JourneyFile": _moved(journey), **parts}


def _moved(schema: object) -> object:
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


VERSION = "1.0"
_PARAMETER = re.compile(r"\{(\w+)\}")
_SANDBOX = {
    "name": "x-sandbox-name",
    "in": "header",
    "description": "The sandbox; prod without it.",
    "schema": {"type": "string", "default": "prod"},
}

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of the revision that is changed; another one is refused with 412. Without it any.",
    "schema": {"type": "string"},
}


@cache
def document() -> dict[str, Any]:
    """Describe the API as OpenAPI 3.1."""
    paths, call_schemas = call_paths()
    for operation in OPERATIONS.values():
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sojourn",
            "version": VERSION,
            "description": (
                "Events, profiles and feedback come in by the inlet; /authoring manages journeys and rules; "
                "/manage calls the services in the name of an actor, in a sandbox."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": components() | call_schemas,
            "securitySchemes": {
                "inlet": {**bearer, "description": "The token of the inlet, unless it asks for none."},
                "workspace": {**bearer, "description": "The token of the workspace, which its owner's files hold."},
                "user": {**bearer, "description": "An API token; it has its user's permissions, or fewer."},
            },
        },
    }


def _described(operation: Operation) -> JsonDict:
    parameters: list[JsonObject] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(operation.path)
    ]
    parameters += [
        {"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}
        for name, meaning in operation.query.items()
    ]
    if operation.path.startswith(AUTHORING):
        parameters.append(_SANDBOX)
    if UNSEEN in operation.answers:
        parameters.append(_IF_MATCH)
    described: JsonDict = {
        "operationId": operation.id,
        "summary": operation.summary,
        "security": _security(operation),
        "parameters": parameters,
        "responses": {str(status): _answer(status, schema) for status, schema in sorted(operation.answers.items())},
    }
    if operation.permission not in (INLET, ANYONE):
        described["x-permission"] = operation.permission
    if operation.body:
        forms = {form: {"schema": reference(operation.body)} for form in operation.forms}
        described["requestBody"] = {"required": True, "content": forms}
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.permission == ANYONE:
        return []
    return [{"inlet": []}, {}] if operation.permission == INLET else [{"user": []}]


def _answer(status: int, schema: str) -> JsonDict:
    form = "text/plain" if schema == "Text" else "application/json"
    return {"description": HTTPStatus(status).phrase, "content": {form: {"schema": reference(schema)}}}


_SCHEMAS = "#/components/schemas/Call."
_CALL_ERROR = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("code", "message", "where")} | {"phrase": {"type": "object"}},
    "required": ["code", "message", "where"],
}


def call_paths() -> tuple[dict[str, JsonDict], JsonDict]:
    """Describe all calls: the paths, and the schemas that they refer to."""
    methods = {(name, each): method for name, entry in SERVICES.items() for each, method in entry.methods.items()}
    inputs: list[tuple[tuple[str, str, str], JsonSchemaMode, TypeAdapter[object]]] = []
    for (service, name), method in methods.items():
        codec = codec_of(method)
        inputs += [((service, name, key), "validation", adapter) for key, adapter in codec.arguments.items()]
        inputs.append(((service, name, "return"), "serialization", codec.answer))
    schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=f"{_SCHEMAS}{{model}}")
    by_call: dict[tuple[str, str], JsonDict] = {}
    for ((service, name, key), _), schema in schemas.items():
        by_call.setdefault((service, name), {})[key] = schema
    paths: dict[str, JsonDict] = {
        f"{COMMAND_ENDPOINT}/{service}/{name}": {"post": _operation(service, name, method, by_call[service, name])}
        for (service, name), method in methods.items()
    }
    return paths, {f"Call.{name}": schema for name, schema in {**shared["$defs"], "Error": _CALL_ERROR}.items()}


def _operation(service: str, name: str, method: ServiceMethod[..., object], schemas: JsonDict) -> JsonDict:
    arguments = {key: schema for key, schema in schemas.items() if key != "return"}
    error = {"application/json": {"schema": {"$ref": f"{_SCHEMAS}Error"}}}
    described: JsonDict = {
        "operationId": f"{service}.{name}",
        "summary": (method.__doc__ or "").partition("\n")[0],
        "tags": [service],
        "security": [{"workspace": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object", "properties": arguments,
                                                        "required": list(codec_of(method).required),
                                                        "additionalProperties": False}}},
        },
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": schemas["return"]}}},
            "400": {"description": "Bad Request", "content": error},
            "401": {"description": "Unauthorized", "content": error},
        },
    }  # fmt: skip
    return {**described, "x-permission": method.permission} if method.permission else described
