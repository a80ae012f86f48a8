"""What the settings of an activity offer to read: what happened before it on its path."""

from __future__ import annotations

import pytest

from app.pages.docks import build_form_context
from tests.helpers.journey_builders import activity, entry, journey, notify

PATH = journey(
    [entry(), activity("sq", "segment_qualification", segment="silver"), notify("n"), notify("m")],
    ["in>sq", "sq>n", "n>m"],
)


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("in", set()),
        ("sq", {"Enter"}),
        ("n", {"Enter", "SegmentQualification"}),
        ("m", {"Enter", "SegmentQualification", "Notify"}),
    ],
)
def test_reading_scope_offers_preceding_activities(name: str, readable: set[str]) -> None:
    assert set(build_form_context(PATH.journey, PATH, name, {}).scope.events) == readable
