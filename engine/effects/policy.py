"""The policy of one call: capping, throttling, default limit, retries and the timeout, without a clock.

This is the single meaning of runtime.md, "Actions and fetches go through, in this order…". The performer drives it
on the real clock, the simulation on the virtual one::

    guard = Guardrails(capping={uid: rule}, throttling={uid: rule})     # shared by all calls of a sandbox
    call = PendingCall(service="action", method="POST", url=url, name="SendPush", timeout=30_000)
    step = call.proceed(guard, now)
    while not isinstance(step, CallOutcome):
        if isinstance(step, Pause):                # be back at step.until, not earlier
            now = step.until
            step = call.proceed(guard, now)
        else:                                      # Attempt: make call number step.number now, until step.deadline
            answer, now = ...                      # AttemptResult(status=…) or AttemptResult(error=…);
                                                   # past it: AttemptResult(error="timedOut") at step.deadline
            step = call.record_attempt(answer, now, jitter=0.0)
    step.error, step.status, step.attempts         # error is None, or a code of runtime.md

All times are integer milliseconds of one clock that does not run backwards. ``jitter`` is a number in [0, 1) that
the caller draws; 0 gives the bare delays. Nothing here awaits, so on one event loop the counts are exact.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from engine.model.guardrail import CappingRule, Service, ServiceLimit, ThrottlingRule

RETRY_DELAYS = (100, 400, 1_600)
"""Milliseconds before the first, second and third retry."""

JITTER_SHARE = 0.5
"""The full jitter lengthens a delay by this share."""

DEFAULT_SOURCE_RATE = 15
"""Calls a second to an external data source that no deployed rule speaks of."""

_SECOND = 1_000
"""Throughput is counted in calls a second."""

LONGEST_QUEUE = 6 * 60 * 60 * 1_000
"""No call waits longer than six hours, in milliseconds."""

CAPPED = "capped"
TIMED_OUT = "timedOut"
CONNECTION = "connection"
MALFORMED = "malformed"
EVALUATION = "evaluation"
"""Error codes of runtime.md."""

_RETRIED_STATUSES = frozenset({408, 425, 429})


class CappingWindow:
    """Admits at most ``limit`` calls in any ``period`` milliseconds.

    It remembers when each admitted call was made, so the count holds for every window, however it is aligned: after
    a burst of ``limit`` calls the next one is admitted exactly ``period`` later. ``now`` is any clock in milliseconds
    that does not run backwards.
    """

    __slots__ = ("_made", "limit", "period")

    def __init__(self, limit: int, period: int) -> None:
        self.limit = limit
        self.period = period
        self._made: deque[int] = deque()

    def has_room(self, now: int) -> bool:
        """Whether one more call may be made now; takes nothing."""
        made = self._made
        while made and made[0] <= now - self.period:
            made.popleft()
        return len(made) < self.limit

    def take(self, now: int) -> None:
        """Count a call made now; ask :meth:`has_room` first."""
        self._made.append(now)

    def change(self, limit: int, period: int) -> None:
        """Change the limit and the period at once; calls counted so far stay counted."""
        self.limit = limit
        self.period = period


class ThrottleQueue:
    """Gives each call the moment it may start: in order, at most ``rate`` in any second.

    Moments are reserved when they are asked for, so nothing has to be woken in the right order.
    """

    __slots__ = ("_starts", "rate")

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._starts: deque[int] = deque()

    def next_start(self, now: int) -> int:
        """Return the time at which the next call may start; reserve nothing."""
        starts = self._starts
        if not starts:
            return now
        start = max(now, starts[-1])
        return max(start, starts[-self.rate] + _SECOND) if len(starts) >= self.rate else start

    def reserve(self, start: int) -> None:
        """Take the moment that :meth:`next_start` gave."""
        self._starts.append(start)
        while len(self._starts) > self.rate:
            self._starts.popleft()

    def change(self, rate: int) -> None:
        """Change the rate at once; reserved times stay reserved."""
        self.rate = rate


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing to do before ``until`` (milliseconds); then ask the call to proceed."""

    until: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """Make the call now, the ``number``-th time (from 1); it is cut off at ``deadline``.

    ``limits`` are the capping rules' uids whose ``maxHttpConnections`` holds for it.
    """

    number: int
    deadline: int
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """The result of one attempt: an HTTP ``status``, or an ``error`` code.

    An error is retried when it is ``connection`` and not ``final`` (a forbidden host stays forbidden).
    ``retry_after`` is the server's wish in milliseconds, see :func:`read_retry_after`. ``renewed`` says that the call
    was refused for an old token and has a fresh one: it is made again at once, for a slot, but is no retry.
    """

    status: int | None = None
    error: str | None = None
    retry_after: int | None = None
    final: bool = False
    renewed: bool = False

    @property
    def code(self) -> str | None:
        """The error code, None for a success: the ``error``, or the status as text unless it is 2xx."""
        if self.error is not None or self.status is None:
            return self.error
        return None if 200 <= self.status < 300 else str(self.status)

    @property
    def retried(self) -> bool:
        """Whether trying again may help."""
        if self.error is not None:
            return self.error == CONNECTION and not self.final
        return self.status is not None and (self.status in _RETRIED_STATUSES or 500 <= self.status <= 599)


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """The end of a call. ``error`` is None for a success.

    ``origin`` is what the attempt before ran into, when the call then was capped or timed out.
    """

    error: str | None
    status: int | None
    attempts: int
    origin: str | None = None


