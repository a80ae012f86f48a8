"""Zoom to the journey, the selection, 100 % or the next step."""

from __future__ import annotations

from collections.abc import Callable, Collection

from app.canvas.projection import Projection
from app.canvas.viewer import ZOOM_STEPS, JourneyViewer


class Zoom:
    """Zooms one viewer; ``selection`` returns the selected activities."""

    def __init__(self, viewer: JourneyViewer, projection: Projection, selection: Callable[[], Collection[str]]) -> None:
        self._viewer, self._projection, self._selection = viewer, projection, selection

    def to_fit(self) -> None:
        """Fit the whole journey, at most at 100 %."""
        self._viewer.show_box(self._projection.content())

    def to_selection(self) -> None:
        """Fit the selected activities, or the whole journey."""
        self._viewer.show_box(self._projection.content(self._selection() or None))

    def to_100(self) -> None:
        """Zoom to 100 %."""
        self._viewer.look_at(self._viewer.center, 1.0)

    def closer(self) -> None:
        """Zoom in one step."""
        larger = [step for step in ZOOM_STEPS if step > self._viewer.scale_now + 0.01]
        self._viewer.look_at(self._viewer.center, larger[0] if larger else ZOOM_STEPS[-1])

    def farther(self) -> None:
        """Zoom out one step."""
        smaller = [step for step in ZOOM_STEPS if step < self._viewer.scale_now - 0.01]
        self._viewer.look_at(self._viewer.center, smaller[-1] if smaller else ZOOM_STEPS[0])
