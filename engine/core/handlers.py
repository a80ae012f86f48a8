"""The two ways an activity can be: worked at by the engine, or awaited in a group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from engine.core.instance import Instance
    from engine.core.program import JourneyCompiler, Node
    from engine.core.step_context import Need, StepContext
    from engine.core.stimulus import ActionDone, EventArrived, PassageCounted, ReactionArrived, SegmentChanged


def leave_plainly(_context: StepContext, _node: Node, _answer: ActionDone | PassageCounted) -> str:
    """Nothing is kept of the answer."""
    return ""


@dataclass(frozen=True, slots=True)
class TaskHandler:
    """People arrive, something is done, they leave: actions, conditions, ends.

    ``run`` gives the way out, or None once it has emitted a call whose answer ``complete`` turns into the way out.
    It gives None too when it has asked for data, and is then called again when they are there. Both may raise
    ActivityError.
    """

    compile: Callable[[Any, JourneyCompiler], Any]
    run: Callable[[StepContext, Node], str | None]
    complete: Callable[[StepContext, Node, Any], str] = leave_plainly
    action: bool = False
    awaited: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class WaitHandler:
    """Waits until something occurs, possibly beside others: events, reactions, qualifications, waits.

    ``due`` is when its own time has come, None for never; it adds to the list what must be fetched to know, and may
    raise ActivityError. ``matches`` says whether an arrival is what it waits for; ``is_met`` whether it has been met
    before it was asked for.
    """

    compile: Callable[[Any, JourneyCompiler], Any]
    due: Callable[[StepContext, Node, int, list[Need]], int | None]
    matches: Callable[[Node, EventArrived | SegmentChanged | ReactionArrived, Instance], bool]
    is_met: Callable[[Node, Instance], bool]
    awaited: ClassVar[bool] = True
    action: ClassVar[bool] = False
