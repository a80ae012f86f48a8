"""The two ways an activity can be: worked at by the engine, or awaited in a group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from engine.core.instance import Instance
    from engine.core.program import Compiler, Node
    from engine.core.stimulus import ActionDone, Counted, EventArrived, ReactionArrived, SegmentChanged
    from engine.core.turn import Need, Turn


def leave_plainly(_turn: Turn, _node: Node, _answer: ActionDone | Counted) -> str:
    """Nothing is kept of the answer."""
    return ""


@dataclass(frozen=True, slots=True)
class Worked:
    """People arrive, something is done, they leave: actions, conditions, ends.

    ``work`` gives the way out, or None once it has emitted a call whose answer ``answered`` turns into the way out.
    It gives None too when it has asked for data, and is then called again when they are there. Both may raise
    ActivityError.
    """

    compile: Callable[[Any, Compiler], Any]
    work: Callable[[Turn, Node], str | None]
    answered: Callable[[Turn, Node, Any], str] = leave_plainly
    action: bool = False
    awaited: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Awaited:
    """Waits until something occurs, possibly beside others: events, reactions, qualifications, waits.

    ``due`` is when its own time has come, None for never; it adds to the list what must be fetched to know, and may
    raise ActivityError. ``takes`` says whether an arrival is what it waits for; ``ready`` whether it has been met
    before it was asked for.
    """

    compile: Callable[[Any, Compiler], Any]
    due: Callable[[Turn, Node, int, list[Need]], int | None]
    takes: Callable[[Node, EventArrived | SegmentChanged | ReactionArrived, Instance], bool]
    ready: Callable[[Node, Instance], bool]
    awaited: ClassVar[bool] = True
    action: ClassVar[bool] = False
