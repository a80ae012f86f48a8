"""The kinds of condition, one module for each."""
