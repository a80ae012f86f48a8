"""``--set JSONPATH=VALUE``: changes to a JSON document before it is read (interfaces.md, Commands)."""

from __future__ import annotations

import json
import re
from typing import Any

from engine.errors import SojournError, WrongUseError

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")


def parse(path: str) -> tuple[str | int, ...]:
    """Split ``$.data_sources[1].url`` into steps; raises SojournError for more than names and indexes."""
    steps: list[str | int] = []
    at = 1
    while path.startswith("$") and at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            break
        name, index, quoted = match.groups()
        steps.append(int(index) if index is not None else name if name is not None else quoted)
        at = match.end()
    if not steps or at != len(path):
        raise WrongUseError("path_malformed", path=path)
    return tuple(steps)


def apply(document: Any, assignment: str) -> None:
    """Set one ``PATH=VALUE`` in a document, in place; JSON values are read as such, anything else is a text.

    The last step may be a new key of an object; every other step must exist. Raises SojournError.
    """
    path, equals, text = assignment.partition("=")
    if not equals:
        raise WrongUseError("path_malformed.assignment", assignment=assignment)
    here = document
    steps = parse(path)
    for index, step in enumerate(steps[:-1]):
        if not _has(here, step):
            raise _missing(path, steps[: index + 1])
        here = here[step]
    if not (isinstance(here, dict) and isinstance(steps[-1], str)) and not _has(here, steps[-1]):
        raise _missing(path, steps)
    here[steps[-1]] = _value(text, here[steps[-1]] if _has(here, steps[-1]) else None)


def _has(here: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(here, list) and step < len(here)
    return isinstance(here, dict) and step in here


def _missing(path: str, steps: tuple[str | int, ...]) -> SojournError:
    shown = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return SojournError("path_missing", shown, place=shown, path=path)


def _value(text: str, before: Any) -> Any:
    """JSON values stay JSON, but what replaces a text stays a text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(before, str) and not isinstance(value, str):
        return text
    return value
