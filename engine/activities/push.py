"""Push: notifications with a title and a text."""

from __future__ import annotations

from engine.model.channel import Channel

PUSH = Channel(
    key="push",
    noun="push",
    description="Sends a push notification.",
    parts=("title", "text", ""),
    feedback={"sent": "sent", "clicked": "clicked", "opened": "clicked", "failed": "failed"},
)
