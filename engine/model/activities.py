"""The activities of a journey and their settings (product.md, The journey; interfaces.md, A journey file).

A draft may be unfinished: what a user has not chosen yet is ``None`` or empty, and ``core.validate`` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag
from pydantic import Field as Setting

from engine.model.base import Duration, Expression, Model, Number

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ActivityBase(Model):
    """What every activity has. ``id`` is unique in the journey; ``position`` is x, y on the canvas in pixels."""

    id: str
    type: str
    label: str = ""
    description: str = ""
    position: tuple[Number, Number] | None = None


class EventActivity(ActivityBase):
    """Waits for an event, or is the entry. ``timeout`` ends the waiting; ``timeout_path`` gives that its own way."""

    type: Literal["event"]
    event: str | None = None
    timeout: Duration | None = None
    timeout_path: bool = False


class ReactionActivity(ActivityBase):
    """Waits for what a person does with the message that activity ``to`` sent."""

    type: Literal["reaction"]
    to: str | None = None
    on: Literal["sent", "opened", "clicked", "failed"] | None = None
    timeout: Duration | None = None
    timeout_path: bool = False


class SegmentQualificationActivity(ActivityBase):
    """Waits until the person enters or leaves a segment, or is the entry."""

    type: Literal["segment_qualification"]
    segment: str | None = None
    behaviour: Literal["enter", "exit", "both"] = "enter"


class ConditionPath(Model):
    """A labelled way out of a condition; ``id`` is unique among the condition's paths."""

    id: str
    label: str = ""


class ExpressionPath(ConditionPath):
    """Taken when ``expression`` is true."""

    expression: Expression = ""


class TimePath(ConditionPath):
    """Taken between two times of day (``HH:MM``, ``until`` excluded) on these days; no days mean every day."""

    start: str | None = Setting(None, alias="from")
    until: str | None = None
    days: tuple[Weekday, ...] = ()


class SplitPath(ConditionPath):
    """Taken by ``weight`` per cent of the people."""

    weight: Number = 0


class DatePath(ConditionPath):
    """Taken in a range of dates or dateTimeOnly values; a bound that is only a date includes its whole day."""

    start: str | None = Setting(None, alias="from")
    until: str | None = None


class CapPath(ConditionPath):
    """The path of a profile cap; the people beyond the limit take ``others``."""


class DataSourceCondition(ActivityBase):
    """The first path from the top whose expression holds; else ``others``, if there is one."""

    type: Literal["condition"]
    kind: Literal["data_source"]
    paths: tuple[ExpressionPath, ...] = ()
    others: bool = False
    on_error: bool = False


class TimeCondition(ActivityBase):
    """Chooses by hour of the day and day of the week in the journey's time zone."""

    type: Literal["condition"]
    kind: Literal["time"]
    paths: tuple[TimePath, ...] = ()
    others: bool = False
    on_error: bool = False


class SplitCondition(ActivityBase):
    """Chooses at random with the paths' weights, which add up to 100."""

    type: Literal["condition"]
    kind: Literal["percentage"]
    paths: tuple[SplitPath, ...] = ()
    on_error: bool = False


class DateCondition(ActivityBase):
    """Chooses by date in the journey's time zone."""

    type: Literal["condition"]
    kind: Literal["date"]
    paths: tuple[DatePath, ...] = ()
    others: bool = False
    on_error: bool = False


class ProfileCapCondition(ActivityBase):
    """The first ``limit`` passages take the path, the rest ``others``."""

    type: Literal["condition"]
    kind: Literal["profile_cap"]
    paths: tuple[CapPath, ...] = ()
    limit: int | None = None
    others: bool = False
    on_error: bool = False


class DurationWait(ActivityBase):
    """Waits for a length of time."""

    type: Literal["wait"]
    kind: Literal["duration"]
    duration: Duration | None = None


class CustomWait(ActivityBase):
    """Waits until the wall-clock time that ``until`` computes (dateTimeOnly, in the journey's time zone)."""

    type: Literal["wait"]
    kind: Literal["custom"]
    until: Expression = ""


class EndActivity(ActivityBase):
    """A labelled end of a path."""

    type: Literal["end"]


class CollectionParameter(Model):
    """Fills a variable of type ``listObject``: ``items`` computes a list of objects, ``fields`` map names to theirs."""

    items: Expression = ""
    fields: Mapping[str, str] = {}


