"""Building blocks of forms that panels, editors and lists share: typed fields, expressions, JSON, durations."""
