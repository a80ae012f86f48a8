"""Data sources and their field groups: where an expression finds what it asks for (product.md, Data sources)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field as Setting

from engine.expression.types import FieldGroupSchema
from engine.model.authentication import Authentication, NoAuthentication
from engine.model.base import Model, Name
from engine.model.fields import Fields, object_type

PROFILE_STORE = "ExperiencePlatform"
"""The name of the built-in data source: the profile store."""


class FieldGroup(Model):
    """Fields that are fetched together.

    Of the profile store: ``schema`` says whether they are attributes of the profile or its experience events. Of an
    external source: a call by ``method`` with ``parameters``; ``body`` is a POST template in which
    ``{"param": "name"}`` stands for a parameter.
    """

    name: Name
    description: str = ""
    source_schema: Literal["profile", "experience_event"] | None = Setting(None, alias="schema")
    method: Literal["GET", "POST"] = "GET"
    parameters: tuple[str, ...] = ()
    body: Any = None
    fields: Fields = ()

    @property
    def scope(self) -> FieldGroupSchema:
        """Return the schema of this group for expressions."""
        return FieldGroupSchema(object_type(self.fields), self.parameters)


class DataSource(Model):
    """A system that can be asked for data, or the profile store."""

    name: Name
    description: str = ""
    url: str = ""
    headers: Mapping[str, str] = {}
    auth: Authentication = NoAuthentication()
    field_groups: tuple[FieldGroup, ...] = ()

    @property
    def built_in(self) -> bool:
        """Whether this is the profile store, which is read without a call."""
        return self.name == PROFILE_STORE
