"""The panels around the canvas: palette, problems, test, live, properties, welcome."""
