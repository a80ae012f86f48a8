"""Profiles: the people a journey is about (product.md, Profiles and segments)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field as Setting
from pydantic import StringConstraints

from engine.model.base import Model

MAX_KEY = 500
"""Characters of a person's key or identity: as long as every store can look up."""

Identity = Annotated[str, StringConstraints(max_length=MAX_KEY)]


class Profile(Model):
    """A person: identities by namespace code, attributes as JSON, experience events newest first.

    ``attributes`` may hold ``timeZone``. ``segments`` are memberships given by hand (scenarios and imports).
    """

    identities: Mapping[str, Identity]
    attributes: Mapping[str, Any] = {}
    test_profile: bool = Setting(False, alias="testProfile")
    events: tuple[Mapping[str, Any], ...] = ()
    segments: tuple[str, ...] = ()
