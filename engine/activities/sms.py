"""SMS: messages with a text."""

from __future__ import annotations

from engine.model.channel import Channel

SMS = Channel(
    key="sms",
    noun="SMS",
    description="Sends a text message.",
    parts=("", "text", ""),
    feedback={"sent": "sent", "failed": "failed", "bounced": "failed"},
)
