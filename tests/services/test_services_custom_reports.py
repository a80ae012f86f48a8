"""Custom reports: kept and changed with permission, and figures that were worked out by hand, on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from engine.errors import SojournError
from engine.model.report import DIMENSIONS, METRICS, Panel, Report, ReportTime, fits
from engine.remote import codec_of
from engine.services import period_reports, report_facts
from engine.services.custom_reports import CustomReportService
from engine.services.report_facts import bounds, every_row, zone_of
from engine.services.report_views import PanelFigures, ReportFigures
from engine.services.views import Caller
from tests.helpers.embedded_engine import CALLER, DAY, HOUR, START, EmbeddedEngine, until
from tests.helpers.journey_builders import activity, entry, journey
from tests.helpers.report_journey import STAY, running_with_failures

MAIL = journey(
    [entry("Visit"), activity("mail", "email", 1, template="Welcome", address='"a@b.example"',
                              parameters={"firstName": '"A"'})],
    ["in>mail"], name="Mail",
)  # fmt: skip
READER, EDITOR = Caller("reader"), Caller("editor")


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running_with_failures(workspace) as engine:
        yield engine


@pytest.fixture
def told(place: EmbeddedEngine) -> EmbeddedEngine:
    """Tuesday: a, unlucky and b enter Stay; a and b complete, unlucky fails. Wednesday: c enters; x opens a mail."""
    stay, mail = place.publish(STAY), place.publish(MAIL)
    place.send("a")
    place.send("unlucky")
    place.settle(stay, entered=2)
    place.pass_time(HOUR)
    place.send("b")
    place.settle(stay, entered=3)
    place.pass_time(HOUR)
    place.settle(stay, completed=1, failed=1)
    place.pass_time(HOUR)
    place.settle(stay, completed=2)
    place.pass_time(DAY - 3 * HOUR)
    place.send("c")
    place.settle(stay, entered=4)
    place.send("c")
    until(place.reasons, lambda reasons: reasons == ["already_in_journey"])
    place.send("x", "Visit")
    place.settle(mail, completed=1)
    (message,) = place.engine.reports.messages(CALLER)
    place.engine.events.feedback(CALLER, [{"message": message.id, "kind": "opened"}])
    return place


WEEK = ReportTime(span="7_days")


def figures(
    place: EmbeddedEngine, *panels: Panel, time: ReportTime = WEEK, zone: str = "UTC", **more: Any
) -> ReportFigures:
    named = tuple(one.model_copy(update={"id": f"p{number}"}) for number, one in enumerate(panels))
    report = Report(name="R", time=time, panels=named, **more)
    return place.engine.custom_reports.figures(CALLER, report, zone)


def panel(dimension: str, *metrics: str, **settings: Any) -> Panel:
    return Panel(id="p", dimension=dimension, metrics=metrics, **settings)


def one(place: EmbeddedEngine, dimension: str, *metrics: str, **settings: Any) -> Any:
    """What one panel shows."""
    return figures(place, panel(dimension, *metrics, **settings)).panels[0]


def table(shown: PanelFigures) -> dict[str, Any]:
    """The rows by what they are called, else by their keys."""
    assert not shown.fault
    return {row.name or row.key.rpartition("/")[2]: row.values for row in shown.rows}


def activities(shown: PanelFigures) -> dict[str, Any]:
    """The rows by the ids of their activities."""
    return {row.activity.id: row.values for row in shown.rows if row.activity is not None}


def journey_id(place: EmbeddedEngine, name: str) -> str:
    return {called: key for key, called in place.engine.custom_reports.journeys(CALLER)}[name]


def test_daily_figures_match_manual_calculation(told: EmbeddedEngine) -> None:
    metrics = ("entered", "completed", "failed", "present", "completion_rate", "failure_rate")
    shown = one(told, "day", *metrics, journeys=(journey_id(told, "Stay"),))
    rows = table(shown)
    assert list(rows) == [f"2026-03-{day:02d}" for day in range(5, 12)]
    assert rows["2026-03-09"] == (0, 0, 0, 0, None, None)
    assert rows["2026-03-10"] == (3, 2, 1, 0, 2 / 3, 1 / 3)
    assert rows["2026-03-11"] == (1, 0, 0, 1, 0, 0)
    assert shown.total is not None
    assert shown.total.values == (4, 2, 1, 1, 0.5, 0.25)


def test_figures_are_those_of_journey_summary(told: EmbeddedEngine) -> None:
    summary = told.engine.reports.period(CALLER, START - DAY, START + 10 * DAY).metrics
    common = tuple(name for name in METRICS if name in summary)
    assert len(common) > 25
    between = ReportTime(span="between", since=date(2026, 3, 9), until=date(2026, 3, 19))
    halves = (common[:12], common[12:24], common[24:])
    shown = figures(told, *(panel("", *names) for names in halves), time=between).panels
    for names, one_panel in zip(halves, shown, strict=True):
        values = dict(zip(names, one_panel.rows[0].values, strict=True))
        assert {name: round(value or 0, 4) for name, value in values.items()} == {name: summary[name] for name in names}


def test_rows_and_their_parts_add_up(told: EmbeddedEngine) -> None:
    """Steps: four each of a and b, three of unlucky, one of c, two of x."""
    for dimension in ("journey", "version", "day", "hour", "weekday", "hour_of_day", "month", "activity"):
        other = "journey" if dimension != "journey" else "day"
        shown = one(told, dimension, "entered", "completed", "errors", "steps", "sent", "opened", breakdown=other)
        assert list(shown.total.values) == [5, 3, 1, 14, 3, 1]
        for index, total in enumerate(shown.total.values):
            assert sum(row.values[index] for row in shown.rows) == total
        for row in shown.rows:
            for index, value in enumerate(row.values):
                assert sum(part.values[index] for part in row.parts) == value


def test_figures_by_journey_and_version(told: EmbeddedEngine) -> None:
    metrics = ("entered", "completed", "current", "errors", "executed_actions", "executed_events", "sent")
    assert table(one(told, "journey", *metrics)) == {"Stay": (4, 2, 1, 1, 2, 4, 2), "Mail": (1, 1, 0, 0, 1, 1, 1)}
    assert table(one(told, "version", "entered")) == {"Stay v1": (4,), "Mail v1": (1,)}
    assert one(told, "", "entered", "present").rows[0].values == (5, 1)


def test_activity_figures_count_reached_and_present(told: EmbeddedEngine) -> None:
    shown = one(told, "activity", "reached", "present", "errors", journeys=(journey_id(told, "Stay"),))
    assert activities(shown) == {"in": (4, 0, 0), "pause": (3, 1, 0), "tell": (3, 0, 1), "over": (2, 0, 0)}
    assert {row.name for row in shown.rows} == {""}
    assert {row.name for row in one(told, "activity", "reached").rows} == {"Stay", "Mail"}
    assert table(one(told, "activity_type", "reached", "completed")) == {
        "event": (5, 0), "wait": (3, 0), "action": (3, 0), "end": (2, 2), "email": (1, 1)}  # fmt: skip
    assert table(one(told, "event", "executed_events")) == {"Enter": (4,), "Visit": (1,)}
    assert table(one(told, "action", "executed_actions", "errors_in_action")) == {"Notify": (2, 1)}


def test_errors_messages_and_discards_are_counted_by_kind(told: EmbeddedEngine) -> None:
    assert table(one(told, "error", "errors", "failed", "entered")) == {"400": (1, 1, None)}
    mails = one(told, "channel", "sent", "opened", "clicked", "opened_rate", "clicked_rate")
    assert table(mails) == {"email": (1, 1, 0, 1.0, 0.0)}
    assert table(one(told, "reason", "discards")) == {"already_in_journey": (1,)}
    assert table(one(told, "journey", "discards")) == {"Stay": (1,)}
    assert table(one(told, "status", "steps"))["error"] == (1,)
    (shares,) = one(told, "", "error_rate", "errors", "executed_actions", "executed_events").rows
    assert shares.values[0] == 1 / (1 + 2 + 1 + 5 + 5)


def test_clocks_are_those_of_reader(told: EmbeddedEngine) -> None:
    between = ReportTime(span="between", since=date(2026, 3, 10), until=date(2026, 3, 10))
    (shown,) = figures(told, panel("hour", "entered"), time=between, zone="Asia/Seoul").panels
    rows = table(shown)
    assert len(rows) == 24
    assert {key: values[0] for key, values in rows.items() if values[0]} == {
        "2026-03-10T17:00+09:00": 2, "2026-03-10T18:00+09:00": 1}  # fmt: skip
    cycles = figures(told, panel("hour_of_day", "entered"), panel("weekday", "entered")).panels
    assert {key: values[0] for key, values in table(cycles[0]).items() if values[0]} == {"08": 4, "09": 1}
    assert {key: values[0] for key, values in table(cycles[1]).items() if values[0]} == {"2": 3, "3": 2}
    assert list(table(one(told, "week", "entered"))) == ["2026-03-02", "2026-03-09"]
    assert table(one(told, "month", "entered")) == {"2026-03": (5,)}


def test_cohort_counts_current_presence(told: EmbeddedEngine) -> None:
    stay = (journey_id(told, "Stay"),)
    between = ReportTime(span="between", since=date(2026, 3, 10), until=date(2026, 3, 10))
    metrics = ("entered", "current", "current_rate")
    shown = figures(told, panel("hour", *metrics), time=between, zone="America/New_York", journeys=stay).panels[0]
    rows = {key: values for key, values in table(shown).items() if values[0]}
    assert rows == {"2026-03-10T04:00-04:00": (2, 0, 0), "2026-03-10T05:00-04:00": (1, 0, 0)}
    day = one(told, "day", *metrics, journeys=stay)
    assert list(day.rows[-1].values) == [1, 1, 1]
    assert list(day.total.values) == [4, 1, 0.25]


def test_past_period_counts_presence_at_end(told: EmbeddedEngine) -> None:
    stay = (journey_id(told, "Stay"),)
    first = ReportTime(span="between", since=date(2026, 3, 10), until=date(2026, 3, 10))
    shown = figures(told, panel("", "present"), panel("activity", "present"), time=first, journeys=stay).panels
    assert shown[0].rows == ()
    assert table(shown[1]) == {}
    seoul = figures(told, panel("hour", "present"), time=first, zone="Asia/Seoul", journeys=stay).panels[0]
    assert [int(row.values[0] or 0) for row in seoul.rows if row.values[0]] == [2, 3, 1]
    told.pass_time(3 * HOUR)
    until(lambda: one(told, "", "completed", journeys=stay), lambda seen: seen.rows[0].values == (3,))
    yesterday = figures(told, panel("", "present", "entered"), time=ReportTime(span="yesterday"), journeys=stay)
    assert list(yesterday.panels[0].rows[0].values) == [0, 3]
    told.pass_time(DAY)
    over = figures(told, panel("version", "entered", "present"), time=ReportTime(span="yesterday"), journeys=stay)
    assert table(over.panels[0]) == {"Stay v1": (1, 0)}


def test_breakdown_has_same_parts_in_every_row(told: EmbeddedEngine) -> None:
    shown = one(told, "day", "entered", "present", breakdown="journey")
    last = shown.rows[-1]
    assert list(last.values) == [2, 1]
    assert {part.name: part.values for part in last.parts} == {"Stay": (1, 1), "Mail": (1, 0)}
    assert {part.name: part.values for part in shown.rows[-2].parts} == {"Stay": (3, 0)}
    nonsense = one(told, "day", "present", breakdown="activity")
    assert {row.values for row in nonsense.rows} == {(None,)}


def test_rows_are_sorted_and_rest_is_summed(told: EmbeddedEngine) -> None:
    stay = (journey_id(told, "Stay"),)

    def order(**settings: Any) -> list[str]:
        return list(activities(one(told, "activity", "reached", "errors", journeys=stay, **settings)))

    assert order() == ["in", "tell", "pause", "over"]
    assert order(sort="errors")[0] == "tell"
    assert order(sort="reached", ascending=True)[0] == "over"
    assert order(sort="name", ascending=True) == ["in", "over", "tell", "pause"]
    cut = one(told, "activity", "reached", "errors", "call_time", journeys=stay, limit=1)
    assert (len(cut.rows), cut.cut) == (1, 3)
    assert cut.rest is not None
    assert cut.rest.values[:2] == (8, 1)
    assert one(told, "day", "entered", sort="entered", limit=1).rows[0].key == "2026-03-10"
    assert len(one(told, "day", "entered", sort="entered", limit=1, shape="line").rows) == 7
    assert one(told, "day", "entered", sort="name").rows[0].key == "2026-03-11"


def test_invalid_panel_reports_reason_alone(told: EmbeddedEngine, monkeypatch: Any) -> None:
    monkeypatch.setattr(report_facts, "MOST_ROWS", 24)
    gone, fine, nothing, good = figures(
        told,
        panel("day", "entered", journeys=("999",)),
        panel("hour", "entered"),
        panel("day"),
        panel("day", "entered"),
    ).panels
    assert str(gone.fault) == "the journey of this panel was deleted; choose another one"
    assert "choose a shorter time" in str(fine.fault)
    assert (nothing.rows, nothing.fault) == ((), None)
    assert good.total is not None


def test_oversized_report_is_refused(told: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((period_reports, "MOST_STEPS"), (report_facts, "MOST_KINDS")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, 2)
            with pytest.raises(SojournError) as refused:
                one(told, "day", "entered")
        assert refused.value.code == "report_too_long"


@pytest.mark.parametrize(
    ("span", "since", "until_"),
    [("hour", START - HOUR + 1, START + 1), ("today", START - 9 * HOUR, START + 1),
     ("yesterday", START - 9 * HOUR - DAY, START - 9 * HOUR), ("7_days", START - 9 * HOUR - 6 * DAY, START + 1)],
)  # fmt: skip
def test_times_begin_and_end_on_readers_clock(span: Any, since: int, until_: int) -> None:
    assert bounds(ReportTime(span=span), zone_of("Europe/Paris"), START) == (since, until_)


def test_time_that_cannot_be_is_refused() -> None:
    for chosen in (
        ReportTime(span="between"),
        ReportTime(span="between", since=date(2026, 3, 2), until=date(2026, 3, 1)),
        ReportTime(span="between", since=date(9999, 12, 31), until=date(9999, 12, 31)),
    ):
        with pytest.raises(SojournError) as refused:
            bounds(chosen, zone_of("UTC"), START)
        assert refused.value.code == "report_time"
    with pytest.raises(SojournError) as nowhere:
        zone_of("Mars/Olympus")
    assert nowhere.value.code == "report_zone"


def test_clock_change_day_has_all_hours() -> None:
    paris = zone_of("Europe/Paris")
    lengths = []
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        chosen = ReportTime(span="between", since=day, until=day)
        keys = every_row("hour", paris, *bounds(chosen, paris, START))
        assert len(set(keys)) == len(keys)
        lengths.append(len(keys))
    assert lengths == [23, 25]


def test_every_metric_has_a_dimension() -> None:
    for name, metric in METRICS.items():
        assert metric.dimensions <= set(DIMENSIONS)
        assert fits(name)
        assert fits(name, "", "day")
    assert not fits("discards", "activity")
    for wrong in ({"dimension": "mood"}, {"metrics": ("joy",)}, {"id": ""}):
        with pytest.raises(ValidationError):
            Panel.model_validate({"id": "p", **wrong})
    with pytest.raises(ValidationError):
        Report(name="R", panels=(panel("day"), panel("day")))


def test_reports_are_created_renamed_copied_and_deleted(place: EmbeddedEngine) -> None:
    reports = place.engine.custom_reports
    made = reports.create(CALLER, Report(name=" Guests "))
    assert (made.row.name, made.row.revision, made.row.panels) == ("Guests", 1, 0)
    changed = made.report.model_copy(update={"panels": (panel("day", "entered"),), "description": "Ours"})
    saved = reports.save(CALLER, made.row.id, changed, 1)
    assert (saved.row.revision, saved.row.panels, saved.row.description) == (2, 1, "Ours")
    assert reports.open(CALLER, made.row.id).report == changed
    assert reports.save(CALLER, made.row.id, changed, 1) == saved
    copy = reports.duplicate(CALLER, made.row.id)
    assert copy.report.panels == changed.panels
    assert [row.name for row in reports.list(CALLER)] == sorted(["Guests", copy.row.name])
    renamed = reports.save(CALLER, copy.row.id, copy.report.model_copy(update={"name": "Staff"}), 1)
    assert renamed.row.name == "Staff"
    reports.delete(CALLER, made.row.id)
    assert [row.name for row in reports.list(CALLER)] == ["Staff"]
    assert reports.list(Caller(sandbox="dev")) == ()
    recorded = [(row.what, row.about) for row in place.engine.access.audit(CALLER)]
    assert recorded == [("delete_report", "Guests"), ("save_report", "Staff"), ("save_report", copy.row.name),
                     ("save_report", "Guests")]  # fmt: skip


def test_invalid_report_is_refused(place: EmbeddedEngine) -> None:
    reports = place.engine.custom_reports
    made = reports.create(CALLER, Report(name="A"))
    other = reports.create(CALLER, Report(name="B"))
    reports.save(CALLER, made.row.id, made.report, 1)
    for code, call in (
        ("name_taken", lambda: reports.create(CALLER, Report(name="A"))),
        ("name_taken", lambda: reports.save(CALLER, other.row.id, Report(name="A"), 1)),
        ("name_taken", lambda: reports.duplicate(CALLER, made.row.id, "B")),
        ("report_name", lambda: reports.create(CALLER, Report(name=" "))),
        ("report_changed", lambda: reports.save(CALLER, made.row.id, Report(name="A", description="x"), 1)),
        ("report_unknown", lambda: reports.open(CALLER, "999")),
        ("report_unknown", lambda: reports.delete(Caller(sandbox="dev"), made.row.id)),
    ):
        with pytest.raises(SojournError) as refused:
            call()
        assert refused.value.code == code


def test_reader_cannot_change_reports(place: EmbeddedEngine) -> None:
    engine, reports = place.engine, place.engine.custom_reports
    engine.users.put(CALLER, "reader", ("Limited Access User",))
    engine.users.put(CALLER, "editor", ("Standard User",))
    made = reports.create(EDITOR, Report(name="A"))
    assert reports.open(READER, made.row.id).row.created_by == "editor"
    assert reports.figures(READER, made.report).panels == ()
    for change in (
        lambda: reports.create(READER, Report(name="B")),
        lambda: reports.save(READER, made.row.id, made.report, 1),
        lambda: reports.duplicate(READER, made.row.id),
        lambda: reports.delete(READER, made.row.id),
    ):
        with pytest.raises(SojournError) as refused:
            change()
        assert refused.value.code == "not_permitted"


def test_reports_and_figures_cross_process_boundary(told: EmbeddedEngine) -> None:
    wire = codec_of(CustomReportService.figures)
    report = Report(name="R", time=WEEK, panels=(panel("day", "entered", breakdown="journey"),))
    given = wire.read_arguments(wire.write_arguments((CALLER, report, "UTC"), {}))
    assert given["report"] == report
    answer = told.engine.custom_reports.figures(given["caller"], given["report"], given["zone"])
    assert wire.answer.validate_json(wire.answer.dump_json(answer)) == answer
