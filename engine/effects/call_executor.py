"""Carries a call through the policy on the real clock: waits, connections, attempts, until there is an outcome.

The rules of all sandboxes and the slots they share live here, in one event loop, so counts are exact.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from random import Random

from engine.effects.policy import (
    TIMED_OUT,
    Attempt,
    AttemptResult,
    CallOutcome,
    Guardrails,
    Pause,
    PendingCall,
    ThrottleQueue,
)
from engine.model.guardrail import CappingRule, Service, ThrottlingRule, read_capping, read_throttling
from engine.ports import Sandboxes

PRODUCTION = "prod"
"""The sandbox whose throttling rule holds for all."""

MakeAttempt = Callable[[Attempt], Awaitable[AttemptResult]]
"""Makes an attempt before its deadline, and never takes longer."""


def monotonic_ms() -> int:
    """Milliseconds of a clock that never runs backwards; its zero means nothing."""
    return time.monotonic_ns() // 1_000_000


@dataclass(slots=True)
class _Sandbox:
    documents: tuple[tuple[Mapping[str, object], ...], ...]
    guard: Guardrails
    connections: dict[tuple[str, Service], asyncio.Semaphore]


class CallExecutor:
    """Takes calls to their outcome under the rules of their sandbox.

    ``built_in`` are capping rules that hold in every sandbox besides the deployed ones, by uid.
    """

    def __init__(
        self,
        sandboxes: Sandboxes,
        built_in: Callable[[str], Mapping[str, CappingRule]] = lambda sandbox: {},
        clock: Callable[[], int] = monotonic_ms,
        random: Random | None = None,
    ) -> None:
        self._sandboxes = sandboxes
        self._built_in = built_in
        self._clock = clock
        self._alarm = OrderedTimer(clock)
        self._random = random or Random()
        self._throttles: dict[str, ThrottleQueue] = {}
        self._state: dict[str, _Sandbox] = {}

    def now(self) -> int:
        """Return the time of the executor's clock, in milliseconds."""
        return self._clock()

    async def execute(self, sandbox: str, call: PendingCall, make: MakeAttempt) -> CallOutcome:
        """Wait, attempt and retry until the call has an outcome."""
        state = self._refreshed(sandbox)
        step: Pause | Attempt | CallOutcome = call.proceed(state.guard, self.now())
        while not isinstance(step, CallOutcome):
            if isinstance(step, Pause):
                await self._alarm.wait_until(step.until)
                step = call.proceed(self._refreshed(sandbox).guard, self.now())
            else:
                answer = await self._attempt(state, call.service, step, make)
                step = call.record_attempt(answer, self.now(), self._random.random())
        return step

    async def _attempt(self, state: _Sandbox, service: Service, step: Attempt, make: MakeAttempt) -> AttemptResult:
        async with AsyncExitStack() as open_connections:
            try:
                async with asyncio.timeout(self.seconds_left(step)):
                    for uid in step.limits:
                        if limit := state.connections.get((uid, service)):
                            await open_connections.enter_async_context(limit)
            except TimeoutError:
                return AttemptResult(error=TIMED_OUT)
            return await make(step)

    def seconds_left(self, step: Attempt) -> float:
        """How long an attempt may still take, in seconds."""
        return max(0, step.deadline - self.now()) / 1_000

    def _refreshed(self, sandbox: str) -> _Sandbox:
        """Return the sandbox's rules as deployed now, with the slots counted so far."""
        documents = (self._sandboxes.guardrails(sandbox), self._sandboxes.guardrails(PRODUCTION))
        state = self._state.get(sandbox)
        if state is None:
            state = self._state[sandbox] = _Sandbox((), Guardrails(throttles=self._throttles), {})
        if state.documents != documents:
            capping = {**_capping_rules(documents[0]), **self._built_in(sandbox)}
            state.guard.deploy(capping, _throttling_rules(documents[1]))
            state.connections = _connections(capping)
            state.documents = documents
        return state


def _capping_rules(documents: tuple[Mapping[str, object], ...]) -> dict[str, CappingRule]:
    return {_uid(document): read_capping(dict(document))[0] for document in documents if "services" in document}


def _throttling_rules(documents: tuple[Mapping[str, object], ...]) -> dict[str, ThrottlingRule]:
    return {_uid(document): read_throttling(dict(document)) for document in documents if "urlPattern" in document}


def _uid(document: Mapping[str, object]) -> str:
    return str(document.get("uid") or document.get("url") or document.get("urlPattern"))


def _connections(capping: Mapping[str, CappingRule]) -> dict[tuple[str, Service], asyncio.Semaphore]:
    return {
        (uid, service): asyncio.Semaphore(limit.max_http_connections)
        for uid, rule in capping.items()
        for service, limit in rule.services.items()
        if limit.max_http_connections is not None
    }


_Waiter = tuple[int, int, "asyncio.Future[None]"]


class OrderedTimer:
    """Belongs to one event loop. ``clock`` is in milliseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._waiting: list[_Waiter] = []
        self._arrivals = count()
        self._handle: asyncio.TimerHandle | None = None

    async def wait_until(self, moment: int) -> None:
        """Wait until that time of the clock."""
        if moment <= self._clock():
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (moment, next(self._arrivals), future))
        if self._waiting[0][2] is future:
            self._set()
        await future

    def _set(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        wait = max(0, self._waiting[0][0] - self._clock()) / 1_000
        self._handle = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        now = self._clock()
        while self._waiting and self._waiting[0][0] <= now:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)
        self._handle = None
        if self._waiting:
            self._set()
