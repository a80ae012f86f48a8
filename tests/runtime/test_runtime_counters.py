"""Counting step events of one kind together gives what counting each by itself gives."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine.core.effect import StepEvent
from engine.core.instance import FAILED, FINISHED, STOPPED, TIMED_OUT
from engine.core.metrics import Metrics
from engine.runtime.staged_records import CounterCache, StepCounts, flatten

NODES = {"in": "event", "much": "condition.data_source", "told": "action", "wait": "wait.duration", "out": "end"}

EVENTS = st.builds(
    lambda node, **more: StepEvent("id", "J", 1, "i", "p", node, node, NODES[node], "transitions", 1, 0, **more),
    st.sampled_from(sorted(NODES)),
    to=st.sampled_from(["", *NODES]),
    transition=st.sampled_from(["", "in", "much:yes"]),
    entrance=st.booleans(),
    resumed=st.booleans(),
    in_test=st.booleans(),
    end=st.sampled_from(["", FAILED, FINISHED, STOPPED, TIMED_OUT]),
    error=st.sampled_from(["", "503", "capped"]),
    fetch_count=st.integers(0, 3),
    fetch_error_code=st.sampled_from(["", "404"]),
    message_id=st.sampled_from(["", "m1", "m2"]),
)


@given(st.lists(st.lists(st.tuples(st.integers(1, 2), EVENTS), max_size=30), max_size=3))
def test_batch_counts_equal_single_counts(batches: list[list[tuple[int, StepEvent]]]) -> None:
    together: Counter[tuple[int, bool, str, str]] = Counter()
    singly: Counter[tuple[int, bool, str, str]] = Counter()
    tally = CounterCache()
    for events in batches:
        batch = StepCounts()
        for version_id, event in events:
            batch.add(version_id, event)
            metrics = Metrics()
            metrics.add(event)
            for kind, name, number in flatten(metrics):
                singly[version_id, event.in_test, kind, name] += number
            if event.error:
                singly[version_id, event.in_test, "error", event.error] += 1
            if event.entrance:
                singly[version_id, event.in_test, "minute", "60000"] += 1
        batch.sum(tally, together, "60000")
    assert +together == +singly
    assert -together == -singly
