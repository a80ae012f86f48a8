"""Reads, checks and evaluates strange texts in a process of its own.

``python -m tests.helpers.expression_soak COUNT SEED`` prints one JSON line: how many texts there were, how many could
be evaluated, and the milliseconds of processor time that the longest evaluation took. Anything but an error of the
language, or an error that does not point into its text, ends it with a traceback.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress

from engine.expression import check
from engine.expression.errors import EvaluationError
from tests.helpers.expression_texts import beacon_context, beacon_scope, strange_texts


def soak(count: int, seed: int) -> dict[str, float]:
    """Try so many texts. Raises what should never happen."""
    scope, context = beacon_scope(), beacon_context()
    evaluated, longest = 0, 0.0
    for text in strange_texts(seed, count):
        checked = check(text, scope)
        for error in checked.errors:
            sound = 0 <= error.start <= error.end <= len(text) and error.kind in ("syntax", "type", "name")
            if not sound or not error.message:
                raise AssertionError((text, error.kind, error.code, error.start, error.end))
        if not checked.errors:
            compiled = checked.compile()
            began = time.thread_time()
            with suppress(EvaluationError):
                compiled.evaluate(context)
            longest = max(longest, time.thread_time() - began)
            evaluated += 1
    return {"texts": count, "evaluated": evaluated, "longest_ms": round(longest * 1000, 3)}


if __name__ == "__main__":
    print(json.dumps(soak(int(sys.argv[1]), int(sys.argv[2]))))
