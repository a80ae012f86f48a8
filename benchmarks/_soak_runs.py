"""Long runs of the embedded runner: real load, a day of virtual time, kills. Memory stays flat, nothing is lost."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread
from typing import Any

from benchmarks import latency
from benchmarks.latency import Load, prepare_workspace
from engine.core.effect import Fetch
from engine.core.stimulus import ActionDone, EventArrived, FetchDone
from engine.host import WorkspaceHost, host_workspace
from engine.model import journey_file
from engine.ports import Call, IncomingEvent
from tests.helpers.embedded_engine import CALLER, HOUR, MINUTE, START, ManualClock
from tests.helpers.journey_builders import activity, entry, journey, notify

LOAD_RATE = 100
SLACK = 16
"""MiB that the last quarter of a run may take more than the third; before that the database's caches fill up."""

_ROOT = Path(__file__).resolve().parents[1]
_STEP = 10 * MINUTE
_DAY = 24 * HOUR // _STEP
_LEAVING = 6 * HOUR // _STEP


def memory(process: int | str = "self") -> int:
    """Return the resident memory of a process, in KiB."""
    for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError(f"/proc/{process} tells no memory")


def flat(samples: Sequence[int]) -> dict[str, Any]:
    """Return the memory of a run by quarters, in MiB; raise AssertionError if it grew."""
    size = max(1, len(samples) // 4)
    quarters = [samples[start : start + size] or samples[-1:] for start in range(0, size * 4, size)]
    means = [round(sum(part) / len(part) / 1024, 1) for part in quarters]
    assert means[-1] <= means[-2] + SLACK, f"memory grew: {means} MiB by quarters"
    return {"memory_mebibytes_by_quarters": means}


def load(seconds: int) -> dict[str, Any]:
    """Real load through ``serve`` and its socket, for so long."""
    samples: list[int] = []
    over = Event()
    with tempfile.TemporaryDirectory(prefix="sojourn-soak-") as folder:
        token = prepare_workspace(Path(folder))
        with latency.served(Path(folder)) as served:

            def look() -> None:
                while not over.wait(max(1.0, seconds / 400)):
                    samples.append(memory(served.process))

            looking = Thread(target=look)
            looking.start()
            try:
                times = sorted(asyncio.run(Load(served.port, token, LOAD_RATE).run(seconds)))
            finally:
                over.set()
                looking.join()
        owner = host_workspace(Path(folder))
        assert owner is not None
        summary = owner.engine.reports.summary(CALLER)
        owner.close()
    (counts,) = (part["metrics"] for part in summary.values())
    assert counts["entered"] == counts["completed"] == len(times), counts
    spread = {name: round(latency.share(times, part), 1) for name, part in latency.PARTS.items()}
    return {"seconds": seconds, "events": len(times), "milliseconds": spread, **flat(samples)}


class _Agreeing:
    """Answers every call at once, and remembers nothing."""

    def __init__(self) -> None:
        self.calls = 0

    async def perform(self, call: Call) -> FetchDone | ActionDone:
        """Good."""
        self.calls += 1
        effect = call.effect
        return FetchDone(effect.call) if isinstance(effect, Fetch) else ActionDone(effect.call, status=200)

    async def close(self) -> None:
        """Nothing is open."""


def day(people: int) -> dict[str, Any]:
    """Run a day of virtual time: people enter, wait for six hours, receive a message and leave.

    A day like it goes before, in which the database's caches fill up; the memory is that of the second day, all of
    which is alike.
    """
    clock, world = ManualClock(), _Agreeing()
    file = journey(
        [entry(), activity("wait", "wait.duration", duration="PT6H"), notify("told"), activity("end", "end")],
        ["in>wait", "wait>told", "told>end"],
    )
    samples: list[int] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sojourn-soak-") as folder:
        owner = host_workspace(
            Path(folder), make_performer=lambda *_: world, make_clock=lambda floor: clock, synchronous="OFF"
        )
        assert owner is not None
        try:
            owner.start()
            version = owner.engine.journeys.import_file(CALLER, journey_file.write(file), publish=True).version
            entered = 0
            for step in range(2 * _DAY + _LEAVING):
                until = people * min(step + 1, 2 * _DAY) // _DAY
                _enter(owner, range(entered, until), clock.time)
                entered = until
                clock.time = START + (step + 1) * _STEP
                _settle(owner, clock)
                samples.append(memory())
            counts = owner.engine.reports.live(CALLER, version.id).metrics
        finally:
            owner.close()
    assert counts["entered"] == counts["completed"] == world.calls == 2 * people, counts
    return {
        "people_a_day": people,
        "virtual_hours": len(samples) * _STEP // HOUR,
        "seconds": round(time.monotonic() - started, 1),
        **flat(samples[_DAY : 2 * _DAY]),
        "memory_mebibytes_at_the_end": round(samples[-1] / 1024, 1),
    }


def _enter(owner: WorkspaceHost, numbers: range, now: int) -> None:
    arrivals = [
        IncomingEvent(
            "prod", f"e{one}", now, ((EventArrived("Enter", {"id": f"p{one}"}, f"e{one}"), f"p{one}", "CRMID"),), "{}"
        )
        for one in numbers
    ]
    futures: list[Future[tuple[bool, ...]]] = [
        owner.writer.submit(arrivals[start : start + 500]) for start in range(0, len(arrivals), 500)
    ]
    for future in futures:
        assert all(future.result())


def _settle(owner: WorkspaceHost, clock: ManualClock) -> None:
    """Until nothing is due and nothing is under way."""
    pause = Event()
    while True:
        owner.writer.write(lambda connection: None)
        with owner.database.read() as connection:
            late = connection.exec_driver_sql("SELECT min(due) FROM instances").scalar()
            calls = connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar()
        if not calls and (late is None or late > clock.time):
            return
        pause.wait(0.001)


def kills(number: int) -> dict[str, Any]:
    """Repeat the end-to-end test that kills processes; raise CalledProcessError if it fails."""
    started = time.monotonic()
    test = ["tests/end_to_end/test_end_to_end_kill.py", "-k", "sqlite", "-q", "-o", "faulthandler_timeout=0"]
    environment = {**os.environ, "SOJOURN_KILLS": str(number)}
    line = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *test]
    subprocess.run(line, cwd=_ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return {"kills": number, "lost": 0, "doubled": 0, "seconds": round(time.monotonic() - started, 1)}
