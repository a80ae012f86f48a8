"""Reports of a time count what happened in it and nothing else, on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import SojournError
from engine.services import period_reports
from engine.services.period_reports import STRETCHES, stretch_of
from tests.helpers.embedded_engine import CALLER, DAY, HOUR, MINUTE, START, EmbeddedEngine, until
from tests.helpers.journey_builders import activity, entry, journey
from tests.helpers.report_journey import STAY, running_with_failures


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running_with_failures(workspace) as engine:
        yield engine


def test_time_counts_its_own_steps(place: EmbeddedEngine) -> None:
    version = place.publish(STAY)
    place.send("a")
    place.settle(version, entered=1)
    place.pass_time(HOUR)
    place.send("b")
    place.settle(version, entered=2)
    place.pass_time(HOUR)
    place.settle(version, completed=1)
    first = place.engine.reports.period(CALLER, START, START + HOUR, version.name)
    assert (first.metrics["entered"], first.metrics["completed"], first.metrics["current"]) == (1, 0, 1)
    assert sum(count for _, count in first.entrances) == 1
    second = place.engine.reports.period(CALLER, START + HOUR, START + 3 * HOUR)
    assert (second.metrics["entered"], second.metrics["completed"]) == (1, 1)
    entered = {total.activity: total.entered for total in second.activities}
    assert entered == {"in": 1, "pause": 1, "tell": 1, "over": 1}
    assert {total.name for total in second.activities if total.kind in ("event", "action")} == {"Enter", "Notify"}


def test_last_hour_counts_exclude_earlier_events(place: EmbeddedEngine) -> None:
    version = place.publish(STAY)
    place.send("a")
    place.settle(version, entered=1)
    place.pass_time(90 * MINUTE)
    place.send("b")
    place.settle(version, entered=2)
    total = place.engine.reports.live(CALLER, version.id)
    last = place.engine.reports.live(CALLER, version.id, last_ms=HOUR)
    assert (total.metrics["entered"], last.metrics["entered"]) == (2, 1)
    assert last.metrics["current"] == total.metrics["current"] == 2
    assert (total.edges["in"], last.edges["in"]) == (2, 1)
    assert last.activities["pause"].current == total.activities["pause"].current


def test_errors_are_counted_by_kind(place: EmbeddedEngine) -> None:
    version = place.publish(STAY)
    place.send("unlucky")
    place.settle(version, entered=1)
    place.pass_time(2 * HOUR)
    place.settle(version, failed=1)
    seen = until(
        lambda: place.engine.reports.period(CALLER, START, START + DAY, version.name),
        lambda report: report.metrics["failed"] == 1,
    )
    assert seen.errors == {"400": 1}
    assert [total.activity for total in seen.activities if total.errors] == ["tell"]


def test_message_feedback_and_rates_by_period(place: EmbeddedEngine) -> None:
    mail = activity("mail", "email", template="Welcome", address='"a@b.example"', parameters={"firstName": '"A"'})
    version = place.publish(journey([entry(), mail], ["in>mail"]))
    for key in ("a", "b", "c", "d"):
        place.send(key)
    place.settle(version, completed=4)
    first, second, third, fourth = (message.id for message in place.engine.reports.messages(CALLER))
    kinds = {first: ("delivered", "opened", "clicked", "unsubscribed"), second: ("delivered", "opened")}
    for message, told in {**kinds, third: ("bounced",)}.items():
        place.engine.events.feedback(CALLER, [{"message": message, "kind": kind} for kind in told])
    place.pass_time(HOUR)
    place.engine.events.feedback(CALLER, [{"message": fourth, "kind": "bounced"}])
    seen = place.engine.reports.period(CALLER, START, START + HOUR, version.name).metrics
    assert [seen[name] for name in ("sent", "delivered", "bounced", "opened")] == [4, 2, 1, 2]
    assert [seen[f"{kind}_rate"] for kind in ("delivered", "bounced")] == [0.5, 0.25]
    assert [seen[f"{kind}_rate"] for kind in ("opened", "clicked", "unsubscribed")] == [1.0, 0.5, 0.5]
    whole = place.engine.reports.summary(CALLER)[version.name]["metrics"]
    assert (whole["bounced"], whole["bounced_rate"], whole["completion_rate"]) == (2, 0.5, 1.0)


def test_presence_includes_earlier_entrances(place: EmbeddedEngine) -> None:
    version = place.publish(STAY)
    for key in ("a", "unlucky"):
        place.send(key)
    place.settle(version, entered=2)
    place.pass_time(90 * MINUTE)
    place.send("c")
    place.settle(version, entered=3)
    place.pass_time(HOUR)
    place.settle(version, completed=1, failed=1)
    later = place.engine.reports.period(CALLER, START + HOUR, START + DAY, version.name).metrics
    assert [later[name] for name in ("entered", "completed", "failed", "current")] == [1, 1, 1, 1]
    assert later["current_rate"] == 1.0
    whole = place.engine.reports.period(CALLER, START, START + DAY, version.name).metrics
    assert (whole["current"], whole["current_rate"]) == (1, 0.3333)
    (failed,) = (one for one in place.engine.reports.people(CALLER, version.id) if one.status == "error")
    place.world.reply = lambda call: None
    place.engine.journeys.resume(CALLER, version.id, failed.instance)
    place.settle(version, completed=2, failed=0)
    whole = place.engine.reports.period(CALLER, START, START + DAY, version.name).metrics
    assert (whole["completed"], whole["failed"], whole["current"]) == (2, 0, 1)


def test_oversized_report_is_refused(place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    version = place.publish(STAY)
    for key in ("a", "b", "c"):
        place.send(key)
    place.settle(version, entered=3)
    monkeypatch.setattr(period_reports, "MOST_STEPS", 2)
    with pytest.raises(SojournError) as refused:
        place.engine.reports.period(CALLER, START, START + DAY)
    assert refused.value.code == "report_too_long"


def test_report_needs_time_and_journey(place: EmbeddedEngine) -> None:
    with pytest.raises(SojournError) as backwards:
        place.engine.reports.period(CALLER, START, START)
    assert backwards.value.code == "report_time"
    with pytest.raises(SojournError) as unknown:
        place.engine.reports.period(CALLER, START, START + DAY, "Nowhere")
    assert unknown.value.code == "journey_unknown"
    nothing = place.engine.reports.period(CALLER, START, START + DAY)
    assert (nothing.journeys, nothing.metrics["entered"], len(nothing.entrances)) == ((), 0, 24)


def test_line_has_at_most_sixty_points() -> None:
    for length in (MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY, 400 * DAY):
        assert length / stretch_of(START, START + length) <= 60
    assert stretch_of(0, 10_000 * DAY) == STRETCHES[-1]


def test_one_version_is_reported_alone(place: EmbeddedEngine) -> None:
    first = place.publish(STAY)
    place.send("a")
    place.settle(first, entered=1)
    second = place.engine.journeys.new_version(CALLER, first.name)
    place.engine.journeys.publish(CALLER, second.id)
    place.send("b")
    place.settle(second, entered=1)

    def entered(version: int | None) -> tuple[float, float]:
        period = place.engine.reports.period(CALLER, START, START + DAY, first.name, version)
        summary = place.engine.reports.summary(CALLER, first.name, version)
        return period.metrics["entered"], summary[first.name]["metrics"]["entered"]

    assert [entered(version) for version in (1, 2, None)] == [(1, 1), (1, 1), (2, 2)]
    with pytest.raises(SojournError) as refused:
        place.engine.reports.period(CALLER, START, START + DAY, first.name, 3)
    assert refused.value.code == "version_unknown"
