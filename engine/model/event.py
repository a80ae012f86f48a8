"""Event definitions: what reaches the company and whom it concerns (product.md, Events)."""

from __future__ import annotations

from typing import Literal

from engine.expression.types import ObjectType
from engine.model.base import Expression, Model, Name
from engine.model.fields import Fields, object_type


class Namespace(Model):
    """An identity namespace: what kind of identifier a key is."""

    code: Name
    label: str = ""


PREDEFINED_NAMESPACES = (
    Namespace(code="ECID", label="Experience Cloud id"),
    Namespace(code="Email", label="Email address"),
    Namespace(code="Phone", label="Phone number"),
    Namespace(code="CRMID", label="CRM id"),
    Namespace(code="LoyaltyID", label="Loyalty id"),
)


class EventDefinition(Model):
    """One kind of event. ``system`` events are recognised by ``event_id``, ``rule`` events by ``rule``.

    ``key`` is an expression over the payload that identifies the person; ``namespace`` is the kind of that key and
    is needed to use the profile store.
    """

    name: Name
    description: str = ""
    type: Literal["system", "rule"]
    event_id: str | None = None
    rule: Expression = ""
    fields: Fields = ()
    namespace: str | None = None
    key: Expression = ""

    @property
    def payload_type(self) -> ObjectType:
        """The payload as the expression language sees it."""
        return object_type(self.fields)
