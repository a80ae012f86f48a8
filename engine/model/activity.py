"""Activities of a journey in general: what all settings share, and the registry of their kinds.

The kinds themselves are described in ``engine.activities``, one module for each, and in installed extensions. A draft
may be unfinished: what a user has not chosen yet is ``None`` or empty, and ``core.validate`` reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from engine.model.base import Model, Number
from engine.model.definitions import DataSource
from engine.registry import Registry

OTHERS = "others"
ERROR = "error"
TIMEOUT = "timeout"
RESERVED_PATHS = (OTHERS, ERROR, TIMEOUT)
"""Names of exits that are not a condition's own paths."""

Category = Literal["event", "orchestration", "action"]


class ActivityBase(Model):
    """The settings of every activity. ``id`` is unique in the journey; ``position`` is x, y on the canvas in pixels."""

    id: str
    type: str
    label: str = ""
    description: str = ""
    position: tuple[Number, Number] | None = None


class ConditionPath(Model):
    """A labelled exit of a condition; ``id`` is unique among the condition's paths."""

    id: str
    label: str = ""


class ActivityHandler:
    """The base of handlers, which check, compile and run activities; both sorts are in ``engine.core.handlers``."""

    awaited: ClassVar[bool] = False


def plain_exits(activity: ActivityBase) -> tuple[str, ...]:
    """One plain exit, a timeout path and an error path if the settings have them."""
    return ("", *optional_exits(activity))


def optional_exits(activity: ActivityBase) -> tuple[str, ...]:
    """Return the exits that ``timeout_path`` and ``on_error`` add."""
    timeout = (TIMEOUT,) if getattr(activity, "timeout_path", False) else ()
    return (*timeout, ERROR) if getattr(activity, "on_error", False) else timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityKind:
    """The description of a kind of activity.

    ``key`` is the ``type`` of its settings; of a type with several kinds (conditions, waits) it is ``type.kind``.
    ``noun`` names an activity without a label in sentences. ``category`` is its group in palettes and reports.
    ``definition`` is the setting that names the event or action it is about. ``starts_journey`` and
    ``needs_namespace`` are asked before it is drawn; ``channel`` is the key of the channel that a message goes by.
    """

    key: str
    settings: type[ActivityBase]
    handler: ActivityHandler
    noun: str
    category: Category
    definition: str = ""
    starts_journey: bool = False
    needs_namespace: bool = False
    channel: str = ""
    ends_path: bool = False
    """Whether nothing can follow an activity of this kind."""
    needs_message: bool = False
    """Whether a message has to come before it on its path."""
    excluded_starts: tuple[str, ...] = ()
    """The kinds with which a journey that has this one may not start."""
    activity_settings: tuple[str, ...] = ()
    """The settings that hold the id of another activity."""
    exits: Callable[[Any], tuple[str, ...]] = plain_exits
    readable: Callable[[Any], str | None] = lambda _activity: None
    """The name under which later expressions read what the activity received."""
    normalize: Callable[[Any, Iterable[DataSource]], ActivityBase] = lambda activity, _sources: activity
    """The settings in the one form that the program writes."""

    @property
    def type(self) -> str:
        """The ``type`` of the settings."""
        return self.key.partition(".")[0]

    @property
    def is_parallel(self) -> bool:
        """Whether activities of this kind may be parallel to others that are awaited."""
        return self.handler.awaited


ACTIVITY_KINDS: Registry[ActivityKind] = Registry(
    ActivityKind, "engine.activities:built_in_kinds", "sojourn.activities", "sojourn.conditions"
)
"""Every kind of activity by the key that :func:`kind_of` returns."""


def kind_of(activity: object) -> str:
    """Return the key of an activity, or of its file form: ``type``, or ``type.kind`` for conditions and waits."""
    if isinstance(activity, Mapping):
        kind, sort = activity.get("type"), activity.get("kind")
    else:
        kind, sort = getattr(activity, "type", None), getattr(activity, "kind", None)
    return f"{kind}.{sort}" if kind in ("condition", "wait") else str(kind)


def find_kind(name: str) -> ActivityKind | None:
    """Return the kind of a key, or the first kind of a ``type``; None for one that is not installed."""
    return ACTIVITY_KINDS.get(name) or next((kind for kind in ACTIVITY_KINDS.values() if kind.type == name), None)


class _AnyKind:
    """Validates settings by the model that is registered for their kind."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices = {key: handler.generate_schema(kind.settings) for key, kind in ACTIVITY_KINDS.items()}
        return core_schema.tagged_union_schema(choices, discriminator=kind_of)


Activity = Annotated[ActivityBase, _AnyKind]
"""Any activity. Models with such a field are built with ``defer_build``: at their first use, when kinds are known."""


def exit_paths(activity: ActivityBase) -> tuple[str, ...]:
    """Return the paths that can leave an activity, from the top: '' is the plain one (runtime.md, Moving)."""
    return ACTIVITY_KINDS[kind_of(activity)].exits(activity)
