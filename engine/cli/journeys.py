"""Commands on files alone: validate, eval, simulate, diff."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli import EXIT_USAGE, GOOD, NO, Arguments, print_line
from engine.core.issues import FILE_UNREADABLE, Issue
from engine.core.validate import check_unused
from engine.core.validate import validate as validate_journey
from engine.errors import SojournError, WrongUseError
from engine.expression import case_files
from engine.files import naming_file, read_text, write_text
from engine.json_types import JsonDict
from engine.model import journey_file
from engine.model.document_errors import DocumentError, parse
from engine.model.example import InferredFields, infer_noted
from engine.model.fields import write_fields
from engine.model.journey import JourneyVersion
from engine.model.journey_file import JourneyFile, differences
from engine.model.json_schema import read_examples

if TYPE_CHECKING:
    from engine.simulation.outcome import Outcome
    from engine.simulation.scenario import Scenario


def _read(name: str) -> JourneyFile:
    with naming_file(name):
        return journey_file.read(read_text(name))


def validate(arguments: Arguments) -> int:
    """Print the issues of journey files; 1 if one is an error. What is no journey file has that as its one issue."""
    found = [_read_or_fault(name) for name in arguments.files]
    files = [file for file in found if isinstance(file, JourneyFile)]
    journeys = tuple(file.journey for file in files) if len(found) == len(files) > 1 else None
    worst = GOOD
    for name, file in zip(arguments.files, found, strict=True):
        issues = (file,) if isinstance(file, Issue) else _issues_of(file, files, journeys)
        for issue in issues:
            if issue.severity == "error":
                worst = NO
            print_line(json.dumps(_as_json(issue), ensure_ascii=False) if arguments.json else _sentence(name, issue))
        if not issues and not arguments.json:
            print_line(f"{name}: no issues")
    return worst


def _read_or_fault(name: str) -> JourneyFile | Issue:
    with naming_file(name):
        text = read_text(name)
    try:
        return journey_file.read(text)
    except DocumentError as fault:
        return Issue(FILE_UNREADABLE, "", fault.where, {"reason": fault.phrase})


def _issues_of(
    file: JourneyFile, files: list[JourneyFile], journeys: tuple[JourneyVersion, ...] | None
) -> tuple[Issue, ...]:
    known = _with_events_of(file, files)
    issues = validate_journey(file.journey, known, journeys=journeys, alone=len(files) == 1)
    return (*issues, *check_unused(known, issues))


def _with_events_of(file: JourneyFile, files: list[JourneyFile]) -> JourneyFile:
    """Add the events of the other files, since jumps lead to these."""
    own = {event.name for event in file.events}
    further = {event.name: event for other in files for event in other.events if event.name not in own}
    return file.model_copy(update={"events": (*file.events, *further.values())})


def _as_json(issue: Issue) -> dict[str, str]:
    return {name: getattr(issue, name) for name in ("code", "severity", "activity", "path", "message")}


def _sentence(name: str, issue: Issue) -> str:
    place = issue.path if issue.code == FILE_UNREADABLE else issue.activity
    where = f"{name}: {place}" if place else name
    return f"{where}: {issue.severity} {issue.code}: {issue.message}"


def evaluate(arguments: Arguments) -> int:
    """Print the typed value of an expression, or of each case of a file."""
    if arguments.cases:
        return _run_cases(arguments.cases)
    if arguments.expression is None:
        sys.stderr.write("main.py eval: give an expression, or --cases FILE\n")
        return EXIT_USAGE
    if arguments.now:
        _require_time(arguments.now)
    events = dict(_event(text) for text in arguments.event)
    inferred = {name: infer_noted(payload) for name, payload in events.items()}
    for found in inferred.values():
        _print_notes(found)
    context = {
        "now": arguments.now or _now(),
        "events": events,
        "schemas": {name: write_fields(found.fields) for name, found in inferred.items()},
    }
    outcome = case_files.evaluate(arguments.expression, case_files.scope_of(context), case_files.context_of(context))
    print_line(json.dumps(outcome, ensure_ascii=False))
    return NO if "error" in outcome else GOOD


def infer(arguments: Arguments) -> None:
    """Print the fields of an example or a JSON Schema in the notation of files, notes on standard error."""
    with naming_file(arguments.file):
        document = parse(read_text(arguments.file))
        documents = document if isinstance(document, list) else [document]
        if not documents or not all(isinstance(one, dict) for one in documents):
            raise SojournError("example_malformed")
    found = read_examples(*documents)
    _print_notes(found)
    print_line(json.dumps(write_fields(found.fields), indent=2, ensure_ascii=False))


def _print_notes(found: InferredFields) -> None:
    for note in found.notes:
        sys.stderr.write(f"{note}\n")


def _require_time(text: str) -> None:
    try:
        case_files.read_now(text)
    except SojournError as error:
        raise WrongUseError.of(error.phrase, "--now") from None


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")


def _event(text: str) -> tuple[str, JsonDict]:
    name, equals, path = text.partition("=")
    if not equals:
        raise WrongUseError("event_malformed.option", text=text)
    try:
        payload = json.loads(read_text(path))
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise SojournError("event_malformed.object", path)
    return name, payload


def _run_cases(name: str) -> int:
    with naming_file(name):
        for outcome in case_files.run_cases(read_text(name).split("\n")):
            print_line(json.dumps(outcome, ensure_ascii=False))
    return GOOD


def simulate(arguments: Arguments) -> int:
    """Run journeys against a scenario; 1 if an expectation does not hold."""
    from engine.simulation.outcome import check_expectations
    from engine.simulation.simulation import simulate as run

    files = [_read(name) for name in arguments.files]
    scenario = _scenario(arguments, files)
    outcome = run(files, scenario)
    failures = check_expectations(scenario.expect, outcome)
    text = json.dumps(outcome, indent=2, ensure_ascii=False)
    if arguments.out:
        write_text(Path(arguments.out), f"{text}\n")
    if arguments.json:
        print_line(text)
    elif not arguments.out:
        for line in _outcome_lines(outcome):
            print_line(line)
    for failure in failures:
        sys.stderr.write(f"{failure}\n")
    return NO if failures else GOOD


def _scenario(arguments: Arguments, files: list[JourneyFile]) -> Scenario:
    """Return the given scenario, a generated population, or both together."""
    from engine.simulation.population import generate
    from engine.simulation.scenario import Scenario, read_scenario

    scenario = Scenario()
    if arguments.scenario:
        with naming_file(arguments.scenario):
            scenario = read_scenario(read_text(arguments.scenario))
    elif not arguments.profiles:
        raise WrongUseError("scenario_missing")
    if arguments.seed is not None:
        scenario = scenario.model_copy(update={"seed": arguments.seed})
    return generate(files, arguments.profiles, scenario.seed, scenario) if arguments.profiles else scenario


def _outcome_lines(outcome: Outcome) -> Iterator[str]:
    for name, journey in outcome["journeys"].items():
        shown = ", ".join(
            f"{word} {number}" for word, number in journey["metrics"].items() if isinstance(number, int) and number
        )
        yield f"{name}: {shown or 'nobody entered'}"
    yield f"{len(outcome['calls'])} calls, {len(outcome['messages'])} messages, {len(outcome['discarded'])} discarded"


def diff(arguments: Arguments) -> int:
    """Say what differs between two journey files or versions; 1 if something does."""
    old, new = (_file_or_version(arguments, name) for name in (arguments.old, arguments.new))
    found = _differences_without_secrets(old, new)
    for sentence in found:
        print_line(sentence)
    return NO if found else GOOD


def _differences_without_secrets(old: JourneyFile, new: JourneyFile) -> tuple[str, ...]:
    """Say what differs; of a secret only that it does."""
    from engine.services.definition_secrets import take_secrets

    documents, typed = (journey_file.to_json(old), journey_file.to_json(new)), (dict[str, str](), dict[str, str]())
    for document, secrets in zip(documents, typed, strict=True):
        for section, noun in (("data_sources", "Data source"), ("actions", "Action")):
            bodies = document.get(section, [])
            assert isinstance(bodies, list)
            for index, body in enumerate(bodies):
                taken = take_secrets(body)
                bodies[index] = taken.body
                secrets.update({f"{noun} {body['name']}: {field}": value for field, value in taken.typed.items()})
    before, after = (journey_file.read(json.dumps(document)) for document in documents)
    told = differences(before, after)
    differing = (field for field, value in typed[0].items() if typed[1].get(field, value) != value)
    return (*told, *(f"{field} is another secret." for field in differing))


def _file_or_version(arguments: Arguments, name: str) -> JourneyFile:
    """Read a file, or ``NAME`` or ``NAME@VERSION`` of the workspace; a file takes precedence."""
    if Path(name).exists() or name.endswith(".json"):
        return _read(name)
    from engine.cli.workspaces import split_version, workspace

    journey, version = split_version(name)
    with workspace(arguments) as (engine, caller):
        return journey_file.read(engine.journeys.export(caller, journey, version))
