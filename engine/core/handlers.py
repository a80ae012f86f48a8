"""The two sorts of activity handler: tasks, at which the engine works, and waits, which end when something occurs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.core.inspection import Inspection
from engine.core.instance import Instance
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.step_context import Need, StepContext
from engine.core.stimulus import ActionDone, Occurrence, PassageCounted
from engine.model.activity import ACTIVITY_KINDS, Activity, ActivityHandler, kind_of


def leave_plainly(_context: StepContext, _node: ProgramNode, _answer: ActionDone | PassageCounted) -> str:
    """Leave by the plain exit and keep nothing of the answer."""
    return ""


def check_nothing(_inspection: Inspection, _activity: object) -> None:
    """Accept any settings."""


def compile_nothing(_activity: object, _compiler: JourneyCompiler) -> None:
    """Keep nothing of the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackHandler:
    """Handles the wait for a callback, which another system posts to the address that a call carried.

    ``timeout_ms`` is the longest wait for compiled settings, None for no limit. ``receive`` keeps the posted JSON value
    and returns the exit.
    """

    timeout_ms: Callable[[Any], int | None]
    receive: Callable[[StepContext, ProgramNode, Any], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsHandler(ActivityHandler):
    """Handles the settings of activities.

    ``check`` reports issues of the settings; ``compile`` turns settings without issues into what the handler needs.
    """

    compile: Callable[[Any, JourneyCompiler], object] = compile_nothing
    check: Callable[[Inspection, Any], None] = check_nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHandler(SettingsHandler):
    """Handles activities that are done when a person arrives: actions, conditions, ends.

    ``run`` returns the exit, or None once it has emitted a call whose answer ``complete`` turns into the exit. It
    returns None too when it has asked for data, and is then called again when they are there. Both may raise
    ActivityError. With ``callback`` the person then waits for the callback of the call. ``draws`` marks that the
    exit is drawn at random and recorded as the step event's branch.
    """

    run: Callable[[StepContext, ProgramNode], str | None]
    complete: Callable[[StepContext, ProgramNode, Any], str] = leave_plainly
    draws: bool = False
    callback: CallbackHandler | None = None
    min_test_wait_ms: ClassVar[int] = 0


def never_due(_context: StepContext, _node: ProgramNode, _arrived: int, _needs: list[Need]) -> None:
    """Set no time limit."""


def match_nothing(_node: ProgramNode, _occurrence: Occurrence, _instance: Instance) -> bool:
    """Wait for time alone."""
    return False


def never_met(_node: ProgramNode, _instance: Instance) -> bool:
    """Accept only what occurs while the person waits."""
    return False


def no_names(_settings: object) -> tuple[str, ...]:
    """Wait for no event."""
    return ()


def no_changes(_settings: object) -> tuple[tuple[str, str], ...]:
    """Wait for no change of a segment."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitHandler(SettingsHandler):
    """Handles activities that end when something occurs, possibly beside others: events, reactions, waits.

    ``due`` returns when the activity's own time has come (epoch ms), None for never; it adds to the list what must be
    fetched to know, and may raise ActivityError. ``matches`` tests whether an occurrence is the awaited one, ``is_met``
    whether it has occurred before. ``events`` and ``segment_changes`` name the arrivals that the compiled settings
    wait for. ``min_test_wait_ms`` is the shortest test wait time of a journey with such an activity.
    """

    due: Callable[[StepContext, ProgramNode, int, list[Need]], int | None] = never_due
    matches: Callable[[ProgramNode, Occurrence, Instance], bool] = match_nothing
    is_met: Callable[[ProgramNode, Instance], bool] = never_met
    events: Callable[[Any], tuple[str, ...]] = no_names
    segment_changes: Callable[[Any], tuple[tuple[str, str], ...]] = no_changes
    min_test_wait_ms: int = 0
    awaited: ClassVar[bool] = True


def min_test_wait_ms(activities: Iterable[Activity]) -> int:
    """Return the shortest test wait time of a journey with these activities."""
    return max((handler_of(kind_of(activity)).min_test_wait_ms for activity in activities), default=0)


def awaits_callback(activity: Activity) -> bool:
    """Whether an activity makes a call and waits for its callback."""
    handler = handler_of(kind_of(activity))
    return isinstance(handler, TaskHandler) and handler.callback is not None


def handler_of(kind: str) -> TaskHandler | WaitHandler:
    """Return the handler of a registered kind."""
    handler = ACTIVITY_KINDS[kind].handler
    assert isinstance(handler, TaskHandler | WaitHandler)
    return handler
