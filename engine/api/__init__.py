"""What others reach over HTTP: the inlet, metrics, and the calls of a second process."""
