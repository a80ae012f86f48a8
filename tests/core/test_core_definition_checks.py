"""Templates and segments are checked in their context, wherever they come from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import profiles
from engine.core.definition_checks import definition_faults, segment_fault
from engine.core.profiles import Membership, SegmentEvaluator
from engine.core.validate import check_unused, validate
from engine.model.channel import MessageTemplate
from engine.model.definitions import Definitions, Namespace, Profile, Segment
from tests.helpers.journey_builders import DEFINITIONS, activity, entry, journey

NOW = 1_773_129_600_000
WEATHER = {
    "name": "Weather",
    "url": "https://api.example.com",
    "field_groups": [{"name": "Now", "parameters": ["city"], "fields": {"warm": "boolean"}}],
}
SOURCES = [*DEFINITIONS["data_sources"], WEATHER]
POINTS = "#{ExperiencePlatform.Profile.points} >= 100"
VARIABLES = {"name": "string", "order": {"total": "decimal"}, "lines": [{"code": "string"}], "any": {"*": "string"}}


def email(**texts: str) -> MessageTemplate:
    body: dict[str, Any] = {"name": "T", "channel": "email", "variables": VARIABLES, "body": "x", **texts}
    return journey([entry()], [], definitions={"templates": [body]}).templates[-1]


def faults(template: MessageTemplate) -> list[tuple[str, str, object]]:
    found = definition_faults(template, Definitions())
    return [(one.code, one.setting, one.arguments.get("variable", one.arguments.get("text"))) for one in found]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"subject": "Hi {{ name }}, {{order.total}} {{ any.thing }}"}, []),
        ({"html": "<style>@media print{a{b:c}}</style>{name}"}, []),
        ({"subject": "Hi {{ nam }} and {{ nam }}"}, [("ERR_MESSAGE_006", "subject", "nam")]),
        ({"body": "{{ order.totl }}"}, [("ERR_MESSAGE_006", "body", "order.totl")]),
        ({"body": "{{ name.first }}"}, [("ERR_MESSAGE_006", "body", "name.first")]),
        ({"body": "{{ lines.code }}"}, [("ERR_MESSAGE_006", "body", "lines.code")]),
        ({"html": "{{ name | upcase }}"}, [("ERR_MESSAGE_007", "html", "{{ name | upcase }}")]),
        ({"body": "{% if name %}a{% endif %}"}, [
            ("ERR_MESSAGE_007", "body", "{% if name %}"), ("ERR_MESSAGE_007", "body", "{% endif %}")]),
        ({"body": "Hi {{ name"}, [("ERR_MESSAGE_007", "body", "{{ name")]),
        ({"body": "Hi {{}}"}, [("ERR_MESSAGE_007", "body", "{{}}")]),
        ({"text": "{{ unused_by_this_channel }}"}, []),
    ],
)  # fmt: skip
def test_template_texts_fit_the_variables(texts: dict[str, str], expected: list[tuple[str, str, str]]) -> None:
    assert faults(email(**texts)) == expected


@given(st.lists(st.sampled_from(("{{ name }}", "{{order.total}}", "plain", "{ }", "%", "\n", "<b>")), max_size=9))
def test_declared_variables_are_never_refused(parts: list[str]) -> None:
    assert faults(email(body=" ".join(parts))) == []


def known(rule: str, **more: Any) -> Definitions:
    return journey(
        [entry()], [], definitions={"segments": [{"name": "s", "expression": rule}], "data_sources": SOURCES, **more}
    )


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("", None),
        (POINTS, None),
        ('#{Weather.Now.warm, params: {city: "Oslo"}}', "it reads Weather.Now, which is not in the profile store"),
        ('#{Weather.Now.warm, params: {town: "Oslo"}}', "town"),
        ('#{ExperiencePlatform.Profile.points, params: {when: "now"}} > 1', "when"),
        ('@{Enter.id} == "a"', "Enter"),
        ("1 +", "value"),
    ],
)
def test_segment_rules_read_only_profiles(rule: str, reason: str | None) -> None:
    definitions = known(rule)
    fault = segment_fault(definitions.segments[-1], definitions)
    assert (fault is None) if reason is None else (fault is not None and reason in str(fault.phrase))
    assert list(definition_faults(Namespace(code="X"), definitions)) == []


def test_issue_names_each_faulty_definition() -> None:
    file = journey(
        [entry(), activity("c", "condition.data_source", paths=[{"id": "a", "expression": 'inSegment("s")'}])],
        ["in>c"],
        definitions={
            "segments": [{"name": "s", "expression": "1 +"}, {"name": "unused", "expression": "2 +"}],
            "templates": [{"name": "T", "channel": "sms", "text": "{{ x }}"}],
        },
    )
    issues = validate(file.journey, file)
    assert [(one.code, one.activity) for one in issues if one.code == "ERR_SEGMENT_004"] == [("ERR_SEGMENT_004", "c")]
    unused = [(one.code, one.path) for one in check_unused(file, issues)]
    assert [code for code, _ in unused] == ["ERR_MESSAGE_006", "ERR_SEGMENT_004"]
    assert all(path.endswith(("].text", "].expression")) for _, path in unused)


PERSON = Profile(identities={"CRMID": "p"}, attributes={"points": 100}, testProfile=False)


def test_faulty_rule_is_suspended_alone() -> None:
    segments = [Segment(name="bad", expression="#{Weather.Now.warm}"), Segment(name="good", expression=POINTS)]
    evaluator = SegmentEvaluator(known("").model_copy(update={"segments": tuple(segments)}))
    assert set(evaluator.suspended) == {"bad"}
    standing = {"bad": Membership(True)}
    assert [one.segment for one in evaluator.changes(PERSON, standing, evaluator.names, NOW)] == ["good"]
    assert [one.segment for one in evaluator.changes(PERSON, {"bad": Membership(True, False)}, (), NOW)] == ["bad"]
    assert evaluator.fault("bad") is not None


def test_rule_that_fails_is_suspended(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator = SegmentEvaluator(known(POINTS))

    def fail(*_: object) -> None:
        raise KeyError("secret")

    with monkeypatch.context() as patched:
        patched.setattr(profiles, "read_group", fail)
        assert evaluator.changes(PERSON, {"s": Membership(True)}, evaluator.names, NOW) == ()
    assert "secret" not in str(evaluator.suspended["s"])
    assert evaluator.changes(PERSON, {}, evaluator.names, NOW) == ()
    assert evaluator.fault("s") is None
    evaluator.resume("s")
    assert [one.segment for one in evaluator.changes(PERSON, {}, evaluator.names, NOW)] == ["s"]


def test_slow_rule_is_suspended() -> None:
    evaluator = SegmentEvaluator(known(POINTS))
    ticks = iter(range(1_000))
    evaluator.seconds = lambda: next(ticks) / 4
    for _ in range(profiles.MEASURED):
        assert evaluator.suspended == {}
        evaluator.holds("s", PERSON, (), NOW)
    assert "250 ms" in str(evaluator.suspended["s"])


def test_rule_that_becomes_slow_is_suspended() -> None:
    evaluator = SegmentEvaluator(known(POINTS))
    clock = [0.0]
    step = [0.0]

    def seconds() -> float:
        clock[0] += step[0]
        return clock[0]

    evaluator.seconds = seconds
    for _ in range(50 * profiles.MEASURED):
        evaluator.holds("s", PERSON, (), NOW)
    step[0] = 0.2
    for _ in range(profiles.MEASURED):
        assert evaluator.suspended == {}
        evaluator.holds("s", PERSON, (), NOW)
    assert "200 ms" in str(evaluator.suspended["s"])
