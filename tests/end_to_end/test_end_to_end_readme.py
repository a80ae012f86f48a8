"""The README's tour, typed as it stands there: only the ports and the folder are other ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.sample_servers.sample_run import free_port
from tests.helpers.engine_process import PATIENCE, ROOT, curl_folder, until

pytestmark = pytest.mark.end_to_end

BLOCK = re.compile(r"<!-- tour: (?P<kind>[a-z ]+) -->\n```sh\n(?P<text>.*?)```", re.DOTALL)


@pytest.fixture
def steps(tmp_path: Path) -> list[tuple[str, str]]:
    """The tour's blocks: what kind, and the text with free ports, our Python and a folder of our own."""
    own = {"8170": str(free_port()), "8190": str(free_port()), "$PWD/tour": str(tmp_path / "tour")}
    own[".venv/bin/python"] = sys.executable
    readme = (ROOT / "README.md").read_text("utf-8")
    found = []
    for match in BLOCK.finditer(readme):
        text = match["text"]
        for old, new in own.items():
            text = text.replace(old, new)
        found.append((match["kind"], text))
    return found


@pytest.fixture
def terminals(tmp_path: Path, steps: list[tuple[str, str]]) -> Iterator[list[subprocess.Popen[str]]]:
    """The terminals in which something keeps running, each ready."""
    opened = []
    for kind, text in steps:
        if kind == "in its own terminal":
            command = ["/bin/sh", "-c", f"exec {text}"]
            opened.append(
                subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            )
    for process in opened:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("ready http://"):
                break
        else:
            pytest.fail(f"not ready: {lines}")
    yield opened
    for process in opened:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def test_readme_tour_works(
    tmp_path: Path, steps: list[tuple[str, str]], terminals: list[subprocess.Popen[str]]
) -> None:
    stand_in = curl_folder(tmp_path)
    path = f"{stand_in}{os.pathsep}{os.environ['PATH']}" if stand_in else os.environ["PATH"]
    commands = [text for kind, text in steps if kind == "commands"]
    assert len(terminals) == 2
    assert len(commands) == 3

    def type_in(script: str) -> str:
        line = ["/bin/sh", "-e", "-c", script]
        environment = {**os.environ, "PATH": path, "SOJOURN_WORKSPACE": str(tmp_path / "tour")}
        done = subprocess.run(
            line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    type_in(commands[0])
    assert type_in(commands[1]).count('"accepted"') == 5
    texts = ("Welcome back, Mina", "10% off at table 12", "Welcome back, Jonas", "Rooms from 99 tonight")
    received = until(lambda: type_in(commands[2]), lambda seen: all(text in seen for text in texts), "the pushes")
    assert "Lobby and restaurant" in received
