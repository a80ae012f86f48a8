"""The settings pane: one form for each kind of activity."""
