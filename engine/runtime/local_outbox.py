"""Messages that no provider takes land in the local outbox within the transaction of the step itself.

No call leaves the process, so nothing is waited for; what the performer checks before it sends is checked here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.core.effect import SendMessage
from engine.core.stimulus import ActionDone
from engine.effects.messages import EVALUATION, SUPPRESSED, check_address, message_id
from engine.model.template_rendering import render
from engine.ports import OutboxMessage
from engine.runtime.loaded import LoadedInstance
from engine.runtime.unit_of_work import UnitOfWork
from engine.store import runtime_queries


def is_local(settings: Mapping[str, Any], channel: str) -> bool:
    """Whether messages of this channel stay on this machine."""
    provider = "smtp_url" if channel == "email" else f"{channel}_gateway_url"
    return not settings.get(provider) and not settings.get("campaign_standard_url")


def deliver(work: UnitOfWork, person: LoadedInstance, effect: SendMessage) -> ActionDone:
    """Put a message into the local outbox, or say why not."""
    sandbox = person.version.sandbox
    template = work.deployment.sandboxes[sandbox].definitions.template.get(effect.template)
    if template is None:
        return _refused(effect, EVALUATION, f"There is no template {effect.template}")
    try:
        check_address(effect.channel, effect.address)
        texts = render(template, effect.variables)
    except ValueError as error:
        return _refused(effect, EVALUATION, str(error))
    if work.has_suppressed(sandbox) and runtime_queries.is_suppressed(
        work.connection, sandbox, effect.channel, effect.address
    ):
        return _refused(effect, SUPPRESSED, "The address has unsubscribed")
    name = message_id(effect.idempotency_key)
    message = OutboxMessage(name, effect.channel, effect.address, texts.subject, texts.body, texts.html)
    work.message(person, effect.activity, message)
    return ActionDone(effect.call, message_id=name)


def _refused(effect: SendMessage, code: str, sentence: str) -> ActionDone:
    return ActionDone(effect.call, error=code, attempts=0, origin_error=sentence)
