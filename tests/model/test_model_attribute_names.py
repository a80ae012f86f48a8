"""An update may name its attribute as people read it elsewhere; a file keeps one form."""

from __future__ import annotations

import json

import pytest

from engine.model.journey_file import read, write
from tests.helpers.journey_builders import activity, entry, journey


def kept(name: str) -> str | None:
    file = journey([entry(), activity("u", "update_profile", field=name, value='"x"')], ["in>u"])
    written = write(file)
    assert write(read(written)) == written
    field: str | None = json.loads(written)["journey"]["activities"][1].get("field")
    return field


@pytest.mark.parametrize(
    "name",
    ["Profile.email", "ExperiencePlatform.Profile.email", "#{ExperiencePlatform.Profile.email}", " email ", "#{email}"],
)
def test_every_form_means_same_attribute(name: str) -> None:
    assert kept(name) == "Profile.email"


@pytest.mark.parametrize("name", ["", "nothing", "Contacts.experienceevent", "Profile.nothing", "email.x"])
def test_other_text_stays_unchanged(name: str) -> None:
    assert kept(name) == name


def test_unfinished_update_stays_unfinished() -> None:
    file = journey([entry(), activity("u", "update_profile", value='"x"')], ["in>u"])
    assert "field" not in json.loads(write(file))["journey"]["activities"][1]