ParameterValue = Expression | CollectionParameter


class CustomActionActivity(ActivityBase):
    """Calls a custom action. ``parameters``, ``headers`` and ``query`` fill its variables by name."""

    type: Literal["action"]
    action: str | None = None
    url_path: Expression = ""
    headers: Mapping[str, Expression] = {}
    query: Mapping[str, Expression] = {}
    parameters: Mapping[str, ParameterValue] = {}
    on_error: bool = False


class MessageActivity(ActivityBase):
    """Sends a message from a template to ``address``."""

    template: str | None = None
    address: Expression = ""
    parameters: Mapping[str, Expression] = {}
    on_error: bool = False


class EmailActivity(MessageActivity):
    """Sends an email."""

    type: Literal["email"]


class SmsActivity(MessageActivity):
    """Sends a text message."""

    type: Literal["sms"]


class PushActivity(MessageActivity):
    """Sends a push notification."""

    type: Literal["push"]


class UpdateProfileActivity(ActivityBase):
    """Sets one existing field of the profile; ``field`` is ``FieldGroup.path``."""

    type: Literal["update_profile"]
    field: str | None = None
    value: Expression = ""
    on_error: bool = False


class JumpActivity(ActivityBase):
    """Hands the person to another journey; ``parameters`` give a value for each field of its entry event."""

    type: Literal["jump"]
    journey: str | None = None
    parameters: Mapping[str, Expression] = {}
    on_error: bool = False


Condition = DataSourceCondition | TimeCondition | SplitCondition | DateCondition | ProfileCapCondition
Wait = DurationWait | CustomWait
Message = EmailActivity | SmsActivity | PushActivity
ActionLike = CustomActionActivity | EmailActivity | SmsActivity | PushActivity | UpdateProfileActivity | JumpActivity

KINDS: Mapping[str, type[ActivityBase]] = {
    "event": EventActivity,
    "reaction": ReactionActivity,
    "segment_qualification": SegmentQualificationActivity,
    "condition.data_source": DataSourceCondition,
    "condition.time": TimeCondition,
    "condition.percentage": SplitCondition,
    "condition.date": DateCondition,
    "condition.profile_cap": ProfileCapCondition,
    "wait.duration": DurationWait,
    "wait.custom": CustomWait,
    "end": EndActivity,
    "action": CustomActionActivity,
    "email": EmailActivity,
    "sms": SmsActivity,
    "push": PushActivity,
    "update_profile": UpdateProfileActivity,
    "jump": JumpActivity,
}
"""Every kind of activity by the key :func:`kind_of` gives."""


def kind_of(activity: Any) -> str:
    """``type``, or ``type.kind`` for conditions and waits, of an activity or of its file form."""
    if isinstance(activity, Mapping):
        kind, sort = activity.get("type"), activity.get("kind")
    else:
        kind, sort = getattr(activity, "type", None), getattr(activity, "kind", None)
    return f"{kind}.{sort}" if kind in ("condition", "wait") else str(kind)


Activity = Annotated[
    Annotated[EventActivity, Tag("event")]
    | Annotated[ReactionActivity, Tag("reaction")]
    | Annotated[SegmentQualificationActivity, Tag("segment_qualification")]
    | Annotated[DataSourceCondition, Tag("condition.data_source")]
    | Annotated[TimeCondition, Tag("condition.time")]
    | Annotated[SplitCondition, Tag("condition.percentage")]
    | Annotated[DateCondition, Tag("condition.date")]
    | Annotated[ProfileCapCondition, Tag("condition.profile_cap")]
    | Annotated[DurationWait, Tag("wait.duration")]
    | Annotated[CustomWait, Tag("wait.custom")]
    | Annotated[EndActivity, Tag("end")]
    | Annotated[CustomActionActivity, Tag("action")]
    | Annotated[EmailActivity, Tag("email")]
    | Annotated[SmsActivity, Tag("sms")]
    | Annotated[PushActivity, Tag("push")]
    | Annotated[UpdateProfileActivity, Tag("update_profile")]
    | Annotated[JumpActivity, Tag("jump")],
    Discriminator(kind_of),
]
"""Any activity, told apart by ``type`` and, for conditions and waits, ``kind``."""
