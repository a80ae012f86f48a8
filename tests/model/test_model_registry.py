"""Registries: built-in entries first, then those of extensions; what does not fit is left out and listed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from engine import registry
from engine.registry import ExtensionProblem, Registry


@dataclass(frozen=True)
class Shape:
    key: str


class Line:
    key = "line"


SQUARE, CIRCLE = Shape("square"), Shape("circle")
NO_SHAPE = Line()


def built_in() -> tuple[Shape, ...]:
    return (Shape("square"),)


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, f"{__name__}:{value}", "shapes")


@pytest.fixture
def problems(monkeypatch: pytest.MonkeyPatch) -> list[ExtensionProblem]:
    found: list[ExtensionProblem] = []
    monkeypatch.setattr(registry, "PROBLEMS", found)
    return found


def shapes(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> Registry[Shape]:
    """A registry with these extensions installed in its second group."""
    monkeypatch.setattr(registry, "_installed", lambda: EntryPoints(points))
    return Registry(Shape, f"{__name__}:built_in", "colours", "shapes")


def test_extension_follows_built_in_entries(monkeypatch: pytest.MonkeyPatch, problems: list[ExtensionProblem]) -> None:
    found = shapes(monkeypatch, point("circle", "CIRCLE"))
    assert list(found) == ["square", "circle"]
    assert (found["circle"], len(found), "line" in found) == (CIRCLE, 2, False)
    assert problems == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("SQUARE", "there is a 'square' already"),
        ("NO_SHAPE", "NO_SHAPE is no Shape"),
        ("MISSING", "it cannot be imported (AttributeError: "),
    ],
)
def test_unfit_extension_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
    problems: list[ExtensionProblem],
    caplog: pytest.LogCaptureFixture,
    value: str,
    reason: str,
) -> None:
    found = shapes(monkeypatch, point("odd", value))
    assert list(found) == ["square"]
    (problem,) = problems
    assert reason in problem.reason
    assert str(problem).startswith("The extension odd of an unknown package (shapes) is not used: ")
    assert caplog.messages == [str(problem)]


def test_registry_is_filled_once(
    monkeypatch: pytest.MonkeyPatch, problems: list[ExtensionProblem], caplog: pytest.LogCaptureFixture
) -> None:
    found = shapes(monkeypatch, point("odd", "MISSING"))
    assert len(found) == len(found) == 1
    assert len(problems) == len(caplog.messages) == 1
