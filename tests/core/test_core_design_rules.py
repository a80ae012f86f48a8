"""Every design rule has a journey that breaks just it (product.md, The journey, Design rules)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from engine.catalogue import format_sentence
from engine.core.validate import validate
from engine.model.journey import JourneyVersion
from engine.model.journey_file import JourneyFile
from tests.helpers.journey_builders import DEFINITIONS, activity, entry, journey, notify
from tools.problems_page import PAGE, issue_codes, problems_page


def line(*middle: dict[str, Any], definitions: dict[str, Any] | None = None, **properties: Any) -> JourneyFile:
    names = ["in", *(one["id"] for one in middle)]
    edges = [f"{a}>{b}" for a, b in pairwise(names)]
    return journey([entry(), *middle], edges, definitions=definitions, **properties)


def condition(*paths: dict[str, Any], kind: str = "data_source", **settings: Any) -> JourneyFile:
    return line(activity("c", f"condition.{kind}", paths=list(paths), **settings))


def event(**changes: Any) -> dict[str, Any]:
    return {"events": [{**DEFINITIONS["events"][0], **changes}, *DEFINITIONS["events"][1:]]}


def reaction(**settings: Any) -> JourneyFile:
    sms = activity("s", "sms", template="Code", address='"+1"', parameters={"code": "1"})
    return line(sms, activity("r", "reaction", **{"to": "s", "on": "sent", "timeout": "PT1H", **settings}))


def qualification(**settings: Any) -> JourneyFile:
    return line(activity("q", "segment_qualification", 1, 0, **settings))


def jump(target: str | None = "Target", **settings: Any) -> JourneyFile:
    return line(activity("j", "jump", journey=target, **settings))


def order(**changes: Any) -> JourneyFile:
    settings: dict[str, Any] = {
        "url_path": '"x"',
        "headers": {"Time": '"t"'},
        "query": {"Lang": '"l"'},
        "parameters": {
            "Items": {"items": "@{Enter.lines}", "fields": {"code": "sku"}},
            "Tags": "@{Enter.tags}",
            "At": "now()",
        },
    }
    return line(activity("o", "action", action="Order", **{**settings, **changes}))


WELCOME = {"name": "Welcome", "type": "campaign_classic", "body": {"eventType": {"value": "welcome"}}}


def classic(body: dict[str, Any]) -> JourneyFile:
    return line(activity("n", "action", action="Welcome"), definitions={"actions": [{**WELCOME, "body": body}]})


def sending(body: dict[str, Any], **changes: Any) -> JourneyFile:
    action = {"name": "Call", "url": "https://api.example.com/", "body": body, **changes}
    return line(activity("n", "action", action="Call"), definitions={"actions": [action]})


def sms(**changes: Any) -> JourneyFile:
    settings = {"template": "Code", "address": '"+1"', "parameters": {"code": "1"}}
    return line(activity("s", "sms", **{**settings, **changes}))


def with_template(**texts: str) -> JourneyFile:
    template = {"name": "Own", "channel": "sms", "variables": {"code": "string"}, **texts}
    return line(
        activity("s", "sms", template="Own", address='"+1"', parameters={"code": '"1"'}),
        definitions={"templates": [template]},
    )


WAIT = activity("w", "wait.duration", duration="PT1H")
VISIT = activity("v", "event", event="Visit", timeout="PT1H")

CASES: dict[str, JourneyFile] = {
    "ERR_JOURNEY_001": journey([], []),
    "ERR_JOURNEY_002": journey([entry(), entry("Visit", "second")], []),
    "ERR_JOURNEY_003": line(*(activity(f"w{index}", "wait.duration", duration="PT1H") for index in range(50))),
    "ERR_JOURNEY_004": line(time_zone="Mars/Olympus"),
    "ERR_JOURNEY_005": line(starts_at="tomorrow"),
    "ERR_JOURNEY_006": line(starts_at="2026-03-10T08:00:00Z", ends_at="2026-03-10T08:00:00Z"),
    "ERR_JOURNEY_007": line(reentrance_wait="P91D"),
    "ERR_JOURNEY_008": line(timeout_and_error="PT31S"),
    "ERR_JOURNEY_009": line(global_timeout="P92D"),
    "ERR_JOURNEY_011": journey([entry("BigCart")], [], namespace="Nobody", definitions={
        "events": [{**DEFINITIONS["events"][2], "namespace": None}]}),
    "ERR_JOURNEY_012": journey([entry(), {**WAIT, "id": "in"}], []),
    "ERR_GRAPH_001": journey([entry(), WAIT], []),
    "ERR_GRAPH_002": journey([entry(), {**WAIT, "id": "a"}, {**WAIT, "id": "b"}], ["a>b", "b>a"]),
    "ERR_GRAPH_003": journey([entry(), {**WAIT, "id": "a"}, {**WAIT, "id": "b"}], ["in>a", "in>b", "a>b"]),
    "ERR_GRAPH_004": journey([entry(), WAIT, notify("n")], ["in>w", "in>n"]),
    "ERR_GRAPH_005": journey([entry()], ["in>nowhere"]),
    "ERR_GRAPH_006": journey([entry(), WAIT], ["in:error>w"]),
    "WARN_GRAPH_001": condition({"id": "a", "expression": "true"}, {"id": "b", "expression": "@{Enter.vip}"}),
    "ERR_EVENT_001": line(activity("v", "event", timeout="PT1H")),
    "ERR_EVENT_002": line(activity("v", "event", event="Nothing", timeout="PT1H")),
    "ERR_EVENT_003": line(definitions=event(namespace="Email")),
    "ERR_EVENT_004": line({**VISIT, "timeout": "P31D"}),
    "ERR_EVENT_005": line({**VISIT, "timeout_path": True, "timeout": None}, {**WAIT}),
    "ERR_EVENT_006": line(definitions=event(key="")),
    "WARN_EVENT_001": line(activity("v", "event", event="Visit")),
    "WARN_EVENT_002": line(VISIT, notify("n", text='"t" + @{Visit.table}')),
    "WARN_EXPRESSION_001": line(notify("n", text='"t" + toString(4 / 5 * 100)')),
    "WARN_EXPRESSION_002": line(notify("n", text='"t" + toString(toBool("TRUE"))')),
    "ERR_REACTION_001": reaction(to=None),
    "ERR_REACTION_002": reaction(to="in"),
    "ERR_REACTION_003": reaction(on="opened"),
    "ERR_REACTION_004": reaction(timeout="PT39S"),
    "ERR_SEGMENT_001": journey([activity("q", "segment_qualification")], []),
    "ERR_SEGMENT_002": journey([activity("q", "segment_qualification", segment="none")], []),
    "ERR_SEGMENT_003": journey([activity("q", "segment_qualification", segment="silver")], [], namespace=None),
    "ERR_SEGMENT_004": journey([activity("q", "segment_qualification", segment="bad")], [], definitions={
        "segments": [{"name": "bad", "expression": "1 + true"}]}),
    "WARN_SEGMENT_001": journey([activity("q", "segment_qualification", segment="empty")], [], definitions={
        "segments": [{"name": "empty"}]}),
    "ERR_CONDITION_001": condition(),
    "ERR_CONDITION_002": condition({"id": "a", "expression": " "}),
    "ERR_CONDITION_003": condition({"id": "a", "weight": 30}, {"id": "b", "weight": 60}, kind="percentage"),
    "ERR_CONDITION_004": condition({"id": "a", "from": "9 o'clock"}, kind="time"),
    "ERR_CONDITION_005": condition({"id": "a", "from": "2026-03-12", "until": "2026-03-10"}, kind="date"),
    "ERR_CONDITION_006": condition({"id": "others", "expression": "@{Enter.vip}"}),
    "ERR_CONDITION_007": condition({"id": "a"}, kind="profile_cap"),
    "ERR_CONDITION_008": condition({"id": "a"}, {"id": "b"}, kind="profile_cap", limit=1),
    "ERR_CONDITION_009": condition({"id": "a", "weight": -10}, {"id": "b", "weight": 110}, kind="percentage"),
    "ERR_EXPRESSION_001": condition({"id": "a", "expression": "1 +"}),
    "ERR_EXPRESSION_002": condition({"id": "a", "expression": "1"}),
    "ERR_EXPRESSION_003": condition({"id": "a", "expression": "@{Enter.vlp}"}),
    "ERR_EXPRESSION_004": condition({"id": "a", "expression": "@{Visit.table} == 1"}),
    "ERR_EXPRESSION_005": journey(
        [entry("BigCart"), activity("c", "condition.data_source", paths=[
            {"id": "a", "expression": 'inSegment("silver")'}])],
        ["in>c"], namespace=None),
    "ERR_WAIT_001": line(activity("w", "wait.duration")),
    "ERR_WAIT_002": line(activity("w", "wait.duration", duration="PT0.5S")),
    "ERR_WAIT_003": line(activity("w", "wait.duration", duration="P31D")),
    "ERR_WAIT_004": line(activity("w", "wait.custom")),
    "WARN_WAIT_001": line(activity("w", "wait.duration", duration="P3D"), global_timeout="P2D"),
    "WARN_WAIT_002": line(activity("w", "wait.custom", until="toDateTimeOnly(now())")),
    "ERR_ACTION_001": line(activity("n", "action")),
    "ERR_ACTION_002": line(activity("n", "action", action="Nothing")),
    "ERR_ACTION_003": line(activity("n", "action", action="Notify", parameters={"To": '"x"'})),
    "ERR_ACTION_004": order(headers={"Time": '"t"', "Tome": '"t"'}),
    "ERR_ACTION_005": order(parameters={
        "Items": {"items": "@{Enter.lines}", "fields": {"code": "ean"}}, "Tags": "@{Enter.tags}", "At": "now()"}),
    "ERR_ACTION_006": order(url_path=""),
    "ERR_ACTION_007": line(activity("n", "action", action="Empty"), definitions={"actions": [{"name": "Empty"}]}),
    "ERR_ACTION_008": classic({"channel": {"value": "email"}}),
    "ERR_ACTION_009": journey(
        [activity("q", "segment_qualification", segment="silver"), activity("n", "action", action="Welcome")], ["q>n"],
        definitions={"actions": [WELCOME]}),
    "ERR_ACTION_010": sending({}, content_type="text/xml"),
    "ERR_MESSAGE_001": sms(template=None),
    "ERR_MESSAGE_002": sms(template="Welcome"),
    "ERR_MESSAGE_003": sms(address=""),
    "ERR_MESSAGE_004": sms(parameters={}),
    "ERR_MESSAGE_005": sms(parameters={"code": "1", "cole": "1"}),
    "ERR_MESSAGE_006": with_template(text="Hi {{ nam }}"),
    "ERR_MESSAGE_007": with_template(text="Hi {{ code | upcase }}"),
    "ERR_PROFILE_001": line(activity("u", "update_profile", value="1")),
    "ERR_PROFILE_002": line(activity("u", "update_profile", field="Profile.gone", value="1")),
    "ERR_PROFILE_003": line(activity("u", "update_profile", field="Profile.points")),
    "ERR_PROFILE_004": journey([entry("BigCart"), activity("u", "update_profile", field="Profile.points", value="1")],
                               ["in>u"], namespace=None),
    "ERR_JUMP_001": jump(None),
    "ERR_JUMP_002": jump("Nowhere"),
    "ERR_JUMP_003": jump("Elsewhere"),
    "ERR_JUMP_004": jump("Qualified"),
    "ERR_JUMP_005": jump("Back"),
    "ERR_JUMP_006": jump(parameters={"tabel": "1"}),
    "ERR_JUMP_007": journey(
        [activity("q", "segment_qualification", segment="silver"), activity("j", "jump", journey="Target")], ["q>j"]),
    "ERR_JUMP_008": journey([entry("BigCart"), activity("j", "jump", journey="Free")], ["in>j"], namespace=None),
    "ERR_JUMP_009": jump("Strict"),
}  # fmt: skip

NEEDED = {"type": "string", "required": True}
STRICT = {
    **DEFINITIONS["events"][1],
    "name": "Strict",
    "event_id": "s",
    "key": "@{Strict.id}",
    "fields": {"id": NEEDED, "must": NEEDED},
}

OTHERS: list[JourneyVersion] = [
    journey([entry("Visit")], [], name="Target").journey,
    journey([entry("Visit")], [], name="Elsewhere", namespace="Email").journey,
    journey([entry("Visit")], [], name="Free", namespace=None).journey,
    journey([activity("q", "segment_qualification", segment="silver")], [], name="Qualified").journey,
    journey([entry("Visit"), activity("j", "jump", journey="Between")], ["in>j"], name="Back").journey,
    journey([entry("Visit"), activity("j", "jump", journey="J")], ["in>j"], name="Between").journey,
    journey([entry("Strict")], [], name="Strict").journey,
]


def codes(file: JourneyFile, **settings: Any) -> list[str]:
    definitions = file.model_copy(update={"events": (*file.events, _strict())})
    return [issue.code for issue in validate(file.journey, definitions, journeys=OTHERS, **settings)]


def _strict() -> Any:
    return journey([], [], definitions={"events": [STRICT]}).events[0]


COMPANY = {"ERR_EVENT_005": {"WARN_EVENT_001"}}
"""What cannot be avoided beside a violation: a timeout path without a timeout leaves an endless wait."""


@pytest.mark.parametrize("code", sorted(CASES))
def test_each_rule_is_broken_alone(code: str) -> None:
    assert set(codes(CASES[code])) == {code} | COMPANY.get(code, set())


@pytest.mark.parametrize(
    ("until", "found"),
    [
        ("now()", []),
        ("#{ExperiencePlatform.Nothing}", ["ERR_EXPRESSION_003"]),
        ("currentTimeInMillis()", ["ERR_EXPRESSION_002"]),
        ('toDateTimeOnly("2026-03-10T08:00:00")', []),
        ("setHours(toDateTimeOnly(now()), 18)", []),
        ("toDateTimeOnly(now())", ["WARN_WAIT_002"]),
        ('date("2026-03-10T08:00:00")', []),
    ],
)
def test_custom_wait_takes_times_with_and_without_offset(until: str, found: list[str]) -> None:
    assert codes(line(activity("w", "wait.custom", until=until))) == found


def test_type_of_custom_wait_is_named() -> None:
    file = line(activity("w", "wait.custom", until="1"))
    (issue,) = validate(file.journey, file)
    assert "dateTimeOnly or dateTime" in issue.message


def test_rules_that_depend_on_sandbox() -> None:
    assert codes(journey([entry("BigCart")], [], namespace=None), for_test=True) == ["ERR_JOURNEY_010"]
    assert codes(line(), live_journeys=100) == ["ERR_JOURNEY_013"]
    silver = journey([activity("q", "segment_qualification", segment="silver")], [])
    assert codes(silver, computed_segments=[]) == ["WARN_SEGMENT_001"]
    assert codes(silver, computed_segments=["silver"]) == []


def test_targets_of_a_lone_file_are_named() -> None:
    file = jump("Target", parameters={"table": "1"})
    assert [issue.code for issue in validate(file.journey, file, alone=True)] == ["WARN_JUMP_001"]
    assert validate(file.journey, file) == ()


def test_every_code_is_tested_and_documented() -> None:
    assert set(issue_codes()) - set(CASES) == {"ERR_JOURNEY_010", "ERR_JOURNEY_013", "WARN_JUMP_001"}
    assert PAGE.read_text(encoding="utf-8") == problems_page()


def test_issues_are_ordered() -> None:
    file = journey(
        [entry(), notify("right", 300, text=""), notify("left", 100, text=""), notify("lower", 100, 50, text="")],
        ["in>right", "right>left", "left>lower"],
        reentrance_wait="P91D",
    )
    issues = validate(file.journey, file)
    assert [issue.activity for issue in issues] == ["", "left", "lower", "right"]
    assert issues[0].path == "$.journey.properties.reentrance_wait"
    assert issues[1].path == "$.journey.activities[2].parameters.Text"
    assert (issues[1].severity, issues[1].message) == (
        "error",
        "Action “Notify” 1 has no value for 'Text'; fill it in",
    )


BAD_SEGMENT = (
    "세그먼트 'bad'의 규칙에 오류가 있습니다('+' 연산자는 두 수, 텍스트와 값 하나, 또는 dateTime·dateTimeOnly·"
    "duration과 duration에 씁니다. integer와 boolean에는 쓸 수 없습니다). 세그먼트 목록에서 고치세요"
)
BAD_EVENT = (
    "이벤트 'Enter'가 완성되지 않았습니다(키: 'Enter'에는 필드 'gone'가 없습니다. "
    "쓸 수 있는 이름: amount, id, lines, n, tags, vip, when). 이벤트 목록에서 완성하세요"
)


@pytest.mark.parametrize(
    ("file", "korean"),
    [
        (CASES["ERR_EXPRESSION_001"],
         "조건의 표현식을 읽을 수 없습니다: '+' 뒤에 값, 필드 또는 함수가 필요합니다."),
        (CASES["ERR_EXPRESSION_002"],
         "조건의 표현식 유형이 맞지 않습니다: 여기에는 boolean 값이 필요한데 integer입니다."),
        (CASES["ERR_EXPRESSION_003"],
         "조건의 표현식에 알 수 없는 이름이 있습니다: 'Enter'에는 필드 'vlp'가 없습니다. 혹시 'vip'인가요?"),
        (CASES["ERR_SEGMENT_004"], BAD_SEGMENT),
        (line(definitions=event(key="@{Enter.gone}")), BAD_EVENT),
    ],
)  # fmt: skip
def test_expression_errors_in_issues_are_translated(file: JourneyFile, korean: str) -> None:
    sentences = [format_sentence(issue.phrase, "ko") for issue in validate(file.journey, file)]
    assert korean in sentences


def told(file: JourneyFile) -> list[str]:
    return [issue.message for issue in validate(file.journey, file)]


def test_activity_names_in_texts() -> None:
    early, late = (
        activity("w9", "wait.duration", 100),
        activity("w1", "wait.duration", 300),
    )
    assert told(journey([entry(), late, early], ["in>w9", "w9>w1"])) == [
        "Wait 1 has no duration yet; set one",
        "Wait 2 has no duration yet; set one",
    ]
    assert told(line(early)) == ["The wait has no duration yet; set one"]
    assert told(line({**early, "label": "Rest"})) == ["“Rest” has no duration yet; set one"]
    assert told(condition({"id": "p1", "weight": 40}, {"id": "p2", "weight": 50}, kind="percentage")) == [
        "The shares of the condition add up to 90 %; make them 100 %"
    ]


def test_path_names_in_texts() -> None:
    assert told(condition({"id": "p1", "expression": ""}, {"id": "p2", "label": "VIP", "expression": ""})) == [
        "The path 1 of the condition has no condition; write one",
        "The path 'VIP' of the condition has no condition; write one",
    ]
    closed = condition({"id": "p1", "expression": "true"}, others=True)
    assert told(closed) == ["Nobody can take the path 'Others' of the condition; change its condition or remove it"]


def test_message_that_is_not_earlier_is_named() -> None:
    stray = journey(
        [
            entry(),
            activity("r", "reaction", to="w", on="opened", timeout="PT1H"),
            WAIT,
        ],
        ["in>w", "w>r"],
    )
    assert told(stray) == [
        "The reaction reacts to the wait, which is no message earlier on its path; choose one that is"
    ]


def test_good_journeys_have_no_issues() -> None:
    assert codes(order()) == []
    assert codes(classic({"channel": {"value": "email"}, "eventType": {"value": "e"}, "ctx": {"value": {}}})) == []
    assert codes(sms()) == []
    assert codes(reaction()) == []
    assert codes(jump(parameters={"table": "@{Enter.n}"})) == []
    assert codes(line(VISIT, WAIT, global_timeout="P40D")) == []


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            condition({"id": "a", "expression": "@{Enter.vip}"}, {"id": "b", "expression": "@{Enter.vip}"}),
            "WARN_GRAPH_001",
        ),
        (condition({"id": "a", "expression": "false"}), "WARN_GRAPH_001"),
        (condition({"id": "a", "expression": "true"}, others=True), "WARN_GRAPH_001"),
        (condition({"id": "a", "weight": 0}, {"id": "b", "weight": 100}, kind="percentage"), "WARN_GRAPH_001"),
        (condition({"id": "a"}, kind="time"), "ERR_CONDITION_002"),
        (condition({"id": "a"}, kind="date"), "ERR_CONDITION_002"),
        (condition({"id": "a", "until": "soon"}, kind="date"), "ERR_CONDITION_004"),
        (condition({"id": "a", "from": "25:00"}, kind="time"), "ERR_CONDITION_004"),
        (condition({"id": "a"}, kind="profile_cap", limit=0), "ERR_CONDITION_007"),
        (classic({}), "ERR_ACTION_008"),
        (classic({"eventType": {"value": ""}}), "ERR_ACTION_008"),
        (classic({"eventType": {"value": "e"}, "ctx": {"value": 1}}), "ERR_ACTION_008"),
        (sending({}, method="GET"), "ERR_ACTION_010"),
        (sending({}, content_type="application/json; charset=latin-1"), "ERR_ACTION_010"),
        (sending({"value": [1]}, content_type="application/x-www-form-urlencoded"), "ERR_ACTION_010"),
        (order(url_path="1"), "ERR_EXPRESSION_002"),
        (order(parameters={"Itens": "1"}), "ERR_ACTION_004"),
        (order(parameters={"Items": {"items": "1", "fields": {}}}), "ERR_EXPRESSION_002"),
        (order(parameters={"Items": {"items": "@{Enter.lines}", "fields": {"x": "sku"}}}), "ERR_ACTION_004"),
        (order(parameters={"Items": {"items": "[]", "fields": {"code": "sku"}}}), "ERR_ACTION_003"),
        (journey([entry(), WAIT, notify("n")], ["w>n", "n>w"]), "ERR_GRAPH_002"),
        (jump("Strict", parameters={"must": ""}), "ERR_JUMP_009"),
        (order(query={"Lang": ""}), "ERR_ACTION_003"),
        (reaction(timeout=None, timeout_path=True), "ERR_EVENT_005"),
        (qualification(segment="silver"), "WARN_EVENT_001"),
        (jump("J"), "ERR_JUMP_005"),
        (jump(parameters={"table": '"x"'}), "ERR_EXPRESSION_002"),
        (jump(parameters={"table.x": "1"}), "ERR_JUMP_006"),
        (line(definitions=event(key="@{Enter.gone}")), "ERR_EVENT_006"),
        (line(activity("u", "update_profile", field="Contacts.experienceevent", value="1")), "ERR_PROFILE_002"),
        (line(activity("u", "update_profile", field="Profile", value="1")), "ERR_PROFILE_002"),
        (line(activity("u", "update_profile", field="Profile.email.x", value="1")), "ERR_PROFILE_002"),
        (line(ends_at="2026-13-01"), "ERR_JOURNEY_005"),
        (journey([entry(), WAIT], ["nowhere>w", "in>w"]), "ERR_GRAPH_005"),
    ],
)
def test_more_rule_violations(file: JourneyFile, expected: str) -> None:
    assert expected in codes(file)


def test_entry_event_is_always_available() -> None:
    file = journey([{**entry(), "timeout": "P1D"}, notify("n", text="@{Enter.id}")], ["in>n"])
    assert codes(file) == []


def test_unconnected_activities_cause_no_read_issues() -> None:
    """One edge mends it; the events before it are known only then."""
    assert codes(journey([entry(), notify("n", text="@{Enter.id}")], [])) == ["ERR_GRAPH_001"]
    loop = journey([entry(), notify("n", text="@{Enter.id}")], ["n>n"])
    assert codes(loop) == ["ERR_GRAPH_002"]


def test_reading_events_outside_path_is_an_issue() -> None:
    late = journey(
        [entry(), {**VISIT, "timeout_path": True}, notify("n", text='"t" + @{Visit.table}')], ["in>v", "v:timeout>n"]
    )
    assert codes(late) == ["ERR_EXPRESSION_004"]
    failed = journey(
        [entry(), notify("a", on_error=True), notify("n", text="@{Notify.response.ticket}")], ["in>a", "a:error>n"]
    )
    assert codes(failed) == ["ERR_EXPRESSION_004"]
    unknown_targets = jump("Nowhere")
    assert validate(unknown_targets.journey, unknown_targets) == ()
