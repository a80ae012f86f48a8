"""A process that waits to be told to stop always hears it, whenever the signal comes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WAITS = 3_000
RACE = f"""
import os, signal, threading
from engine.command_line import ShutdownSignal
go = threading.Semaphore(0)
def send():
    while True:
        go.acquire()
        os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=send, daemon=True).start()
stopping = ShutdownSignal()
for _ in range({WAITS}):
    go.release()
    stopping.wait()
print("heard all")
"""


def run(code: str, root: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=240, check=True
    ).stdout


def test_signal_racing_with_wait_is_received(root: Path) -> None:
    assert run(RACE, root) == "heard all\n"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signal_before_wait_is_received(name: str, root: Path) -> None:
    code = (
        "import os, signal; from engine.command_line import ShutdownSignal; stopping = ShutdownSignal(); "
        f"os.kill(os.getpid(), signal.{name}); stopping.wait(); print('heard')"
    )
    assert run(code, root) == "heard\n"


def test_another_signal_does_not_end_wait(root: Path) -> None:
    code = (
        "import os, signal; from engine.command_line import ShutdownSignal; stopping = ShutdownSignal()\n"
        "seen = []\n"
        "signal.signal(signal.SIGUSR1, lambda *_: (seen.append('other'), os.kill(os.getpid(), signal.SIGTERM)))\n"
        "os.kill(os.getpid(), signal.SIGUSR1)\n"
        "stopping.wait()\n"
        "print(seen)"
    )
    assert run(code, root) == "['other']\n"
