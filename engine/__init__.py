"""The engine of Sojourn: what a journey means and everything that runs it. Knows no Qt."""
