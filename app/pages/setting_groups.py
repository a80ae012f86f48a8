"""Workspace settings by section, with titles and explanations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.translation import mark, tr


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Settings under a title. ``secrets`` are kept in the vault: name and title."""

    title: str
    details: str
    settings: Mapping[str, tuple[str, str]]
    secrets: Mapping[str, str] = field(default_factory=dict)


EMAIL = SettingGroup(
    mark("Email"),
    mark("Without a server, emails land in the local outbox."),
    {
        "smtp_url": (mark("Mail server"), mark("smtp://user@host:587 or smtps://user@host:465")),
        "email_from": (mark("Sender"), mark("Who the emails are from: news@example.com")),
        "unsubscribe_url": (mark("Where people unsubscribe"), mark("{id} in it becomes the id of the message.")),
    },
    {"provider/smtp/password": mark("Password of the mail server")},
)
SMS = SettingGroup(
    mark("SMS"),
    mark("Without a gateway, text messages land in the local outbox."),
    {
        "sms_gateway_url": (mark("Gateway"), mark("Where text messages are posted.")),
        "sms_gateway_header": (mark("Header of the key"), mark("The header that carries the gateway's key.")),
        "sms_gateway_body": (
            mark("Body"),
            mark("The JSON it expects, with {{ to }}, {{ text }} and {{ id }}."),
        ),
    },
    {"provider/sms/value": mark("Key of the gateway")},
)
PUSH = SettingGroup(
    mark("Push"),
    mark("Without a gateway, push notifications land in the local outbox."),
    {
        "push_gateway_url": (mark("Gateway"), mark("Where push notifications are posted.")),
        "push_gateway_header": (mark("Header of the key"), mark("The header that carries the gateway's key.")),
        "push_gateway_body": (
            mark("Body"),
            mark("The JSON it expects, with {{ to }}, {{ title }}, {{ text }} and {{ id }}."),
        ),
    },
    {"provider/push/value": mark("Key of the gateway")},
)
CAMPAIGN_STANDARD = SettingGroup(
    mark("Adobe Campaign Standard"),
    mark("If set, it sends the messages; templates have the same names there."),
    {
        "campaign_standard_url": (mark("Instance"), mark("https://mc.adobe.io/your-organization")),
        "campaign_standard_organization": (
            mark("Transactional API"),
            mark("mc and the organization, as in calls."),
        ),
        "campaign_standard_client_id": (mark("Client id"), mark("Used to fetch tokens.")),
        "campaign_standard_token_url": (mark("Token address"), mark("Only if it is not Adobe's identity service.")),
    },
    {"provider/campaign_standard/body.parameters.client_secret": mark("Client secret")},
)
CAMPAIGN_CLASSIC = SettingGroup(
    mark("Adobe Campaign Classic"),
    mark("Where the actions of that kind send their events."),
    {
        "campaign_classic_url": (mark("Instance"), mark("Campaign Classic or v8.")),
        "campaign_classic_client_id": (mark("Client id"), mark("Used to fetch tokens for Campaign v8.")),
        "campaign_classic_token_url": (mark("Token address"), mark("Only if it is not Adobe's identity service.")),
    },
    {"provider/campaign_classic/body.parameters.client_secret": mark("Client secret")},
)
CALLS = SettingGroup(
    mark("Calls"),
    mark("Which systems journeys may reach."),
    {
        "allow_local_endpoints": (
            mark("Allow local endpoints"),
            mark("Calls may go to IP addresses, non-default ports and private or loopback hosts."),
        ),
        "callback_url": (
            mark("Address for callbacks"),
            mark("Where other systems reach this engine. Empty means its own address."),
        ),
    },
)
PROFILES = SettingGroup(
    mark("Profiles"),
    mark("Where profiles come from."),
    {"profiles_from_events": (mark("Keep events with profiles"), mark("Creates a profile for an unknown person."))},
)
LOAD = SettingGroup(
    mark("Load"),
    mark("How much the engine handles at once."),
    {
        "max_waiting_events": (
            mark("Events that may wait"),
            mark("Beyond that, senders must retry later."),
        ),
        "overdue_timers": (mark("Overdue timers at the start"), mark("How many may fire without confirmation.")),
        "overdue_rate": (mark("Overdue timers per second"), mark("How fast they fire after a long pause.")),
    },
)
RETENTION = SettingGroup(
    mark("Retention"),
    mark("Days to keep data; older data is deleted automatically."),
    {
        "retention_payload_days": (mark("Events"), mark("The received payloads.")),
        "retention_instance_days": (mark("People who finished"), mark("Where each was and when.")),
        "retention_step_event_days": (mark("Step events"), mark("What reports are made of.")),
        "archive_step_events": (mark("Archive step events"), mark("Written to files before deletion.")),
        "archive_folder": (mark("Folder of the archive"), mark("Empty means a folder in the workspace.")),
    },
)
PARTS: Mapping[str, tuple[SettingGroup, ...]] = {
    "providers": (EMAIL, SMS, PUSH, CAMPAIGN_STANDARD, CAMPAIGN_CLASSIC),
    "limits": (CALLS, PROFILES, LOAD, RETENTION),
}
"""The groups of each section."""


def extension_group(meanings: Mapping[str, str]) -> SettingGroup | None:
    """Return a group with the settings that no other group has: those of extensions."""
    known = {name for part in PARTS.values() for group in part for name in group.settings}
    others = {name: (name, meaning) for name, meaning in meanings.items() if name not in known}
    details = mark("Settings of installed extensions.")
    return SettingGroup(mark("Extensions"), details, others) if others else None


def setting_groups(name: str) -> str:
    """Return the title of a setting, with its group if ambiguous; else its name."""
    for group in (group for part in PARTS.values() for group in part):
        if name in group.settings:
            return f"{tr(group.title)} · {tr(group.settings[name][0])}"
    return name
