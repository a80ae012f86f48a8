"""One interpreter of effects, four runners: every scenario has the same outcome wherever it runs.

The simulation is compared with the live runner over SQLite and over PostgreSQL, and with a test session on its virtual
clock. A part of the cases runs here; ``make soak ARGS=differential`` runs all.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.ingress.matching import Matcher
from engine.model.definitions import Profile
from engine.model.journey_file import JourneyFile, read
from engine.simulation.publication import merge_definitions
from engine.simulation.scenario import Scenario, read_scenario
from engine.simulation.simulation import simulate
from tests.core.test_core_derived_scenarios import CASES as DERIVED
from tests.core.test_core_derived_scenarios import journey_file
from tests.helpers.live_scenario import comparable, live_scenario
from tests.helpers.postgres import Server

FOLDERS = sorted((Path(__file__).parents[1] / "core" / "scenarios").iterdir())
Case = tuple[list[JourneyFile], Scenario]


def folder_case(folder: Path) -> Case:
    """Read the journeys and the scenario of a folder."""
    files = [read(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.journey.json"))]
    return files, read_scenario((folder / "scenario.json").read_text(encoding="utf-8"))


def derived_case(case: dict[str, Any]) -> Case:
    """Build the journeys and the scenario of a line."""
    start = {"seed": 1, "start": "2026-03-10T08:00:00Z", "until": "P40D"}
    scenario = read_scenario(json.dumps({**start, **case["scenario"]}))
    return [journey_file(body) for body in case["journeys"]], scenario


CASES: dict[str, Case] = {folder.name: folder_case(folder) for folder in FOLDERS}
CASES |= {str(case["name"]): derived_case(case) for case in DERIVED}


def runs_live(case: Case) -> bool:
    """Tell whether the live runner has the inputs of a case: it knows no scripted change of a segment."""
    scenario = case[1]
    return scenario.mode == "live" and not any(event.segment or event.callback for event in scenario.events)


NOT_AS_TESTS = (
    *("global_timeout", "instant_global_timeout_last", "event_eq_global"),  # its global timeouts end an instant
    *("duplicate_id", "dup_id"),  # ids are remembered by the real clock
    "default_limit_of_a_source",  # the virtual clock stands while a call waits
)
"""Cases in which a virtual clock differs by design."""


def runs_as_test(case: Case) -> bool:
    """Tell whether a test session has the inputs of a case: one version, and calls that take no time."""
    files, scenario = case
    answers = [answer for listed in scenario.answers.values() for answer in listed]
    at_once = all(one.fault is None and one.after == timedelta(0) and one.status < 400 for one in answers)
    plain = all(event.event and not (event.message or event.segment or event.callback) for event in scenario.events)
    guarded = scenario.guardrails.capping or scenario.guardrails.throttling or scenario.commands
    return len(files) == 1 and files[0].journey.namespace is not None and at_once and plain and not guarded


def as_test(case: Case) -> Case:
    """Turn a case into a test: everybody in it has a test profile."""
    files, scenario = case
    matcher = Matcher(merge_definitions(files))
    matches = [match for event in scenario.events for match in matcher.match(event.payload or {}, event.event).matches]
    known = {identity for profile in scenario.profiles for identity in profile.identities.items()}
    missing = dict.fromkeys((one.namespace, one.key) for one in matches if one.namespace) if matches else {}
    made = [Profile(identities={code: key}, testProfile=True) for code, key in missing if (code, key) not in known]
    profiles = [profile.model_copy(update={"test_profile": True}) for profile in scenario.profiles]
    return files, scenario.model_copy(update={"mode": "test", "profiles": (*profiles, *made)})


LIVE = {name: case for name, case in CASES.items() if runs_live(case)}
TESTS = {name: as_test(case) for name, case in CASES.items() if runs_as_test(case) and name not in NOT_AS_TESTS}


def compare_live(case: Case, folder: Path) -> None:
    """Compare the live runner with the simulation."""
    with live_scenario(folder, *case) as live:
        live.run()
        assert comparable(live.outcome()) == comparable(simulate(*case))


def compare_test(case: Case, folder: Path) -> None:
    """Compare a test session on a virtual clock with the simulation."""
    with live_scenario(folder, *case) as live:
        live.run_test()
        found, expected = live.outcome(), simulate(*case)
        assert comparable(found, timed_discards=False) == comparable(expected, timed_discards=False)


def compare_all() -> dict[str, int]:
    """Compare every case; return how many there were of each kind."""
    compared: dict[str, tuple[dict[str, Case], Callable[[Case, Path], None]]] = {
        "live": (LIVE, compare_live),
        "test": (TESTS, compare_test),
    }
    for cases, compare in compared.values():
        for case in cases.values():
            with tempfile.TemporaryDirectory() as folder:
                compare(case, Path(folder) / "w")
    return {name: len(cases) for name, (cases, _) in compared.items()}


@pytest.mark.parametrize("name", list(LIVE)[::5])
def test_live_runner_has_outcome_of_simulation(name: str, tmp_path: Path) -> None:
    compare_live(LIVE[name], tmp_path / "w")


@pytest.mark.parametrize("name", list(LIVE)[2::25])
def test_live_runner_on_postgresql_has_outcome_of_simulation(name: str, tmp_path: Path, postgres: Server) -> None:
    compare_live(LIVE[name], postgres.furnish(tmp_path / "w"))


@pytest.mark.parametrize("name", list(TESTS)[::5])
def test_test_session_has_outcome_of_simulation(name: str, tmp_path: Path) -> None:
    compare_test(TESTS[name], tmp_path / "w")
