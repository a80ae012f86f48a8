"""Who enters and leaves which segment, as a pure function (product.md, Profiles and segments)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.profiles import BATCH_PERIOD_MS, STREAMING_PERIOD_MS, Change, Membership, SegmentEvaluator
from engine.model.definitions import Definitions, Profile
from engine.model.journey_file import JourneyFile
from engine.runtime.effect_interpreter import SegmentCycleError
from tests.helpers.journey_builders import activity as made
from tests.helpers.journey_builders import arrival, entry, journey, profile, run

NOW = 1_773_129_600_000
DAY = 86_400_000
SILVER = "#{ExperiencePlatform.Profile.points} >= 100"


def definitions(**rules: str | tuple[str, str]) -> Definitions:
    """Return the kit's definitions with these segments: a rule, or a rule and how it is evaluated."""
    bodies = [
        {"name": name, "expression": rule}
        if isinstance(rule, str)
        else {"name": name, "expression": rule[0], "evaluation": rule[1]}
        for name, rule in rules.items()
    ]
    return journey([entry()], [], definitions={"segments": bodies})


def person(**settings: Any) -> Profile:
    return Profile(identities={"CRMID": "p"}, **settings)


def found(
    segments: SegmentEvaluator, someone: Profile, standing: dict[str, Membership] | None = None, now: int = NOW
) -> list[str]:
    changes = segments.changes(someone, standing or {}, segments.names, now)
    return [f"{change} {name}" for name, change in changes]


def test_rules_over_attributes_events_and_other_segments() -> None:
    segments = SegmentEvaluator(
        definitions(
            both='inSegment("silver") and inSegment("recent")',
            self='inSegment("self")',
            fails="toInteger(#{ExperiencePlatform.Profile.email}) > 1",
            empty="",
            wrong="1 + ",
            silver=SILVER,
            recent="count(#{ExperiencePlatform.Contacts.experienceevent.all("
            'currentDataPackField.timestamp > nowWithDelta(-2, "days")).timestamp}) > 0',
        )
    )
    assert segments.names[-1] == "both", "a segment comes after those that it asks for"
    someone = person(attributes={"points": 150, "email": "x"}, events=({"timestamp": "2026-03-09T08:00:00Z"},))
    assert found(segments, someone) == ["enter silver", "enter recent", "enter both"]
    inside = {name: Membership(True) for name in ("silver", "recent", "both", "self")}
    assert found(segments, someone, inside, NOW + 2 * DAY) == ["exit self", "exit recent", "exit both"]


def test_dependent_segments_are_evaluated_in_order() -> None:
    segments = SegmentEvaluator(definitions(a='inSegment("b")', b=f'{SILVER} or inSegment("a")', c=SILVER))
    assert segments.names == ("c", "a", "b")
    someone = person(attributes={"points": 100})
    assert found(segments, someone) == ["enter c", "enter b"]
    assert found(segments, someone, {"b": Membership(True)}) == ["enter c", "enter a"]


def test_missing_profile_store_reads_nothing() -> None:
    bare = definitions(all="true", silver=SILVER).model_copy(update={"data_sources": ()})
    assert found(SegmentEvaluator(bare), person(attributes={"points": 100})) == ["enter all"]


def test_only_requested_and_dependent_segments_are_evaluated() -> None:
    segments = SegmentEvaluator(
        definitions(silver=(SILVER, "batch"), asking='inSegment("silver")', slow=('inSegment("silver")', "batch"))
    )
    someone = person(attributes={"points": 100})
    assert segments.streaming == {"asking"}
    assert segments.changes(someone, {}, segments.streaming, NOW) == ()
    assert segments.changes(someone, {}, ("silver",), NOW) == (Change("silver", "enter"), Change("asking", "enter"))
    told = {"silver": Membership(True, True)}
    assert segments.changes(someone, told, (), NOW, ("silver",)) == (Change("asking", "enter"),)
    assert segments.changes(someone, told, (), NOW) == ()


