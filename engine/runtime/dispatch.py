"""Performs the calls of committed transactions, many at once, and brings their results back to the writer.

Lives in the engine's event loop. Calls wait in queues by endpoint: a slow or throttled endpoint holds up no other. A
call that is under way when the process dies stands in the outbox and is performed again, with the same idempotency key,
by the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from engine.core.effect import CallAction, Fetch, SendMessage
from engine.core.stimulus import ActionDone, FetchDone
from engine.effects.policy import LONGEST_QUEUE
from engine.ports import Call, NotNowError, OutboxMessage, Performer
from engine.runtime.job_runner import ATTEMPTS
from engine.runtime.jobs import CallResultJob, FailedCallJob, WriterJob
from engine.runtime.store_protocol import row_of
from engine.store.database_errors import DatabaseUnavailableError

log = logging.getLogger("sojourn.effects")

CAPPED = "capped"
AWAY_SECONDS = 0.5
"""The pause before a database that does not answer, a locked vault or missing descriptors are tried again."""
LONGEST_SECONDS = LONGEST_QUEUE / 1000
"""A call that has waited longer for its turn is not made."""

FORGETTING_SECONDS = 600
"""Calls of a forgotten instance that were read before it was forgotten have reached their queue by then."""

Kept = tuple[str, OutboxMessage]


class CallDispatcher:
    """See the module. ``put`` gives results to the writer; ``is_suppressed`` reads the store."""

    def __init__(self, put: Callable[[WriterJob], None], is_suppressed: Callable[[str, str, str], bool]) -> None:
        self._put = put
        self._suppressed = is_suppressed
        self._performer: Performer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lanes = EndpointQueues()
        self._tasks: set[asyncio.Task[None]] = set()
        self._kept: dict[str, Kept] = {}
        self._closing = False
        self.died = ""
        """The type of the error that ended a worker; '' while calls are dispatched."""
        self._forgotten: dict[str, float] = {}

    def open(self, performer: Performer) -> None:
        """Begin, in the running event loop."""
        self._performer = performer
        self._loop = asyncio.get_running_loop()

    @property
    def under_way(self) -> int:
        """How many calls are under way or wait for their turn."""
        return len(self._lanes)

    def perform(self, calls: Sequence[Call]) -> None:
        """Perform these calls; from any thread, returns at once."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._begin, calls)

    def forget(self, instances: Collection[str]) -> None:
        """Drop the waiting calls of these instances."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._forget, tuple(instances))

    async def drain(self, seconds: float) -> None:
        """Begin no further call, and wait for those under way; what does not end in time stays in the outbox."""
        self._closing = True
        self._lanes.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def close(self) -> None:
        """Cancel the calls under way and close the performer; later calls stay in the outbox."""
        self._closing = True
        self._lanes.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._performer is not None:
            await self._performer.close()

    # What the performer needs of the outbox -----------------------------------------------------------------------

    async def keep(self, call: Call, message: OutboxMessage) -> None:
        """See ``ports.Outbox``: written in the transaction of the call's answer."""
        effect = call.effect
        self._kept[call.key] = (effect.activity, message)

    async def is_suppressed(self, sandbox: str, channel: str, address: str) -> bool:
        return await asyncio.to_thread(self._suppressed, sandbox, channel, address)

    # In the event loop ----------------------------------------------------------------------------------------------

    def _begin(self, calls: Sequence[Call]) -> None:
        if self._closing:
            return
        now = asyncio.get_running_loop().time()
        for call in calls:
            if call.instance not in self._forgotten:
                self._lanes.add(call, now)
        self._start()

    def _forget(self, instances: Collection[str]) -> None:
        """Drop the waiting calls, and for a while those that are still to be queued."""
        now = asyncio.get_running_loop().time()
        recent = {name: at for name, at in self._forgotten.items() if now - at < FORGETTING_SECONDS}
        self._forgotten = recent | dict.fromkeys(instances, now)
        self._lanes.drop(self._forgotten)

    def _start(self) -> None:
        """Workers for the calls that may start now."""
        loop = asyncio.get_running_loop()
        for lane in list(self._lanes.openings()):
            task = loop.create_task(self._work_off(lane))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.died = type(error).__name__
            log.critical("the dispatch of calls ended", exc_info=error)
        self._start()

    async def _work_off(self, lane: EndpointQueue) -> None:
        """Perform a queue's calls one after the other until none waits."""
        loop = asyncio.get_running_loop()
        try:
            while lane.waiting:
                call, since = lane.waiting.popleft()
                if loop.time() - since > LONGEST_SECONDS:
                    self._put(self._answer(call, _too_late(call)))
                else:
                    await self._perform(call)
        finally:
            self._lanes.leave(lane)

    async def _perform(self, call: Call) -> None:
        assert self._performer is not None
        failure: Exception | None = None
        tries = 0
        while tries < ATTEMPTS:
            try:
                result = await self._performer.perform(call)
            except (DatabaseUnavailableError, NotNowError):
                await asyncio.sleep(AWAY_SECONDS)  # nothing was sent yet
            except Exception as error:  # noqa: BLE001 - a fault of one call must not stop the others
                failure, tries = error, tries + 1
            else:
                self._put(self._answer(call, result))
                return
        self._kept.pop(call.key, None)
        log.error("a call was set aside after three tries", extra={"activity": call.effect.activity})
        assert failure is not None
        self._put(FailedCallJob(call, failure))

    def _answer(self, call: Call, result: FetchDone | ActionDone) -> CallResultJob:
        kept = self._kept.pop(call.key, None)
        effect = call.effect
        sent = isinstance(result, ActionDone) and result.message_id
        if kept is None and sent and isinstance(effect, SendMessage):
            kept = (effect.activity, OutboxMessage(str(sent), effect.channel, effect.address, "", "", ""))
        return CallResultJob(row_of(call.instance), result, kept)


