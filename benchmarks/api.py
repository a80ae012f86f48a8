"""``bench api``: Schemathesis against the API's own document, on a real server; it is installed for this alone.

``python -m pip install --group soak`` brings it. Every operation is tried with made-up and with broken requests, by
itself and after others; a server error, an answer that the document does not name, or an operation that works without
its token is a failure. That good bodies are taken is tested elsewhere: whether a configuration can be deployed depends
on what was done before, and so do the original's codes.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from engine.api.server import HttpServer, bind
from engine.errors import SojournError
from engine.host import host_workspace
from engine.services.views import Caller

EXAMPLES = 200
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "unsupported_method",
    "use_after_free",
)
PARTS = {"authoring": "^/authoring", "inlets": "^/(collection|profiles|feedback|healthz|metrics|openapi)"}
_FOUND = re.compile(r"(\d+) generated")
_SAMPLE = Path(__file__).parents[1] / "resources" / "samples" / "lobby-and-restaurant.journey.json"


def main(examples: int = EXAMPLES) -> dict[str, Any]:
    """Try both parts of the API; raises SojournError when something was found, with what."""
    if importlib.util.find_spec("schemathesis") is None:
        raise SojournError(
            "bench_api", message=f"Schemathesis is not installed; run: {sys.executable} -m pip install --group soak"
        )
    caller = Caller()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        owner = host_workspace(Path(folder) / "workspace")
        assert owner is not None
        events = owner.start()
        server = HttpServer(owner, events, bind("127.0.0.1", 0))
        text = _SAMPLE.read_text("utf-8").replace("INSERT_SECRET_HERE", "known")
        owner.engine.journeys.import_file(caller, text)
        tokens = {
            "authoring": owner.engine.api_tokens.issue(caller, "soak", "administrator", 1),
            "inlets": owner.engine.inlets.token(caller),
        }
        try:
            return {part: _try(server.address, tokens[part], part, examples) for part in PARTS}
        finally:
            server.close()
            owner.close()


_SETTINGS = """
[[operations]]
include-operation-id = ["export", "deleteCapping", "health"]
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "500", "503"]
"""
"""They answer 5xx where the original does, or when the engine is unwell."""


def _try(address: str, token: str, part: str, examples: int) -> dict[str, Any]:
    started = time.monotonic()
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as settings:
        settings.write(_SETTINGS)
        settings.flush()
        done = _run(address, token, part, examples, settings.name)
    if done.returncode != 0:
        raise SojournError("bench_api", message=f"Schemathesis found something in {part}:\n{done.stdout}{done.stderr}")
    cases = _FOUND.search(done.stdout)
    return {"cases": int(cases[1]) if cases else 0, "failures": 0, "seconds": round(time.monotonic() - started, 1)}


def _run(address: str, token: str, part: str, examples: int, settings: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "schemathesis.cli", "--config-file", settings, "run", f"{address}/openapi.json"]
    line += ["--header", f"Authorization: Bearer {token}", "--include-path-regex", PARTS[part]]
    line += ["--checks", ",".join(CHECKS), "--max-examples", str(examples), "--seed", "1"]
    return subprocess.run(line, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*(int(text) for text in sys.argv[1:2]))) + "\n")
