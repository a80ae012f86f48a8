"""NodeGraphQt as its own example uses it, with the graph of the canvas's benchmark: what the canvas is compared with.

A process of its own: the studio imports only NodeGraphQt's view. ``python -m benchmarks._bare_canvas`` prints JSON.
"""

from __future__ import annotations

import json
import os
import resource
import warnings
from typing import Any

from benchmarks._canvas_journey import SIZE, frames, journey, timed

os.environ.setdefault("QT_PREFERRED_BINDING", "PySide6")
ZOOM_STEP = 0.03


def measure(count: int) -> dict[str, Any]:
    """Frames of the example with ``count`` nodes."""
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QApplication

    drawn = journey(count)
    from NodeGraphQt import BaseNode, NodeGraph

    class Step(BaseNode):  # type: ignore[misc]
        __identifier__ = "bench"
        NODE_NAME = "Step"

    graph = NodeGraph()
    graph.register_node(Step)
    viewer: Any = graph.viewer()
    viewer.resize(*SIZE)
    viewer.show()
    nodes: dict[str, Any] = {}

    def create() -> None:
        for item in drawn.activities:
            node = graph.create_node("bench.Step", name=item.label or item.id, pos=item.position, push_undo=False)
            node.add_input("in")
            for way in {edge.path for edge in drawn.outgoing.get(item.id, ())} or {""}:
                node.add_output(way or "out", multi_output=True)
            nodes[item.id] = node
        for edge in drawn.edges:
            nodes[edge.source].outputs()[edge.path or "out"].connect_to(nodes[edge.target].inputs()["in"])

    found: dict[str, Any] = {"activities": count, "create": round(timed(create), 1)}
    whole = viewer.scene().itemsBoundingRect()
    viewer._scene_range = whole
    viewer._update_scene()
    QApplication.processEvents()
    port = viewer.viewport()

    def pan() -> None:
        viewer._set_viewer_pan(3, 2)
        port.repaint()

    def zoom() -> None:
        viewer._set_viewer_zoom(ZOOM_STEP, 0.0, port.rect().center())
        port.repaint()

    def to_100() -> None:
        viewer.reset_zoom()
        viewer.centerOn(QPointF(0, 0))
        port.repaint()

    def move() -> None:
        x, y = nodes["a1"].pos()
        nodes["a1"].set_pos(x, y + 4)
        port.repaint()

    return found | frames(pan, zoom, to_100, move)


def main() -> dict[str, Any]:
    """All figures."""
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    measured = [measure(count) for count in (50, 100, 500)]
    application.processEvents()
    return {"frames": measured, "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        print(json.dumps(main()))
