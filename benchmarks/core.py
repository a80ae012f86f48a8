"""``bench core``: how many transitions a second the pure core makes on the sample journey, in one process.

A transition is a recorded move of a person from one activity to the next. One walk is seven of them: from the lobby
through two conditions, a message, the restaurant and a second message to the end, with five field groups fetched.
Times are of the processor, so that other programs do not count. ``seconds_by_module`` says where they go.
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.core.advance import Entered, advance, enter
from engine.core.effect import StepEvent
from engine.core.program import Program
from engine.core.program_compiler import compile_program
from engine.core.routing import EntryRecord
from engine.core.stimulus import ActionDone, EventArrived, FetchDone, Stimulus
from engine.model import journey_file

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "resources" / "samples" / "lobby-and-restaurant.journey.json"
JOURNEYS = 4_000
ROUNDS = 5
NOW = 1_773_129_600_000


def _fetched(data: dict[str, object]) -> Callable[[int], Stimulus]:
    return lambda call: FetchDone(call, data)


def _acted(call: int) -> Stimulus:
    return ActionDone(call, 200, {})


_TO_THE_RESTAURANT: tuple[Callable[[int], Stimulus], ...] = (
    _fetched({"experienceevent": []}),
    _fetched({"loyaltyMember": True}),
    _fetched({"reservation": True}),
    _fetched({"firstName": "Ann"}),
    _acted,
)


def run_journey(program: Program, number: int) -> int:
    """Take one person through the journey; the number of transitions."""
    key = f"p-{number}"
    lobby = EventArrived("LobbyBeacon", {"personID": key, "tokens": [{"token": "t"}]}, "", NOW)
    entered = enter(program, EntryRecord(key, key, key), lobby, NOW, 1)
    assert isinstance(entered, Entered)
    instance, every = entered.instance, entered.effects
    for answer in _TO_THE_RESTAURANT:
        instance, effects = advance(program, instance, answer(instance.seq), NOW)
        every += effects
    restaurant = EventArrived("RestaurantBeacon", {"personID": key, "table": 4}, "", NOW)
    instance, effects = advance(program, instance, restaurant, NOW)
    every += effects
    instance, effects = advance(program, instance, _acted(instance.seq), NOW)
    every += effects
    assert instance.status == "finished"
    return len([effect for effect in every if type(effect) is StepEvent])


def _measure(program: Program, walks: int) -> float:
    """Transitions a second of processor time."""
    started = time.process_time()
    moves = sum(run_journey(program, number) for number in range(walks))
    return moves / (time.process_time() - started)


def _seconds_by_module(program: Program) -> dict[str, float]:
    profiler = cProfile.Profile()
    profiler.enable()
    for number in range(JOURNEYS):
        run_journey(program, number)
    profiler.disable()
    found: dict[str, float] = {}
    stats: Any = pstats.Stats(profiler)
    for (path, _, _), (_, _, own, _, _) in stats.stats.items():
        inside = Path(path).is_relative_to(ROOT / "engine")
        name = Path(path).relative_to(ROOT).as_posix() if inside else "outside"
        found[name] = found.get(name, 0.0) + own
    ranked = sorted(found.items(), key=lambda pair: -pair[1])
    return {name: round(seconds, 3) for name, seconds in ranked[:12]}


def main() -> dict[str, Any]:
    """Return the best of several rounds, and a profile of one."""
    file = journey_file.read(SAMPLE.read_text(encoding="utf-8"))
    program = compile_program(file.journey, file)
    _measure(program, JOURNEYS // 4)
    gc.collect()
    gc.freeze()
    rounds = [_measure(program, JOURNEYS) for _ in range(ROUNDS)]
    return {
        "transitions_per_second": round(max(rounds)),
        "rounds": [round(one) for one in rounds],
        "transitions_per_walk": run_journey(program, 0),
        "seconds_by_module": _seconds_by_module(program),
    }
