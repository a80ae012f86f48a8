"""The design rules of journeys, by subject. ``engine.core.validate`` puts them together."""
