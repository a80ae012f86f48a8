"""Between the window and the engine's process: requests and answers as frozen values, the engine kept running."""

from app.bridge.bridge import Bridge, Wish
from engine.ports import Probed

__all__ = ["Bridge", "Probed", "Wish"]
