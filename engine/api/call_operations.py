"""OpenAPI operations of the calls of services, made from the table of services: a new method is described by itself."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from engine.facade import SERVICES
from engine.remote import COMMAND_ENDPOINT, codec_of
from engine.services.service_method import ServiceMethod

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
