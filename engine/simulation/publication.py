"""The conditions for journeys to run together: one meaning for each name, and no errors in any journey."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from engine.catalogue import Phrase
from engine.core.validate import validate
from engine.core.versions import changed_invariant
from engine.errors import SojournError
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.model.journey_file import JourneyFile

NO_TARGET = "ERR_JUMP_002"
"""A journey that is not given is an error of the jump when it is made, not of the scenario."""

_KINDS = ("namespaces", "events", "data_sources", "actions", "templates", "segments")


def merge_definitions(files: Sequence[JourneyFile]) -> Definitions:
    """All definitions of the files; raises SojournError when one name means two things."""
    merged: dict[str, tuple[Any, ...]] = {kind: _merge(kind, files) for kind in _KINDS}
    return Definitions(**merged)


def _merge(kind: str, files: Sequence[JourneyFile]) -> tuple[Any, ...]:
    found: dict[str, Any] = {}
    for file in files:
        for one in getattr(file, kind):
            name = one.code if kind == "namespaces" else one.name
            if found.setdefault(name, one) != one:
                raise SojournError(
                    "definition_differs.files", name, kind=Phrase(f"definition.{kind.rstrip('s')}"), name=name
                )
    return tuple(found.values())


def used_segments(journeys: Iterable[JourneyVersion], definitions: Definitions) -> Definitions:
    """Keep only the segments that journeys name, or that the rules of those name."""
    texts = [journey.model_dump_json(include={"activities"}) for journey in journeys]
    used: dict[str, None] = {}
    while texts:
        text = texts.pop()
        for segment in definitions.segments:
            written = json.dumps(segment.name, ensure_ascii=False)[1:-1]
            if segment.name not in used and (segment.name in text or written in text):
                used[segment.name] = None
                texts.append(segment.expression)
    kept = tuple(segment for segment in definitions.segments if segment.name in used)
    return definitions.model_copy(update={"segments": kept})


def publishable(
    journeys: Mapping[str, Mapping[int, JourneyVersion]], definitions: Definitions, state: str
) -> Mapping[str, Mapping[int, JourneyVersion]]:
    """Return the journeys, by name and version; raises SojournError with the first error of one."""
    others = tuple(versions[max(versions)] for versions in journeys.values())
    for name, versions in journeys.items():
        for journey in versions.values():
            issues = validate(journey, definitions, journeys=others, for_test=state == "test")
            fault = next((issue for issue in issues if issue.severity == "error" and issue.code != NO_TARGET), None)
            if fault is not None:
                where = f"{name}: {fault.activity}" if fault.activity else name
                raise SojournError("journey_has_errors", where, issue=fault.phrase, code=fault.code)
        _refuse_changed_rules(name, [versions[number] for number in sorted(versions)])
    return journeys


def _refuse_changed_rules(name: str, versions: Sequence[JourneyVersion]) -> None:
    for before, after in pairwise(versions):
        what = changed_invariant(before, after)
        if what is not None:
            raise SojournError("version_differs.file", name, part=Phrase(f"rule.{what}"), version=after.version)
