"""The journey being edited: document, rules and history, without widgets."""
