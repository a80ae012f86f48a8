"""Forms for what journeys are made of: events, data sources, actions, templates, segments, profiles."""
