"""The places of the studio: each joins a list, editors, panels or the canvas with the engine's answers."""
