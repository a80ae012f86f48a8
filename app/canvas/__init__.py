"""The canvas: it draws the document and turns gestures into edits; the only folder that knows NodeGraphQt."""

from app.canvas.view import CanvasView

__all__ = ["CanvasView"]
