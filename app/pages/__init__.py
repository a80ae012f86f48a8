"""The pages of the studio: each connects lists, editors, panels or the canvas with the engine."""
