"""The journey being edited: the only truth, its rules and its history; no widgets."""
