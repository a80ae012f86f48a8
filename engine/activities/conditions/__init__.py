"""The kinds of condition."""
