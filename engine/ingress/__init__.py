"""How events reach the engine: from bytes to a journey's event and key."""
