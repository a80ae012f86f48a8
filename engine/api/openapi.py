"""The OpenAPI document, made from the table of operations and the table of services."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter

from engine.api.operations import ANYONE, AUTHORING, INLET, OPERATIONS, Operation
from engine.api.schemas import components, reference
from engine.facade import SERVICES
from engine.remote import COMMAND_ENDPOINT, codec_of
from engine.services.service_method import ServiceMethod

VERSION = "1.0"
_PARAMETER = re.compile(r"\{(\w+)\}")
_SANDBOX = {
    "name": "x-sandbox-name",
    "in": "header",
    "description": "The sandbox; prod without it.",
    "schema": {"type": "string", "default": "prod"},
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


def _described(operation: Operation) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(operation.path)
    ]
    parameters += [
        {"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}
        for name, meaning in operation.query.items()
    ]
    if operation.path.startswith(AUTHORING):
        parameters.append(_SANDBOX)
    described: dict[str, Any] = {
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


def _answer(status: int, schema: str) -> dict[str, Any]:
    form = "text/plain" if schema == "Text" else "application/json"
    return {"description": HTTPStatus(status).phrase, "content": {form: {"schema": reference(schema)}}}


_SCHEMAS = "#/components/schemas/Call."
_ERROR = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("code", "message", "where")} | {"phrase": {"type": "object"}},
    "required": ["code", "message", "where"],
}


def call_paths() -> tuple[dict[str, Any], dict[str, Any]]:
    """Describe all calls: the paths, and the schemas that they refer to."""
    methods = {(name, each): method for name, entry in SERVICES.items() for each, method in entry.methods.items()}
    inputs: list[Any] = []
    for (service, name), method in methods.items():
        codec = codec_of(method)
        inputs += [((service, name, key), "validation", adapter) for key, adapter in codec.arguments.items()]
        inputs.append(((service, name, "return"), "serialization", codec.answer))
    schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=f"{_SCHEMAS}{{model}}")
    by_call: dict[tuple[str, str], dict[str, Any]] = {}
    for ((service, name, key), _), schema in schemas.items():
        by_call.setdefault((service, name), {})[key] = schema
    paths = {
        f"{COMMAND_ENDPOINT}/{service}/{name}": {"post": _operation(service, name, method, by_call[service, name])}
        for (service, name), method in methods.items()
    }
    return paths, {f"Call.{name}": schema for name, schema in {**shared["$defs"], "Error": _ERROR}.items()}


def _operation(service: str, name: str, method: ServiceMethod[..., Any], schemas: dict[str, Any]) -> dict[str, Any]:
    arguments = {key: schema for key, schema in schemas.items() if key != "return"}
    error = {"application/json": {"schema": {"$ref": f"{_SCHEMAS}Error"}}}
    described: dict[str, Any] = {
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
