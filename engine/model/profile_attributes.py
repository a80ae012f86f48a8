"""How an update names the attribute that it sets: ``FieldGroup.path``, whatever the file says.

People also write a reference to it (``#{ExperiencePlatform.Profile.tier}``) or its path alone (``tier``), since that is
how they read it elsewhere; a file is normalised once, so that everything behind it knows one form.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.model.activities import UpdateProfileActivity
from engine.model.data_source import PROFILE_STORE, DataSource, FieldGroup
from engine.model.fields import Field
from engine.model.journey import JourneyVersion


def with_attribute_names(journey: JourneyVersion, sources: Iterable[DataSource]) -> JourneyVersion:
    """The journey with every update's attribute as ``FieldGroup.path``."""
    groups = [
        group
        for source in sources
        if source.built_in
        for group in source.field_groups
        if group.source_schema != "experience_event"
    ]
    activities = tuple(
        one.model_copy(update={"field": attribute_name(one.field, groups)})
        if isinstance(one, UpdateProfileActivity) and one.field is not None
        else one
        for one in journey.activities
    )
    return journey if activities == journey.activities else journey.model_copy(update={"activities": activities})


def attribute_name(name: str, groups: Iterable[FieldGroup]) -> str:
    """``FieldGroup.path`` for a name in any of its forms; what is no attribute stays as it is, to be reported so."""
    plain = name.strip().removeprefix("#{").removesuffix("}").strip().removeprefix(f"{PROFILE_STORE}.")
    first = plain.partition(".")[0]
    named = {group.name: group for group in groups}
    if first in named:
        return plain
    return next((f"{group}.{plain}" for group, known in named.items() if _holds(known, plain)), name)


def _holds(group: FieldGroup, path: str) -> bool:
    found: Field | None = Field("", "object", group.fields)
    for part in path.split("."):
        found = found.child(part) if found is not None else None
    return found is not None