def _too_late(call: Call) -> FetchDone | ActionDone:
    sentence = "The call waited for its turn for more than six hours"
    if isinstance(call.effect, Fetch):
        return FetchDone(call.effect.call, error=CAPPED, origin_error=sentence)
    return ActionDone(call.effect.call, error=CAPPED, attempts=0, origin_error=sentence)


AT_ONCE = 500
"""Calls under way: more start only at endpoints that have fewer than :data:`RESERVED`."""

IN_A_LANE = 250
"""Calls under way to one endpoint."""

RESERVED = 25
"""So many calls to an endpoint may be under way whatever the others do."""

Endpoint = tuple[str, str, str]


def endpoint_of(call: Call) -> Endpoint:
    """Return the sandbox, kind and name of the data source, action or message channel that is called."""
    effect = call.effect
    if isinstance(effect, CallAction):
        return call.sandbox, "action", effect.action
    if isinstance(effect, Fetch):
        return call.sandbox, "data_source", effect.source
    return call.sandbox, "message", effect.channel


@dataclass(slots=True)
class EndpointQueue:
    """One endpoint's calls: those that wait, in order, each with the time since when; and how many are under way."""

    endpoint: Endpoint
    waiting: deque[tuple[Call, float]] = field(default_factory=deque)
    under_way: int = 0


class EndpointQueues:
    """All endpoints that have calls."""

    def __init__(self) -> None:
        self._lanes: dict[Endpoint, EndpointQueue] = {}
        self._under_way = 0

    def __len__(self) -> int:
        """How many calls are under way or wait for their turn."""
        return self._under_way + sum(len(lane.waiting) for lane in self._lanes.values())

    def add(self, call: Call, now: float) -> None:
        """Add a waiting call."""
        endpoint = endpoint_of(call)
        lane = self._lanes.get(endpoint)
        if lane is None:
            lane = self._lanes[endpoint] = EndpointQueue(endpoint)
        lane.waiting.append((call, now))

    def openings(self) -> Iterator[EndpointQueue]:
        """Yield a queue for each worker that may begin now; each is counted as under way."""
        for lane in self._lanes.values():
            for _ in range(len(lane.waiting)):
                if not self._is_open(lane):
                    break
                lane.under_way += 1
                self._under_way += 1
                yield lane

    def _is_open(self, lane: EndpointQueue) -> bool:
        if lane.under_way < RESERVED:
            return True
        return lane.under_way < IN_A_LANE and self._under_way < AT_ONCE

    def leave(self, lane: EndpointQueue) -> None:
        """Release a worker that found no more calls in its queue."""
        lane.under_way -= 1
        self._under_way -= 1
        if not lane.under_way and not lane.waiting:
            self._lanes.pop(lane.endpoint, None)

    def drop(self, instances: Collection[str]) -> None:
        """Drop the waiting calls of these instances."""
        for lane in self._lanes.values():
            lane.waiting = deque(one for one in lane.waiting if one[0].instance not in instances)

    def clear(self) -> None:
        """Nothing waits any more."""
        for lane in self._lanes.values():
            lane.waiting.clear()
