"""The OpenAPI document, made from the table of operations and the table of services."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from engine.api.call_operations import call_paths
from engine.api.operations import ANYONE, AUTHORING, INLET, OPERATIONS, Operation
from engine.api.schemas import components, reference

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
