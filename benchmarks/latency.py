"""From the socket to the committed transition, at 500 events a second through ``serve``.

The answer to a post comes after the commit of all that the event caused, so its time is what is asked for. Events are
due at fixed moments and counted from those, whether or not the connection was free. Run with ``python main.py bench
latency``.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, NamedTuple

from benchmarks.throughput import CALLER, JOURNEYS, document, publish
from engine.host import host_workspace

RATE = 500
SECONDS = 20
WARM_UP_SECONDS = 2
CONNECTIONS = 50
_JOURNEY = "event, condition, email, end"
_MAIN = Path(__file__).resolve().parents[1] / "main.py"


def main(rate: int = RATE, seconds: int = SECONDS) -> dict[str, Any]:
    """Return the times in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
        token = prepare_workspace(Path(folder))
        with served(Path(folder)) as server:
            asyncio.run(Load(server.port, token, rate).run(WARM_UP_SECONDS))
            started = time.process_time()
            load = Load(server.port, token, rate, first=rate * WARM_UP_SECONDS)
            times = sorted(asyncio.run(load.run(seconds)))
            client = time.process_time() - started
        served_for = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "events_per_second": rate,
        "events": len(times),
        "milliseconds": {name: round(share(times, part), 1) for name, part in PARTS.items()},
        "client_processor_seconds": round(client, 1),
        "engine_processor_seconds": round(served_for.ru_utime + served_for.ru_stime, 1),
    }


PARTS = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "most": 1.0}


def share(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(len(times) * part))] * 1000


def prepare_workspace(folder: Path) -> str:
    """Create a workspace with a published journey; return the token of its inlet."""
    owner = host_workspace(folder)
    assert owner is not None
    try:
        publish(owner, {"name": _JOURNEY, **JOURNEYS[_JOURNEY]})
        return owner.engine.inlets.token(CALLER)
    finally:
        owner.close()


class Served(NamedTuple):
    """A server in a process of its own."""

    port: int
    process: int


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """``serve`` in a process of its own."""
    line = [sys.executable, str(_MAIN), "serve", "--workspace", str(folder), "--port", "0"]
    process = Popen(line, stdout=PIPE, text=True)
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        yield Served(int(said.rpartition(":")[2]), process.pid)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class Load:
    """Posts events at fixed moments over connections that stay open."""

    def __init__(self, port: int, token: str, rate: int, first: int = 0) -> None:
        self._port = port
        self._rate = rate
        self._first = first
        self._head = f"POST /collection/main HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        self._times: list[float] = []
        self.refused = 0

    async def run(self, seconds: int) -> list[float]:
        """Return the seconds from each event's planned time to its response."""
        numbers = iter(range(seconds * self._rate))
        started = time.perf_counter() + 0.1
        await asyncio.gather(*(self._work(numbers, started) for _ in range(CONNECTIONS)))
        assert not self.refused, f"{self.refused} events were refused"
        return self._times

    async def _work(self, numbers: Iterator[int], started: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        for number in numbers:
            due = started + number / self._rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(self._request(self._first + number))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            self._times.append(time.perf_counter() - due)
            self.refused += not head.startswith(b"HTTP/1.1 202")
        writer.close()

    def _request(self, number: int) -> bytes:
        one = document(number)
        assert isinstance(one.entity, dict)
        body = json.dumps({"_id": one.id, **one.entity}).encode()
        return f"{self._head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
