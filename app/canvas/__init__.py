"""Draw the journey document and turn gestures into edits; the only package that imports NodeGraphQt."""

from app.canvas.view import CanvasView

__all__ = ["CanvasView"]
