"""The journey as it is drawn: properties, activities, edges, notes and groups (product.md, The journey)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Literal

from pydantic import ConfigDict
from pydantic import Field as Setting

from engine.model.activity import Activity
from engine.model.base import Duration, FreeName, Model, Number

JourneyState = Literal["draft", "test", "live", "closed", "finished", "stopped"]

MAX_ACTIVITIES = 50


class JourneyProperties(Model):
    """The settings of the journey as a whole. ``starts_at`` and ``ends_at`` are ISO times, with an offset or in it."""

    time_zone: str = "UTC"
    use_profile_time_zone: bool = False
    reentrance: bool = True
    reentrance_wait: Duration = timedelta(minutes=5)
    starts_at: str | None = None
    ends_at: str | None = None
    timeout_and_error: Duration = timedelta(seconds=30)
    global_timeout: Duration = timedelta(days=30)


class Edge(Model):
    """A drawn line. ``path`` names the exit of ``source``: a condition's path id, a reserved path, or ''."""

    source: str = Setting(alias="from")
    path: str = ""
    target: str = Setting(alias="to")


class Note(Model):
    """A sticky note on the canvas."""

    text: str = ""
    position: tuple[Number, Number] = (0, 0)
    size: tuple[Number, Number] = (200, 120)


class Group(Model):
    """A coloured frame around some activities."""

    label: str = ""
    color: str = "blue"
    activities: tuple[str, ...] = ()


LAST_VERSION = 2**31 - 1
"""Versions are counted from 1; a larger number than any store holds is a slip of the pen."""


class JourneyVersion(Model):
    """One version of a journey, as designed."""

    model_config = ConfigDict(defer_build=True)

    name: FreeName
    description: str = ""
    version: int = Setting(default=1, ge=1, le=LAST_VERSION)
    namespace: str | None = None
    properties: JourneyProperties = JourneyProperties()
    activities: tuple[Activity, ...] = ()
    edges: tuple[Edge, ...] = ()
    notes: tuple[Note, ...] = ()
    groups: tuple[Group, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Activity]:
        """The activities by id."""
        return {activity.id: activity for activity in self.activities}

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges that leave each activity, in file order; activities without one are missing."""
        found: dict[str, tuple[Edge, ...]] = {}
        for edge in self.edges:
            found[edge.source] = (*found.get(edge.source, ()), edge)
        return found

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges that reach each activity, in file order; activities without one are missing."""
        found: dict[str, tuple[Edge, ...]] = {}
        for edge in self.edges:
            found[edge.target] = (*found.get(edge.target, ()), edge)
        return found
