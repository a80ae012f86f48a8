"""Run case files (interfaces, "Case files for ``eval --cases``") and evaluate single expressions."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from engine.errors import SojournError
from engine.expression import check
from engine.expression.context import Context
from engine.expression.dates import read_date_time
from engine.expression.errors import ExpressionError, UnplacedError
from engine.expression.schema_notation import infer, type_of
from engine.expression.types import FieldGroupSchema, ObjectType, Scope
from engine.expression.values import value_to_json

Json = Mapping[str, object]


def run_cases(lines: Iterable[str]) -> Iterator[dict[str, object]]:
    """Return the outcome of each case after the first line, which is the context of all.

    Raises ``SojournError`` (``bad_cases``) for a line that is no case.
    """
    scope: Scope | None = None
    given: Json = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _object(line, number)
        if scope is None:
            given = _mapping(row.get("context"), number)
            scope = scope_of(given)
        else:
            yield {"id": row.get("id"), **evaluate(str(row.get("expr", "")), scope, context_of(given))}


def _object(line: str, number: int) -> Json:
    try:
        return _mapping(json.loads(line), number)
    except (ValueError, RecursionError):
        raise SojournError("bad_cases.json", f"line {number}") from None


def _mapping(value: object, number: int) -> Json:
    if not isinstance(value, Mapping):
        raise SojournError("bad_cases.lines", f"line {number}")
    return value


def _section(given: Json, name: str) -> dict[str, Json]:
    section = given.get(name, {})
    if not isinstance(section, Mapping) or not all(isinstance(value, Mapping) for value in section.values()):
        raise SojournError("bad_cases.section", f"context.{name}", name=name)
    return {str(key): value for key, value in section.items()}


def scope_of(given: Json) -> Scope:
    """Read the names of a case file's context."""
    schemas = _shapes(_section(given, "events"), _section(given, "schemas"))
    events = {name: _fields(schema, name) for name, schema in schemas.items()}
    parameters = _section(given, "field_group_parameters")
    shapes = _section(given, "field_group_schemas")
    for source, data in _section(given, "field_groups").items():
        shapes[source] = _shapes(data, shapes.get(source, {}))
    sources = {
        source: {
            str(group): FieldGroupSchema(
                _fields(schema, f"{source}.{group}"), _names(parameters.get(source, {}).get(group))
            )
            for group, schema in groups.items()
        }
        for source, groups in shapes.items()
    }
    segments = given.get("segments", {})
    return Scope(events, sources, tuple(segments) if isinstance(segments, Mapping | list) else ())


def _shapes(data: Json, schemas: Json) -> Json:
    """Merge the schemas with those inferred from data without one."""
    inferred = {name: infer(one) for name, one in data.items() if name not in schemas and isinstance(one, Mapping)}
    return {**schemas, **inferred}


def _fields(schema: object, where: str) -> ObjectType:
    fields = ObjectType({str(name): type_of(value, f"{where}.{name}") for name, value in schema.items()}) if isinstance(
        schema, Mapping
    ) else None  # fmt: skip
    if fields is None:
        raise SojournError("bad_type.schema", where)
    return fields


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()


def context_of(given: Json) -> Context:
    """Read the data of a case file's context. Draws use seed 0; journey properties are null unless given."""
    groups = _section(given, "field_groups")
    segments = given.get("segments", {})
    properties = given.get("journey_properties", {})
    held = dict(segments) if isinstance(segments, Mapping) else {}
    known = dict(properties) if isinstance(properties, Mapping) else {}

    def field_group(source: str, group: str, _parameters: tuple[tuple[str, object], ...]) -> Json | None:
        found = groups.get(source, {}).get(group)
        return found if isinstance(found, Mapping) else None

    return Context(
        events=_section(given, "events"),
        now=read_now(str(given.get("now", "1970-01-01T00:00:00Z"))),
        field_group=field_group,
        journey_property=known.get,
        in_segment=lambda name: held.get(name) is True,
        random=random.Random(0).random,
    )


def read_now(text: str) -> datetime:
    """Read a time; without an offset it is in UTC. Raises ``SojournError`` (``bad_time``)."""
    try:
        return read_date_time(text)
    except UnplacedError as fault:
        raise SojournError("bad_time", reason=fault.phrase) from None


def evaluate(text: str, scope: Scope, context: Context) -> dict[str, object]:
    """``{"type", "value"}``, or ``{"error", "code", "message", "start", "end"}`` of the first error."""
    checked = check(text, scope)
    if checked.errors:
        return _failed(checked.errors[0])
    try:
        value = checked.compile().evaluate(context)
        return {"type": str(checked.type), "value": value_to_json(value, checked.type)}
    except ExpressionError as error:
        return _failed(error)


def _failed(error: ExpressionError) -> dict[str, object]:
    return {
        "error": error.kind, "code": error.code, "message": error.message, "start": error.start, "end": error.end,
    }  # fmt: skip
