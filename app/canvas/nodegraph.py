"""Import NodeGraphQt's view classes: viewer, node, port and pipe items.

Its model, undo stack, sessions, paste, layout and tab search are not used and not imported: the package itself would
load them, and Qt.py every installed Qt module, which takes longer than all modules of the studio. During the import
three stubs take their places: an empty package, Qt.py's modules, and the one class of ``distutils`` it needs, which
Python 3.12 removed.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore, QtGui, QtWidgets


class _LooseVersion(tuple[int, ...]):
    """The part of distutils' LooseVersion that compares Qt versions."""

    __slots__ = ()

    def __new__(cls, text: str) -> _LooseVersion:
        return super().__new__(cls, (int(part) for part in text.split(".") if part.isdigit()))


class _Widgets(types.ModuleType):
    """QtWidgets plus the classes that Qt 6 moved to QtGui."""

    def __getattr__(self, name: str) -> Any:
        return getattr(QtWidgets, name, None) or getattr(QtGui, name)


def _stand_ins() -> dict[str, types.ModuleType]:
    distutils, version = types.ModuleType("distutils"), types.ModuleType("distutils.version")
    vars(version)["LooseVersion"] = _LooseVersion
    vars(distutils)["version"] = version
    binding = types.ModuleType("Qt")
    vars(binding).update(QtCore=QtCore, QtGui=QtGui, QtWidgets=_Widgets("QtWidgets"))
    package, found = types.ModuleType("NodeGraphQt"), find_spec("NodeGraphQt")
    vars(package)["__path__"] = list(found.submodule_search_locations or ()) if found is not None else []
    return {"distutils": distutils, "distutils.version": version, "Qt": binding, "NodeGraphQt": package}


@contextmanager
def _bare() -> Iterator[None]:
    """Install stubs for modules that are not loaded yet and remove foreign names afterwards."""
    missing = {name: module for name, module in _stand_ins().items() if name.partition(".")[0] not in sys.modules}
    sys.modules.update(missing)
    try:
        yield
    finally:
        for name in missing.keys() - {"NodeGraphQt"}:
            del sys.modules[name]


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
    with warnings.catch_warnings(), _bare():
        warnings.simplefilter("ignore")
        from NodeGraphQt.qgraphics.node_abstract import AbstractNodeItem
        from NodeGraphQt.qgraphics.pipe import PipeItem
        from NodeGraphQt.qgraphics.port import PortItem
        from NodeGraphQt.widgets.viewer import NodeViewer

IN, OUT = "in", "out"
"""NodeGraphQt's names for the two types of port."""


def hide_grid(viewer: NodeViewer) -> None:
    """Stop NodeGraphQt's scene from painting its own dark grid."""
    scene: Any = viewer.scene()
    scene.grid_mode = 0


__all__ = ["IN", "OUT", "AbstractNodeItem", "NodeViewer", "PipeItem", "PortItem", "hide_grid"]
