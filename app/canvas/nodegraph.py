"""NodeGraphQt's view classes, imported in the one way that works: its viewer, node, port and pipe items.

Its model, undo stack, sessions, paste, layout and tab search are not used. It imports ``distutils`` for one version
comparison; a stand-in for that import serves Python 3.12 and later, where it is gone, and saves a sixth of a second at
start elsewhere.
"""

from __future__ import annotations

import os
import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any


class _LooseVersion(tuple[int, ...]):
    """Enough of distutils' LooseVersion to compare Qt's versions."""

    __slots__ = ()

    def __new__(cls, text: str) -> _LooseVersion:
        return super().__new__(cls, (int(part) for part in text.split(".") if part.isdigit()))


@contextmanager
def _stand_in() -> Iterator[None]:
    """For the time of the import, ``distutils.version`` is ours, unless someone has loaded the real one."""
    if "distutils" in sys.modules:
        yield
        return
    package, version = types.ModuleType("distutils"), types.ModuleType("distutils.version")
    version.LooseVersion = _LooseVersion  # type: ignore[attr-defined]
    package.version = version  # type: ignore[attr-defined]
    sys.modules.update({"distutils": package, "distutils.version": version})
    try:
        yield
    finally:
        del sys.modules["distutils"], sys.modules["distutils.version"]


if TYPE_CHECKING:
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsView

    class NodeViewer(QGraphicsView):
        """The viewer's calls that the canvas uses."""

        def __init__(self, parent: Any = None, undo_stack: Any = None) -> None: ...
        def add_node(self, node: AbstractNodeItem, pos: Any = None) -> None: ...
        @staticmethod
        def remove_node(node: AbstractNodeItem) -> None: ...

    class AbstractNodeItem(QGraphicsItem):
        """A node in the scene."""

        id: str
        selected: bool
        visible: bool
        xy_pos: Any

        def __init__(self, name: str = ..., parent: QGraphicsItem | None = None) -> None: ...
        def delete(self) -> None: ...

    class PortItem(QGraphicsItem):
        """A place at a node where pipes begin or end."""

        name: str
        port_type: str
        multi_connection: bool
        connected_pipes: list[PipeItem]

        def __init__(self, parent: QGraphicsItem | None = None) -> None: ...
        @property
        def node(self) -> AbstractNodeItem: ...

    class PipeItem(QGraphicsPathItem):
        """A line between two ports."""

        input_port: PortItem | None
        output_port: PortItem | None

        def __init__(self, input_port: PortItem | None = None, output_port: PortItem | None = None) -> None: ...
        def set_connections(self, port1: PortItem, port2: PortItem) -> None: ...
        def delete(self) -> None: ...
        def draw_path(
            self, start_port: PortItem, end_port: PortItem | None = None, cursor_pos: QPointF | None = None
        ) -> None: ...

else:
    os.environ.setdefault("QT_PREFERRED_BINDING", "PySide6")
    with warnings.catch_warnings(), _stand_in():
        warnings.simplefilter("ignore")
        from NodeGraphQt.qgraphics.node_abstract import AbstractNodeItem
        from NodeGraphQt.qgraphics.pipe import PipeItem
        from NodeGraphQt.qgraphics.port import PortItem
        from NodeGraphQt.widgets.viewer import NodeViewer

IN, OUT = "in", "out"
"""NodeGraphQt's names for the two types of port."""


def hide_grid(viewer: NodeViewer) -> None:
    """Keeps NodeGraphQt's scene from painting its own dark grid."""
    scene: Any = viewer.scene()
    scene.grid_mode = 0


__all__ = ["IN", "OUT", "AbstractNodeItem", "NodeViewer", "PipeItem", "PortItem", "hide_grid"]
