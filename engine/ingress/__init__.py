"""Incoming events: from bytes to a journey's event and key."""
