"""The sample servers: a hotel's reservation system and a push gateway on this machine.

The sample journeys call systems that a real company would have. These small servers stand in for them, so that the
samples run without the internet; they list every call they receive. ``python main.py sample`` starts them. The
package knows nothing of the engine, as real third-party systems would not.
"""
