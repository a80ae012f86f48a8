"""The engine's time when people or programs set the machine's clock."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.host import WorkspaceHost, host_workspace
from engine.model import journey_file
from engine.runtime.wall_clock import PATIENT, WallClock
from engine.services.views import VersionRow
from tests.helpers.embedded_engine import CALLER, DAY, HOUR, MINUTE, ScriptedPerformer, until
from tests.helpers.journey_builders import activity, entry, journey, notify

NOON = 1_773_144_000.0
SECOND = 1_000


class Clocks:
    """The machine's two clocks: one that can be set, one that cannot; in seconds."""

    def __init__(self) -> None:
        self.wall = NOON
        self.steady = 50.0

    def pass_time(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds

    def clock(self, floor: int = 0) -> WallClock:
        return WallClock(floor, lambda: self.wall, lambda: self.steady)


def test_it_is_machines_clock() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    assert clock.now() == NOON * SECOND
    clocks.pass_time(3)
    assert clock.now() == (NOON + 3) * SECOND
    clocks.wall += 3_600
    assert clock.now() == NOON * SECOND + 3 * SECOND + HOUR


def test_clock_set_back_a_day_continues() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    before = clock.now()
    clocks.wall -= DAY / SECOND
    assert clock.now() == before
    clocks.pass_time(100)
    assert clock.now() == before + 100 * SECOND * PATIENT
    clocks.pass_time(101 * DAY / SECOND)
    assert clock.now() == clocks.wall * SECOND, "the machine's clock has caught up"


def test_clock_set_back_while_stopped_continues() -> None:
    clocks = Clocks()
    ended = int(NOON * SECOND) + DAY
    clock = clocks.clock(ended)
    assert clock.now() == ended
    clocks.pass_time(60)
    assert clock.now() == ended + MINUTE * PATIENT


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(-1e6, 1e6))), st.integers(0, 10**13))
def test_clock_is_strictly_monotonic(steps: list[tuple[float, float]], floor: int) -> None:
    clocks = Clocks()
    clock = clocks.clock(floor)
    latest = clock.now()
    for seconds, moved in steps:
        clocks.pass_time(seconds)
        clocks.wall += moved
        now = clock.now()
        assert now >= latest + int(seconds * SECOND * PATIENT) - 2
        assert now >= int(clocks.wall * SECOND)
        latest = now


def opened(folder: Path, world: ScriptedPerformer, clocks: Clocks) -> WorkspaceHost:
    owner = host_workspace(folder, make_performer=lambda *_: world, make_clock=clocks.clock)
    assert owner is not None
    owner.start()
    return owner


def completed(owner: WorkspaceHost, version: VersionRow) -> int:
    owner.writer.write(lambda connection: None)
    return owner.engine.reports.live(CALLER, version.id).metrics["completed"]


def test_clock_set_back_repeats_and_delays_nothing(tmp_path: Path) -> None:
    """The engine itself: a wait of six hours, and a clock that is set back a day in the middle and before a restart."""
    waiting = journey(
        [entry(), activity("wait", "wait.duration", duration="PT6H"), notify("told")], ["in>wait", "wait>told"]
    )
    clocks, world = Clocks(), ScriptedPerformer()
    owner = opened(tmp_path / "w", world, clocks)
    text = journey_file.write(waiting)
    version = owner.engine.journeys.import_file(CALLER, text, publish=True).version
    owner.engine.events.accept(CALLER, [{"id": "p1"}], "Enter")
    clocks.pass_time(3 * HOUR / SECOND)
    clocks.wall -= DAY / SECOND
    owner.engine.events.accept(CALLER, [{"id": "p2"}], "Enter")
    owner.engine.close()
    clocks.wall -= DAY / SECOND
    owner = opened(tmp_path / "w", world, clocks)
    assert completed(owner, version) == 0
    clocks.pass_time(4 * HOUR / SECOND)
    until(lambda: completed(owner, version), lambda number: number == 1)
    clocks.pass_time(DAY / SECOND)
    until(lambda: completed(owner, version), lambda number: number == 2)
    owner.engine.close()
    assert len(world.calls) == 2
