"""Between the window and the engine's process: requests and answers as frozen values, the engine kept running."""

from app.bridge.bridge import Bridge

__all__ = ["Bridge"]
