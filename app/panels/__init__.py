"""What stands around the canvas: palette, settings, problems, test, live, properties, welcome."""
