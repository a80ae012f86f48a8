"""Runs journeys: against the workspace's database, or in memory on a virtual clock."""
