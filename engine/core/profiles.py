"""Profiles and segments, as pure functions for every runner (product.md, Profiles and segments).

A membership is the result of the last evaluation of a segment, or was set by hand, which has precedence. The times of
evaluation are decided here too: streaming segments whenever a profile's data change, those whose rule depends on the
time every hour as well, batch segments once a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from engine.catalogue import Phrase
from engine.core.calendar import local_time
from engine.core.declared import OPT_OUTS, read_attributes, read_truth
from engine.core.definition_checks import segment_fault
from engine.core.event_time import TIMESTAMP, read_instant
from engine.core.program import Formula, JourneyCompiler
from engine.expression import check
from engine.expression.context import Context
from engine.expression.errors import EvaluationError
from engine.expression.types import BOOLEAN
from engine.model.definitions import PROFILE_STORE, Definitions, FieldGroup, Profile, Segment

TEST_PROFILE = "testProfile"
"""The attribute that marks test profiles; it is stored apart from the others."""
MAX_EXPERIENCE_EVENTS = 1_000
YEAR_MS = timedelta(days=365) // timedelta(milliseconds=1)


def latest_events(profile: Profile, now: int) -> list[Mapping[str, object]]:
    """Return the experience events of the last year, newest first, at most 1,000; a store gave each its time."""
    timed = [(read_instant(event.get(TIMESTAMP)) or 0, event) for event in profile.events]
    recent = [pair for pair in timed if now - YEAR_MS <= pair[0] <= now]
    recent.sort(key=lambda pair: pair[0], reverse=True)
    return [event for _, event in recent[:MAX_EXPERIENCE_EVENTS]]


def read_group(profile: Profile | None, group: FieldGroup, now: int) -> Mapping[str, object]:
    """Return a field group of the profile store for one person; nothing for a person it does not know."""
    if profile is None:
        return {}
    if group.source_schema == "experience_event":
        return {"experienceevent": latest_events(profile, now)}
    return {**read_attributes(profile.attributes, group.fields), TEST_PROFILE: profile.test_profile}


def set_attribute(profile: Profile, path: str, value: object) -> Profile:
    """Return the profile with one attribute, named by a dotted path, set."""
    if path == TEST_PROFILE:
        return profile.model_copy(update={"test_profile": value is True})
    return profile.model_copy(update={"attributes": _with(profile.attributes, path.split("."), value)})


def _with(attributes: object, path: list[str], value: object) -> dict[str, object]:
    first, *rest = path
    below = attributes if isinstance(attributes, Mapping) else {}
    return {**below, first: _with(below.get(first), rest, value) if rest else value}


def join_profiles(first: Profile, other: Profile) -> Profile:
    """Make one profile of two that are one person's: the first one's data stand, only the other's are added.

    An opt-out of either is one of both.
    """
    opt_outs = {name: True for name in OPT_OUTS if read_truth(other.attributes.get(name))}
    return first.model_copy(
        update={
            "identities": {**other.identities, **first.identities},
            "attributes": {**other.attributes, **first.attributes, **opt_outs},
            "events": (*first.events, *other.events),
            "test_profile": first.test_profile or other.test_profile,
        }
    )


def update_profile(known: Profile, update: Profile) -> Profile:
    """Update a profile: attributes, identities and events are merged, the rest is kept."""
    return known.model_copy(
        update={
            "identities": {**known.identities, **update.identities},
            "attributes": {**known.attributes, **update.attributes},
            "events": (*known.events, *(event for event in update.events if event not in known.events)),
            "test_profile": update.test_profile if "test_profile" in update.model_fields_set else known.test_profile,
        }
    )


PASSAGE_PERIOD_MS = timedelta(days=180) // timedelta(milliseconds=1)
"""After this long the counter of a profile cap starts again."""


def count_passage(count: int, since: int, now: int) -> tuple[int, int]:
    """Count one more passage through a profile cap: return its number and when counting began."""
    if count == 0 or now - since >= PASSAGE_PERIOD_MS:
        return 1, now
    return count + 1, since


STREAMING_PERIOD_MS = 60 * 60 * 1_000
"""The period after which time-dependent rules of streaming segments are evaluated again."""
BATCH_PERIOD_MS = 24 * STREAMING_PERIOD_MS
"""The period after which batch segments are evaluated."""

ENTER, EXIT = "enter", "exit"

_LOOKS_AT_TIME = re.compile(r"\b(now|nowWithDelta|currentTimeInMillis|in(Last|Next)\w+|experienceevent)\b")


class Membership(NamedTuple):
    """The membership of a profile: ``inside`` by the last evaluation, ``given`` if it was set by hand."""

    inside: bool = False
    given: bool | None = None


class Change(NamedTuple):
    """A profile enters or leaves a segment."""

    segment: str
    change: str


SLOW_SECONDS, MEASURED = 0.1, 20
"""A rule that takes longer than this for a profile, on average over so many in a row, is suspended."""


class SegmentEvaluator:
    """The segments of a set of definitions, compiled.

    ``names`` are in an order in which a segment comes after those that its rule asks for, as far as they do not ask for
    one another. ``streaming`` are evaluated when data change; ``evaluation_period`` is how often. ``suspended`` are
    those whose rule cannot be evaluated, with the reason: their members stay as they are, the others go on.
    ``seconds`` measures the evaluations.
    """

    def __init__(self, definitions: Definitions) -> None:
        self.seconds: Callable[[], float] = float
        self.suspended: dict[str, Phrase] = {}
        self._definitions = definitions
        self._formulas: dict[str, Formula] = {}
        self._asks: dict[str, frozenset[str]] = {}
        self._taken: dict[str, tuple[int, float]] = {}
        self._rules = {segment.name: segment for segment in definitions.segments}
        compiler, scope = JourneyCompiler(definitions), definitions.scope({})
        for segment in definitions.segments:
            fault = segment_fault(segment, definitions)
            written = bool(segment.expression.strip())
            if fault is not None:
                self.suspended[segment.name] = fault.phrase
            compiled = written and fault is None
            references = check(segment.expression, scope, BOOLEAN).references.segments if compiled else ()
            self._asks[segment.name] = frozenset(references)
            if compiled:
                self._formulas[segment.name] = compiler.formula(segment.expression, BOOLEAN)
        source = definitions.data_source.get(PROFILE_STORE)
        self._groups = {group.name: group for group in source.field_groups} if source else {}
        self.names = self._ordered(definitions.segments)
        self.streaming = frozenset(one.name for one in definitions.segments if one.evaluation == "streaming")

    def fault(self, name: str) -> Phrase | None:
        """Return the reason why the rule of a segment cannot be evaluated; None if it can."""
        found = segment_fault(self._rules[name], self._definitions)
        return None if found is None else found.phrase

    def resume(self, name: str) -> None:
        """Evaluate a suspended segment again."""
        self.suspended.pop(name, None)
        self._taken.pop(name, None)

    def _ordered(self, segments: Iterable[Segment]) -> tuple[str, ...]:
        done: dict[str, None] = {}
        waiting = [segment.name for segment in segments]
        while waiting:
            ready = [name for name in waiting if not (self._asks[name] - {name}) & set(waiting)] or waiting[:1]
            done |= dict.fromkeys(ready)
            waiting = [name for name in waiting if name not in done]
        return tuple(done)

    def rule_text(self, name: str) -> str:
        """Return the rule of a segment as a text that changes with it."""
        return f"{self._rules[name].evaluation}: {self._rules[name].expression}"

    def evaluation_period(self, name: str) -> int | None:
        """Return the milliseconds until a segment is evaluated for all again; None: only when data change."""
        segment = self._rules[name]
        if segment.evaluation == "batch":
            return BATCH_PERIOD_MS
        return STREAMING_PERIOD_MS if _LOOKS_AT_TIME.search(segment.expression) else None

    def changes(
        self,
        profile: Profile,
        standing: Mapping[str, Membership],
        names: Collection[str],
        now: int,
        changed: Collection[str] = (),
    ) -> tuple[Change, ...]:
        """Evaluate segments for a profile and return the changes in their order.

        Streaming segments that ask for one that changed (or for one of ``changed``) are evaluated as well, and
        memberships set by hand are applied.
        """
        inside = {name for name, one in standing.items() if one.inside}
        moved = set(changed)
        found: list[Change] = []
        for name in dict.fromkeys((*self.names, *sorted(standing))):
            given = standing.get(name, Membership()).given
            if given is None and name in self.suspended:
                continue
            if given is None and name not in names and not (name in self.streaming and self._asks[name] & moved):
                continue
            holds = self.holds(name, profile, inside, now) if given is None else given
            if holds is not (name in inside):
                inside ^= {name}
                moved.add(name)
                found.append(Change(name, ENTER if holds else EXIT))
        return tuple(found)

    def holds(self, name: str, profile: Profile, inside: Collection[str], now: int) -> bool:
        """Whether a segment's rule holds for a profile that is ``inside`` others; data that do not fit it: it does not.

        A rule that asks for its own segment finds nobody there.
        """
        formula = self._formulas.get(name)
        if formula is None:
            return False
        context = Context(
            {},
            local_time(now, "UTC"),
            lambda _source, group, _parameters: read_group(profile, self._groups[group], now),
            in_segment=lambda other: other != name and other in inside,
        )
        began = self.seconds()
        try:
            return formula.evaluate(context) is True
        except EvaluationError:
            return False
        except Exception as error:  # noqa: BLE001 - a fault of one rule must not stop the others
            reason = Phrase("segment_reason.failed", {"kind": type(error).__name__})
            self.suspended[name] = Phrase("segment_suspended", {"name": name, "reason": reason})
            return name in inside
        finally:
            self._measure(name, self.seconds() - began)

    def _measure(self, name: str, seconds: float) -> None:
        """Suspend a rule that is too slow."""
        count, total = self._taken.pop(name, (0, 0.0))
        count, total = count + 1, total + seconds
        if count < MEASURED:
            self._taken[name] = count, total
        elif total / count > SLOW_SECONDS:
            reason = Phrase("segment_reason.slow", {"milliseconds": round(total / count * 1000)})
            self.suspended[name] = Phrase("segment_suspended", {"name": name, "reason": reason})
