"""The sample built, tested, published and watched on a real screen: an X server, mouse and keys from xdotool.

``python -m benchmarks._virtual_screen FOLDER`` starts the server and this module again on it, prints JSON, and leaves
pictures of the screen in the folder. It does what the test of the window does, but every click and key goes through X.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SIZE = "1600x960x24"
TOOLS = ("Xvfb", "xdotool")
ON_SCREEN = "on-screen"
SETTLE = 0.08
"""Seconds after a click or key in which its consequences are drawn."""
TIMEOUT_SECONDS = 40.0
DEFAULT = "build/screen"


def missing() -> str | None:
    """Which tools are missing, and how to get them, in one sentence; None when all are there."""
    wanted = [tool for tool in TOOLS if shutil.which(tool) is None]
    if not wanted:
        return None
    return f"{' and '.join(wanted)} missing; install them with: apt-get install xvfb xauth xdotool"


def main(folder: str = DEFAULT) -> dict[str, Any]:
    """Run it; raises SystemExit with one sentence when a tool is missing or the studio does not do what it should."""
    if (reason := missing()) is not None:
        raise SystemExit(reason)
    Path(folder).mkdir(parents=True, exist_ok=True)
    number, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", SIZE, "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(number) as said:
            display = f":{said.readline().strip()}"
        surroundings = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        words = [sys.executable, "-m", "benchmarks._virtual_screen", ON_SCREEN, folder]
        done = subprocess.run(words, env=surroundings, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit("the sample was not built on the screen; see above")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found
    finally:
        server.terminate()
        server.wait()


def wait_in(folder: Path) -> Callable[..., None]:
    """Return a function that waits as pytest-qt does and saves a picture of the screen on timeout."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    def wait(condition: Callable[[], bool], timeout: int = 0) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not condition():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
            if time.monotonic() > deadline:
                QGuiApplication.primaryScreen().grabWindow(0).save(str(folder / "stuck.png"))
                raise AssertionError("what was waited for did not come; stuck.png shows the screen")

    return wait


def on_screen(folder: str) -> dict[str, Any]:
    """In the process that has the screen: build, test, publish, watch."""
    from PySide6.QtWidgets import QApplication

    from app.studio import Studio
    from benchmarks._screen_user import ScreenUser
    from tests.app import test_app_journey as journey
    from tests.helpers.studio_driver import close_studio

    application = QApplication([])
    started = time.monotonic()
    sample = Path("resources") / "samples" / journey.FILE
    written = sample.read_text(encoding="utf-8").replace("INSERT_SECRET_HERE", "secret")
    patience = SimpleNamespace(waitUntil=wait_in(Path(folder)))
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(application, Path(home) / "workspace", sample=False)
        person = ScreenUser(patience, studio, Path(folder))
        person.begin()
        try:
            journey.furnish(person, written)
            journey.watched_from_the_start(person, written)
        finally:
            person.look("end")
            close_studio(patience, studio)
    return {"clicks": person.clicks, "keys": person.keys, "seconds": round(time.monotonic() - started, 1)}


def run(words: Mapping[int, str]) -> dict[str, Any]:
    """Run what the command line asks for."""
    return on_screen(words[2]) if words.get(1) == ON_SCREEN else main(words.get(1, DEFAULT))


if __name__ == "__main__":
    print(json.dumps(run(dict(enumerate(sys.argv)))))
