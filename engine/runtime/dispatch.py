"""Performs the calls of committed transactions, many at once, and brings their results back to the writer.

Lives in the engine's event loop. A call that is under way when the process dies stands in the outbox and is performed
again, with the same idempotency key, by the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence

from engine.core.effect import Fetch, SendMessage
from engine.core.stimulus import ActionDone, FetchDone
from engine.effects.throttling import LONGEST_QUEUE
from engine.ports import Call, OutboxMessage, Performer
from engine.runtime.endpoint_queues import EndpointQueue, EndpointQueues
from engine.runtime.jobs import CallResultJob, FailedCallJob, WriterJob
from engine.runtime.loaded import row_of
from engine.runtime.writer import ATTEMPTS
from engine.store.database_errors import DatabaseUnavailableError

log = logging.getLogger("sojourn.effects")

CAPPED = "capped"
AWAY_SECONDS = 0.5
"""The pause before a database that does not answer is asked again."""
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
        """See ``ports.Outbox``."""
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
            except DatabaseUnavailableError:
                await asyncio.sleep(AWAY_SECONDS)  # who wants no messages could not be looked up: nothing was sent yet
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
