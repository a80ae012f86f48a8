"""The JSON Schema of journey files, generated from the models; ``python -m engine.model.schema`` writes it."""

from __future__ import annotations

import json
from typing import Any

from engine.installation import resource_path
from engine.json_types import JsonDict
from engine.model.fields import TYPE_NAMES
from engine.model.journey_file import JourneyFile

SCHEMA_FILE = resource_path("schema", "journey-1.schema.json")

_FLAGS: JsonDict = {
    "enum": {"type": "array", "items": {"type": ["string", "number"]}},
    "required": {"type": "boolean"},
    "identity": {"type": "string"},
    "primary": {"type": "boolean"},
    "label": {"type": "string"},
}
_FIELDS: JsonDict = {
    "title": "Fields",
    "description": "Field names and their types.",
    "type": "object",
    "additionalProperties": {"$ref": "#/$defs/FieldType"},
}
_FIELD_TYPE: JsonDict = {
    "title": "Field type",
    "description": "A type name, an object of fields, a list with one object, a map, or the long form.",
    "anyOf": [
        {"enum": list(TYPE_NAMES)},
        {"type": "array", "items": {"$ref": "#/$defs/Fields"}, "minItems": 1, "maxItems": 1},
        {
            "type": "object",
            "properties": {"type": {"enum": list(TYPE_NAMES)}, "fields": {"$ref": "#/$defs/Fields"}, **_FLAGS},
            "required": ["type"],
            "additionalProperties": False,
        },
        {"$ref": "#/$defs/Fields"},
    ],
}
_BODY: JsonDict = {
    "title": "Body",
    "description": 'An object or list of fields whose leaves are {"value": …} or {"variable": …, "type": …}.',
    "type": ["object", "array"],
    "items": {"$ref": "#/$defs/BodyNode"},
    "anyOf": [
        {"type": "array"},
        {"properties": {"value": {}}, "required": ["value"], "additionalProperties": False},
        {
            "properties": {
                "variable": {"type": "string"},
                "type": {"enum": list(TYPE_NAMES)},
                "label": {"type": "string"},
                "fields": {"$ref": "#/$defs/Fields"},
            },
            "required": ["variable", "type"],
            "additionalProperties": False,
        },
        {"additionalProperties": {"$ref": "#/$defs/BodyNode"}},
    ],
}


def _with_references(schema: Any) -> Any:
    """Return the generated schema with the marks of hand-written notations turned into references."""
    if isinstance(schema, list):
        return [_with_references(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _with_references(value) for key, value in schema.items()}
    return {"$ref": f"#/$defs/{plain.pop('x-notation')}", **plain} if "x-notation" in plain else plain


def journey_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a journey file."""
    schema = _with_references(JourneyFile.model_json_schema(by_alias=True, mode="validation"))
    schema["$defs"] |= {"Fields": _FIELDS, "FieldType": _FIELD_TYPE, "BodyNode": _BODY}
    schema["properties"]["format"] = {"type": "string", "pattern": r"^sojourn/1(\.[01])?$"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Sojourn journey file",
        "description": "One journey version with all that it uses.",
        "required": ["format", "journey"],
    }


def schema_text() -> str:
    """Return the schema as the file holds it."""
    return json.dumps(journey_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.parent.mkdir(parents=True, exist_ok=True)
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
