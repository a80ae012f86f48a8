"""A studio whose every picture is the same on each machine: one process, a clock that is set, a world that is scripted.

The engine, its database and the window are the real ones. Only time, the answers of other systems and the address
that the engine would listen on are given.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QEventLoop, QPoint, QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.bridge import Bridge, calls
from app.bridge.requests import Job, SerialWorker
from app.bridge.supervisor import EngineSupervisor, Process
from app.first_run import SAMPLES, sample_payloads
from app.forms import time_format
from app.pages import journey_summary, list_page
from app.theme.theme import Theme
from app.translation import LanguageSwitcher
from app.user_files import Drafts, Preferences
from app.window import StudioWindow
from engine.core.effect import Fetch
from engine.core.stimulus import ActionDone, FetchDone
from engine.errors import SojournError
from engine.facade import Engine
from engine.host import host_workspace
from engine.ports import Call
from engine.services.views import Caller

START = 1_773_129_600_000
"""2026-03-10T08:00:00Z."""
ADDRESS = "http://127.0.0.1:8170"
SIZE = QSize(1600, 960)
TIMEOUT_SECONDS = 30.0
"""Seconds that one picture may take to come about."""
_STILL = 3
"""How many looks in a row must see the same before a picture is taken."""


class ManualClock:
    """Shows what it is set to, to the engine and to the window."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> int:
        return self.time


class ScriptedPerformer:
    """Guests have a reservation unless their number says no; pushes to one of them fail."""

    async def perform(self, call: Call) -> FetchDone | ActionDone:
        said = str(call.effect)
        if isinstance(call.effect, Fetch):
            return FetchDone(call.effect.call, data={"reservation": "guest-7" not in said})
        if "guest-3" in said:
            return ActionDone(call.effect.call, status=503, error="503")
        return ActionDone(call.effect.call, status=200, message_id=f"m-{call.key}")

    async def close(self) -> None:
        """Nothing to close."""


class _Nothing(Process):
    """There is no process of the engine's own."""

    def poll(self) -> int | None:
        return None

    def end(self) -> None:
        """Nothing to end."""

    def release(self) -> None:
        """Nothing to let go of."""


