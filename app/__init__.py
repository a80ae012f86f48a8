"""The desktop studio: documents, canvas, panels, and the bridge to the engine."""
