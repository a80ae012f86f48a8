"""The samples' outside world: a hotel's reservation system and a push gateway on this machine.

The sample journeys call systems that a real company would have. This small server plays them, so that the samples run
without the internet, and shows each call that reaches it. ``python main.py sample`` starts it. It knows nothing of
the engine, as the real systems would not.
"""
