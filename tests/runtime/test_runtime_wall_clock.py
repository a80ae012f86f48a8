"""The engine's time when people or programs set the machine's clock."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.host import WorkspaceHost, host_workspace
from engine.model import journey_file
from engine.runtime.maintenance import noted_jump
from engine.runtime.wall_clock import PATIENT, WallClock, steady_seconds
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
    clocks.wall += 60
    assert clock.now() == NOON * SECOND + 3 * SECOND + MINUTE
    assert (clock.jump, clock.skew) == (0, 0)


def test_jump_is_held_until_it_is_accepted() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    clock.now()
    clocks.wall += 365 * DAY / SECOND
    clocks.pass_time(3)
    assert clock.now() == (NOON + 3) * SECOND
    assert (clock.jump, clock.skew) == (365 * DAY, -365 * DAY)
    clock.accept()
    assert clock.now() == clocks.wall * SECOND
    assert (clock.jump, clock.skew) == (0, 0)


def test_jump_that_is_corrected_is_forgotten() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    clock.now()
    clocks.wall += 365 * DAY / SECOND
    clocks.pass_time(3)
    assert clock.jump == 365 * DAY
    clocks.wall -= 365 * DAY / SECOND
    assert clock.now() == clocks.wall * SECOND
    assert clock.jump == 0


def test_time_before_the_start_is_no_jump() -> None:
    clocks = Clocks()
    clock = clocks.clock(int(NOON * SECOND) - 365 * DAY)
    assert clock.now() == NOON * SECOND
    assert clock.jump == 0


def test_held_jump_stays_held_after_restart() -> None:
    clocks = Clocks()
    clocks.wall += DAY / SECOND
    clock = clocks.clock(int(NOON * SECOND) - HOUR)
    clock.hold(DAY)
    assert clock.now() == NOON * SECOND
    assert clock.jump == DAY


def test_sleep_of_the_machine_is_no_jump() -> None:
    clocks = Clocks()
    clock = clocks.clock()
    clock.now()
    clocks.pass_time(8 * HOUR / SECOND)
    assert clock.now() == clocks.wall * SECOND
    assert steady_seconds() >= time.monotonic() - 1, "the steady clock counts the sleep too"


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
        assert now + clock.jump + 1 >= int(clocks.wall * SECOND)
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


def test_jump_times_nobody_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A year ahead, through a restart and back; then a day that is accepted."""
    wait = activity("wait", "event", event="Visit", timeout="P20D", timeout_path=True)
    clocks, world = Clocks(), ScriptedPerformer()
    owner = opened(tmp_path / "w", world, clocks)
    file = journey([entry(), wait, notify("told")], ["in>wait", "wait:timeout>told"])
    version = owner.engine.journeys.import_file(CALLER, journey_file.write(file), publish=True).version
    owner.engine.settings.set(CALLER, "retention_instance_days", 1)
    owner.engine.events.accept(CALLER, [{"id": "p1"}], "Enter")
    clocks.wall += 365 * DAY / SECOND
    until(lambda: noted(owner, clocks), lambda jump: jump > 0)
    check = owner.health.state()
    assert (check.status, check.reason) == ("degraded", Phrase("health.clock.jump", {"seconds": 365 * 86_400}))
    assert owner.writer._maintenance._retention._next > 0
    owner.engine.close()
    owner = opened(tmp_path / "w", world, clocks)
    clocks.pass_time(10)
    assert completed(owner, version) == 0
    clocks.wall -= 365 * DAY / SECOND
    until(lambda: noted(owner, clocks), lambda jump: jump == 0)
    assert owner.health.state().status == "ok"
    with pytest.raises(SojournError) as refused:
        owner.engine.operations.accept_clock(CALLER)
    assert refused.value.code == "clock_jump_none"
    clocks.wall += 21 * DAY / SECOND
    until(lambda: noted(owner, clocks), lambda jump: jump > 0)
    assert completed(owner, version) == 0
    assert owner.engine.operations.accept_clock(CALLER) == 21 * 86_400
    clocks.pass_time(1)
    until(lambda: completed(owner, version), lambda number: number == 1)
    owner.engine.close()
    assert {record.getMessage() for record in caplog.records} == {"the machine's clock jumped"}


def noted(owner: WorkspaceHost, clocks: Clocks) -> int:
    """The jump that is stored, after a second."""
    clocks.pass_time(1)
    owner.writer.write(lambda connection: None)
    with owner.writer.read() as connection:
        return noted_jump(connection)


def test_retention_pauses_while_clocks_differ(tmp_path: Path) -> None:
    clocks, world = Clocks(), ScriptedPerformer()
    owner = opened(tmp_path / "w", world, clocks)
    retention = owner.writer._maintenance._retention
    looked = retention._next
    clocks.wall -= DAY / SECOND
    clocks.pass_time(600)
    now = owner.writer.clock.now()
    assert now > looked
    retention.look(now)
    assert retention._next == looked, "nothing is deleted while the machine's clock is a day behind"
    clocks.wall += DAY / SECOND
    retention.look(owner.writer.clock.now())
    assert retention._next > looked
    owner.engine.close()
