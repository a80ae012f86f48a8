"""Providers that send the messages of channels, and the registry of them.

A provider sends when its ``switch`` setting has a value; the first one that serves the channel is used, and without
one a message stays in the local outbox. Every channel but email has an HTTP gateway; extensions add providers as entry
points of the group ``sojourn.providers``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.effects import campaign_classic, campaign_standard
from engine.effects.campaign_standard import PROVIDER_NAME, campaign_standard_call
from engine.effects.gateways import GatewayCall, ReadSetting, gateway_call
from engine.model.channel import CHANNELS, Channel, RenderedMessage
from engine.model.guardrail import CappingRule, GuardrailError, read_capping
from engine.registry import Registry


@dataclass(frozen=True, slots=True)
class MessageRequest:
    """A message that a provider is to send.

    ``key`` is the idempotency key of the call; ``has_secret`` says whether the vault has a key for the provider.
    """

    channel: str
    id: str
    address: str
    template: str
    variables: Mapping[str, object]
    texts: RenderedMessage
    key: str
    has_secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A sender of the messages of ``channels``, or of all that have no other when there are none.

    ``request`` describes the HTTP call for a message and may raise ValueError with a sentence; None sends by SMTP.
    ``account`` is its name in the vault (``provider/<account>/value``), its key unless given. ``settings`` are further
    workspace settings with their default and meaning.
    """

    key: str
    channels: tuple[str, ...]
    switch: str
    request: Callable[[MessageRequest, ReadSetting], GatewayCall] | None
    account: str = ""
    settings: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def vault_name(self) -> str:
        """The name of its secrets."""
        return self.account or self.key


PROVIDERS: Registry[Provider] = Registry(Provider, "engine.effects.providers:built_in_providers", "sojourn.providers")
"""Every provider by its key."""


def find_provider(channel: str, setting: ReadSetting) -> Provider | None:
    """Return the provider that sends the messages of a channel under these settings; None for the local outbox."""
    able = (one for one in PROVIDERS.values() if channel in one.channels and setting(one.switch))
    return min(able, key=lambda provider: provider.key == PROVIDER_NAME, default=None)


def extension_settings() -> Mapping[str, tuple[str, str]]:
    """Return the settings of all providers with their default and meaning."""
    return {name: setting for provider in PROVIDERS.values() for name, setting in provider.settings.items()}


def _gateway(channel: Channel) -> Provider:
    """Describe the HTTP gateway of a channel: its URL, the header for its key, and the JSON that it expects."""

    def request(message: MessageRequest, setting: ReadSetting) -> GatewayCall:
        content = {"id": message.id, "to": message.address, "text": message.texts.body}
        if channel.parts[0]:
            content["title"] = message.texts.subject
        return gateway_call(channel.key, setting, message.has_secret, content, message.key)

    name = f"{channel.key}_gateway"
    return Provider(
        key=name,
        channels=(channel.key,),
        switch=f"{name}_url",
        request=request,
        account=channel.key,
        settings={
            f"{name}_url": ("", f"where each {channel.noun} is posted, or nothing for the local outbox"),
            f"{name}_header": ("Authorization", f"the header that carries the key of the {channel.noun} gateway"),
            f"{name}_body": ("", f"the JSON that the {channel.noun} gateway expects, with placeholders in its texts"),
        },
    )


def _campaign_standard(message: MessageRequest, setting: ReadSetting) -> GatewayCall:
    return campaign_standard_call(
        message.channel, setting, message.template, message.address, message.variables, message.key
    )


def built_in_providers() -> tuple[Provider, ...]:
    """SMTP, a gateway for every other channel, and Adobe Campaign Standard."""
    smtp = Provider(key="smtp", channels=("email",), switch="smtp_url", request=None)
    campaign = Provider(
        key=PROVIDER_NAME,
        channels=("email", "sms", "push"),
        switch="campaign_standard_url",
        request=_campaign_standard,
    )
    gateways = (_gateway(channel) for channel in CHANNELS.values() if channel.key != "email")
    return (smtp, *gateways, campaign)


def provider_capping_rules(setting: ReadSetting) -> dict[str, CappingRule]:
    """Return the rules by uid; a URL that cannot be called needs none."""
    return {uid: rule for uid, rule in _rules(setting) if rule is not None}


def _rules(setting: ReadSetting) -> Iterator[tuple[str, CappingRule | None]]:
    if standard := setting("campaign_standard_url"):
        yield campaign_standard.PROVIDER_NAME, capping_rule(f"{standard.rstrip('/')}/*", campaign_standard.CAP)
    if classic := campaign_classic.event_url(setting):
        yield campaign_classic.PROVIDER_NAME, capping_rule(classic, campaign_classic.CAP)


def capping_rule(url: str, limit: tuple[int, int]) -> CappingRule | None:
    """Build the rule for a limit of (calls, milliseconds); None if the URL is invalid."""
    rating = {"maxCallsCount": limit[0], "periodInMs": limit[1]}
    try:
        rule, _ = read_capping({"url": url, "methods": ["POST"], "services": {"action": {"rating": rating}}})
    except GuardrailError:
        return None
    return rule
