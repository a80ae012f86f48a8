"""How fast the expression language is: ``main.py bench expressions``, and how much it endures: ``soak``.

The comparisons need the packages of the ``bench`` group; what is not installed is left out and named.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from engine.expression import Context, EvaluationError, Scope, check
from engine.expression.dates import zone_names
from engine.expression.types import DATE_TIME, DURATION, INTEGER, STRING, ListType, ObjectType

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
RUNS = 15
CONDITION = '@{E.a} > 3 and contain(@{E.city}, "ar")'
LONG_CONDITION = (
    '@{E.a} > 3 and contain(@{E.city}, "ar") or inLastDays(@{E.seen}, 4) and not isEmpty(@{E.city}) '
    'and startWithIgnoreCase(@{E.city}, "par") or count(@{E.items.all(currentEventField.n > 1 and true).n}) > 2'
)
PAYLOAD: dict[str, object] = {"a": 5, "city": "Paris"}
EVENT = ObjectType(
    {
        "a": INTEGER,
        "city": STRING,
        "seen": DATE_TIME,
        "numbers": ListType(INTEGER),
        "times": ListType(DATE_TIME),
        "spans": ListType(DURATION),
        "texts": ListType(STRING),
        "twin": STRING,
        "zeros": STRING,
        "items": ListType(ObjectType({"n": INTEGER, "t": STRING, "at": DATE_TIME, "zone": STRING})),
    }
)
SCOPE = Scope(events={"E": EVENT})


def _microseconds(work: Callable[[], object], seconds: float = 0.02) -> float:
    """Return the median time of one call over several runs of about ``seconds`` each."""
    began = time.perf_counter()
    calls = 0
    while time.perf_counter() - began < seconds:
        work()
        calls += 1
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        for _ in range(calls):
            work()
        times.append((time.perf_counter() - began) / calls)
    return statistics.median(times) * 1e6


def _optional(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


# The same condition elsewhere


def _ours() -> Callable[[], object]:
    compiled = check(CONDITION, SCOPE).compile()
    context = Context({"E": PAYLOAD}, NOW)
    return lambda: compiled.evaluate(context)


def _plain() -> Callable[[], object]:
    def condition(event: Mapping[str, object]) -> bool:
        return event["a"] > 3 and "ar" in event["city"]  # type: ignore[operator]

    return lambda: condition(PAYLOAD)


def _cel() -> Callable[[], object] | None:
    cel = _optional("cel")
    if cel is None:
        return None
    program = cel.compile('E.a > 3 && E.city.contains("ar")')
    world = {"E": PAYLOAD}
    return lambda: program.execute(world)


def _cel_python() -> Callable[[], object] | None:
    celpy = _optional("celpy")
    if celpy is None:
        return None
    environment = celpy.Environment()
    program = environment.program(environment.compile('E.a > 3 && E.city.contains("ar")'))
    return lambda: program.evaluate({"E": celpy.json_to_cel(PAYLOAD)})


def _simpleeval() -> Callable[[], object] | None:
    simpleeval = _optional("simpleeval")
    if simpleeval is None:
        return None
    evaluator = simpleeval.SimpleEval(names={"a": 5, "city": "Paris"})
    text = 'a > 3 and "ar" in city'
    parsed = evaluator.parse(text)
    return lambda: evaluator.eval(text, previously_parsed=parsed)


def _compared() -> dict[str, object]:
    """Microseconds to evaluate one condition over a payload, here and elsewhere, and how many times ours fits."""
    others = {
        "plain_python": _plain(),
        "common_expression_language": _cel(),
        "cel_python": _cel_python(),
        "simpleeval": _simpleeval(),
    }
    ours = _microseconds(_ours())
    figures: dict[str, object] = {"sojourn_us": round(ours, 3)}
    missing = [name for name, work in others.items() if work is None]
    for name, work in others.items():
        if work is not None:
            assert work()
            taken = _microseconds(work)
            figures[f"{name}_us"] = round(taken, 3)
            figures[f"{name}_to_sojourn"] = round(taken / ours, 2)
    if missing:
        figures["not_installed"] = missing
    return figures


# The longest evaluations that can be asked for

ZONES = sorted(zone_names())
ITEMS = [
    {
        "n": number,
        "t": f"t{number * 7919 % 49_000}",
        "at": f"2026-03-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00.{number % 1000:03}+0{number % 9}:00",
        "zone": ZONES[number % len(ZONES)],
    }
    for number in range(49_000)
]
HEAVY: dict[str, object] = {
    "city": "a" * (1 << 20),
    "twin": "a" * (1 << 19) + "a" * (1 << 19),
    "zeros": "0" * (1 << 20) + "x",
    "numbers": [number * 7919 % 32_000 for number in range(32_000)],
    "times": [str(item["at"]) for item in (*ITEMS, *ITEMS)],
    "spans": ["PT1H30M"] * 99_000,
    "texts": [f"x{number}" for number in range(99_000)],
    "items": ITEMS,
}
ITEM = "currentEventField"
ADVERSARIAL: tuple[str, ...] = (
    "@{E.items.at}",
    "sort(@{E.times}, true)",
    "sort(@{E.items}, 'at', true)",
    "filter(@{E.items}, 'at', @{E.times})",
    "serializeList(@{E.times}, ',', true)",
    "replaceAll(@{E.city}, 'a.*b|a', 'x')",
    "replaceAll(substr(@{E.city}, 0, 30000), '(a)', '$1b')",
    "replaceAll(@{E.city}, '.*', '" + "$0" * 3_000 + "')",
    "matchRegExp(@{E.city}, '(?:[ab]*a[ab]{12})*c?')",
    "split(substr(@{E.city}, 0, 90000), '[a]')",
    "contain(substr(@{E.city}, 0, 2400), 'b' + substr(@{E.city}, 0, 1200))",
    "toInteger(@{E.zeros})",
    "@{E.items.all(" + " or ".join([f"{ITEM}.n < 0"] * 300) + ").n}",
    "@{E.items.all(" + " + ".join([f"{ITEM}.n"] * 300) + " > 1).n}",
    f"@{{E.items.all(@{{E.items.last({ITEM}.n < 0).n}} > 1).n}}",
    "@{E.items.all(@{E.items} is null).n}",
    "@{E.items.all(@{E.city} == @{E.twin}).n}",
    "@{E.items.all(sort([@{E.city}, @{E.twin}], true) is null).n}",
    f"@{{E.items.all(updateTimeZone({ITEM}.at, {ITEM}.zone) is null).n}}",
    f"@{{E.items.all(setDays(updateTimeZone({ITEM}.at, {ITEM}.zone), 3) is null).n}}",
    f"@{{E.items.all(inLastMonths({ITEM}.at, {ITEM}.n)).n}}",
    f"@{{E.items.all(matchRegExp({ITEM}.t, {ITEM}.t + '.*')).n}}",
    "@{E.times}",
    "@{E.spans}",
    "sort(@{E.numbers}, false)",
    "distinct(@{E.texts})",
    "distinct(@{E.items})",
    'sort(@{E.items}, "t", true)',
    "count(@{E.items.all(currentEventField.n > 3)})",
    "count(@{E.items.all(inLastDays(currentEventField.at, 3))})",
    "count(@{E.items.all(setDays(currentEventField.at, 3) > now())})",
    "count(@{E.items.all(nowWithDelta(currentEventField.n, 'months', 'Europe/Paris') > now())})",
    "count(@{E.items.all(toString(currentEventField.at) == '')})",
    "count(@{E.items.all(toInteger(toString(currentEventField.n)) == 4)})",
    "count(@{E.items.all(matchRegExp(currentEventField.t, 't[0-9]+'))})",
    "count(@{E.items.all(matchRegExp(currentEventField.t, currentEventField.t))})",
    "count(@{E.items.all(length(replaceAll(currentEventField.t, '[0-9]', 'xx')) > 9)})",
    "count(@{E.items.all(count(@{E.items.all(currentEventField.n > 1)}) > 0)})",
    "matchRegExp(@{E.city}, '(x+x+)+y')",
    "replaceAll(@{E.city}, '[a]', 'b')",
    "replaceAll(@{E.city}, 'a', 'bb')",
    "split(@{E.city}, '')",
    "lastIndexOf(@{E.city}, 'b' + substr(@{E.city}, 0, 1000))",
    "equalIgnoreCase(upper(lower(upper(@{E.city}))), @{E.city})",
    "+".join(["1"] * 5_000),
    "max(" * 99 + "1" + ", 2)" * 99,
)


def _adversarial() -> dict[str, object]:
    """Return the slowest adversarial expression, each the best of five evaluations, in milliseconds of CPU time."""
    longest, worst = 0.0, ""
    for text in ADVERSARIAL:
        compiled = check(text, SCOPE).compile()
        context = Context({"E": HEAVY}, NOW)
        times = []
        for _ in range(5):
            began = time.thread_time()
            with suppress(EvaluationError):
                compiled.evaluate(context)
            times.append((time.thread_time() - began) * 1000)
        if min(times) > longest:
            longest, worst = min(times), text[:80]
    return {"longest_ms": round(longest, 1), "of": worst, "expressions": len(ADVERSARIAL)}


def main() -> dict[str, object]:
    """All figures, as they are printed."""
    return {
        "condition": CONDITION,
        "evaluate": _compared(),
        "check_and_compile": {
            "characters": len(LONG_CONDITION),
            "ms": round(_microseconds(lambda: check(LONG_CONDITION, SCOPE).compile()) / 1000, 3),
        },
        "adversarial": _adversarial(),
    }


def soak(texts: int = 10_000_000, processes: int = 2) -> dict[str, object]:
    """Read, check and evaluate random and mutated texts in separate processes."""
    each = texts // processes
    commands = [
        [sys.executable, "-m", "tests.helpers.expression_soak", str(each), str(1000 + seed)]
        for seed in range(processes)
    ]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for command in commands]
    outcomes = [(process.communicate()[0], process.returncode) for process in running]
    if any(code for _, code in outcomes):
        raise SystemExit("An exception came out of the language; see above.")
    found = [json.loads(said) for said, _ in outcomes]
    return {
        "texts": sum(one["texts"] for one in found),
        "evaluated": sum(one["evaluated"] for one in found),
        "longest_evaluation_ms": max(one["longest_ms"] for one in found),
    }


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
