"""``make soak``: 200,000 random steps of journeys against the small model of how people move; prints JSON.

``python -m benchmarks.soak STEPS`` runs another number of steps. A divergence fails with the steps that led there.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from tests.property.test_property_moving import run_steps

STEPS_EACH = 40
STEPS = 200_000


def main(steps: int = STEPS) -> dict[str, Any]:
    """Run the steps; raises AssertionError at the first divergence."""
    started = time.monotonic()
    run_steps(max(1, steps // STEPS_EACH), STEPS_EACH)
    return {"steps": steps, "divergences": 0, "seconds": round(time.monotonic() - started, 1)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*(int(text) for text in sys.argv[1:2]))) + "\n")
