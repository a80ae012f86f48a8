"""Email: messages with a subject, a text and an HTML version."""

from __future__ import annotations

import re

from engine.model.channel import Channel, check_text_address

_ADDRESS = re.compile(r"""[^\s\x00-\x1f\x7f@<>()\[\],:;"\\]{1,64}@[^\s\x00-\x1f\x7f@<>()\[\],:;"\\]{1,255}""")


def check_email_address(address: str) -> None:
    """Raise ValueError for what is no email address."""
    if _ADDRESS.fullmatch(address):
        return
    check_text_address(address)
    if not _ADDRESS.fullmatch(address.strip()):
        raise ValueError("The address is not an email address")


EMAIL = Channel(
    key="email",
    noun="email",
    description="Sends an email.",
    parts=("subject", "body", "html"),
    feedback={"sent": "sent", "opened": "opened", "clicked": "clicked", "failed": "failed", "bounced": "failed"},
    check_address=check_email_address,
)
