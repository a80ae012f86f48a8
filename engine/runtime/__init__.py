"""The runtime: drives journeys from stored state, batch by batch, and interprets their effects."""
