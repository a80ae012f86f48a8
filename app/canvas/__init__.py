"""The canvas: it draws the document and turns gestures into edits; the only folder that knows NodeGraphQt."""
