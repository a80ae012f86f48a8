"""Between the window and the engine's process: requests and answers as frozen values, the engine kept running."""

from app.bridge.bridge import AWAY, Bridge, Wish
from app.bridge.profile_import import Progress
from engine.ports import Probed

__all__ = ["AWAY", "Bridge", "Probed", "Progress", "Wish"]
