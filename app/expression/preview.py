"""What an expression gives for a sample: a payload of each event, and what data sources and profiles would answer."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.expression import Checked, Context, ExpressionError, value_to_json
from engine.expression.types import ListType, MapType, ObjectType, Scalar, Scope, Type

Json = Mapping[str, object]

_EXAMPLES: Mapping[str, object] = {
    "string": "text",
    "integer": 1,
    "decimal": 1.5,
    "boolean": True,
    "dateOnly": "2026-01-31",
    "dateTimeOnly": "2026-01-31T08:00:00",
    "dateTime": "2026-01-31T08:00:00Z",
    "duration": "PT15M",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One case to try an expression on. ``sources`` has the data of each ``Source.Group``."""

    label: str
    events: Mapping[str, Json] = field(default_factory=dict)
    sources: Mapping[str, Json] = field(default_factory=dict)
    segments: Collection[str] = ()
    properties: Json = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the sample as editable JSON."""
        shown = {
            "events": self.events,
            "sources": self.sources,
            "segments": list(self.segments),
            "properties": self.properties,
        }
        return json.dumps(shown, indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, label: str, text: str) -> Sample:
        """Read what ``to_json`` writes. Raises ``ValueError`` for anything else."""
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("a sample is an object")
        events, sources = _objects(content.get("events", {})), _objects(content.get("sources", {}))
        segments, properties = content.get("segments", []), content.get("properties", {})
        if not isinstance(segments, list) or not isinstance(properties, dict):
            raise ValueError("segments are a list, properties an object")
        return cls(label, events, sources, tuple(map(str, segments)), properties)


def _objects(content: object) -> Mapping[str, Json]:
    if not isinstance(content, dict) or not all(isinstance(one, dict) for one in content.values()):
        raise ValueError("events and sources are objects of objects")
    return content


def example_sample(label: str, scope: Scope) -> Sample:
    """Make a sample with an example value in every field; the person is in no segment."""
    events = {name: _example_object(schema) for name, schema in scope.events.items()}
    sources = {
        f"{source}.{group}": _example_object(schema.fields)
        for source, groups in scope.sources.items()
        for group, schema in groups.items()
    }
    return Sample(label, events, sources)


def _example_object(of: ObjectType) -> Json:
    return {name: _example(one) for name, one in of.fields.items()}


def _example(of: Type) -> object:
    if isinstance(of, Scalar):
        return _EXAMPLES[of.name]
    if isinstance(of, ListType):
        return [_example(of.item)]
    if isinstance(of, ObjectType):
        return _example_object(of)
    return {"key": _example(of.value)} if isinstance(of, MapType) else None


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """What came of a try: the value as JSON, or the error that came instead."""

    value: str = ""
    error: ExpressionError | None = None


def evaluate(checked: Checked, sample: Sample, now: datetime) -> PreviewResult:
    """Evaluate a text without problems; ``now`` is timezone-aware. Never raises."""
    context = Context(
        sample.events,
        now,
        lambda source, group, _parameters: sample.sources.get(f"{source}.{group}"),
        sample.properties.get,
        lambda name: name in sample.segments,
        random.Random(0).random,
    )
    try:
        value = checked.compile().evaluate(context)
    except ExpressionError as error:
        return PreviewResult(error=error)
    return PreviewResult(json.dumps(value_to_json(value, checked.type), ensure_ascii=False))
