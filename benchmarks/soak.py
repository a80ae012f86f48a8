"""``make soak``: what takes long, by parts; prints one JSON line for each part as it ends.

``python -m benchmarks.soak`` runs all, ``python -m benchmarks.soak load=600 kills`` these, with another size or the
usual one. A divergence fails with the steps that led there, a foreign exception with its text, grown memory with its
figures. Gestures and the screen have processes of their own; without Xvfb and xdotool the screen says what to install.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks import _soak_runs, _virtual_screen, expressions
from tests.property import test_property_moving, test_property_runners
from tests.runtime import test_runtime_differential

STEPS_EACH = 40


def moving(steps: int) -> dict[str, Any]:
    """Random journeys against the small model of how people move."""
    started = time.monotonic()
    test_property_moving.run_steps(max(1, steps // STEPS_EACH), STEPS_EACH)
    return {"steps": steps, "divergences": 0, "seconds": round(time.monotonic() - started, 1)}


def differential(journeys: int) -> dict[str, Any]:
    """Every scenario, and random journeys, through the simulation, the live runner and test sessions."""
    started = time.monotonic()
    cases = test_runtime_differential.compare_all()
    test_property_runners.run_examples(journeys)
    return {"cases": cases, "journeys": journeys, "divergences": 0, "seconds": round(time.monotonic() - started, 1)}


def language(texts: int) -> dict[str, Any]:
    """Strange texts for the language."""
    started = time.monotonic()
    return {**expressions.soak(texts), "seconds": round(time.monotonic() - started, 1)}


def gestures(number: int) -> dict[str, Any]:
    """Random gestures on the canvas; raises CalledProcessError when they failed, having said why."""
    line = [sys.executable, "-m", "benchmarks._soak_canvas", str(number)]
    done = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def screen(_size: int) -> dict[str, Any]:
    """Build the sample with xdotool; or return one sentence about what is missing for it."""
    reason = _virtual_screen.missing()
    return _virtual_screen.main() if reason is None else {"missing": reason}


PARTS: Mapping[str, tuple[Callable[[int], dict[str, Any]], int]] = {
    "moving": (moving, 200_000),
    "differential": (differential, 2_000),
    "language": (language, 10_000_000),
    "gestures": (gestures, 1_500),
    "screen": (screen, 1),
    "kills": (_soak_runs.kills, 1_000),
    "load": (_soak_runs.load, 3_600),
    "day": (_soak_runs.day, 100_000),
}
"""Each part with its usual size: steps, journeys, texts, gestures twelve times over, kills, seconds, people."""


def main(words: Sequence[str]) -> int:
    """Run the parts that are named, or all."""
    for word in words or PARTS:
        name, _, size = word.partition("=")
        if name not in PARTS or not (size.isdigit() or not size):
            sys.stderr.write(f"there is no part {word}; name some of {', '.join(PARTS)}, with =NUMBER for a size\n")
            return 2
    for word in words or PARTS:
        name, _, size = word.partition("=")
        run, usual = PARTS[name]
        sys.stdout.write(json.dumps({name: run(int(size or usual))}) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
