"""Rules that hold calls back, on the real clock: slots shared by all journeys of a sandbox, exact counts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.effects.call_executor import CallExecutor
from engine.effects.policy import Attempt, AttemptResult, PendingCall
from tests.helpers.performer_fakes import PerformerFakes
from tests.helpers.raw_server import RawServer, Received, Reply


async def fine(received: Received, reply: Reply) -> None:
    await reply.json({"reservation": True})


def world_of(server: RawServer, *rules: Mapping[str, Any], **settings: Any) -> PerformerFakes:
    fields = {"reservation": "boolean"}
    actions = [{"name": f"A{n}", "url": f"{server.url}/send", "body": {}} for n in range(10)]
    source = {"name": "S", "url": f"{server.url}/ask", "field_groups": [{"name": "G", "fields": fields}]}
    world = PerformerFakes({"actions": actions, "data_sources": [source]}, **settings)
    world.sandboxes.rules = rules
    return world


def cap(server: RawServer, count: int, period: int, service: str = "action", **more: Any) -> dict[str, Any]:
    limit = {"rating": {"maxCallsCount": count, "periodInMs": period}, **more}
    methods = ["GET", "POST"]
    return {"uid": f"cap-{service}", "url": f"{server.url}/*", "methods": methods, "services": {service: limit}}


def test_cap_is_exact_across_ten_journeys() -> None:
    async def main() -> None:
        async with RawServer({"/send": fine}) as server:
            world = world_of(server, cap(server, 100, 60_000))
            calls = (world.act(f"A{n % 10}", {}, key=f"k{n}", timeout_ms=20_000) for n in range(1_000))
            results = await asyncio.gather(*calls)
            await world.performer.close()
        assert Counter(done.error for done in results) == {None: 100, "capped": 900}
        assert len(server.received) == 100
        assert {done.attempts for done in results if done.error} == {0}

    asyncio.run(main())


def test_retry_takes_slot_too() -> None:
    async def main() -> None:
        async def busy(received: Received, reply: Reply) -> None:
            await reply.send(503)

        async with RawServer({"/send": busy}) as server:
            world = world_of(server, cap(server, 2, 60_000))
            done = await world.act("A1", {})
            await world.performer.close()
        assert (done.error, done.origin_code, len(server.received)) == ("capped", "503", 2)

    asyncio.run(main())


def test_throttled_calls_keep_order_and_rate() -> None:
    async def main() -> None:
        url = "http://127.0.0.1:1/send"
        rule = {"uid": "t", "urlPattern": url, "methods": ["POST"], "maxThroughput": 200}
        world = PerformerFakes({})
        world.sandboxes.rules = (rule,)
        executor = CallExecutor(world.sandboxes)
        started, made = executor.now(), []

        async def execute(number: int) -> None:
            async def attempt(step: Attempt) -> AttemptResult:
                made.append((number, executor.now() - started))
                return AttemptResult(200)

            outcome = await executor.execute("prod", PendingCall("action", "POST", url, "A1", 1_000), attempt)
            assert outcome.error is None

        await asyncio.gather(*(execute(number) for number in range(450)))
        assert [number for number, _ in made] == list(range(450))
        assert all(at >= 1_000 * (number // 200) for number, at in made)

    asyncio.run(main())


def test_source_default_rate_is_fifteen_per_second() -> None:
    async def main() -> None:
        async with RawServer({"/ask": fine}) as server:
            world = world_of(server)
            results = await asyncio.gather(*(world.fetch("S", "G", timeout_ms=900, key=f"{n}") for n in range(20)))
            assert Counter(done.error for done in results) == {None: 15, "timedOut": 5}
            world.sandboxes.rules = (cap(server, 100, 1_000, "dataSource"),)
            results = await asyncio.gather(*(world.fetch("S", "G", timeout_ms=5_000, key=f"{n}") for n in range(50)))
            assert {done.error for done in results} == {None}
            await world.performer.close()

    asyncio.run(main())


def test_open_connections_are_limited() -> None:
    async def main() -> None:
        open_now = most = 0
        turn = asyncio.Event()

        async def counted(received: Received, reply: Reply) -> None:
            nonlocal open_now, most
            open_now += 1
            most = max(most, open_now)
            if open_now == 3:
                turn.set()
            await turn.wait()
            open_now -= 1
            await reply.json({})

        async with RawServer({"/send": counted}) as server:
            world = world_of(server, cap(server, 1_000, 1_000, maxHttpConnections=3))
            results = await asyncio.gather(*(world.act("A1", {}, key=f"{n}", timeout_ms=5_000) for n in range(30)))
            await world.performer.close()
        assert {done.error for done in results} == {None}
        assert most == 3

    asyncio.run(main())


def test_missing_connection_times_out() -> None:
    async def main() -> None:
        arrived, go_on = asyncio.Event(), asyncio.Event()

        async def hang(received: Received, reply: Reply) -> None:
            arrived.set()
            await go_on.wait()
            await fine(received, reply)

        async with RawServer({"/send": hang}) as server:
            world = world_of(server, cap(server, 1_000, 1_000, maxHttpConnections=1))
            first = asyncio.create_task(world.act("A1", {}, key="first", timeout_ms=60_000))
            await arrived.wait()
            late = await world.act("A1", {}, key="late", timeout_ms=200)
            go_on.set()
            assert (await first).error is None
            await world.performer.close()
        assert late.error == "timedOut"
        assert len(server.received) == 1

    asyncio.run(main())


def test_capping_is_per_sandbox_and_throttling_global() -> None:
    async def main() -> None:
        async with RawServer({"/send": fine}) as server:
            world = world_of(server, cap(server, 1, 60_000))
            errors = [(await world.act("A1", {}, sandbox=sandbox)).error for sandbox in ("prod", "dev", "prod", "dev")]
            assert errors == [None, None, "capped", "capped"]
            rule = {"uid": "t", "urlPattern": f"{server.url}/*", "methods": ["POST"], "maxThroughput": 200}
            world.sandboxes.rules = (rule,)
            loop = asyncio.get_running_loop()
            started = loop.time()
            await asyncio.gather(
                *(world.act("A1", {}, key=f"{n}", sandbox=("prod", "dev")[n % 2], timeout_ms=9_000) for n in range(201))
            )
            assert loop.time() - started >= 1
            await world.performer.close()

    asyncio.run(main())
