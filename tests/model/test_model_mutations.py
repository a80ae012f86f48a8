"""Any spoilt journey file is read, or refused with one sentence that says where: never with another exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.core.validate import validate
from engine.model.document_errors import DocumentError
from engine.model.journey_file import JourneyFile, read, write

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
TEXTS = [file.read_text("utf-8") for file in sorted(SAMPLES.glob("*.journey.json"))]
STRANGE: list[Any] = [None, 0, -1, 1.5, "", "x", [], {}, True, "@{", "PT0S", 10**30, {"type": "string"}, [1], "\ud800"]
STRANGE += ["9" * 400, {"*": 1}, float("inf")]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(inside):
        yield value, key
        yield from places(inner)


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    document = json.loads(draw(st.sampled_from(TEXTS)))
    for _ in range(draw(st.integers(1, 3))):
        container, key = draw(st.sampled_from(list(places(document))))
        match draw(st.sampled_from(["drop", "replace", "add", "repeat"])):
            case "drop":
                del container[key]
            case "replace":
                container[key] = copy.deepcopy(draw(st.sampled_from(STRANGE)))
            case "add" if isinstance(container, dict):
                container["unheard_of"] = 1
            case "repeat" if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
    return json.dumps(document)


def attempt(text: str) -> JourneyFile | DocumentError:
    try:
        return read(text)
    except DocumentError as refusal:
        return refusal


@given(spoilt())
def test_mutated_file_is_read_or_refused(text: str) -> None:
    outcome = attempt(text)
    if isinstance(outcome, DocumentError):
        assert outcome.where.startswith("$")
        assert "\n" not in str(outcome)
        assert len(outcome.message) < 600
        return
    assert write(read(write(outcome))) == write(outcome)
    for issue in validate(outcome.journey, outcome):
        assert issue.severity in ("error", "warning")
        assert issue.message
