"""Recorded stimuli, replayed: the same history, or a change of behaviour (runtime.md, One pure core)."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.advance import Discarded, advance, enter
from engine.core.effect import StepEvent
from engine.core.program import Program
from engine.core.routing import EntryRecord
from engine.core.stimulus import EventArrived, SegmentChanged, Stimulus


def replay(program: Program, entry: EntryRecord, stimuli: Iterable[tuple[int, Stimulus]], seed: int) -> list[StepEvent]:
    """The step events of one person: the first stimulus is the arrival that let them in."""
    recorded = iter(stimuli)
    now, arrival = next(recorded)
    assert isinstance(arrival, EventArrived | SegmentChanged)
    entered = enter(program, entry, arrival, now, seed)
    if isinstance(entered, Discarded):
        return []
    instance, effects = entered.instance, list(entered.effects)
    for now, stimulus in recorded:
        instance, more = advance(program, instance, stimulus, now)
        effects += more
    return [effect for effect in effects if isinstance(effect, StepEvent)]
