"""A message as one person would get it, before it is ever sent: for the editors of templates and of activities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.core.profiles import read_group
from engine.errors import SojournError
from engine.expression import Context, ExpressionError, check, value_to_json
from engine.expression.types import Scope
from engine.expression.values import value_from_json
from engine.model.action import MessageTemplate
from engine.model.data_source import PROFILE_STORE
from engine.model.definitions import Definitions
from engine.model.example import example_value
from engine.model.fields import Field
from engine.model.profile import Profile
from engine.model.template_rendering import PLACEHOLDER, render
from engine.ports import Connection, Runner
from engine.services.access import READ_DEFINITIONS, AccessService
from engine.services.definitions import complete, read_body
from engine.services.views import Caller, MessagePreview
from engine.store import definition_rows, profile_rows

Reads = Mapping[str, Mapping[str, Any]]


class MessageService:
    """See the module."""

    def __init__(self, runner: Runner, access: AccessService) -> None:
        self._runner = runner
        self._access = access

    def preview(
        self,
        caller: Caller,
        template: Mapping[str, Any],
        namespace: str = "",
        identity: str = "",
        values: Mapping[str, str] | None = None,
        events: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> MessagePreview:
        """A template in file form, filled in for the person with this identity (none: an example).

        ``values`` are the expressions that fill the variables in an activity; a variable without one is the person's
        attribute of that name, else an example. ``events`` are payloads by event name. What cannot be filled in is in
        ``faults`` by variable, and left empty. Raises SojournError for a faulty template and a person who is unknown.
        """
        self._access.require(caller, READ_DEFINITIONS)
        model = read_body("template", template)
        assert isinstance(model, MessageTemplate)
        _require_declared(model)
        with self._runner.read() as connection:
            definitions = complete(definition_rows.load(connection, caller.sandbox))
            profile = _person(connection, caller, namespace, identity) if identity else None
        filling = _Filling(definitions, profile, events or {}, self._runner.clock.now())
        filled = {field.name: filling.value(field, (values or {}).get(field.name, "")) for field in model.variables}
        texts = render(model, filled)
        return MessagePreview(model.channel, texts.subject, texts.body, texts.html, filling.faults)


def _require_declared(template: MessageTemplate) -> None:
    """Raise SojournError when a text uses a variable that the template does not have."""
    known = {field.name for field in template.variables}
    for text in (template.subject, template.body, template.html, template.title, template.text):
        for match in PLACEHOLDER.finditer(text):
            name = match[1].partition(".")[0]
            if name not in known:
                raise SojournError(
                    "template_faulty",
                    f"the template uses {name}, which is none of its variables; declare it or correct the text",
                )


def _person(connection: Connection, caller: Caller, namespace: str, identity: str) -> Profile:
    found = profile_rows.find(connection, caller.sandbox, namespace, identity)
    profile = profile_rows.get(connection, found) if found is not None else None
    if profile is None:
        raise SojournError("profile_unknown", f"there is no profile with {namespace} {identity}; choose another")
    return profile


class _Filling:
    """The values of one message's variables."""

    def __init__(self, definitions: Definitions, profile: Profile | None, events: Reads, now: int) -> None:
        self.faults: dict[str, str] = {}
        self._scope: Scope = definitions.scope()
        self._profile = profile
        self._groups = {
            group.name: group for source in definitions.data_sources if source.name == PROFILE_STORE
            for group in source.field_groups
        }  # fmt: skip
        self._now = now
        segments = profile.segments if profile is not None else ()
        self._context = Context(
            events, datetime.fromtimestamp(now / 1_000, UTC), self._read, in_segment=lambda name: name in segments
        )

    def _read(self, source: str, group: str, parameters: tuple[tuple[str, object], ...]) -> Mapping[str, object] | None:
        """The profile store's field groups; other sources are not asked for a preview, so their fields are null."""
        return read_group(self._profile, self._groups[group], self._now) if source == PROFILE_STORE else None

    def value(self, field: Field, expression: str) -> Any:
        """A variable's value as JSON."""
        if not expression.strip():
            return self._of_the_person(field)
        try:
            compiled = check(expression, self._scope, field.type).compile()
            value = compiled.evaluate(self._context)
            return None if value is None else value_to_json(value, compiled.type)
        except ExpressionError as error:
            self.faults[field.name] = error.message
            return None

    def _of_the_person(self, field: Field) -> Any:
        attribute = self._profile.attributes.get(field.name) if self._profile is not None else None
        if attribute is None:
            return example_value(field)
        try:
            value_from_json(attribute, field.type)
        except ExpressionError as error:
            self.faults[field.name] = error.message
            return None
        return attribute
