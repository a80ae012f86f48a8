"""HTTP actions a second through the embedded runner, beside a bare httpx loop against the same local sink.

Both send the same request from one process. The journey is event → action → end: besides the call it costs what a
journey costs (``bench throughput``), with the outbox row, the answer's transaction and the guard rails on the way.
Run with ``python main.py bench http_calls``.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks._http_server import http_server
from benchmarks.throughput import CALLER, completed, document, post, publish
from engine.host import WorkspaceHost, host_workspace

PEOPLE = 3_000
WORKERS = 20
"""Of the bare loop: with more it is slower, since the pool looks through all its connections for each request."""

_ACTION = {
    "name": "Push",
    "url": "http://sink.example.com/",
    "body": {"to": {"variable": "To", "type": "string"}, "text": {"value": "Thank you"}},
}
_JOURNEY: dict[str, Any] = {
    "name": "Push",
    "properties": {"time_zone": "UTC"},
    "activities": [
        {"id": "bought", "type": "event", "event": "Bought"},
        {"id": "push", "type": "action", "action": "Push", "parameters": {"To": "@{Bought.email}"}},
        {"id": "end", "type": "end"},
    ],
    "edges": [{"from": "bought", "to": "push"}, {"from": "push", "to": "end"}],
}


def main() -> dict[str, Any]:
    """Measure calls a second of the bare loop, of the engine, and of the bare loop again."""
    with http_server() as url:
        before = asyncio.run(_bare(url))
        with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
            owner = host_workspace(Path(folder))
            assert owner is not None
            try:
                calls = _journeys(owner, url)
            finally:
                owner.close()
        after = asyncio.run(_bare(url))
    bare = max(before, after, key=lambda figures: figures["calls_per_second"])
    return {
        "calls": PEOPLE,
        "engine": calls,
        "bare_httpx": bare,
        "share": round(calls["calls_per_second"] / bare["calls_per_second"], 2),
        "processor_share": round(bare["processor_microseconds"] / calls["processor_microseconds"], 2),
    }


def _figures(started: float, processor: float) -> dict[str, Any]:
    return {
        "calls_per_second": round(PEOPLE / (time.perf_counter() - started)),
        "processor_microseconds": round((time.process_time() - processor) / PEOPLE * 1e6),
    }


async def _bare(url: str) -> dict[str, Any]:
    """Send the same requests, one after the other in each worker."""
    numbers = iter(range(PEOPLE))
    async with httpx.AsyncClient(trust_env=False) as client:

        async def work() -> None:
            for number in numbers:
                content = json.dumps({"to": f"person-{number}@example.com", "text": "Thank you"}).encode()
                headers = {"Content-Type": "application/json", "Idempotency-Key": f"key-{number}"}
                answer = await client.post(url, content=content, headers=headers)
                assert answer.status_code == 200

        started, processor = time.perf_counter(), time.process_time()
        await asyncio.gather(*(work() for _ in range(WORKERS)))
        return _figures(started, processor)


def _journeys(owner: WorkspaceHost, url: str) -> dict[str, Any]:
    owner.engine.settings.set(CALLER, "allow_local_endpoints", True)
    version = publish(owner, _JOURNEY, actions=[{**_ACTION, "url": url}])
    owner.start()
    documents = [document(number) for number in range(PEOPLE)]
    started, processor = time.perf_counter(), time.process_time()
    post(owner, documents)
    while completed(owner, int(version.id)) < PEOPLE:
        time.sleep(0.02)
    return _figures(started, processor)


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
