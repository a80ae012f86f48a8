"""Channels: addresses, forms for the suppression list, reactions to feedback."""

from __future__ import annotations

import pytest

from engine.effects.messages import check_address, reaction_of
from engine.model.channel import suppression_key


@pytest.mark.parametrize("address", ["mina@example.com", " mina@example.com "])
def test_email_address_is_accepted(address: str) -> None:
    check_address("email", address)


@pytest.mark.parametrize("address", ["", " ", "mina", "a@b@c", "mina@example.com\r\nBcc: all", "@"])
def test_other_email_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        check_address("email", address)


@pytest.mark.parametrize("channel", ["sms", "push"])
def test_text_address_needs_characters(channel: str) -> None:
    check_address(channel, "+82 10")
    for address in ("", "\n", "a\x00"):
        with pytest.raises(ValueError, match="address"):
            check_address(channel, address)


def test_channel_that_is_not_installed_is_refused() -> None:
    with pytest.raises(ValueError, match="telegram"):
        check_address("telegram", "anybody")
    assert reaction_of("telegram", "sent") is None
    assert suppression_key("telegram", "Anybody") == "Anybody"


@pytest.mark.parametrize(
    ("channel", "written", "remembered"),
    [
        ("email", " Mina@Example.com", "mina@example.com"),
        ("sms", "+82 10-5555-0142", "+821055550142"),
        ("push", " Token-A ", "Token-A"),
    ],
)
def test_built_in_addresses_are_remembered_in_normal_form(channel: str, written: str, remembered: str) -> None:
    assert suppression_key(channel, written) == remembered
