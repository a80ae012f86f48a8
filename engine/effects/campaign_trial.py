"""Trying an instance of Adobe Campaign Standard: whose URL it is, whether the token is taken, what it can send."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from engine.effects.adobe import ReadSetting, adobe_auth
from engine.effects.auth import Authenticator, Subject
from engine.effects.campaign_standard import PROVIDER_NAME, check_instance_url, read_templates, templates_request
from engine.effects.http import HttpReply, HttpRequest
from engine.effects.messages import PROVIDER
from engine.effects.policy import Answer
from engine.ports import RemoteTemplate

MAX_PAGES = 20

Send = Callable[[HttpRequest], Awaitable[HttpReply]]


def fault_of_settings(setting: ReadSetting, allow_local: bool) -> str | None:
    """What is wrong before anything is called. Where local endpoints are allowed any host may play the instance."""
    url = setting("campaign_standard_url")
    if not url:
        return "There is no instance URL yet; set campaign_standard_url"
    if not setting("campaign_standard_organization"):
        return "There is no organization yet; set campaign_standard_organization"
    return None if allow_local else check_instance_url(url)


async def fetch_templates(
    authenticator: Authenticator, sandbox: str, setting: ReadSetting, send: Send
) -> tuple[HttpReply, tuple[RemoteTemplate, ...]]:
    """The last answer, and all templates if every page was good.

    Raises HttpError, TokenRefusedError or TypedError.
    """
    found: list[RemoteTemplate] = []
    auth, subject = adobe_auth(setting, PROVIDER_NAME), Subject(sandbox, PROVIDER, PROVIDER_NAME)
    request = templates_request(setting)
    for _ in range(MAX_PAGES):
        reply = await send(await authenticator.apply(auth, subject, request, send))
        if Answer(reply.status).code is not None:
            return reply, ()
        templates, following = read_templates(reply, request.url)
        found += templates
        if not following:
            break
        request = templates_request(setting, following)
    return reply, tuple(found)
