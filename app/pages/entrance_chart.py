"""The line of entrances of a report, drawn by pyqtgraph."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pyqtgraph
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.forms.time_format import date_and_time
from app.theme.look import Look
from app.translation import tr

HEIGHT = 220
_DAY_MS = 86_400_000


class EntranceChart(QWidget):
    """An area over time; the same is said in words for screen readers."""

    def __init__(self, look: Look, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._zone = look, zone
        self.setFixedHeight(HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.plot = pyqtgraph.PlotWidget(background=look.color("panel"))
        self.plot.setMouseEnabled(False, False)
        self.plot.hideButtons()
        self.plot.setMenuEnabled(False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.showGrid(False, True, 0.12)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(look.color("hairline"))
            axis.setTextPen(look.color("secondary"))
            axis.setTickFont(look.font(11))
        self.plot.getAxis("left").setWidth(44)
        column.addWidget(self.plot)

    def show_points(self, points: Sequence[tuple[int, int]]) -> None:
        """Show these (epoch milliseconds, people)."""
        self.plot.clear()
        times, people = [at for at, _ in points], [count for _, count in points]
        self.setAccessibleName(tr("{count} people entered", count=sum(people)))
        if not points:
            return
        pen = pyqtgraph.mkPen(self._look.color("accent"), width=2)
        self.plot.plot(times, people, pen=pen, fillLevel=0, brush=self._look.color("accent_tint"))
        self.plot.setXRange(times[0], times[-1] if len(times) > 1 else times[0] + 1, padding=0.01)
        self.plot.setYRange(0, max([*people, 4]), padding=0.05)
        self.plot.getAxis("bottom").setTicks([self._ticks(times)])
        most = max(points, key=lambda point: point[1])
        words = tr("at most {count}, {when}", count=most[1], when=date_and_time(most[0], self._zone))
        self.setAccessibleDescription(words)

    def _ticks(self, times: Sequence[int]) -> list[tuple[int, str]]:
        gap = max(len(times) // 6, 1)
        shape = "%m-%d" if times[-1] - times[0] > 2 * _DAY_MS else "%H:%M"
        zone = ZoneInfo(self._zone)
        return [(at, datetime.fromtimestamp(at / 1000, zone).strftime(shape)) for at in times[::gap]]