def retry_delay(retry: int, jitter: float = 0.0) -> int:
    """Milliseconds before the ``retry``-th retry (from 1)."""
    return round(RETRY_DELAYS[retry - 1] * (1 + JITTER_SHARE * jitter))


def read_retry_after(header: str | None, wall_clock: datetime) -> int | None:
    """Return the milliseconds of a ``Retry-After`` header: seconds or an HTTP date; None if it is neither."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9]) * 1_000
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):  # what the parser raises for dates of no calendar
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, round((moment - wall_clock).total_seconds() * 1_000))


class Guardrails:
    """The deployed rules of a sandbox, with the slots that all its journeys share.

    Rules are named by uid. ``throttles`` may be handed from one sandbox to another to share the queues, since a
    throttling rule holds for all of them.
    """

    def __init__(
        self,
        capping: Mapping[str, CappingRule] | None = None,
        throttling: Mapping[str, ThrottlingRule] | None = None,
        throttles: dict[str, ThrottleQueue] | None = None,
    ) -> None:
        self._capping: Mapping[str, CappingRule] = {}
        self._throttling: Mapping[str, ThrottlingRule] = {}
        self._windows: dict[tuple[str, Service], CappingWindow] = {}
        self._throttles = {} if throttles is None else throttles
        self._defaults: dict[str, ThrottleQueue] = {}
        self.deploy(capping or {}, throttling or {})

    def deploy(self, capping: Mapping[str, CappingRule], throttling: Mapping[str, ThrottlingRule]) -> None:
        """Replace the rules. Counts and queues of rules that stay are kept, with the new figures at once."""
        self._capping, self._throttling = dict(capping), dict(throttling)
        self._windows = {
            (uid, service): self._window(uid, service, limit)
            for uid, rule in capping.items()
            for service, limit in rule.services.items()
        }
        for uid, throttle in throttling.items():
            self._throttles.setdefault(uid, ThrottleQueue(throttle.max_throughput)).change(throttle.max_throughput)

    def _window(self, uid: str, service: Service, limit: ServiceLimit) -> CappingWindow:
        count, period = limit.rating.max_calls_count, limit.rating.period_in_ms
        window = self._windows.get((uid, service)) or CappingWindow(count, period)
        window.change(count, period)
        return window

    def limits_for(self, service: Service, method: str, url: str) -> dict[str, ServiceLimit]:
        """Return the capping limits that apply to such a call, by uid of their rule."""
        found = ((uid, rule.limit_for(service, method, url)) for uid, rule in self._capping.items())
        return {uid: limit for uid, limit in found if limit}

    def windows(self, service: Service, uids: Iterable[str]) -> list[CappingWindow]:
        """Return the counted slots of these rules."""
        return [self._windows[uid, service] for uid in uids]

    def throttles_for(self, method: str, url: str) -> list[ThrottleQueue]:
        """Return the throttle queues that apply to such a call."""
        return [self._throttles[uid] for uid, rule in self._throttling.items() if rule.applies_to(method, url)]

    def default_for(self, name: str) -> ThrottleQueue:
        """Return the queue of a data source without a rule."""
        return self._defaults.setdefault(name, ThrottleQueue(DEFAULT_SOURCE_RATE))


@dataclass(slots=True)
class PendingCall:
    """One call with its retries. ``name`` is the data source's or action's; ``timeout`` is in milliseconds.

    The timeout runs from the moment throttling lets the first attempt go (at once without a throttling rule).
    """

    service: Service
    method: str
    url: str
    name: str
    timeout: int
    deadline: int | None = None
    attempts: int = 0
    last: AttemptResult | None = None
    _not_before: int = field(default=0, repr=False)
    _admitted: bool = field(default=False, repr=False)
    _limits: tuple[str, ...] = field(default=(), repr=False)
    _renewals: int = field(default=0, repr=False)

    def proceed(self, guard: Guardrails, now: int) -> Pause | Attempt | CallOutcome:
        """Decide what to do now: wait, make an attempt, or give up."""
        if now < self._not_before:
            return Pause(self._not_before)
        if not self._admitted:
            refused = self._admit(guard, now)
            if refused:
                return refused
            if now < self._not_before:
                return Pause(self._not_before)
        self._admitted = False
        self.attempts += 1
        return Attempt(self.attempts, self._deadline_from(now), self._limits)

    def record_attempt(self, answer: AttemptResult, now: int, jitter: float = 0.0) -> Pause | CallOutcome:
        """Record the result of the last attempt; return the end, or a pause before the next attempt."""
        earlier, self.last = self.last, answer
        if answer.renewed and not self._renewals:
            self._renewals = 1
            return Pause(now)
        if not answer.retried or self.attempts - self._renewals > len(RETRY_DELAYS):
            return self._outcome(answer.code, earlier)
        deadline = self._deadline_from(now)
        again = now + retry_delay(self.attempts - self._renewals, jitter)
        if answer.retry_after is not None and now + answer.retry_after <= deadline:
            again = now + answer.retry_after
        if again > deadline:
            return self._outcome(answer.code, earlier)
        self._not_before = again
        return Pause(again)

    def _admit(self, guard: Guardrails, now: int) -> CallOutcome | None:
        """Take one slot of every rule that holds, all or none; sets the moment the attempt may start."""
        limits = guard.limits_for(self.service, self.method, self.url)
        windows = guard.windows(self.service, limits)
        queues = guard.throttles_for(self.method, self.url)
        if not all(window.has_room(now) for window in windows):
            return self._outcome(CAPPED, self.last)
        start = max((queue.next_start(now) for queue in queues), default=now)
        if start - now > LONGEST_QUEUE:
            return self._outcome(CAPPED, self.last)
        deadline = self._deadline_from(start)
        if self.service == "dataSource" and not limits and not queues:
            queues = [guard.default_for(self.name)]
            start = queues[0].next_start(start)
        if start > deadline:
            return self._outcome(self.last.code if self.last else TIMED_OUT, None)
        for window in windows:
            window.take(now)
        for queue in queues:
            queue.reserve(start)
        self.deadline, self._not_before = deadline, start
        self._admitted, self._limits = True, tuple(limits)
        return None

    def _deadline_from(self, start: int) -> int:
        return start + self.timeout if self.deadline is None else self.deadline

    def _outcome(self, error: str | None, earlier: AttemptResult | None) -> CallOutcome:
        status = self.last.status if self.last and error not in (CAPPED, TIMED_OUT) else None
        origin = earlier.code if earlier and error in (CAPPED, TIMED_OUT) else None
        return CallOutcome(error, status, self.attempts, origin)