def test_manual_membership_wins() -> None:
    segments = SegmentEvaluator(definitions(silver=SILVER))
    rich, poor = person(attributes={"points": 100}), person()
    assert found(segments, poor, {"silver": Membership(False, True)}) == ["enter silver"]
    assert found(segments, poor, {"silver": Membership(True, True)}) == []
    assert found(segments, rich, {"silver": Membership(True, False)}) == ["exit silver"]
    assert segments.changes(poor, {"elsewhere": Membership(False, True)}, (), NOW) == (Change("elsewhere", "enter"),)


def test_deleted_segment_has_no_members() -> None:
    segments = SegmentEvaluator(definitions())
    standing = {"gone": Membership(True)}
    assert segments.changes(person(), standing, (), NOW) == ()
    assert segments.changes(person(), standing, ("gone",), NOW) == (Change("gone", "exit"),)


@pytest.mark.parametrize(("rule", "evaluation", "period"), [
    (SILVER, "streaming", None),
    ('#{ExperiencePlatform.Profile.email} == "now"', "streaming", STREAMING_PERIOD_MS),
    ("now() is not null", "streaming", STREAMING_PERIOD_MS),
    ("inLastDays(now(), 3)", "streaming", STREAMING_PERIOD_MS),
    ("count(#{ExperiencePlatform.Contacts.experienceevent}) > 0", "streaming", STREAMING_PERIOD_MS),
    (SILVER, "batch", BATCH_PERIOD_MS),
])  # fmt: skip
def test_full_reevaluation_conditions(rule: str, evaluation: str, period: int | None) -> None:
    segments = SegmentEvaluator(definitions(one=(rule, evaluation)))
    assert segments.evaluation_period("one") == period
    assert segments.rule_text("one") == f"{evaluation}: {rule}"


def test_in_segment_reads_last_evaluation() -> None:
    """A batch segment is not computed anew for a question: who became rich an hour ago is in it tomorrow."""
    points = made("u", "update_profile", field="Profile.points", value="5000")
    waits = [made(f"w{hours}", "wait.duration", duration=f"PT{hours}H") for hours in (1, 24)]
    paths = [{"id": "yes", "expression": 'inSegment("gold")'}]
    asks = [made(f"c{number}", "condition.data_source", others=True, paths=paths) for number in (1, 2)]
    edges = ["in>u", "u>w1", "w1>c1", "c1:others>w24", "w24>c2"]
    outcome = run(
        journey([entry(), points, *waits, *asks], edges),
        {"at": "PT0S", "event": "Enter", "payload": {"id": "p1"}},
        profiles=[profile(points=0)],
    )
    taken = {one["activity"]: one.get("path") for one in outcome["instances"][0]["history"]}
    assert (taken["c1"], taken["c2"]) == ("others", "yes")


def test_manual_membership_reaches_dependent_segments() -> None:
    rules = {"silver": SILVER, "asking": 'inSegment("silver")'}
    bodies = [{"name": name, "expression": rule} for name, rule in rules.items()]
    entering = made("q", "segment_qualification", segment="asking", behaviour="enter")
    outcome = run(
        journey([entering], [], definitions={"segments": bodies}),
        {"at": "PT1H", "segment": "silver", "change": "enter", "key": "p1"},
        profiles=[profile(points=0)],
    )
    assert [one["key"] for one in outcome["instances"]] == ["p1"]


def test_endless_changes_of_segments_are_refused() -> None:
    def changer(name: str, behaviour: str, points: int) -> JourneyFile:
        qualification = made("q", "segment_qualification", segment="silver", behaviour=behaviour)
        update = made("u", "update_profile", field="Profile.points", value=str(points))
        return journey([qualification, update], ["q>u"], name=name, reentrance_wait="PT0S")

    start = journey([entry(), made("u", "update_profile", field="Profile.points", value="500")], ["in>u"], name="Start")
    with pytest.raises(SegmentCycleError) as caught:
        run([changer("Down", "enter", 0), changer("Up", "exit", 500), start], arrival("PT1S"), profiles=[profile()])
    assert caught.value.code == "segment_cycle"
    assert "segment silver" in caught.value.message
    assert "세그먼트 silver" in caught.value.sentence("ko")
