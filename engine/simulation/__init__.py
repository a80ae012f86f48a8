"""Simulation: scenario files run on a virtual clock with a scripted outside world."""
