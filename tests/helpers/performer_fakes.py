"""What a performer needs around it, in memory: sandboxes, secrets, an outbox; and calls to give it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from engine.core.effect import CallAction, Fetch, SendMessage
from engine.effects.network_performer import NetworkPerformer
from engine.model.definitions import Definitions
from engine.ports import Call, OutboxMessage
from tests.helpers.virtual_loop import loop_ms

TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Quick to make: reading the certificate authorities takes longer than a test."""


class MemorySandboxes:
    """Definitions in file form, settings and deployed rules; all sandboxes alike."""

    def __init__(self, definitions: Mapping[str, Any], **settings: Any) -> None:
        self.settings = {"allow_local_endpoints": True, **settings}
        self.rules: tuple[Mapping[str, Any], ...] = ()
        self.address = "http://127.0.0.1:8170"
        self.replace(definitions)

    def replace(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = Definitions.model_validate_json(json.dumps(definitions))

    def definitions(self, sandbox: str, version_id: int) -> Definitions:
        return self._definitions

    def setting(self, sandbox: str, name: str) -> Any:
        return self.settings.get(name, "")

    def guardrails(self, sandbox: str) -> tuple[Mapping[str, Any], ...]:
        return self.rules


class MemorySecrets(dict[str, str]):
    """Secrets by name."""

    def set(self, name: str, value: str) -> None:
        self[name] = value

    def delete(self, name: str) -> None:
        self.pop(name, None)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self))


class MemoryOutbox:
    """Messages by id, and addresses nobody may write to."""

    def __init__(self) -> None:
        self.messages: dict[str, OutboxMessage] = {}
        self.suppressed: set[str] = set()

    async def keep(self, call: Call, message: OutboxMessage) -> None:
        self.messages[message.id] = message

    async def is_suppressed(self, sandbox: str, channel: str, address: str) -> bool:
        return address in self.suppressed


class PerformerFakes:
    """A performer and what is around it."""

    def __init__(
        self,
        definitions: Mapping[str, Any],
        secrets: Mapping[str, str] | None = None,
        clock: Callable[[], int] = loop_ms,
        **settings: Any,
    ) -> None:
        self.sandboxes = MemorySandboxes(definitions, **settings)
        self.secrets = MemorySecrets(secrets or {})
        self.outbox = MemoryOutbox()
        self.performer = NetworkPerformer(
            self.sandboxes, self.secrets, self.outbox, tls=TRUSTS_NOBODY, random=Random(1), clock=clock
        )

    async def fetch(self, source: str, group: str, timeout_ms: int = 60_000, key: str = "k", **parameters: Any) -> Any:
        effect = Fetch(1, "a", source, group, parameters, timeout_ms, key)
        return await self.performer.perform(call_for(effect, key))

    async def act(
        self,
        action: str,
        body: Any = None,
        timeout_ms: int = 60_000,
        key: str = "k",
        url_path: str = "",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        sandbox: str = "prod",
    ) -> Any:
        effect = CallAction(1, "a", action, url_path, headers or {}, query or {}, body, timeout_ms, key)
        return await self.performer.perform(call_for(effect, key, sandbox))

    async def message(
        self, channel: str, template: str, address: str, timeout_ms: int = 60_000, key: str = "k", **variables: Any
    ) -> Any:
        effect = SendMessage(1, "a", channel, template, address, variables, timeout_ms, key)
        return await self.performer.perform(call_for(effect, key))


def call_for(effect: Fetch | CallAction | SendMessage, key: str = "k", sandbox: str = "prod") -> Call:
    """The effect as a runner hands it over."""
    return Call(sandbox, "i-1", "J", 1, key, 0, False, effect)