class StudioSetup:
    """Window and engine, set up together; ``close`` puts both away."""

    def __init__(self, application: QApplication, folder: Path, language: str = "en", size: QSize = SIZE) -> None:
        self.application, self.clock = application, ManualClock()
        application.setCursorFlashTime(0)
        self._real = time_format.now_ms
        for module in (time_format, list_page, journey_summary):
            vars(module)["now_ms"] = self.clock.now
        owner = host_workspace(
            folder / "workspace", make_performer=lambda *_: ScriptedPerformer(), make_clock=lambda _: self.clock
        )
        if owner is None:
            raise SojournError("gallery", message="another process uses the gallery's folder; choose another")
        self._owner = owner
        self.engine: Engine = owner.engine
        owner.start()
        owner.publish_address(ADDRESS)
        self.preferences = Preferences(folder / "studio.json")
        for name, value in {"theme": "light", "language": language, "zone": "Europe/Paris"}.items():
            self.preferences.set(name, value)
        self.switcher = LanguageSwitcher(application)
        self.switcher.set_language(language)
        self.drafts = Drafts(folder / "drafts")
        self.drafts.save_payloads(sample_payloads())
        self.bridge = Bridge(self._supervisor, Caller())
        appearance = Theme(application, "light")
        self.window = StudioWindow(self.bridge, self.preferences, self.drafts, appearance, self.switcher)
        self.window.resize(size)

    def _supervisor(self, tell: Callable[[str], object]) -> EngineSupervisor[Engine]:
        return EngineSupervisor(connect=lambda: self.engine, start=_Nothing, alive=lambda _: True, notify=tell)

    def open(self) -> None:
        """Show the window and wait for its first lists."""
        self.window.show()
        self.bridge.begin()
        self.until(lambda: self.bridge.running and self.window.journeys)
        self.window.show_page("journeys")

    def close(self) -> None:
        """Put window and engine away, and let time go on."""
        self.window.close()
        self.window.deleteLater()
        self.application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        answered: list[Any] = []
        self.bridge.read(calls.journeys.list(), answered.append)
        self.bridge.attempt(calls.reports.period(START, START + 1, None), answered.append)
        self.until(lambda: len(answered) == len(("list", "report")))
        self.bridge.close("keep")
        self.switcher.set_language("en")
        self._owner.engine.close()
        for module in (time_format, list_page, journey_summary):
            vars(module)["now_ms"] = self._real

    # Contents

    def bring(self, text: str) -> str:
        """Import a journey file; the id of its version."""
        self.engine.settings.set(Caller(), "allow_local_endpoints", True)
        return self.engine.journeys.import_file(Caller(), text.replace("INSERT_SECRET_HERE", "secret"), ()).version.id

    def sample(self, name: str) -> str:
        """Read a file of the samples."""
        return (SAMPLES / name).read_text(encoding="utf-8")

    def pass_time(self, milliseconds: int) -> None:
        """Set the clock forward and let the engine see it."""
        self.wait_until_idle()
        self.clock.time += milliseconds
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Wait until the engine has done all that is to be done at this time: nothing waits, no call is under way."""
        quiet = 0
        while quiet < _STILL:
            self._owner.writer.write(lambda connection: None)
            busy = self._owner.writer.waiting or self._owner.dispatch.under_way
            quiet = 0 if busy else quiet + 1
            time.sleep(0.002)

    # Waiting and looking

    def until(self, condition: Callable[[], object]) -> None:
        """Let the window work until something is so; raises SojournError when it does not come."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not condition():
            self.application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            if time.monotonic() > deadline:
                raise SojournError("gallery", message="a picture did not come about; open the studio and look why")
            time.sleep(0.005)

    def wait_for_answers(self) -> None:
        """Wait until the engine has answered what the window asked, and what it asked because of the answers."""
        workers = [worker for worker in vars(self.bridge).values() if isinstance(worker, SerialWorker)]
        for _ in range(_STILL):
            self._wait_for_each(workers)

    def _wait_for_each(self, workers: Sequence[SerialWorker]) -> None:
        answered: list[Any] = []
        for worker in workers:
            worker.put(Job(work=_no_work, then=answered.append, failed=answered.append, owner=None))
        self.until(lambda: len(answered) == len(workers))

    def still(self, widget: QWidget, scale: float = 1.0) -> QImage:
        """Return the picture of a widget once every request is answered and it no longer changes."""
        self.wait_for_answers()
        restyle_labels(widget)
        seen, times_seen, last = QImage(), 0, b""

        def unchanged() -> bool:
            nonlocal seen, times_seen, last
            self.application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            seen = picture(widget, scale)
            bits = bytes(seen.constBits())
            times_seen, last = (times_seen + 1, last) if bits == last else (0, bits)
            return times_seen >= _STILL

        self.until(unchanged)
        return seen


def restyle_labels(widget: QWidget) -> None:
    """Apply the style sheet to the labels again, so that no picture depends on the order in which they were styled."""
    for made in widget.findChildren(QLabel):
        made.style().unpolish(made)
        made.style().polish(made)


def _no_work() -> None:
    """Do nothing: the answer shows that all jobs before it are done."""


def picture(widget: QWidget, scale: float = 1.0) -> QImage:
    """Draw a widget at this scale of the screen."""
    shown = QPixmap(widget.size() * scale)
    shown.setDevicePixelRatio(scale)
    widget.render(shown, QPoint())
    image = shown.toImage().convertToFormat(QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(1.0)
    return image


def as_png(image: QImage, colors: int = 0) -> bytes:
    """Encode a picture as PNG; ``colors`` limits it to its most frequent colours, which keeps it small."""
    if colors:
        exactly = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
        image = image.convertToFormat(QImage.Format.Format_Indexed8, _table(image, colors), exactly)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", 0)  # type: ignore[call-overload]
    return bytes(data.data())


def _table(image: QImage, colors: int) -> list[int]:
    """Return the most frequent colours of a picture, so that tints are kept."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(plain.constBits(), np.uint32)
    found, counts = np.unique(bits, return_counts=True)
    return [int(color) for color in found[np.argsort(-counts, kind="stable")[:colors]]]
