"""A version that cannot be compiled: the others go on, and nothing is lost that comes for the people inside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.core import program_compiler
from tests.helpers.embedded_engine import CALLER, HOUR, EmbeddedEngine, running
from tests.helpers.journey_builders import activity, entry, journey, notify


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


@contextmanager
def suspended(place: EmbeddedEngine, name: str) -> Iterator[None]:
    """The versions of this journey cannot be compiled until the end, and go on then."""
    real = program_compiler.compile_program

    def faulty(version: Any, *rest: Any, **more: Any) -> Any:
        if version.name == name:
            raise KeyError(name)
        return real(version, *rest, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("engine.runtime.deployment_loader.compile_program", faulty)
        template = {"name": "New", "channel": "sms", "text": "New"}
        place.engine.definitions.save(CALLER, "template", template)
        assert [row.name for row in place.engine.operations.suspended(CALLER)] == [f"{name}@1"]
        yield
    place.engine.operations.resume(CALLER, "journey", f"{name}@1")


def waiting(name: str, hours: int) -> Any:
    """A journey that waits."""
    wait = activity("wait", "wait.duration", duration=f"PT{hours}H")
    return journey([entry(), wait, notify("told")], ["in>wait", "wait>told"], name=name)


def test_suspended_version_delays_no_other_timer(place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = place.publish(waiting("K", 1)), place.publish(waiting("J", 2))
    place.send("p1")
    place.settle(second, entered=1)
    monkeypatch.setattr(place.owner.writer, "_batch", 1)
    with suspended(place, "K"):
        place.pass_time(3 * HOUR)
        place.settle(second, completed=1)
        place.nudge()
        assert place.metrics(first)["completed"] == 0
    place.settle(first, completed=1)


def test_suspended_version_has_no_overdue_timers(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(workspace) as place:
        version = place.publish(waiting("K", 1))
        place.send("p1")
        place.settle(version, entered=1)
        clock = place.clock
    clock.time += 2 * HOUR
    monkeypatch.setattr("engine.runtime.deployment_loader.compile_program", _fault)
    with running(workspace, clock=clock) as again:
        assert again.owner.writer.overdue == 0


def _fault(*_: object, **__: object) -> None:
    raise KeyError("K")
