"""An activity that makes the call of a custom action and waits until the called system answers.

The call carries a one-time address in the header ``X-Callback-URL``. The JSON object that is posted there can be read
by later expressions as the action's response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Literal

from engine.activities.custom_action import (
    ActionCallBase,
    CallSettings,
    call_action,
    check_custom_action,
    compile_call,
)
from engine.core.handlers import CallbackHandler, TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import JourneyCompiler, ProgramNode, to_milliseconds
from engine.core.step_context import StepContext
from engine.model.activity import ActivityKind
from engine.model.base import Duration

HEADER = "X-Callback-URL"
LIMITS = (timedelta(seconds=1), timedelta(days=30))


class CallbackActivity(ActionCallBase):
    """Calls a custom action and waits for its callback, for ``timeout`` at most."""

    type: Literal["callback"]
    timeout: Duration | None = None
    timeout_path: bool = False


@dataclass(frozen=True, slots=True)
class CallbackSettings(CallSettings):
    """A compiled call and the longest wait for its callback."""

    timeout_ms: int | None = None


def _compile(activity: CallbackActivity, compiler: JourneyCompiler) -> CallbackSettings:
    call = compile_call(activity, compiler)
    timeout = None if activity.timeout is None else to_milliseconds(activity.timeout)
    return CallbackSettings(**{field.name: getattr(call, field.name) for field in fields(call)}, timeout_ms=timeout)


def _run(context: StepContext, node: ProgramNode) -> None:
    call_action(context, node, HEADER)


def _receive(context: StepContext, node: ProgramNode, payload: Any) -> str:
    """Keep the callback as the action's response, and leave by the plain exit."""
    response = payload if isinstance(payload, Mapping) else {}
    instance = context.instance
    instance.events = {**instance.events, node.settings.action: {"response": response}}
    return ""


def _check(inspection: Inspection, activity: CallbackActivity) -> None:
    """Require a complete call and a timeout in its range."""
    check_custom_action(inspection, activity)
    if activity.timeout is not None and not LIMITS[0] <= activity.timeout <= LIMITS[1]:
        inspection.report("ERR_EVENT_004", activity, ".timeout", days=LIMITS[1].days)
    if activity.timeout_path and activity.timeout is None:
        inspection.report("ERR_EVENT_005", activity, ".timeout_path")


CALLBACK = ActivityKind(
    key="callback",
    settings=CallbackActivity,
    handler=TaskHandler(
        run=_run,
        compile=_compile,
        check=_check,
        callback=CallbackHandler(timeout_ms=lambda settings: settings.timeout_ms, receive=_receive),
    ),
    noun="call with callback",
    category="action",
    readable=lambda activity: activity.action,
)
