"""The studio as a process: Ctrl+C and SIGTERM end it in order; a file that cannot be opened is said at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.bridge.supervisor import wait_until_free
from engine.store.location import find_owner

PATIENCE = 180.0


def wait_for(process: subprocess.Popen[str], workspace: Path) -> None:
    """Until the studio has its engine, which comes when the window is there."""
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while find_owner(workspace) is None:
        assert process.poll() is None
        assert time.monotonic() < deadline
        pause.wait(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_closes_window_and_its_engine(number: signal.Signals, tmp_path: Path, root: Path) -> None:
    workspace = tmp_path / "workspace"
    words = [sys.executable, str(root / "main.py"), "--workspace", str(workspace)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as studio:
        try:
            wait_for(studio, workspace)
            studio.send_signal(number)
            said, _ = studio.communicate(timeout=PATIENCE)
        finally:
            studio.kill()
    assert studio.returncode == 0, said
    assert "Traceback" not in said
    assert wait_until_free(workspace, PATIENCE)


@pytest.mark.parametrize("command", [["studio"], ["render", "-o", "picture.png"]])
@pytest.mark.parametrize(
    ("content", "hint"), [(None, "No such file"), (b"\xff\xfe\x00", "UTF-8"), (b'{"format": 1}', "$.format")]
)
def test_file_that_cannot_be_opened_is_named(
    command: list[str], content: bytes | None, hint: str, tmp_path: Path, root: Path
) -> None:
    file = tmp_path / "odd.journey.json"
    if content is not None:
        file.write_bytes(content)
    words = [sys.executable, str(root / "main.py"), *command, str(file)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert str(file) in done.stderr
    assert hint in done.stderr
