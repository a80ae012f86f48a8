"""Attributes as the profile store declares them: nested objects, lists of objects, values that do not fit."""

from __future__ import annotations

import pytest

from engine.core.declared import UnfitError, check_attributes, read_attributes
from engine.core.profiles import read_group
from engine.model.definitions import FieldGroup

GROUP = FieldGroup.model_validate({
    "name": "Profile", "schema": "profile",
    "fields": {
        "address": {"zip": "string", "floor": "integer"},
        "orders": [{"paid": "boolean"}],
        "tier": {"type": "string", "enum": ["gold", "silver"]},
    },
})  # fmt: skip


def test_objects_and_lists_are_read_as_declared() -> None:
    stored = {"address": {"zip": 8001, "floor": "3"}, "orders": [{"paid": "TRUE"}, "none"], "other": 1}
    fitted = {"address": {"zip": "8001", "floor": 3}, "orders": [{"paid": True}, "none"], "other": 1}
    assert read_attributes(stored, GROUP.fields) == fitted
    assert check_attributes(stored, GROUP.fields) == fitted


def test_whole_number_of_a_spreadsheet_is_an_integer() -> None:
    assert repr(read_attributes({"address": {"floor": 3.0}}, GROUP.fields)) == "{'address': {'floor': 3}}"


def test_unfit_value_is_refused_with_its_path() -> None:
    stored = {"address": {"floor": "attic"}}
    assert read_attributes(stored, GROUP.fields) == stored
    with pytest.raises(UnfitError) as refused:
        check_attributes(stored, GROUP.fields)
    assert refused.value.path == "address.floor"


def test_value_outside_the_list_is_refused() -> None:
    with pytest.raises(UnfitError) as refused:
        check_attributes({"tier": "bronze"}, GROUP.fields)
    assert (refused.value.key, refused.value.path) == ("profile_value.enum", "tier")
    assert check_attributes({"tier": "gold"}, GROUP.fields) == {"tier": "gold"}


def test_unknown_person_has_no_attributes() -> None:
    assert read_group(None, GROUP, 0) == {}
