"""The original product's spellings of the profile store: expressions that were written there are read here."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.expression import Context, check
from engine.expression.types import STRING, FieldGroupSchema, ObjectType, Scope

TIER = FieldGroupSchema(ObjectType({"tier": STRING, "address": ObjectType({"city": STRING})}))
OWN = FieldGroupSchema(ObjectType({"profile": ObjectType({"tier": STRING})}))
SCOPE = Scope(sources={"ExperiencePlatform": {"Profile": TIER, "Own": OWN}, "Shop": {"Stock": TIER}})
DATA: dict[tuple[str, str], dict[str, object]] = {
    ("ExperiencePlatform", "Profile"): {"tier": "gold", "address": {"city": "Bern"}},
    ("ExperiencePlatform", "Own"): {"profile": {"tier": "silver"}},
}


@pytest.mark.parametrize(
    ("text", "group", "value"),
    [
        ("#{ExperiencePlatformDataSource.Profile.tier}", "Profile", "gold"),
        ("#{ExperiencePlatformDataSource.Profile.Profile.tier}", "Profile", "gold"),
        ("#{ExperiencePlatform.profile.tier}", "Profile", "gold"),
        ("#{ExperiencePlatform.Profile.profile.address.city}", "Profile", "Bern"),
        ("#{ExperiencePlatform.Own.profile.tier}", "Own", "silver"),
        ("#{ExperiencePlatform.Profile.tier}", "Profile", "gold"),
    ],
)
def test_spelling_is_read(text: str, group: str, value: str) -> None:
    checked = check(text, SCOPE, STRING)
    assert checked.errors == ()
    assert list(checked.references.field_groups) == [("ExperiencePlatform", group)]
    context = Context({}, datetime(2026, 3, 10, tzinfo=UTC), lambda source, name, _: DATA[source, name])
    assert checked.compile().evaluate(context) == value


@pytest.mark.parametrize(
    "text",
    [
        "#{Shop.Stock.Profile.tier}",
        "#{Shop.profile.tier}",
        "#{ExperiencePlatformSource.Profile.tier}",
        "#{ExperiencePlatform.Profile.person.tier}",
        "#{ExperiencePlatform.Profile.profile}",
    ],
)
def test_other_name_is_unknown(text: str) -> None:
    assert [error.kind for error in check(text, SCOPE, STRING).errors] == ["name"]


def test_original_source_is_unknown_without_the_store() -> None:
    assert check("#{ExperiencePlatformDataSource.Profile.tier}", Scope(sources={"Shop": {}})).errors
