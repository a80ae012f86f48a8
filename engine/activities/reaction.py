"""Reaction: a wait for what a person does with a message sent before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from engine.activities.timeouts import check_patience, timeout_due
from engine.catalogue import Phrase
from engine.core.activity_names import quoted
from engine.core.handlers import WaitHandler
from engine.core.inspection import Inspection
from engine.core.instance import Instance
from engine.core.program import JourneyCompiler, ProgramNode, to_milliseconds
from engine.core.stimulus import Occurrence, ReactionArrived
from engine.model.activity import ACTIVITY_KINDS, ActivityBase, ActivityKind, kind_of
from engine.model.base import Duration
from engine.model.channel import CHANNELS

TIMEOUT_RANGE = (timedelta(seconds=40), timedelta(days=29))
TEST_WAIT_MS = 40_000


class ReactionActivity(ActivityBase):
    """Waits for what a person does with the message that activity ``to`` sent."""

    type: Literal["reaction"]
    to: str | None = None
    on: Literal["sent", "opened", "clicked", "failed"] | None = None
    timeout: Duration | None = None
    timeout_path: bool = False


@dataclass(frozen=True, slots=True)
class ReactionSettings:
    """The activity whose message is meant, the kind of feedback, and how long it is awaited."""

    to: str
    on: str
    timeout_ms: int | None


def _compile(activity: ReactionActivity, _compiler: JourneyCompiler) -> ReactionSettings:
    timeout = None if activity.timeout is None else to_milliseconds(activity.timeout)
    return ReactionSettings(activity.to or "", activity.on or "", timeout)


def _matches(node: ProgramNode, occurrence: Occurrence, instance: Instance) -> bool:
    return (
        type(occurrence) is ReactionArrived
        and occurrence.kind == node.settings.on
        and occurrence.message == instance.messages.get(node.settings.to)
    )


def _is_met(node: ProgramNode, instance: Instance) -> bool:
    message = instance.messages.get(node.settings.to, "")
    return node.settings.on in instance.reactions.get(message, ())


def reaction_noun(reaction: str) -> Phrase:
    """Return the word for a reaction; that of an extension has no translation."""
    return Phrase(f"reaction.{reaction}", {"message": reaction})


def _check(inspection: Inspection, activity: ReactionActivity) -> None:
    """Require a message earlier on the path, feedback that it can have, and a timeout in its range."""
    message = next((one for one, _ in inspection.ancestors[activity.id] if one.id == activity.to), None)
    channel = CHANNELS.get(ACTIVITY_KINDS[kind_of(message)].channel) if message is not None else None
    if activity.to is None:
        inspection.report("ERR_REACTION_001", activity, ".to")
    elif channel is None:
        other = inspection.journey.by_id.get(activity.to)
        name = quoted(activity.to) if other is None else inspection.display_name(other)
        inspection.report("ERR_REACTION_002", activity, ".to", name=name)
    elif activity.on not in channel.reactions:
        choices = tuple(reaction_noun(one) for one in channel.reactions)
        inspection.report("ERR_REACTION_003", activity, ".on", name=reaction_noun(activity.on or ""), choices=choices)
    if activity.timeout is not None and not TIMEOUT_RANGE[0] <= activity.timeout <= TIMEOUT_RANGE[1]:
        inspection.report("ERR_REACTION_004", activity, ".timeout")
    if activity.timeout_path and activity.timeout is None:
        inspection.report("ERR_EVENT_005", activity, ".timeout_path")
    check_patience(inspection, activity)


REACTION = ActivityKind(
    key="reaction",
    settings=ReactionActivity,
    handler=WaitHandler(
        due=timeout_due,
        matches=_matches,
        is_met=_is_met,
        compile=_compile,
        check=_check,
        min_test_wait_ms=TEST_WAIT_MS,
    ),
    noun="reaction",
    needs_message=True,
    activity_settings=("to",),
    category="event",
)
